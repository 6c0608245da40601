import type { AccessBasis } from '#core/access/decide.ts';
import type { AuditDraft } from '#core/contracts/audit.ts';
import type { SearchResult } from '#core/contracts/clinical.ts';
import type { CallRefusal, Reply, TerminalStatus } from '#core/contracts/ipc.ts';
import type { VaultAnswer, VaultRefusal } from '#core/contracts/vault.ts';
import type { Result } from '#core/result.ts';
import type { SessionEvent } from '#core/session/model.ts';
import type { LinkRefusal } from '../recordServer/transport.ts';
import type { Spool, SpoolRefusal } from '../spool/spool.ts';
import { decideHere, denialEntry } from './access.ts';
import type { SystemView } from './systemView.ts';
import type { Workspace } from './workspace.ts';
import type { Workspaces } from './workspaces.ts';

/** What the calls of a workspace work with. */
export interface WorkspaceCallDeps {
  readonly workspaces: Workspaces;
  readonly spool: Spool;
  readonly view: SystemView;
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
  readonly closeOther: (
    workspace: Workspace,
    sessionId: string,
  ) => Promise<Result<null, LinkRefusal>>;
  readonly status: (workspace: Workspace) => TerminalStatus;
  /** False when nothing was printed: no printer, or cancelled. */
  readonly print: (workspace: Workspace) => Promise<boolean>;
  /** Something was written: send it, and tell the page what changed. */
  readonly onWritten: (workspace: Workspace, patientId: string | null) => void;
  /** Entries wait to be sent. */
  readonly onAppended: () => void;
  readonly onDraft: () => void;
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
  if (code === 'notFound') return refuseCall('notFound');
  return refuseCall(code === 'tooMany' ? 'tooMany' : 'internal');
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
  ): AccessBasis | null;
  /** Decides, reads, logs, and only then answers. */
  view<Value>(
    workspace: Workspace,
    subject: string,
    patientId: string,
    read: () => Promise<Result<Value, VaultFailure>>,
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

export function createCallContext(deps: WorkspaceCallDeps): CallContext {
  const audited = (...drafts: AuditDraft[]): boolean => {
    const appended = deps.spool.append(drafts);
    if (appended.ok) deps.onAppended();
    else deps.onSpoolRefusal(appended.code);
    return appended.ok;
  };
  const permits: CallContext['permits'] = ({ session }, action, subject, patientIds) => {
    const asked = { session, wardId: deps.wardId, action, patientIds };
    const decision = decideHere(asked);
    if (decision.permit) return decision.basis;
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
    permits,
    async view(workspace, subject, patientId, read) {
      const basis = permits(workspace, 'read', subject, [patientId]);
      if (basis === null) return refuseCall('denied');
      const answer = await read();
      if (!answer.ok) {
        audited(sessionEntry(workspace, 'view', subject, [patientId], 'failure', answer.code));
        return fromVault(answer.code);
      }
      const logged = audited(
        sessionEntry(workspace, 'view', subject, [patientId], 'success', basis),
      );
      return logged ? { ok: true, value: answer.value } : refuseCall('internal');
    },
    async write({ workspace, subject, patientId, prepare, draftId, settles }) {
      if (permits(workspace, 'write', subject, [patientId]) === null) return refuseCall('denied');
      const prepared = await prepare();
      if (!prepared.ok) return fromVault(prepared.code);
      const { id, operations } = prepared.value;
      const kept = deps.spool.commitWrite({
        audit: [sessionEntry(workspace, 'write', subject, [patientId])],
        personId: workspace.session.person.personId,
        patientId,
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
