import type { VaultPayload } from '#core/contracts/vault.ts';
import { openInMemory, type MemoryDatabase } from '#native/sqlite/encryptedDatabase.ts';
import { migrate } from '#native/sqlite/migrations.ts';
import { sql, type WritableDb } from '#native/sqlite/query.ts';
import { readNullableText, readText } from '#native/sqlite/row.ts';
import { cacheMigrations } from './cacheSchema.ts';
import { createStaleViews, type StaleViews } from './derived.ts';
import { putResource } from './feed.ts';
import { applyPushResults, insertOperation } from './operations.ts';
import { openOwnOperation, type Owner } from './ownOperation.ts';

/*
 * Records of patients who are not on this ward, opened by one person in one session. They lie in a database of their own that
 * has no file: the cache's key is every colleague's, and whoever taps in next has no business with them.
 */

/** So many records are held; one that was opened longer ago is fetched again. It bounds what a long session can hold. */
const mostVisits = 20;

const visitMigrations = [
  ...cacheMigrations,
  {
    version: cacheMigrations.length + 1,
    script: `
      CREATE TABLE visit(
        patient TEXT PRIMARY KEY,
        fetched_at_ms INTEGER NOT NULL,
        access_basis TEXT NOT NULL
      ) STRICT;
      -- It counts its changes as a cache does; nobody holds it to them.
      INSERT INTO cache_meta(id, cache_id, key_epoch, inbox_private_key, generation)
        VALUES (1, 'visits', 1, x'', 1);
    `,
  },
];

/** An empty place for visiting patients, shaped like the cache, so that the same code reads and charts both. */
export function createVisits(): MemoryDatabase {
  const database = openInMemory();
  migrate(database, visitMigrations);
  return database;
}

/** Keeps a fetched record in place of what was held of this patient; false when it is not the record of this one patient. */
export function keepVisit(db: WritableDb, record: VaultPayload<'visitKeep'>): boolean {
  const { patientId, changes, fetchedAtMs, accessBasis } = record;
  const puts = changes.flatMap((change) => (change.op === 'put' ? [change] : []));
  const isHers = puts.every(
    ({ patientId: of, resource }) =>
      of === patientId || (of === null && resource.resourceType === 'Location'),
  );
  const isWhole = puts.some(
    ({ resource }) => resource.resourceType === 'Patient' && resource.id === patientId,
  );
  if (!isHers || !isWhole || puts.length < changes.length) return false;
  db.transaction(() => {
    const stale = createStaleViews();
    dropRecord(db, patientId, stale);
    for (const put of puts) putResource(db, put.resource, put.patientId, stale);
    db.run(sql`
      INSERT INTO visit(patient, fetched_at_ms, access_basis)
      VALUES (${patientId}, ${fetchedAtMs}, ${accessBasis})`);
    const former = db.all(
      sql`SELECT patient FROM visit ORDER BY fetched_at_ms DESC, rowid DESC LIMIT -1 OFFSET ${mostVisits}`,
    );
    for (const row of former) dropRecord(db, readText(row, 'patient'), stale);
    stale.refresh(db);
  });
  return true;
}

/** Lets go of a patient's record; what was charted of her and is not settled stays. */
export function forgetVisit(db: WritableDb, patientId: string): void {
  db.transaction(() => {
    const stale = createStaleViews();
    dropRecord(db, patientId, stale);
    stale.refresh(db);
  });
}

function dropRecord(db: WritableDb, patientId: string, stale: StaleViews): void {
  db.run(sql`DELETE FROM visit WHERE patient = ${patientId}`);
  db.run(sql`DELETE FROM resource WHERE patient = ${patientId}`);
  db.run(sql`DELETE FROM vitals_set WHERE patient = ${patientId}`);
  stale.summary(patientId);
  const charted = db.all(sql`SELECT set_key FROM operation WHERE patient = ${patientId}`);
  for (const row of charted) stale.set(patientId, readNullableText(row, 'set_key'));
}

/** Takes back what this person charted of visiting patients before; answers how much of it cannot be read. */
export function restoreOperations(
  db: WritableDb,
  owner: Owner,
  operations: VaultPayload<'ownOperationsRestore'>['operations'],
): number {
  let unreadable = 0;
  for (const { sealedForAuthor, result } of operations) {
    const own = openOwnOperation(owner, sealedForAuthor);
    if (own === null) {
      unreadable += 1;
      continue;
    }
    db.transaction(() => {
      const stale = createStaleViews();
      insertOperation(db, own, stale);
      stale.refresh(db);
      if (result !== null) applyPushResults(db, [result]);
    });
  }
  return unreadable;
}
