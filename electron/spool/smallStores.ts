import type { PinAttempts } from '#core/access/pinThrottle.ts';
import { assert } from '#core/result.ts';
import { sql, type ReadableDb, type WritableDb } from '#native/sqlite/query.ts';
import { readNullableNumber, readNullableText, readNumber, readText } from '#native/sqlite/row.ts';
import type { Guard } from './guard.ts';
import type { CacheAnchors, PinAttemptStore } from './spool.ts';

/** Counts of wrong PINs over an open spool. */
export function createPinAttemptStore(db: WritableDb, guard: Guard): PinAttemptStore {
  return {
    read: (personId) => guard.read(() => readAttempts(db, personId)),
    count: (personId, nowMs) =>
      guard.write(() =>
        db.transaction(() => {
          db.run(
            sql`INSERT INTO pin_attempts (person_id, failures, last_at_ms)
                VALUES (${personId}, 1, ${nowMs})
                ON CONFLICT (person_id) DO UPDATE SET
                  failures = failures + 1, last_at_ms = max(last_at_ms, excluded.last_at_ms)`,
          );
          const counted = readAttempts(db, personId);
          assert(counted !== null, 'a counted try is there');
          return counted;
        }),
      ),
    putBack: (personId, before) =>
      guard.write(() => {
        if (before === null) forgetAttempts(db, personId);
        else
          db.run(
            sql`UPDATE pin_attempts SET failures = ${before.failures}, last_at_ms = ${before.lastAtMs}
                WHERE person_id = ${personId}`,
          );
        return null;
      }),
    clear: (personId) =>
      guard.write(() => {
        forgetAttempts(db, personId);
        return null;
      }),
  };
}

function forgetAttempts(db: WritableDb, personId: string): void {
  db.run(sql`DELETE FROM pin_attempts WHERE person_id = ${personId}`);
}

function readAttempts(db: ReadableDb, personId: string): PinAttempts | null {
  const row = db.get(
    sql`SELECT failures, last_at_ms FROM pin_attempts WHERE person_id = ${personId}`,
  );
  if (row === undefined) return null;
  return { failures: readNumber(row, 'failures'), lastAtMs: readNumber(row, 'last_at_ms') };
}

/** Where the caches of this terminal stand, over an open spool. */
export function createCacheAnchors(db: WritableDb, guard: Guard): CacheAnchors {
  return {
    read: (cacheId) =>
      guard.read(() => {
        const row = db.get(
          sql`SELECT cache_id, generation, cursor, feed_epoch FROM cache_anchor
              WHERE cache_id = ${cacheId}`,
        );
        if (row === undefined) return null;
        return {
          cacheId: readText(row, 'cache_id'),
          generation: readNumber(row, 'generation'),
          cursor: readNullableText(row, 'cursor'),
          feedEpoch: readNullableText(row, 'feed_epoch'),
        };
      }),
    put: ({ cacheId, generation, cursor, feedEpoch }) =>
      guard.write(() => {
        db.run(
          sql`INSERT INTO cache_anchor (cache_id, generation, cursor, feed_epoch)
              VALUES (${cacheId}, ${generation}, ${cursor}, ${feedEpoch})
              ON CONFLICT (cache_id) DO UPDATE SET
                generation = max(generation, excluded.generation),
                cursor = excluded.cursor, feed_epoch = excluded.feed_epoch`,
        );
        return null;
      }),
    raise: (cacheId, generation) =>
      guard.write(() => {
        db.run(
          sql`INSERT INTO cache_anchor (cache_id, generation, cursor, feed_epoch)
              VALUES (${cacheId}, ${generation}, NULL, NULL)
              ON CONFLICT (cache_id) DO UPDATE SET generation = max(generation, excluded.generation)`,
        );
        return null;
      }),
  };
}

/** The last wall clock this terminal saw. */
export function readLastSeen(db: ReadableDb): number | null {
  const row = db.get(sql`SELECT last_seen_ms FROM chain WHERE only = 1`);
  return row === undefined ? null : readNullableNumber(row, 'last_seen_ms');
}

/** Remembers the wall clock; the record server's word may set it back. */
export function writeLastSeen(db: WritableDb, nowMs: number): void {
  db.run(sql`UPDATE chain SET last_seen_ms = ${nowMs} WHERE only = 1`);
}
