import type { AuditDraft } from '#core/contracts/audit.ts';
import type {
  CallRefusal,
  Reply,
  TerminalStatus,
  workspaceCallSchemas,
} from '#core/contracts/ipc.ts';
import type { SearchResult } from '#core/contracts/clinical.ts';
import type { VaultAnswer, VaultRefusal } from '#core/contracts/vault.ts';
import type { SessionEvent } from '#core/session/model.ts';
import type { Result } from '#core/result.ts';
import type { CallHandlers } from '../ipc/serve.ts';
import type { LatencyRecorder } from '../latency.ts';
import type { LinkRefusal } from '../recordServer/transport.ts';
import type { Spool, SpoolRefusal } from '../spool/spool.ts';
import type { SystemView } from './systemView.ts';
import type { Workspace, Workspaces } from './workspaces.ts';

interface WorkspaceCallDeps {
  readonly workspaces: Workspaces;
  readonly spool: Spool;
  readonly view: SystemView;
  readonly latency: LatencyRecorder;
  readonly terminalId: string;
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
  readonly print: (workspace: Workspace) => Promise<void>;
  /** Something was written: send it, and tell the page what changed. */
  readonly onWritten: (workspace: Workspace, patientId: string | null) => void;
  /** The spool took nothing: the terminal stops serving. */
  /** Entries wait to be sent. */
  readonly onAppended: () => void;
  readonly onDraft: () => void;
  readonly onSpoolRefusal: (code: SpoolRefusal) => void;
}

const searchLimit = 20;
const done: Reply<null> = { ok: true, value: null };
const refuse = (code: CallRefusal): { ok: false; code: CallRefusal } => ({ ok: false, code });

type VaultFailure = VaultRefusal | 'vaultLost';

/** A vault's refusal as the page may hear it. */
function fromVault(code: VaultFailure): { ok: false; code: CallRefusal } {
  if (
    code === 'notFound' ||
    code === 'invalid' ||
    code === 'implausible' ||
    code === 'diskFull' ||
    code === 'diskReadOnly'
  )
    return refuse(code);
  return refuse('vaultLost');
}

function fromLink(code: LinkRefusal): { ok: false; code: CallRefusal } {
  if (code === 'unreachable' || code === 'serverFault' || code === 'untrusted')
    return refuse('offline');
  if (code === 'denied' || code === 'personRefused' || code === 'terminalRefused')
    return refuse('denied');
  if (code === 'notFound') return refuse('notFound');
  return refuse(code === 'tooMany' ? 'tooMany' : 'internal');
}

/**
 * Everything a workspace may ask for. Each answer with patient data has its audit entry on disk first; each write is on disk
 * before it is called saved. A call from a page whose session is ending, or of no session, is refused.
 */
