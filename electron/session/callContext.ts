import type { AuditDraft } from '#core/contracts/audit.ts';
import type { SearchResult } from '#core/contracts/clinical.ts';
import type { CallRefusal, Reply, TerminalStatus } from '#core/contracts/ipc.ts';
import { vaultRefusalSchema, type VaultAnswer, type VaultRefusal } from '#core/contracts/vault.ts';
import type { Result } from '#core/result.ts';
import type { SessionEvent } from '#core/session/model.ts';
import type { LatencyRecorder } from '../latency.ts';
import type { ReadPatientRecord } from '../recordServer/syncReplies.ts';
import type { LinkRefusal } from '../recordServer/transport.ts';
import type { Spool, SpoolRefusal } from '../spool/spool.ts';
import { decideHere, denialEntry } from './access.ts';
import type { Workspace } from './workspace.ts';
import type { Workspaces } from './workspaces.ts';

/** What the calls of a workspace work with. */
export interface WorkspaceCallDeps {
  readonly workspaces: Workspaces;
  readonly spool: Spool;
  readonly terminalId: string;
  /** The ward that this terminal stands on. */
  readonly wardId: string;
  readonly intakePublicKey: string;
  readonly dispatch: (event: SessionEvent) => void;
  readonly nowMs: () => number;
  readonly wallMs: () => number;
  readonly pageReady: (senderId: number) => void;
  readonly searchServer: (
    workspace: Workspace,
    text: string,
  ) => Promise<Result<SearchResult, LinkRefusal>>;
  /** The record of a patient who is not on this ward, released to this person. */
  readonly fetchPatient: (
    workspace: Workspace,
    patientId: string,
  ) => Promise<Result<ReadPatientRecord, LinkRefusal>>;
  /** Parts of a fetched record could not be understood. */
  readonly onMalformed: (count: number) => void;
  readonly closeOther: (
    workspace: Workspace,
    sessionId: string,
  ) => Promise<Result<null, LinkRefusal>>;
  readonly status: (workspace: Workspace) => TerminalStatus;
  /** False when nothing was printed: no printer, or cancelled. */
  readonly print: (workspace: Workspace) => Promise<boolean>;
  readonly latency: Pick<LatencyRecorder, 'record'>;
  /** Something was written: send it, and tell the page what changed. */
  readonly onWritten: (workspace: Workspace, patientId: string | null) => void;
  /** Entries wait to be sent. */
  readonly onAppended: () => void;
  /** Something of this person’s own is to be sent: a draft, a decision, how she likes her screens. */
  readonly onPersonal: (workspace: Workspace) => void;
  /** The author has decided about what was refused: the page counts anew. */
  readonly onRejectionsChanged: () => void;
  /** The spool took nothing: the terminal stops serving. */
  readonly onSpoolRefusal: (code: SpoolRefusal) => void;
}

/** Why a vault gave nothing: what it refuses, or its end. */
export type VaultFailure = VaultRefusal | 'vaultLost';

/** The answer of a call that returns nothing. */
export const done: Reply<null> = { ok: true, value: null };

/** A refusal as the page hears it. */
export function refuseCall(code: CallRefusal): { ok: false; code: CallRefusal } {
  return { ok: false, code };
}

/** A vault's refusal as the page may hear it. */
export function fromVault(code: VaultFailure): { ok: false; code: CallRefusal } {
  const plain: readonly VaultFailure[] = [
    'notFound',
    'invalid',
    'implausible',
    'diskFull',
    'diskReadOnly',
  ];
  return refuseCall(plain.includes(code) ? (code as CallRefusal) : 'vaultLost');
}

/** The record server's refusal as the page may hear it. */
export function fromLink(code: LinkRefusal): { ok: false; code: CallRefusal } {
  if (code === 'unreachable' || code === 'serverFault' || code === 'untrusted')
    return refuseCall('offline');
  const denials: readonly LinkRefusal[] = [
    'denied',
    'personRefused',
    'terminalRefused',
    'terminalRevoked',
  ];
  if (denials.includes(code)) return refuseCall('denied');
  if (code === 'notFound' || code === 'gone') return refuseCall(code);
  return refuseCall(code === 'tooMany' ? 'tooMany' : 'internal');
}

/** A refusal of vault or record server as the page may hear it. */
function fromEither(code: VaultFailure | LinkRefusal): { ok: false; code: CallRefusal } {
  return isVaultFailure(code) ? fromVault(code) : fromLink(code);
}

function isVaultFailure(code: string): code is VaultFailure {
  return vaultRefusalSchema.options.some((known) => known === code);
}

/** The shared ways of all calls: into a session, past the log, onto the disk. */
export interface CallContext {
  /** Lets a call through only from the page of an open session that is not ending. */
  inSession<Payload, Value>(
    work: (workspace: Workspace, payload: Payload) => Promise<Reply<Value>>,
  ): (payload: Payload, senderId: number) => Promise<Reply<Value>>;
  /** Puts entries on disk; false = nothing may be shown. */
  audited(...drafts: AuditDraft[]): boolean;
  /** Why an access is permitted; null when it is not, which is in the log then. */
  permits(
    workspace: Workspace,
    action: 'read' | 'write',
    subject: string,
    patientIds: readonly string[],
  ): string | null;
  /** Logs what vault or record server did not give or take, and says it as the page may hear it. */
  refuse(
    workspace: Workspace,
    action: AuditDraft['action'],
    subject: string,
    patientIds: readonly string[],
    code: VaultFailure | LinkRefusal,
  ): { ok: false; code: CallRefusal };
  /** Decides, reads, logs with the ground on which it may be seen, and only then answers. */
  view<Value>(
    workspace: Workspace,
    subject: string,
    patientId: string,
    read: () => Promise<Result<Value, VaultFailure | LinkRefusal>>,
  ): Promise<Reply<Value>>;
  /** Decides, prepares a write and makes it durable, together with its entry; answers its id. */
  write(write: WriteCall): Promise<Reply<string>>;
}

