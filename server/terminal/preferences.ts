import * as v from 'valibot';
import { preferencesSchema, type Preferences } from '#core/contracts/preferences.ts';
import type { Query } from '../postgres/database.ts';

const preferencesRow = v.object({
  language: preferencesSchema.entries.language,
  theme: preferencesSchema.entries.theme,
  saved_ms: v.number(),
});

/** What a person has chosen; null while she has chosen nothing. */
export async function preferencesOf(query: Query, personId: string): Promise<Preferences | null> {
  const { rows } = await query(
    `select language, theme, extract(epoch from saved_at)::float8 * 1000 as saved_ms
     from terminal.preferences where person_id = $1`,
    [personId],
  );
  if (rows[0] === undefined) return null;
  const { language, theme, saved_ms } = v.parse(preferencesRow, rows[0]);
  return { language, theme, savedAtMs: Math.round(saved_ms) };
}

/** Keeps a choice unless a later one is here. A terminal whose clock is ahead must not outvote every choice to come. */
export async function keepPreferences(
  query: Query,
  personId: string,
  { language, theme, savedAtMs }: Preferences,
  nowMs: number,
): Promise<void> {
  await query(
    `insert into terminal.preferences as p (person_id, language, theme, saved_at)
     values ($1,$2,$3,to_timestamp($4::float8/1000))
     on conflict (person_id) do update
       set language = excluded.language, theme = excluded.theme, saved_at = excluded.saved_at
       where p.saved_at <= excluded.saved_at`,
    [personId, language, theme, Math.min(savedAtMs, nowMs)],
  );
}
