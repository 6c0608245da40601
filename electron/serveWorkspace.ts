import type { SearchResult } from '#core/contracts/clinical.ts';
import { workspaceCallSchemas } from '#core/contracts/ipc.ts';
import type { SessionEvent } from '#core/session/model.ts';
import type { Result } from '#core/result.ts';
import { serveCalls } from './ipc/serve.ts';
import type { RecordServer } from './recordServer/recordServer.ts';
import type { LinkRefusal } from './recordServer/transport.ts';
import type { ChangePush } from './session/changePush.ts';
import type { RefusedCall } from './session/refusedCalls.ts';
import type { Taps } from './session/taps.ts';
import { askWithToken, freshToken, type TokenMemory } from './session/tokens.ts';
import { createWorkspaceCalls } from './session/workspaceCalls.ts';
import type { Workspace } from './session/workspace.ts';
import type { Workspaces } from './session/workspaces.ts';
import type { SpoolRefusal } from './spool/spool.ts';
import type { Sync } from './sync/sync.ts';
import type { TerminalParts } from './terminalParts.ts';
import { statusOf } from './terminalFacts.ts';

interface Served {
  readonly server: RecordServer;
  readonly sync: Sync;
  readonly taps: Taps;
  readonly workspaces: Workspaces;
  readonly changes: ChangePush;
  readonly tokens: TokenMemory;
  readonly dispatch: (event: SessionEvent) => void;
  readonly spoolFailed: (code: SpoolRefusal) => void;
  readonly refusedCall: RefusedCall;
}

const serverSearchLimit = 20;

/** Opens the workspace's calls to its pages: each with the session's own token, vault and audit. */
export function serveWorkspace(parts: TerminalParts, served: Served): void {
  const { foundations, logger, stage, wallMs, nowMs } = parts;
  const { server, sync, workspaces, changes } = served;
  const withToken = async <Value>(
    workspace: Workspace,
    ask: (token: string) => Promise<Result<Value, LinkRefusal>>,
  ): Promise<Result<Value, LinkRefusal>> => await askWithToken(workspace, server, wallMs, ask);
  /** What is a person's own goes only with a token of hers: in a long session the first one has run out. */
  const sendWithToken = async (workspace: Workspace): Promise<void> => {
    const token = await freshToken(workspace, server, wallMs());
    if (!token.ok) return;
    served.tokens.keep(workspace);
    sync.personalChanged();
  };
  const handlers = createWorkspaceCalls({
    workspaces,
    spool: foundations.spool,
    terminalId: foundations.identity.terminalId,
    wardId: foundations.identity.wardId,
    intakePublicKey: foundations.identity.intakePublicKey,
    dispatch: served.dispatch,
    nowMs,
    wallMs,
    pageReady: (senderId) => stage.workspaceIsReady(senderId),
    searchServer: async (workspace, text): Promise<Result<SearchResult, LinkRefusal>> =>
      await withToken(
        workspace,
        async (token) => await server.searchPatients(text, serverSearchLimit, token),
      ),
    fetchPatient: async (workspace, patientId) =>
      await withToken(workspace, async (token) => await server.patient(patientId, token)),
    onMalformed: (changes) => logger.log('feedMalformed', { changes }),
    closeOther: async (workspace, sessionId) =>
      await withToken(
        workspace,
        async (token) =>
          await server.closeOtherSession(token, workspace.facts.sessionId, sessionId),
      ),
    status: (workspace) => statusOf(parts, sync, served.taps.readers(), workspace),
    print: printPage,
    latency: parts.latency,
    onWritten: (_workspace, patientId) => {
      sync.operationsAdded();
      sync.auditAppended();
      if (patientId !== null) changes.patientsChanged([patientId]);
    },
    onAppended: () => sync.auditAppended(),
    onPersonal: (workspace) => {
      sync.personalChanged();
      if (sync.status().link === 'connected') void sendWithToken(workspace);
    },
    onRejectionsChanged: () => changes.freshnessChanged(),
    onSpoolRefusal: served.spoolFailed,
  });
  serveCalls({
    role: 'workspace',
    table: workspaceCallSchemas,
    handlers,
    senders: parts.senders,
    onTrouble: (trouble, call, senderId, cause) => {
      logger.log('ipcRefused', { call, code: trouble }, cause);
      served.refusedCall(trouble, call, senderId);
    },
  });
}

/** The system's own print dialog, for the page that is open; its entry is on disk already. Answers whether it was printed. */
async function printPage(workspace: Workspace): Promise<boolean> {
  return await new Promise<boolean>((resolve) => {
    workspace.page.layer.contents.print({ silent: false, printBackground: true }, resolve);
  });
}
