import { Database, type Statement } from '@signalapp/sqlcipher';
import { cacheMigrations } from '#electron/vault/cacheSchema.ts';
import type { SqlQuery, SqlRow, WritableDb } from '#native/sqlite/query.ts';

/** The cache's schema in plain SQLite, to measure what encryption costs. Never for records of real people. */
export function openPlain(path: string): { readonly db: WritableDb; readonly close: () => void } {
  const native = new Database(path);
  for (const pragma of ['journal_mode = WAL', 'synchronous = FULL', 'secure_delete = ON']) {
    native.pragma(pragma);
  }
  native.pragma('cache_size = -65536');
  for (const { script } of cacheMigrations) native.exec(script);
  native.exec(
    "INSERT INTO cache_meta(id, cache_id, key_epoch, inbox_private_key, generation) VALUES (1, 'plain', 1, x'00', 1)",
  );
  const statements = new Map<string, Statement<{ persistent: true }>>();
  const prepared = (query: SqlQuery) => {
    const found = statements.get(query.text) ?? native.prepare(query.text, { persistent: true });
    statements.set(query.text, found);
    return found;
  };
  const bound = (query: SqlQuery) => query.values as (string | number | null)[];
  const db = {
    all: (query: SqlQuery) => prepared(query).all(bound(query)) as SqlRow[],
    get: (query: SqlQuery) => prepared(query).get(bound(query)) as SqlRow | undefined,
    run: (query: SqlQuery) => prepared(query).run(bound(query)).changes,
    transaction: <Value>(work: () => Value): Value => native.transaction(work)(),
  } as unknown as WritableDb;
  return { db, close: () => native.close() };
}
