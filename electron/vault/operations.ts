import { randomUUID, sign, type KeyObject } from 'node:crypto';
import type { Conflict, NoteEntry, VitalsEntry } from '#core/contracts/clinical.ts';
import { sealInfo } from '#core/contracts/sealing.ts';
import {
  resourceSchema,
  type OperationBody,
  type OwnOperation,
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
import { fromBase64Url, toBase64Url } from './keys.ts';
import { sealOwnOperation } from './ownOperation.ts';
import { sealBox } from './sealing.ts';

type PreparedWrite = VaultAnswer<'notePrepare'>;
type Author = VaultPayload<'notePrepare'>['author'];

/** An operation that was handed out and waits for main to make it durable. */
export interface PreparedOperation extends OwnOperation {
  /** Where its patient is kept. */
  readonly db: WritableDb;
  /** The conflict that it settles. */
  readonly settles: string | null;
}

/** What waits to be durable: an operation, or that a person gave way in the conflict that it stands for. */
export type Prepared = PreparedOperation | { readonly givenWay: true; readonly db: WritableDb };

/** What a session writes with. */
export interface Writer {
  /** The cache: the ward's patients. */
  readonly ward: WritableDb;
  /** Patients who are not on this ward; null while this session has none. */
  readonly visits: WritableDb | null;
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
  readonly follows: string | null;
  readonly settles: string | null;
}

function contextOf(order: WriteOrder, patientId: string): WriteContext {
  const { personId, displayName } = order.author;
  return { patientId, personId, displayName, nowMs: order.nowMs };
}

/** A patient of whom this session holds something, and where. */
interface HeldPatient {
  readonly id: string;
  readonly label: string;
  readonly db: WritableDb;
  readonly visiting: boolean;
}

function prepare(
  writer: Writer,
  order: WriteOrder,
  patient: HeldPatient,
  id: string,
  writes: readonly Write[],
): PreparedWrite {
  const operations = writes.map(({ resource, baseVersion, follows, settles }) => {
    const body: OperationBody = {
      operationId: randomUUID(),
      sessionId: order.author.sessionId,
      personId: order.author.personId,
      terminalId: order.author.terminalId,
      patientId: patient.id,
      madeAtMs: order.nowMs,
      baseVersion,
      follows,
      draftId: order.draftId ?? null,
      resource,
    };
    const text = JSON.stringify(body);
    const signature = toBase64Url(sign(null, Buffer.from(text), writer.sessionKey));
    const plain = Buffer.from(JSON.stringify({ body, signature }));
    const intake = fromBase64Url(order.intakePublicKey);
    const own = { body, patientLabel: patient.label };
    writer.prepared.set(body.operationId, { ...own, db: patient.db, settles });
    return {
      operation: {
        operationId: body.operationId,
        sealed: toBase64Url(sealBox(intake, plain, sealInfo.operationBox)),
      },
      sealedForAuthor: sealOwnOperation(writer.personKey, own),
    };
  });
  return { id, visiting: patient.visiting, operations };
}

function findPatient({ ward, visits }: Writer, id: string): HeldPatient | null {
  for (const db of [ward, visits]) {
    const summary = db === null ? null : readSummary(db, id);
    if (db === null || summary === null) continue;
    const { family, given } = summary.identity;
    return { id, label: [family, given].filter(Boolean).join(', '), db, visiting: db === visits };
  }
  return null;
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
  const patient = findPatient(writer, patientId);
  if (patient === null) return refuse('notFound');
  const setId = randomUUID();
  const resources = writeVitals(vitals, setId, contextOf(order, patientId), randomUUID);
  const writes = resources.map((resource) => ({
    resource,
    baseVersion: 0,
    follows: null,
    settles: null,
  }));
  return succeed(prepare(writer, order, patient, setId, writes));
}

/** The version a correction builds on: what was on the screen, or what an operation still under way will make of it. */
function correctedVersion(
  db: ReadableDb,
  corrects: NoteEntry['corrects'],
): Pick<Write, 'baseVersion' | 'follows'> {
  if (corrects === null) return { baseVersion: 0, follows: null };
  const underWay = db.get(sql`
    SELECT operation_id, base_version FROM operation
    WHERE type = 'DocumentReference' AND id = ${corrects.id} AND state = 'pending'
    ORDER BY seq DESC LIMIT 1`);
  return underWay === undefined
    ? { baseVersion: corrects.version, follows: corrects.operationId }
    : {
        baseVersion: readNumber(underWay, 'base_version') + 1,
        follows: readText(underWay, 'operation_id'),
      };
}

/** Turns a note, or the correction of one, into an operation. */
export function prepareNote(
  writer: Writer,
  order: WriteOrder,
  patientId: string,
  note: NoteEntry,
): Result<PreparedWrite, 'notFound'> {
  const patient = findPatient(writer, patientId);
  if (patient === null) return refuse('notFound');
  const { db } = patient;
  const noteId = note.corrects?.id ?? randomUUID();
  if (note.corrects !== null && !noteExists(db, patientId, noteId)) return refuse('notFound');
  const resource = writeNote(note.text, noteId, contextOf(order, patientId));
  const write = { resource, ...correctedVersion(db, note.corrects), settles: null };
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

/** Answers whose record the operation is about; null when it is not here. */
function markChanged(db: ReadableDb, operationId: string, stale: StaleViews): string | null {
  const row = db.get(
    sql`SELECT patient, set_key FROM operation WHERE operation_id = ${operationId}`,
  );
  if (row === undefined) return null;
  const patient = readText(row, 'patient');
  stale.set(patient, readNullableText(row, 'set_key'));
  return patient;
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
  const { prepared } = writer;
  const operations = operationIds.flatMap((id) => {
    const operation = prepared.get(id);
    return operation === undefined ? [] : [{ id, operation }];
  });
  if (operations.length < operationIds.length) return refuse('notFound');
  for (const db of new Set(operations.map(({ operation }) => operation.db))) {
    db.transaction(() => {
      const stale = createStaleViews();
      for (const { id, operation } of operations.filter((one) => one.operation.db === db)) {
        const settled = 'givenWay' in operation ? id : operation.settles;
        if (settled !== null) dropOperation(db, settled, stale);
        if (!('givenWay' in operation)) insertOperation(db, operation, stale);
      }
      stale.refresh(db);
      nextGeneration(db);
    });
  }
  for (const operationId of operationIds) prepared.delete(operationId);
  return succeed(null);
}

/** Shows an operation as pending; one that is held already stays as it is. */
export function insertOperation(db: WritableDb, own: OwnOperation, stale: StaleViews): void {
  const { body, patientLabel } = own;
  const { operationId, patientId, baseVersion, resource } = body;
  const derived = derive(resource);
  db.run(sql`
    INSERT INTO operation(operation_id, patient, patient_label, type, id, base_version, section,
      at_ms, set_key, view, json, state)
    VALUES (${operationId}, ${patientId}, ${patientLabel}, ${resource.resourceType},
      ${resource.id}, ${baseVersion}, ${derived.section}, ${derived.atMs},
      ${derived.setKey}, ${derived.view}, ${JSON.stringify(resource)}, 'pending')
    ON CONFLICT(operation_id) DO NOTHING`);
  stale.set(patientId, derived.setKey);
}

/**
 * Settles pushed operations as the server said, and answers whose records look different now; results of operations that
 * are not held here are left alone.
 */
export function applyPushResults(db: WritableDb, results: readonly PushResult[]): string[] {
  return db.transaction(() => {
    const stale = createStaleViews();
    const changed = new Set<string>();
    for (const result of results) {
      const patient = markChanged(db, result.operationId, stale);
      if (patient !== null) changed.add(patient);
      applyPushResult(db, result, stale);
    }
    stale.refresh(db);
    nextGeneration(db);
    return [...changed];
  });
}

function applyPushResult(db: WritableDb, result: PushResult, stale: StaleViews): void {
  const { operationId } = result;
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
      // It is not in the record, and nobody but its author is to take it for that: she has it back (`rejections.ts`).
      db.run(sql`DELETE FROM operation WHERE operation_id = ${operationId}`);
  }
}

function parseResource(text: string): SyncResource {
  return v.parse(resourceSchema, JSON.parse(text));
}

function theirsOf(row: SqlRow): SyncResource | null {
  const text = readNullableText(row, 'theirs');
  return text === null ? null : parseResource(text);
}

/** The conflicts held here, oldest first. Those of the ward may be settled by whoever is here, under an own name. */
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

function findConflict(
  { ward, visits }: Writer,
  operationId: string,
): { readonly row: SqlRow; readonly patient: HeldPatient } | null {
  for (const db of [ward, visits]) {
    const row = db?.get(
      sql`SELECT * FROM operation WHERE operation_id = ${operationId} AND state = 'conflict'`,
    );
    if (db === null || row === undefined) continue;
    const id = readText(row, 'patient');
    const label = readText(row, 'patient_label');
    return { row, patient: { id, label, db, visiting: db === visits } };
  }
  return null;
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
  const held = findConflict(writer, operationId);
  if (held === null) return refuse('notFound');
  const { row, patient } = held;
  const { db, visiting } = patient;
  if (choice.keep === 'theirs') {
    writer.prepared.set(operationId, { givenWay: true, db });
    return succeed({ id: operationId, visiting, operations: [] });
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
    follows: null,
    settles: operationId,
  };
  return succeed(prepare(writer, order, patient, mine.id, [write]));
}
