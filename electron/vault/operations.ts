import { randomUUID, sign, type KeyObject } from 'node:crypto';
import type { Conflict, NoteEntry, VitalsEntry } from '#core/contracts/clinical.ts';
import { sealInfo } from '#core/contracts/sealing.ts';
import {
  resourceSchema,
  type OperationBody,
  type PushResult,
  type SyncResource,
} from '#core/contracts/sync.ts';
import type { VaultAnswer, VaultPayload } from '#core/contracts/vault.ts';
import { describeRecord } from '#core/clinical/chartItems.ts';
import { versionOf } from '#core/clinical/fhir.ts';
import { withNoteText, writeNote } from '#core/clinical/notes.ts';
import { judgeEntry } from '#core/clinical/plausibility.ts';
import { writeVitals, type WriteContext } from '#core/clinical/writeVitals.ts';
import { refuse, succeed, type Result } from '#core/result.ts';
import { sql, type ReadableDb, type SqlRow, type WritableDb } from '#native/sqlite/query.ts';
import { readNullableText, readNumber, readText } from '#native/sqlite/row.ts';
import * as v from 'valibot';
import { nextGeneration } from './cacheFile.ts';
import { createStaleViews, derive, readSummary, type StaleViews } from './derived.ts';
import { putResource } from './feed.ts';
import { fromBase64Url, sealForPerson, toBase64Url } from './keys.ts';
import { sealBox } from './sealing.ts';

type PreparedWrite = VaultAnswer<'notePrepare'>;
type Author = VaultPayload<'notePrepare'>['author'];

/** An operation that was handed out and waits for main to make it durable. */
export interface PreparedOperation {
  readonly body: OperationBody;
  readonly patientLabel: string;
  /** The conflict that it settles. */
  readonly settles: string | null;
}

/** What waits to be durable: an operation, or that a person gave way in the conflict of this id. */
export type Prepared = PreparedOperation | 'givenWay';

/** What a session writes with. */
export interface Writer {
  readonly db: WritableDb;
  readonly personKey: Uint8Array;
  readonly sessionKey: KeyObject;
  /** Operations by id, in memory until `commitOperations`. */
  readonly prepared: Map<string, Prepared>;
}

/** Who charts, where the operation goes, and when. */
export interface WriteOrder {
  readonly author: Author;
  readonly intakePublicKey: string;
  readonly nowMs: number;
  /** The draft that it was typed in; absent where nothing was typed. */
  readonly draftId?: string | null;
}

interface Write {
  readonly resource: SyncResource;
  readonly baseVersion: number;
  readonly settles: string | null;
}

function contextOf(order: WriteOrder, patientId: string): WriteContext {
  const { personId, displayName } = order.author;
  return { patientId, personId, displayName, nowMs: order.nowMs };
}

function prepare(
  writer: Writer,
  order: WriteOrder,
  patient: { readonly id: string; readonly label: string },
  id: string,
  writes: readonly Write[],
): PreparedWrite {
  const operations = writes.map(({ resource, baseVersion, settles }) => {
    const body: OperationBody = {
      operationId: randomUUID(),
      sessionId: order.author.sessionId,
      personId: order.author.personId,
      terminalId: order.author.terminalId,
      patientId: patient.id,
      madeAtMs: order.nowMs,
      baseVersion,
      draftId: order.draftId ?? null,
      resource,
    };
    const text = JSON.stringify(body);
    const signature = toBase64Url(sign(null, Buffer.from(text), writer.sessionKey));
    const plain = Buffer.from(JSON.stringify({ body, signature }));
    const intake = fromBase64Url(order.intakePublicKey);
    writer.prepared.set(body.operationId, { body, patientLabel: patient.label, settles });
    return {
      operation: {
        operationId: body.operationId,
        sealed: toBase64Url(sealBox(intake, plain, sealInfo.operationBox)),
      },
      sealedForAuthor: sealForPerson(writer.personKey, body.personId, sealInfo.ownOperation, text),
    };
  });
  return { id, operations };
}

function findPatient(db: ReadableDb, id: string): { id: string; label: string } | null {
  const summary = readSummary(db, id);
  if (summary === null) return null;
  const { family, given } = summary.identity;
  return { id, label: [family, given].filter(Boolean).join(', ') };
}

