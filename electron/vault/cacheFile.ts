import { existsSync, rmSync } from 'node:fs';
import type { OpenRefusal, VaultPayload } from '#core/contracts/vault.ts';
import { refuse, succeed, type Result } from '#core/result.ts';
import { openEncrypted, type EncryptedDatabase } from '#native/sqlite/encryptedDatabase.ts';
import { migrate, type Migration } from '#native/sqlite/migrations.ts';
import { checkWal } from '#native/sqlite/pageCheck.ts';
import { sql, type ReadableDb, type WritableDb } from '#native/sqlite/query.ts';
import {
  readBytes,
  readNullableNumber,
  readNullableText,
  readNumber,
  readText,
} from '#native/sqlite/row.ts';
import { storageFaultOf, type StorageFault } from '#native/sqlite/storageFault.ts';
import { cacheMigrations } from './cacheSchema.ts';

/** Where a cache lies and what is known of it outside. */
export type CachePlace = VaultPayload<'openBySlot'>['where'];

/** What the cache knows of itself. */
export interface CacheMeta {
  readonly cacheId: string;
  readonly keyEpoch: number;
  readonly inboxPrivateKey: Uint8Array;
  readonly generation: number;
  readonly cursor: string | null;
  readonly feedEpoch: string | null;
  readonly asOfMs: number | null;
  readonly malformed: number;
}

/** Reads the cache's one line about itself; null in a file that never got it. */
export function readMeta(db: ReadableDb): CacheMeta | null {
  const row = db.get(sql`SELECT * FROM cache_meta`);
  if (row === undefined) return null;
  return {
    cacheId: readText(row, 'cache_id'),
    keyEpoch: readNumber(row, 'key_epoch'),
    inboxPrivateKey: readBytes(row, 'inbox_private_key'),
    generation: readNumber(row, 'generation'),
    cursor: readNullableText(row, 'cursor'),
    feedEpoch: readNullableText(row, 'feed_epoch'),
    asOfMs: readNullableNumber(row, 'as_of_ms'),
    malformed: readNumber(row, 'malformed'),
  };
}

/** Counts one more change of the content and answers the new generation. */
export function nextGeneration(db: WritableDb): number {
  const row = db.get(sql`UPDATE cache_meta SET generation = generation + 1 RETURNING generation`);
  if (row === undefined) throw new Error('the cache has lost its line about itself');
  return readNumber(row, 'generation');
}

/** Says a storage fault in the words of an opening. */
export function refusalOf(fault: StorageFault): OpenRefusal {
  switch (fault) {
    case 'suspect':
      return 'cacheDamaged';
    case 'full':
      return 'diskFull';
    case 'readOnly':
      return 'diskReadOnly';
    case 'fromFuture':
      return 'cacheFromFuture';
  }
}

/** Removes a cache with all that belongs to it. A cache is disposable: the server has everything. */
export function removeCache(path: string): void {
  for (const end of ['', '-wal', '-shm', '-journal']) rmSync(path + end, { force: true });
}

/** An open cache. */
export interface Cache {
  readonly database: EncryptedDatabase;
  readonly meta: CacheMeta;
  /** Resources that a filling has brought so far; null once it was through. */
  readonly filled: number | null;
}

/**
 * Opens a cache that must exist. The key was unsealed from an authenticated seal, so a file that it does not open is damaged
 * or not ours. A log that a crash cut short is normal; a changed one, an older file, or a newer app's are refused.
 */
export function openCache(
  place: CachePlace,
  cacheKey: Uint8Array,
  cacheId: string,
  migrations: readonly Migration[] = cacheMigrations,
): Result<Cache, OpenRefusal> {
  if (!existsSync(place.cachePath)) return refuse('cacheMissing');
  if (checkWal(place.cachePath, cacheKey).state === 'damaged') return refuse('cacheDamaged');
  const opened = openEncrypted(place.cachePath, cacheKey);
  if (!opened.ok) return refuse(refusalOf(opened.code));
  const checked = guarded(opened.value, () => check(opened.value, place, cacheId, migrations));
  if (!checked.ok) opened.value.close();
  return checked;
}

function check(
  database: EncryptedDatabase,
  place: CachePlace,
  cacheId: string,
  migrations: readonly Migration[],
): Result<Cache, OpenRefusal> {
  const migrated = migrate(database, migrations);
  if (!migrated.ok) return refuse('cacheFromFuture');
  const meta = readMeta(database.db);
  if (meta?.cacheId !== cacheId) return refuse('cacheDamaged');
  const anchor = place.minimumGeneration;
  if (anchor !== null && (anchor.cacheId !== cacheId || meta.generation < anchor.generation)) {
    return refuse('cacheRolledBack');
  }
  const filled = meta.asOfMs === null ? countResources(database.db) : null;
  return succeed({ database, meta, filled });
}

function countResources(db: ReadableDb): number {
  const row = db.get(sql`SELECT count(*) AS number FROM resource`);
  return row === undefined ? 0 : readNumber(row, 'number');
}

/** Creates an empty cache in place of whatever lay there. */
export function createCache(
  place: CachePlace,
  cacheKey: Uint8Array,
  head: { readonly cacheId: string; readonly inboxPrivateKey: Uint8Array },
): Result<Cache, OpenRefusal> {
  try {
    removeCache(place.cachePath);
  } catch (error) {
    const fault = storageFaultOf(error);
    if (fault === null) throw error;
    return refuse(refusalOf(fault));
  }
  const opened = openEncrypted(place.cachePath, cacheKey);
  if (!opened.ok) return refuse(refusalOf(opened.code));
  const database = opened.value;
  const created = guarded(database, (): Result<Cache, OpenRefusal> => {
    migrate(database, cacheMigrations);
    database.db.run(sql`
      INSERT INTO cache_meta(id, cache_id, key_epoch, inbox_private_key, generation)
      VALUES (1, ${head.cacheId}, 1, ${head.inboxPrivateKey}, 1)`);
    const meta = readMeta(database.db);
    return meta === null ? refuse('cacheDamaged') : succeed({ database, meta, filled: 0 });
  });
  if (!created.ok) database.close();
  return created;
}

function guarded(
  database: EncryptedDatabase,
  work: () => Result<Cache, OpenRefusal>,
): Result<Cache, OpenRefusal> {
  try {
    return work();
  } catch (error) {
    const fault = storageFaultOf(error);
    if (fault !== null) return refuse(refusalOf(fault));
    database.close();
    throw error;
  }
}
