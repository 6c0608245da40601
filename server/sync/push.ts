import * as v from 'valibot';
import {
  operationBodySchema,
  type Operation,
  type OperationBody,
  type PushResult,
} from '#core/contracts/sync.ts';
import { refuse, succeed, type Result } from '#core/result.ts';
import type { SessionKey, SessionKeys, TerminalContext } from '../context.ts';
import type { Query } from '../postgres/database.ts';
import type { IntakeKey } from '../seal/intake.ts';
import { actorJson, type Actor } from '../store/actor.ts';
import { isInOthersName, isLogicalId, patientOf } from '../store/recordTypes.ts';
import type { RecordResource, RecordStore } from '../store/recordStore.ts';
import { retryTransaction } from '../store/retryTransaction.ts';
import { fileDraft } from '../terminal/drafts.ts';

/** What a push needs of the service. */
export interface PushParts {
  readonly store: RecordStore;
  readonly intake: IntakeKey;
  readonly sessionKeys: SessionKeys;
  /** Wards a person is assigned to. */
  readonly personWards: (personId: string) => Promise<readonly string[]>;
}

/** What is kept of an operation: never a body. */
const keptResult = v.variant('status', [
  v.strictObject({ status: v.literal('applied'), version: v.number() }),
  v.strictObject({ status: v.literal('conflict') }),
  v.strictObject({ status: v.literal('rejected'), reason: v.string() }),
]);
type KeptResult = v.InferOutput<typeof keptResult>;
const resultRow = v.object({ result: v.nullable(keptResult) });
const claimRow = v.object({ claimed: v.boolean(), ...resultRow.entries });

/** A session may have been ended while its terminal was offline and its clock a little ahead. */
const clockToleranceMs = 5 * 60_000;

/** Carries out operations in order, each in a transaction of its own and exactly once. */
export async function pushOperations(
  parts: PushParts,
  terminal: TerminalContext,
  operations: readonly Operation[],
): Promise<PushResult[]> {
  const results: PushResult[] = [];
  for (const operation of operations) {
    try {
      results.push(await pushOne(parts, terminal, operation));
    } catch (error) {
      if (!isUnstorable(error)) throw error;
      results.push(await rejectUnstorable(parts, terminal, operation));
    }
  }
  return results;
}

/**
 * Whether the database will refuse this very operation every time (SQLSTATE classes 22 and 23: data and constraints). All
 * other failures pass: the terminal asks again, and nothing that a person was told is saved is refused for our own trouble.
 */
function isUnstorable(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^2[23][0-9A-Z]{3}$/.test(String(error.code));
}

/** One operation that cannot be stored must not hold up what others charted. Its own transaction is undone by now. */
async function rejectUnstorable(
  { store }: PushParts,
  terminal: TerminalContext,
  { operationId }: Operation,
): Promise<PushResult> {
  const rejected = { status: 'rejected', reason: 'internal' } as const;
  await retryTransaction(store.database, async (query) => {
    await query('select wardkey.operation_claim($1,$2)', [operationId, terminal.terminalId]);
    await query('select wardkey.operation_finish($1,$2)', [operationId, JSON.stringify(rejected)]);
    await store.auditDenial(
      query,
      { kind: 'terminal', terminal },
      [],
      'operation',
      rejected.reason,
    );
  });
  return { operationId, ...rejected };
}

async function pushOne(
  parts: PushParts,
  terminal: TerminalContext,
  operation: Operation,
): Promise<PushResult> {
  const { operationId } = operation;
  const authentic = await authenticate(parts, terminal, operation);
  if (!authentic.ok) {
    const actor: Actor = { kind: 'terminal', terminal };
    await parts.store.auditDenial(
      parts.store.database.query,
      actor,
      [],
      'operation',
      authentic.code,
    );
    return { operationId, status: 'rejected', reason: authentic.code };
  }
  const { body, actor } = authentic.value;
  return retryTransaction(parts.store.database, async (query) => {
    const { rows } = await query('select * from wardkey.operation_claim($1,$2)', [
      operationId,
      terminal.terminalId,
    ]);
    const claim = v.parse(claimRow, rows[0]);
    const kept = claim.claimed ? await carryOut(parts.store, query, actor, body) : claim.result;
    if (kept === null) throw new Error('invariant broken: a claimed operation without a result');
    if (claim.claimed) {
      // Finished work must not be offered again as unfinished: it would be charted twice. Rejected, it is all there is.
      if (kept.status !== 'rejected' && body.draftId !== null)
        await fileDraft(query, body.personId, body.draftId, body.madeAtMs);
      await query('select wardkey.operation_finish($1,$2)', [operationId, JSON.stringify(kept)]);
    }
    switch (kept.status) {
      case 'applied':
        return { operationId, ...kept, duplicate: !claim.claimed };
      case 'rejected':
        return { operationId, ...kept };
      case 'conflict':
        return {
          operationId,
          status: 'conflict',
          ...(await currentOf(parts.store, query, actor, body)),
        };
    }
  });
}

type Refusal =
  | 'unreadable'
  | 'malformed'
  | 'operationMismatch'
  | 'sessionUnknown'
  | 'signatureWrong'
  | 'notThisTerminal'
  | 'notThisPerson'
  | 'afterSessionEnd';