/** Turns a set of vital signs into operations; an implausible one is refused, an unlikely one unless it was confirmed. */
export function prepareVitals(
  writer: Writer,
  order: WriteOrder,
  patientId: string,
  vitals: VitalsEntry,
  confirmedUnlikely: boolean,
): Result<PreparedWrite, 'notFound' | 'invalid' | 'implausible'> {
  const judgement = judgeEntry(vitals, order.nowMs);
  if (judgement.empty) return refuse('invalid');
  if (judgement.impossible.length > 0) return refuse('implausible');
  if (judgement.unlikely.length > 0 && !confirmedUnlikely) return refuse('implausible');
  const patient = findPatient(writer.db, patientId);
  if (patient === null) return refuse('notFound');
  const setId = randomUUID();
  const resources = writeVitals(vitals, setId, contextOf(order, patientId), randomUUID);
  const writes = resources.map((resource) => ({ resource, baseVersion: 0, settles: null }));
  return succeed(prepare(writer, order, patient, setId, writes));
}

/** The version a correction builds on: what was on the screen, or what an operation still under way will make of it. */
function correctedVersion(db: ReadableDb, noteId: string, seen: number): number {
  const underWay = db.get(sql`
    SELECT base_version FROM operation
    WHERE type = 'DocumentReference' AND id = ${noteId} AND state = 'pending'
    ORDER BY seq DESC LIMIT 1`);
  return underWay === undefined ? seen : readNumber(underWay, 'base_version') + 1;
}

/** Turns a note, or the correction of one, into an operation. */
export function prepareNote(
  writer: Writer,
  order: WriteOrder,
  patientId: string,
  note: NoteEntry,
): Result<PreparedWrite, 'notFound'> {
  const patient = findPatient(writer.db, patientId);
  if (patient === null) return refuse('notFound');
  const noteId = note.corrects?.id ?? randomUUID();
  if (note.corrects !== null && !noteExists(writer.db, patientId, noteId)) {
    return refuse('notFound');
  }
  const baseVersion =
    note.corrects === null ? 0 : correctedVersion(writer.db, noteId, note.corrects.version);
  const resource = writeNote(note.text, noteId, contextOf(order, patientId));
  const write = { resource, baseVersion, settles: null };
  return succeed(prepare(writer, order, patient, noteId, [write]));
}

function noteExists(db: ReadableDb, patientId: string, noteId: string): boolean {
  const found = db.get(sql`
    SELECT 1 AS found FROM resource
    WHERE type = 'DocumentReference' AND id = ${noteId} AND patient = ${patientId}
    UNION ALL SELECT 1 FROM operation
    WHERE type = 'DocumentReference' AND id = ${noteId} AND patient = ${patientId} LIMIT 1`);
  return found !== undefined;
}

function markChanged(db: ReadableDb, operationId: string, stale: StaleViews): void {
  const row = db.get(
    sql`SELECT patient, set_key FROM operation WHERE operation_id = ${operationId}`,
  );
  if (row !== undefined) stale.set(readText(row, 'patient'), readNullableText(row, 'set_key'));
}

function dropOperation(db: WritableDb, operationId: string, stale: StaleViews): void {
  markChanged(db, operationId, stale);
  db.run(sql`DELETE FROM operation WHERE operation_id = ${operationId}`);
}

/** Shows prepared operations as pending: main has them on disk now. */
export function commitOperations(
  writer: Writer,
  operationIds: readonly string[],
): Result<null, 'notFound'> {
  const { db, prepared } = writer;
  if (!operationIds.every((id) => prepared.has(id))) return refuse('notFound');
  db.transaction(() => {
    const stale = createStaleViews();
    for (const operationId of operationIds) {
      const operation = prepared.get(operationId);
      if (operation === undefined) continue;
      if (operation === 'givenWay') {
        dropOperation(db, operationId, stale);
        continue;
      }
      const { body, patientLabel, settles } = operation;
      const { resource } = body;
      const derived = derive(resource);
      if (settles !== null) dropOperation(db, settles, stale);
      db.run(sql`
        INSERT INTO operation(operation_id, patient, patient_label, type, id, base_version, section,
          at_ms, set_key, view, json, state)
        VALUES (${operationId}, ${body.patientId}, ${patientLabel}, ${resource.resourceType},
          ${resource.id}, ${body.baseVersion}, ${derived.section}, ${derived.atMs},
          ${derived.setKey}, ${derived.view}, ${JSON.stringify(resource)}, 'pending')`);
      stale.set(body.patientId, derived.setKey);
    }
    stale.refresh(db);
    nextGeneration(db);
  });
  for (const operationId of operationIds) prepared.delete(operationId);
  return succeed(null);
}

