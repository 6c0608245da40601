import { sql, type WritableDb } from '#native/sqlite/query.ts';
import { readText } from '#native/sqlite/row.ts';
import type { Guard } from './guard.ts';
import type { OpenSessionStore } from './spool.ts';

/** Notes a session that will have to be ended at the record server; once is enough. */
export function beginSession(db: WritableDb, sessionId: string): void {
  db.run(sql`INSERT INTO open_session (session_id) VALUES (${sessionId})
        ON CONFLICT (session_id) DO NOTHING`);
}

/** Sessions whose end the record server has not been told, over an open spool. */
export function createOpenSessionStore(db: WritableDb, guard: Guard): OpenSessionStore {
  return {
    begin: (sessionId) =>
      guard.write(() => {
        beginSession(db, sessionId);
        return null;
      }),
    known: () =>
      guard.read(() =>
        db
          .all(
            sql`SELECT session_id FROM open_session
                WHERE session_id NOT IN (SELECT session_id FROM offline_session)
                ORDER BY position`,
          )
          .map((row) => readText(row, 'session_id')),
      ),
    ended: (sessionId) =>
      guard.write(() => {
        db.run(sql`DELETE FROM open_session WHERE session_id = ${sessionId}`);
        return null;
      }),
  };
}
