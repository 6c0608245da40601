import { sql, type WritableDb } from '#native/sqlite/query.ts';
import { readText } from '#native/sqlite/row.ts';
import type { Guard } from './guard.ts';
import { beginSession } from './openSessions.ts';
import type { OfflineSessionStore } from './spool.ts';

/** Logins that the record server has not seen, over an open spool. */
export function createOfflineSessionStore(db: WritableDb, guard: Guard): OfflineSessionStore {
  return {
    keep: ({ sessionId, personId, sealed }) =>
      guard.write(() => {
        db.transaction(() => {
          db.run(
            sql`INSERT INTO offline_session (session_id, person_id, sealed)
                VALUES (${sessionId}, ${personId}, ${sealed})`,
          );
          beginSession(db, sessionId);
        });
        return null;
      }),
    waiting: () =>
      guard.read(() =>
        db
          .all(sql`SELECT session_id, person_id, sealed FROM offline_session ORDER BY position`)
          .map((row) => ({
            sessionId: readText(row, 'session_id'),
            personId: readText(row, 'person_id'),
            sealed: readText(row, 'sealed'),
          })),
      ),
    answered: (sessionId) =>
      guard.write(() => {
        db.run(sql`DELETE FROM offline_session WHERE session_id = ${sessionId}`);
        return null;
      }),
  };
}