/** A write on its way to the disk. */
export interface WriteCall {
  readonly workspace: Workspace;
  /** FHIR resource type. */
  readonly subject: string;
  readonly patientId: string;
  readonly prepare: () => Promise<Result<VaultAnswer<'notePrepare'>, VaultFailure>>;
  /** The draft it came from; goes with the write. */
  readonly draftId: string | null;
  /** The conflict that it settles. */
  readonly settles: string | null;
}

/** An entry about what one person does in her session. */
export function sessionEntry(
  workspace: Workspace,
  action: AuditDraft['action'],
  subject: string,
  patientIds: readonly string[],
  outcome: AuditDraft['outcome'] = 'success',
  reason: string | null = null,
): AuditDraft {
  return {
    action,
    outcome,
    personId: workspace.session.person.personId,
    sessionId: workspace.session.sessionId,
    patientIds: [...patientIds],
    subject,
    purposeOfUse: 'TREAT',
    reason,
  };
}

/** Codes by which somebody refused; all others say that something broke. */
const denials: ReadonlySet<string> = new Set([
  ...['invalid', 'implausible', 'conflictGone', 'notOwn'],
  ...['denied', 'personRefused', 'terminalRefused', 'tooMany'],
]);

/** The entry of what a person asked for in her session and did not get. */
export function refusedEntry(
  workspace: Workspace,
  action: AuditDraft['action'],
  subject: string,
  patientIds: readonly string[],
  code: string,
): AuditDraft {
  const outcome = denials.has(code) ? 'denied' : 'failure';
  return sessionEntry(workspace, action, subject, patientIds, outcome, code);
}

export function createCallContext(deps: WorkspaceCallDeps): CallContext {
  const audited = (...drafts: AuditDraft[]): boolean => {
    const appended = deps.spool.append(drafts);
    if (appended.ok) deps.onAppended();
    else deps.onSpoolRefusal(appended.code);
    return appended.ok;
  };
  const refuse: CallContext['refuse'] = (workspace, action, subject, patientIds, code) => {
    audited(refusedEntry(workspace, action, subject, patientIds, code));
    return fromEither(code);
  };
  const permits: CallContext['permits'] = ({ session, visits }, action, subject, patientIds) => {
    const asked = { session, wardId: deps.wardId, action, patientIds };
    const decision = decideHere(asked);
    // The ward's patients are hers by the ward, others on the ground that the record server released them.
    if (decision.permit) return visits.get(patientIds[0] ?? '') ?? decision.basis;
    audited(denialEntry(asked, subject, decision.reason));
    return null;
  };
  return {
    inSession: (work) => async (payload, senderId) => {
      const workspace = deps.workspaces.ofSender(senderId);
      if (workspace === null || workspace.closing) return refuseCall('noSession');
      return await work(workspace, payload);
    },
    audited,
    refuse,
    permits,
    async view(workspace, subject, patientId, read) {
      const basis = permits(workspace, 'read', subject, [patientId]);
      if (basis === null) return refuseCall('denied');
      const answer = await read();
      // A record that was on its way while the session ended is nobody's any more.
      if (workspace.closing) return refuseCall('noSession');
      if (!answer.ok) return refuse(workspace, 'view', subject, [patientId], answer.code);
      const ground = workspace.visits.get(patientId) ?? basis;
      const logged = audited(
        sessionEntry(workspace, 'view', subject, [patientId], 'success', ground),
      );
      return logged ? { ok: true, value: answer.value } : refuseCall('internal');
    },
    async write({ workspace, subject, patientId, prepare, draftId, settles }) {
      const basis = permits(workspace, 'write', subject, [patientId]);
      if (basis === null) return refuseCall('denied');
      const prepared = await prepare();
      if (!prepared.ok) return refuse(workspace, 'write', subject, [patientId], prepared.code);
      const { id, visiting, operations } = prepared.value;
      const kept = deps.spool.commitWrite({
        audit: [sessionEntry(workspace, 'write', subject, [patientId], 'success', basis)],
        personId: workspace.session.person.personId,
        patientId,
        visiting,
        operations,
        draftId,
        settles,
      });
      if (!kept.ok) {
        deps.onSpoolRefusal(kept.code);
        return spoolRefusal(kept.code);
      }
      if (draftId !== null) workspace.finishedDrafts.add(draftId);
      // On disk: from here on it is saved, whatever becomes of this session.
      const operationIds = operations.map(({ operation }) => operation.operationId);
      await workspace.vault.call('operationsCommit', {
        operationIds: operationIds.length === 0 ? [id] : operationIds,
      });
      deps.onWritten(workspace, patientId);
      return { ok: true, value: id };
    },
  };
}

/** Why nothing was kept, as the page hears it. */
export function spoolRefusal(code: SpoolRefusal): { ok: false; code: CallRefusal } {
  if (code === 'diskFull') return refuseCall('diskFull');
  return refuseCall(code === 'readOnly' ? 'diskReadOnly' : 'internal');
}
