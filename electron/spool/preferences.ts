import * as v from 'valibot';
import { preferencesSchema, type Preferences } from '#core/contracts/preferences.ts';
import { sql, type ReadableDb, type SqlRow, type WritableDb } from '#native/sqlite/query.ts';
import { readNullableText, readNumber, readText } from '#native/sqlite/row.ts';
import type { Guard } from './guard.ts';
import type { PreferenceStore } from './spool.ts';

/** What people have chosen for their screens, over an open spool. */
export function createPreferenceStore(db: WritableDb, guard: Guard): PreferenceStore {
  const put = (personId: string, { language, theme, savedAtMs }: Preferences, sent: 0 | 1) => {
    db.run(
      sql`INSERT INTO preference (person_id, language, theme, saved_at_ms, sent)
          VALUES (${personId}, ${language}, ${theme}, ${savedAtMs}, ${sent})
          ON CONFLICT (person_id) DO UPDATE SET language = excluded.language,
            theme = excluded.theme, saved_at_ms = excluded.saved_at_ms, sent = excluded.sent`,
    );
    return null;
  };
  return {
    read: (personId) => guard.read(() => readOf(db, personId)),
    choose: (personId, choice, nowMs) =>
      guard.write(() => {
        const before = readOf(db, personId);
        const { language = null, theme = null } = { ...before, ...choice };
        // A second choice in the same millisecond is still the later one.
        const savedAtMs = Math.max(nowMs, (before?.savedAtMs ?? -1) + 1);
        return put(personId, { language, theme, savedAtMs }, 0);
      }),
    receive(personId, preferences) {
      const here = guard.read(() => readOf(db, personId));
      if (here !== null && here.savedAtMs >= preferences.savedAtMs) return;
      guard.write(() => put(personId, preferences, 1));
    },
    unsent: () =>
      guard.read(() =>
        db.all(sql`SELECT * FROM preference WHERE sent = 0 ORDER BY saved_at_ms`).map((row) => ({
          personId: readText(row, 'person_id'),
          preferences: readPreferences(row),
        })),
      ),
    markSent: (personId, savedAtMs) =>
      guard.write(() => {
        db.run(
          sql`UPDATE preference SET sent = 1
              WHERE person_id = ${personId} AND saved_at_ms = ${savedAtMs}`,
        );
        return null;
      }),
  };
}

function readOf(db: ReadableDb, personId: string): Preferences | null {
  const row = db.get(sql`SELECT * FROM preference WHERE person_id = ${personId}`);
  return row === undefined ? null : readPreferences(row);
}

function readPreferences(row: SqlRow): Preferences {
  return v.parse(preferencesSchema, {
    language: readNullableText(row, 'language'),
    theme: readNullableText(row, 'theme'),
    savedAtMs: readNumber(row, 'saved_at_ms'),
  });
}