export function createWorkspaceCalls(
  deps: WorkspaceCallDeps,
): CallHandlers<typeof workspaceCallSchemas> {
  const inSession =
    <Payload, Value>(work: (workspace: Workspace, payload: Payload) => Promise<Reply<Value>>) =>
    async (payload: Payload, senderId: number): Promise<Reply<Value>> => {
      const workspace = deps.workspaces.ofSender(senderId);
      if (workspace === null || workspace.closing) return refuse('noSession');
      return await work(workspace, payload);
    };

  const entry = (
    workspace: Workspace,
    action: AuditDraft['action'],
    subject: string,
    patientIds: readonly string[],
    outcome: AuditDraft['outcome'] = 'success',
    reason: string | null = null,
  ): AuditDraft => ({
    action,
    outcome,
    personId: workspace.session.person.personId,
    sessionId: workspace.session.sessionId,
    patientIds: [...patientIds],
    subject,
    purposeOfUse: 'TREAT',
    reason,
  });

  /** False = nothing may be shown. */
  const audited = (...drafts: AuditDraft[]): boolean => {
    const appended = deps.spool.append(drafts);
    if (appended.ok) deps.onAppended();
    else deps.onSpoolRefusal(appended.code);
    return appended.ok;
  };

  const view = async <Value>(
    workspace: Workspace,
    subject: string,
    patientId: string,
    read: () => Promise<Result<Value, VaultFailure>>,
  ): Promise<Reply<Value>> => {
    const answer = await read();
    if (!answer.ok) {
      audited(entry(workspace, 'view', subject, [patientId], 'failure', answer.code));
      return fromVault(answer.code);
    }
    return audited(entry(workspace, 'view', subject, [patientId]))
      ? { ok: true, value: answer.value }
      : refuse('internal');
  };

  const write = async (
    workspace: Workspace,
    subject: string,
    patientId: string,
    prepared: Result<VaultAnswer<'notePrepare'>, VaultFailure>,
    draftId: string | null,
    settles: string | null = null,
  ): Promise<Reply<string>> => {
    if (!prepared.ok) return fromVault(prepared.code);
    const { id, operations } = prepared.value;
    const kept = deps.spool.commitWrite({
      audit: [entry(workspace, 'write', subject, [patientId])],
      personId: workspace.session.person.personId,
      patientId,
      operations,
      draftId,
      settles,
    });
    if (!kept.ok) {
      deps.onSpoolRefusal(kept.code);
      return refuse(
        kept.code === 'diskFull'
          ? 'diskFull'
          : kept.code === 'readOnly'
            ? 'diskReadOnly'
            : 'internal',
      );
    }
    // On disk: from here on it is saved, whatever becomes of this session.
    await workspace.vault.call('operationsCommit', {
      operationIds: operations.map(({ operation }) => operation.operationId),
    });
    deps.onWritten(workspace, patientId);
    return { ok: true, value: id };
  };

  const author = (workspace: Workspace) => ({
    personId: workspace.session.person.personId,
    displayName: workspace.session.person.displayName,
    sessionId: workspace.session.sessionId,
    terminalId: deps.terminalId,
  });
  const writing = (workspace: Workspace) => ({
    author: author(workspace),
    intakePublicKey: deps.intakePublicKey,
    nowMs: deps.wallMs(),
  });

  return {
    workspaceReady: async (_payload, senderId) => {
      deps.pageReady(senderId);
      return await Promise.resolve(done);
    },
    workspacePainted: async ({ token, what }, senderId) => {
      if (deps.workspaces.ofSender(senderId)?.token !== token) return refuse('noSession');
      if (what === 'board') deps.workspaces.painted(token);
      return await Promise.resolve(done);
    },
    workspaceCleared: async ({ token }, senderId) => {
      if (deps.workspaces.ofSender(senderId)?.token === token) deps.workspaces.cleared(token);
      return await Promise.resolve(done);
    },
    sessionLeave: inSession(async () => {
      deps.dispatch({ type: 'leaveRequested', atMs: deps.nowMs() });
      return await Promise.resolve(done);
    }),
    boardRead: inSession(async (workspace) => {
      const { personId } = workspace.session.person;
      const board = await workspace.vault.call('boardRead', { personId, nowMs: deps.wallMs() });
      if (!board.ok) return fromVault(board.code);
      const patientIds = board.value.rows.flatMap((row) =>
        row.patient === null ? [] : [row.patient.patientId],
      );
      return audited(entry(workspace, 'view', 'board', patientIds, 'success', 'ward'))
        ? { ok: true, value: board.value }
        : refuse('internal');
    }),
    chartOpen: inSession(
      async (workspace, { patientId }) =>
        await view(
          workspace,
          'chart',
          patientId,
          async () => await workspace.vault.call('chartRead', { patientId, nowMs: deps.wallMs() }),
        ),
    ),
    chartSectionRead: inSession(
      async (workspace, { patientId, section, offset }) =>
        await view(
          workspace,
          `chart.${section}`,
          patientId,
          async () =>
            await workspace.vault.call('chartSectionRead', { patientId, section, offset }),
        ),
    ),
    vitalsRead: inSession(
      async (workspace, { patientId, fromMs, toMs }) =>
        await view(
          workspace,
          'chart.vitals',
          patientId,
          async () => await workspace.vault.call('vitalsRead', { patientId, fromMs, toMs }),
        ),
    ),
    vitalsRecord: inSession(
      async (workspace, { patientId, draftId, vitals, confirmedUnlikely }) => {
        const prepared = await workspace.vault.call('vitalsPrepare', {
          ...writing(workspace),
          patientId,
          vitals,
          confirmedUnlikely,
        });
        const written = await write(workspace, 'Observation', patientId, prepared, draftId);
        return written.ok ? { ok: true, value: { setId: written.value } } : written;
      },
    ),
    noteWrite: inSession(async (workspace, { patientId, draftId, note }) => {
      const prepared = await workspace.vault.call('notePrepare', {
        ...writing(workspace),
        patientId,
        note,
      });
      const written = await write(workspace, 'DocumentReference', patientId, prepared, draftId);
      return written.ok ? { ok: true, value: { noteId: written.value } } : written;
    }),
    patientSearch: inSession(async (workspace, { text, where }) => {
      const found =
        where === 'ward'
          ? await workspace.vault.call('wardSearch', { text, limit: searchLimit })
          : await deps.searchServer(workspace, text);
      if (!found.ok) {
        audited(entry(workspace, 'search', where, [], 'failure', found.code));
        return where === 'ward'
          ? fromVault(found.code as VaultFailure)
          : fromLink(found.code as LinkRefusal);
      }
      const patientIds = found.value.hits.map((hit) => hit.identity.patientId);
      return audited(entry(workspace, 'search', where, patientIds))
        ? { ok: true, value: found.value }
        : refuse('internal');
    }),
    draftSave: async (draft, senderId) => {
      // The one thing that is still taken while a session ends: what the person had typed.
      const workspace = deps.workspaces.ofSender(senderId);
      if (workspace === null) return refuse('noSession');
      const savedAtMs = deps.wallMs();
      const sealed = await workspace.vault.call('draftSeal', { draft: { ...draft, savedAtMs } });
      if (!sealed.ok) return fromVault(sealed.code);
      const { personId } = workspace.session.person;
      const kept = deps.spool.drafts.save({
        draftId: draft.draftId,
        personId,
        sealed: sealed.value.sealed,
        savedAtMs,
      });
      if (!kept.ok) {
        deps.onSpoolRefusal(kept.code);
        return refuse(kept.code === 'diskFull' ? 'diskFull' : 'internal');
      }
      deps.onDraft();
      return { ok: true, value: { savedAtMs } };
    },
    draftDiscard: inSession(async (workspace, { draftId }) => {
      const own = deps.spool.drafts.ofPerson(workspace.session.person.personId);
      if (!own.some((draft) => draft.draftId === draftId)) return refuse('notFound');
      const dropped = deps.spool.drafts.discard(draftId);
      deps.onDraft();
      return await Promise.resolve(dropped.ok ? done : refuse('internal'));
    }),
    draftList: inSession(async (workspace) => {
      const sealed = deps.spool.drafts
        .ofPerson(workspace.session.person.personId)
        .map((draft) => draft.sealed);
      const opened = await workspace.vault.call('draftsOpen', { sealed });
      return opened.ok ? { ok: true, value: opened.value.drafts } : fromVault(opened.code);
    }),
    conflictList: inSession(async (workspace) => {
      const conflicts = await workspace.vault.call('conflictsRead', null);
      if (!conflicts.ok) return fromVault(conflicts.code);
      const patientIds = [...new Set(conflicts.value.map((conflict) => conflict.patientId))];
      if (patientIds.length > 0 && !audited(entry(workspace, 'view', 'conflicts', patientIds)))
        return refuse('internal');
      return { ok: true, value: conflicts.value };
    }),
    conflictResolve: inSession(async (workspace, { operationId, choice }) => {
      const conflicts = await workspace.vault.call('conflictsRead', null);
      const conflict = conflicts.ok
        ? conflicts.value.find((one) => one.operationId === operationId)
        : undefined;
      if (conflict === undefined) return refuse('conflictGone');
      const prepared = await workspace.vault.call('conflictPrepare', {
        ...writing(workspace),
        operationId,
        choice,
      });
      const written = await write(
        workspace,
        conflict.resourceType,
        conflict.patientId,
        prepared,
        null,
        operationId,
      );
      return written.ok ? done : written;
    }),
    chartPrint: inSession(async (workspace, { patientId }) => {
      if (!audited(entry(workspace, 'print', 'chart', [patientId]))) return refuse('internal');
      await deps.print(workspace);
      return done;
    }),
    terminalStatusRead: inSession(
      async (workspace) => await Promise.resolve({ ok: true, value: deps.status(workspace) }),
    ),
    otherSessionClose: inSession(async (workspace, { sessionId }) => {
      const closed = await deps.closeOther(workspace, sessionId);
      return closed.ok ? done : fromLink(closed.code);
    }),
    languageSet: inSession(async (_workspace, { language }) => {
      deps.view.setLanguage(language);
      return await Promise.resolve(done);
    }),
    themeSet: inSession(async (_workspace, { theme }) => {
      deps.view.setTheme(theme);
      return await Promise.resolve(done);
    }),
  };
}
