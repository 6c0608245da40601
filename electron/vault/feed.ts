import type { FeedChange, SyncResource } from '#core/contracts/sync.ts';
import type { InboxPage } from '#core/contracts/vault.ts';
import { versionOf } from '#core/clinical/fhir.ts';
import { sql, type WritableDb } from '#native/sqlite/query.ts';
import { readNullableText, readNumber } from '#native/sqlite/row.ts';
import { nextGeneration, readMeta } from './cacheFile.ts';
import { createStaleViews, derive, type StaleViews } from './derived.ts';

/** What a page changed. */
export interface Applied {
  readonly generation: number;
  readonly changedPatientIds: readonly string[];
  /** Entries passed over since the last filling. */
  readonly malformed: number;
}

/** Applies one page of the feed, wholly or not at all; applying a page again changes nothing. */
export function applyPage(db: WritableDb, page: InboxPage, restart: boolean): Applied {
  return db.transaction(() => {
    const stale = createStaleViews();
    const changed = new Set<string>();
    if (restart) forgetRecords(db, stale);
    for (const change of page.changes) {
      applyChange(db, change, stale);
      if (change.patientId !== null) changed.add(change.patientId);
    }
    stale.refresh(db);
    db.run(sql`UPDATE cache_meta SET cursor = ${page.cursor}, feed_epoch = ${page.feedEpoch},
      as_of_ms = coalesce(${page.joinedAtMs}, as_of_ms), malformed = malformed + ${page.malformed}`);
    const generation = nextGeneration(db);
    const malformed = readMeta(db)?.malformed ?? 0;
    return { generation, changedPatientIds: [...changed], malformed };
  });
}

/** Everything the server sent goes; what was charted here and is not settled stays. */
function forgetRecords(db: WritableDb, stale: StaleViews): void {
  db.run(sql`DELETE FROM resource`);
  db.run(sql`DELETE FROM vitals_set`);
  db.run(sql`DELETE FROM patient_summary`);
  db.run(sql`DELETE FROM patient_search`);
  db.run(sql`UPDATE cache_meta SET as_of_ms = NULL, malformed = 0`);
  const unsettled = db.all(sql`SELECT patient, set_key FROM operation WHERE set_key IS NOT NULL`);
  for (const row of unsettled) {
    stale.set(readNullableText(row, 'patient') ?? '', readNullableText(row, 'set_key'));
  }
}

function applyChange(db: WritableDb, change: FeedChange, stale: StaleViews): void {
  switch (change.op) {
    case 'put':
      putResource(db, change.resource, change.patientId, stale);
      return;
    case 'tombstone':
      removeResource(db, change.resourceType, change.id, change.version, stale);
      return;
    case 'purge':
      purgePatient(db, change.patientId, stale);
  }
}

function markStale(
  stale: StaleViews,
  patient: string | null,
  row: { setKey: string | null; summarised: boolean },
): void {
  if (patient === null) return;
  stale.set(patient, row.setKey);
  if (row.summarised) stale.summary(patient);
}

/** Keeps the newest version of a resource with what follows from it. */
export function putResource(
  db: WritableDb,
  resource: SyncResource,
  patient: string | null,
  stale: StaleViews,
): void {
  const { resourceType: type, id } = resource;
  const version = versionOf(resource);
  const derived = derive(resource);
  const summarised = derived.summarised ? 1 : 0;
  const json = JSON.stringify(resource);
  const added = db.run(sql`
    INSERT INTO resource(type, id, version, patient, summarised, section, at_ms, set_key, view, json)
    VALUES (${type}, ${id}, ${version}, ${patient}, ${summarised}, ${derived.section},
      ${derived.atMs}, ${derived.setKey}, ${derived.view}, ${json})
    ON CONFLICT(type, id) DO NOTHING`);
  if (added === 0) {
    const before = db.get(sql`
      SELECT version, patient, set_key, summarised FROM resource WHERE type = ${type} AND id = ${id}`);
    if (before === undefined || readNumber(before, 'version') > version) return;
    markStale(stale, readNullableText(before, 'patient'), {
      setKey: readNullableText(before, 'set_key'),
      summarised: readNumber(before, 'summarised') === 1,
    });
    db.run(sql`
      UPDATE resource SET version = ${version}, patient = ${patient}, summarised = ${summarised},
        section = ${derived.section}, at_ms = ${derived.atMs}, set_key = ${derived.setKey},
        view = ${derived.view}, json = ${json}
      WHERE type = ${type} AND id = ${id}`);
  }
  markStale(stale, patient, derived);
}

function removeResource(
  db: WritableDb,
  type: string,
  id: string,
  version: number,
  stale: StaleViews,
): void {
  const removed = db.get(sql`
    DELETE FROM resource WHERE type = ${type} AND id = ${id} AND version <= ${version}
    RETURNING patient, set_key, summarised`);
  if (removed === undefined) return;
  markStale(stale, readNullableText(removed, 'patient'), {
    setKey: readNullableText(removed, 'set_key'),
    summarised: readNumber(removed, 'summarised') === 1,
  });
}

function purgePatient(db: WritableDb, patient: string, stale: StaleViews): void {
  db.run(sql`DELETE FROM resource WHERE patient = ${patient}`);
  db.run(sql`DELETE FROM vitals_set WHERE patient = ${patient}`);
  stale.summary(patient);
}