/** Settles pushed operations as the server said; results of operations that the cache does not hold are left alone. */
export function applyPushResults(db: WritableDb, results: readonly PushResult[]): void {
  db.transaction(() => {
    const stale = createStaleViews();
    for (const result of results) applyPushResult(db, result, stale);
    stale.refresh(db);
    nextGeneration(db);
  });
}

function applyPushResult(db: WritableDb, result: PushResult, stale: StaleViews): void {
  const { operationId } = result;
  markChanged(db, operationId, stale);
  switch (result.status) {
    case 'applied': {
      const row = db.get(
        sql`SELECT patient, json FROM operation WHERE operation_id = ${operationId}`,
      );
      if (row === undefined) return;
      const patient = readText(row, 'patient');
      const resource = parseResource(readText(row, 'json'));
      db.run(sql`DELETE FROM operation WHERE operation_id = ${operationId}`);
      // A patient who has left the ward in the meantime stays purged.
      if (readSummary(db, patient) === null) return;
      const meta = { ...resource.meta, versionId: String(result.version) };
      putResource(db, { ...resource, meta }, patient, stale);
      return;
    }
    case 'conflict': {
      const theirs = result.current === null ? null : JSON.stringify(result.current);
      db.run(sql`UPDATE operation SET state = 'conflict', theirs = ${theirs},
        theirs_version = ${result.currentVersion}
        WHERE operation_id = ${operationId}`);
      return;
    }
    case 'rejected':
      db.run(sql`UPDATE operation SET state = 'rejected', reason = ${result.reason}
        WHERE operation_id = ${operationId}`);
  }
}

function parseResource(text: string): SyncResource {
  return v.parse(resourceSchema, JSON.parse(text));
}

function theirsOf(row: SqlRow): SyncResource | null {
  const text = readNullableText(row, 'theirs');
  return text === null ? null : parseResource(text);
}

/** All conflicts of the ward, oldest first: whoever is here may settle them, under an own name. */
export function readConflicts(db: ReadableDb): Conflict[] {
  const rows = db.all(sql`SELECT * FROM operation WHERE state = 'conflict' ORDER BY seq`);
  return rows.map((row) => {
    const theirs = theirsOf(row);
    return {
      operationId: readText(row, 'operation_id'),
      patientId: readText(row, 'patient'),
      patientLabel: readText(row, 'patient_label'),
      resourceType: readText(row, 'type'),
      mine: describeRecord(parseResource(readText(row, 'json'))),
      theirs: theirs === null ? null : { ...describeRecord(theirs), version: versionOf(theirs) },
    };
  });
}

/** Whoever keeps another's version answers for it, too, and is named beside her: the server takes nothing in another's name. */
function withAuthor(
  resource: SyncResource,
  by: { readonly reference: string; readonly display: string },
): SyncResource {
  const element = resource.resourceType === 'Observation' ? 'performer' : 'author';
  const named = v.parse(v.optional(v.array(v.looseObject({})), []), resource[element]);
  if (named.some((one) => one['reference'] === by.reference)) return resource;
  return { ...resource, [element]: [...named, by] };
}

/** Prepares the outcome that a person chose. Keeping theirs needs no operation; the conflict ends once that is durable. */
export function prepareConflict(
  writer: Writer,
  order: WriteOrder,
  operationId: string,
  choice: VaultPayload<'conflictPrepare'>['choice'],
): Result<PreparedWrite, 'notFound' | 'invalid'> {
  const { db } = writer;
  const row = db.get(
    sql`SELECT * FROM operation WHERE operation_id = ${operationId} AND state = 'conflict'`,
  );
  if (row === undefined) return refuse('notFound');
  if (choice.keep === 'theirs') {
    writer.prepared.set(operationId, 'givenWay');
    return succeed({ id: operationId, operations: [] });
  }
  const mine = parseResource(readText(row, 'json'));
  const kept = choice.keep === 'mine' ? mine : withNoteText(mine, choice.text);
  if (kept === null) return refuse('invalid');
  const { author, nowMs } = order;
  const by = { reference: `Practitioner/${author.personId}`, display: author.displayName };
  // What a person makes of two versions is that person's statement, at this time.
  const resource: SyncResource =
    choice.keep === 'merged'
      ? { ...kept, author: [by], date: new Date(nowMs).toISOString() }
      : withAuthor(kept, by);
  const theirs = theirsOf(row);
  const write = {
    resource,
    baseVersion: theirs === null ? readNumber(row, 'theirs_version') : versionOf(theirs),
    settles: operationId,
  };
  const patient = { id: readText(row, 'patient'), label: readText(row, 'patient_label') };
  return succeed(prepare(writer, order, patient, mine.id, [write]));
}
