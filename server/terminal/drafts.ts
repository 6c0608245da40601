import * as v from 'valibot';
import type { DraftRecord } from '#core/contracts/terminal.ts';
import type { Query } from '../postgres/database.ts';

/** How many unfinished pieces of work one person may leave, and how many operations may have been given back to her. */
const mostDrafts = 200;
const mostRejections = 2_000;

const draftRow = v.object({
  draft_id: v.string(),
  person_id: v.string(),
  sealed: v.instance(Buffer),
  saved_ms: v.number(),
  rejection: v.nullable(v.string()),
});

/** A person's drafts, sealed as they came; only the author's key opens them. */
export async function draftsOf(query: Query, personId: string): Promise<DraftRecord[]> {
  const { rows } = await query(
    `select draft_id, person_id, sealed, extract(epoch from saved_at)::float8 * 1000 as saved_ms, rejection
     from terminal.drafts where person_id = $1 order by saved_at desc`,
    [personId],
  );
  return v.parse(v.array(draftRow), rows).map((row) => ({
    draftId: row.draft_id,
    personId: row.person_id,
    sealed: row.sealed.toString('base64url'),
    savedAtMs: Math.round(row.saved_ms),
    rejection: row.rejection,
  }));
}

/** Keeps a draft; a newer state is never overwritten by an older one, another's draft never at all. */
export async function keepDraft(
  query: Query,
  draft: DraftRecord,
): Promise<'kept' | 'foreign' | 'tooMany'> {
  const { rows } = await query(
    `select count(*)::int as kept from terminal.drafts
     where person_id = $1 and draft_id <> $2 and (rejection is null) = $3`,
    [draft.personId, draft.draftId, draft.rejection === null],
  );
  const { kept } = v.parse(v.object({ kept: v.number() }), rows[0]);
  if (kept >= (draft.rejection === null ? mostDrafts : mostRejections)) return 'tooMany';
  await query(
    `insert into terminal.drafts as d (draft_id, person_id, sealed, saved_at, rejection)
     values ($1,$2,$3,to_timestamp($4::float8/1000),$5)
     on conflict (draft_id) do update set sealed = excluded.sealed, saved_at = excluded.saved_at
       where d.person_id = excluded.person_id and d.saved_at <= excluded.saved_at`,
    [
      draft.draftId,
      draft.personId,
      Buffer.from(draft.sealed, 'base64url'),
      draft.savedAtMs,
      draft.rejection,
    ],
  );
  const owner = await query('select person_id from terminal.drafts where draft_id = $1', [
    draft.draftId,
  ]);
  return v.parse(v.object({ person_id: v.string() }), owner.rows[0]).person_id === draft.personId
    ? 'kept'
    : 'foreign';
}

/** Drops a draft that was filed or thrown away by its author. */
export async function dropDraft(query: Query, personId: string, draftId: string): Promise<void> {
  await query('delete from terminal.drafts where draft_id = $1 and person_id = $2', [
    draftId,
    personId,
  ]);
}

/**
 * Whether a terminal may leave a draft for someone whose token has run out: it tapped out, or was offline. It must have had
 * a session of that person lately, or any terminal could fill anyone's drawer.
 */
export async function mayKeepFor(
  query: Query,
  terminalId: string,
  personId: string,
  nowMs: number,
): Promise<boolean> {
  const { rowCount } = await query(
    `select 1 from terminal.sessions where terminal_id = $1 and person_id = $2
       and opened_at > to_timestamp($3::float8/1000) - interval '7 days' limit 1`,
    [terminalId, personId, nowMs],
  );
  return rowCount > 0;
}
