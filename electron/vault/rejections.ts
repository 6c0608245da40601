import * as v from 'valibot';
import type { Rejection } from '#core/contracts/clinical.ts';
import { sealInfo } from '#core/contracts/sealing.ts';
import { ownOperationSchema, type OwnOperation } from '#core/contracts/sync.ts';
import type { VaultPayload } from '#core/contracts/vault.ts';
import { versionOf } from '#core/clinical/fhir.ts';
import { noteText } from '#core/clinical/notes.ts';
import { gatherRejections, type RecordLookup } from '#core/clinical/rejections.ts';
import { sql, type ReadableDb } from '#native/sqlite/query.ts';
import { readText } from '#native/sqlite/row.ts';
import { readSummary } from './derived.ts';
import { openForPerson } from './keys.ts';

const ownOperationText = v.pipe(v.string(), v.parseJson(), ownOperationSchema);

/** Opens what the record server gave back to this person, entry by entry, newest first. */
export function openRejections(
  db: ReadableDb,
  person: { readonly personId: string; readonly personKey: Uint8Array },
  { rejected }: VaultPayload<'rejectionsOpen'>,
): Rejection[] {
  const refused = rejected.map(({ id, reason, sealed }) => ({
    id,
    reason,
    own: openOwn(person, sealed),
  }));
  return gatherRejections(refused, lookupIn(db));
}

function openOwn(
  { personId, personKey }: Parameters<typeof openRejections>[1],
  sealed: string,
): OwnOperation | null {
  const text = openForPerson(personKey, personId, sealInfo.ownOperation, sealed);
  const own = v.safeParse(ownOperationText, text);
  return own.success ? own.output : null;
}

function lookupIn(db: ReadableDb): RecordLookup {
  return {
    patientIsHere: (patientId) => readSummary(db, patientId) !== null,
    note(patientId, noteId) {
      const row = db.get(sql`
        SELECT json FROM resource
        WHERE type = 'DocumentReference' AND id = ${noteId} AND patient = ${patientId}`);
      if (row === undefined) return null;
      const note: unknown = JSON.parse(readText(row, 'json'));
      const text = noteText(note);
      return text === null ? null : { version: versionOf(note), text };
    },
  };
}
