import type { Database, Query } from '../postgres/database.ts';

/** How often work that met another writer is tried in all. */
export const writeAttempts = 4;
/** Serialization failure and deadlock: PostgreSQL undid the transaction and asks to try again. */
const retryable = new Set(['40001', '40P01']);

function isRetryable(error: unknown): boolean {
  return error instanceof Error && 'code' in error && retryable.has(String(error.code));
}

/** Runs `work` in a transaction, again when it lost a deadlock; it must change nothing but the database. */
export async function retryTransaction<Answer>(
  database: Database,
  work: (query: Query) => Promise<Answer>,
): Promise<Answer> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await database.transaction(work);
    } catch (error) {
      if (attempt >= writeAttempts || !isRetryable(error)) throw error;
    }
  }
}