/** Opens the box and checks that the session it names signed it, on this terminal, as this person, while it lived. */
async function authenticate(
  parts: PushParts,
  terminal: TerminalContext,
  operation: Operation,
): Promise<Result<{ body: OperationBody; actor: Actor & { kind: 'person' } }, Refusal>> {
  const opened = parts.intake.open(operation.sealed);
  if (!opened.ok) return opened;
  const { body } = opened.value;
  const key = await parts.sessionKeys(body.sessionId);
  if (key === null) return refuse('sessionUnknown');
  if (!opened.value.signedBy(key.publicKey)) return refuse('signatureWrong');
  const binding = checkBinding(body, key, terminal, operation.operationId);
  if (binding !== null) return refuse(binding);
  const wardIds = await parts.personWards(key.personId);
  const { terminalId, wardId: atWardId } = terminal;
  const { personId, sessionId, role } = key;
  const person = { personId, sessionId, role, purposeOfUse: 'TREAT' as const };
  return succeed({
    body,
    actor: { kind: 'person', person, terminalId, wardIds, atWardId },
  });
}

function checkBinding(
  body: OperationBody,
  key: SessionKey,
  terminal: TerminalContext,
  operationId: string,
): Refusal | null {
  if (body.operationId !== operationId) return 'operationMismatch';
  if (body.terminalId !== terminal.terminalId || key.terminalId !== terminal.terminalId) {
    return 'notThisTerminal';
  }
  if (body.personId !== key.personId) return 'notThisPerson';
  if (key.endedAtMs !== null && body.madeAtMs > key.endedAtMs + clockToleranceMs) {
    return 'afterSessionEnd';
  }
  return null;
}

async function carryOut(
  store: RecordStore,
  query: Query,
  actor: Actor & { kind: 'person' },
  body: OperationBody,
): Promise<KeptResult> {
  const reject = (reason: string): KeptResult => ({ status: 'rejected', reason });
  const validation = store.validate(body.resource);
  if (!validation.ok) return reject(validation.code);
  const resource: RecordResource = body.resource;
  if (!isLogicalId(resource.id)) return reject('id: not a logical id');
  if (patientOf(resource) !== body.patientId)
    return reject('the resource is about another patient');
  if (!Number.isSafeInteger(body.baseVersion) || body.baseVersion < 0) {
    return reject('not a base version');
  }
  if (isInOthersName(resource, actor.person.personId)) {
    await store.auditDenial(query, actor, [body.patientId], resource.resourceType, 'othersName');
    return reject('denied: othersName');
  }
  // Both the patient it is about and the one it was about must be permitted.
  const { rows } = await query('select patient_id from wardkey.record_head($1,$2)', [
    resource.resourceType,
    resource.id,
  ]);
  const former = v.parse(v.array(v.object({ patient_id: v.nullable(v.string()) })), rows);
  const patients = [body.patientId, ...former.map((row) => row.patient_id)];
  const decide = await store.decide(query, actor, 'write', patients, body.madeAtMs);
  let basis = '';
  for (const patientId of patients) {
    const decision = decide(patientId);
    if (!decision.permit) {
      const concerned = patients.filter((id) => id !== null);
      await store.auditDenial(query, actor, concerned, resource.resourceType, decision.reason);
      return reject(`denied: ${decision.reason}`);
    }
    basis = decision.basis;
  }
  if (!(await isBaseKnown(query, body))) return { status: 'conflict' };
  const write = { resource, expectedVersion: body.baseVersion, deleted: false };
  const note = { subject: resource.resourceType, reason: basis };
  const [outcome] = await store.put(query, actor, [write], note);
  return outcome?.stored === true
    ? { status: 'applied', version: outcome.version }
    : { status: 'conflict' };
}

/** Whether the version that the author built on is the one she saw: of an operation under way then, the one that it made. */
async function isBaseKnown(
  query: Query,
  { follows, baseVersion }: OperationBody,
): Promise<boolean> {
  if (follows === null) return true;
  const { rows } = await query('select wardkey.operation_result($1) as result', [follows]);
  const [{ result }] = v.parse(v.tuple([resultRow]), rows);
  return result?.status === 'applied' && result.version === baseVersion;
}

/** What stands there instead, released like any other read, and its version; a deletion has one, too. */
async function currentOf(
  store: RecordStore,
  query: Query,
  actor: Actor,
  body: OperationBody,
): Promise<Pick<Extract<PushResult, { status: 'conflict' }>, 'current' | 'currentVersion'>> {
  const { resource, patientId } = body;
  const head = await query('select version from wardkey.record_head($1,$2)', [
    resource.resourceType,
    resource.id,
  ]);
  const [known] = v.parse(v.array(v.object({ version: v.number() })), head.rows);
  const { rows } = await query('select * from wardkey.record_release($1,$2,$3,$4,$5,$6)', [
    actorJson(actor),
    'view',
    'conflict',
    resource.resourceType,
    [resource.id],
    [patientId],
  ]);
  const [released] = await store.open(query, rows);
  const currentVersion = released?.row.version ?? known?.version ?? 0;
  if (released?.json == null) return { current: null, currentVersion };
  const current = v.parse(operationBodySchema.entries.resource, JSON.parse(released.json));
  return { current, currentVersion };
}
