import type { Rejection } from '#core/contracts/clinical.ts';
import type { VaultPayload } from '#core/contracts/vault.ts';
import { versionOf } from '#core/clinical/fhir.ts';
import { noteText } from '#core/clinical/notes.ts';
import { gatherRejections, type RecordLookup } from '#core/clinical/rejections.ts';
import { sql, type ReadableDb } from '#native/sqlite/query.ts';
import { readText } from '#native/sqlite/row.ts';
import { readSummary } from './derived.ts';
import { openOwnOperation, type Owner } from './ownOperation.ts';

/**
 * Opens what the record server gave back to this person, entry by entry, newest first. A patient of whom any of these databases
 * holds the record can be charted again.
 */
export function openRejections(
  databases: readonly ReadableDb[],
  owner: Owner,
  { rejected }: VaultPayload<'rejectionsOpen'>,
): Rejection[] {
  const refused = rejected.map(({ id, reason, sealed }) => ({
    id,
    reason,
    own: openOwnOperation(owner, sealed),
  }));
  return gatherRejections(refused, lookupIn(databases));
}

function lookupIn(databases: readonly ReadableDb[]): RecordLookup {
  return {
    patientIsHere: (patientId) => databases.some((db) => readSummary(db, patientId) !== null),
    note(patientId, noteId) {
      const db = databases.find((one) => readSummary(one, patientId) !== null);
      const row = db?.get(sql`
        SELECT json FROM resource
        WHERE type = 'DocumentReference' AND id = ${noteId} AND patient = ${patientId}`);
      if (row === undefined) return null;
      const note: unknown = JSON.parse(readText(row, 'json'));
      const text = noteText(note);
      return text === null ? null : { version: versionOf(note), text };
    },
  };
}
