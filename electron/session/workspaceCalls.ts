import type { Reply, workspaceCallSchemas } from '#core/contracts/ipc.ts';
import type { Preferences } from '#core/contracts/preferences.ts';
import type { CallHandlers } from '../ipc/serve.ts';
import {
  createCallContext,
  done,
  fromLink,
  refuseCall,
  refusedEntry,
  spoolRefusal,
  type WorkspaceCallDeps,
} from './callContext.ts';
import { createDraftCalls } from './draftCalls.ts';
import { createReadCalls } from './readCalls.ts';
import { createRejectionCalls } from './rejectionCalls.ts';
import type { Workspace } from './workspace.ts';
import { createWriteCalls } from './writeCalls.ts';

/** One handler for each call of a workspace. */
export type WorkspaceHandlers = CallHandlers<typeof workspaceCallSchemas>;

/**
 * Everything a workspace may ask for. A call from a page whose session is ending, or of no session, is refused;
 * only the last draft of an ending session is still taken.
 */
export function createWorkspaceCalls(deps: WorkspaceCallDeps): WorkspaceHandlers {
  const context = createCallContext(deps);
  const reads = createReadCalls(deps, context);
  /** When the page last asked for a chart; it says once that it shows it. */
  let chartAskedAtMs: number | null = null;
  return {
    ...reads,
    chartOpen: async (payload, senderId) => {
      chartAskedAtMs = deps.nowMs();
      return await reads.chartOpen(payload, senderId);
    },
    ...createWriteCalls(deps, context),
    ...createDraftCalls(deps, context),
    ...createRejectionCalls(deps, context),
    workspaceReady: async (_payload, senderId) => {
      deps.pageReady(senderId);
      return await Promise.resolve(done);
    },
    workspacePainted: async ({ token, what }, senderId) => {
      if (deps.workspaces.ofSender(senderId)?.token !== token) return refuseCall('noSession');
      if (what === 'board') deps.workspaces.painted(token);
      else if (chartAskedAtMs !== null) {
        deps.latency.record('chartOpen', deps.nowMs() - chartAskedAtMs);
        chartAskedAtMs = null;
      }
      return await Promise.resolve(done);
    },
    workspaceCleared: async ({ token }, senderId) => {
      if (deps.workspaces.ofSender(senderId)?.token === token) deps.workspaces.cleared(token);
      return await Promise.resolve(done);
    },
    sessionLeave: context.inSession(async () => {
      deps.dispatch({ type: 'leaveRequested', atMs: deps.nowMs() });
      return await Promise.resolve(done);
    }),
    terminalStatusRead: context.inSession(
      async (workspace) => await Promise.resolve({ ok: true, value: deps.status(workspace) }),
    ),
    otherSessionClose: context.inSession(async (workspace, { sessionId }) => {
      const closed = await deps.closeOther(workspace, sessionId);
      if (closed.ok) return done;
      context.audited(refusedEntry(workspace, 'denied', 'otherSession', [], closed.code));
      return fromLink(closed.code);
    }),
    languageSet: context.inSession(
      async (workspace, choice) => await Promise.resolve(keepChoice(deps, workspace, choice)),
    ),
    themeSet: context.inSession(
      async (workspace, choice) => await Promise.resolve(keepChoice(deps, workspace, choice)),
    ),
  };
}

/** A person's choice is hers alone: the terminal itself stays as it is set. */
function keepChoice(
  deps: WorkspaceCallDeps,
  workspace: Workspace,
  choice: Partial<Pick<Preferences, 'language' | 'theme'>>,
): Reply<null> {
  const { personId } = workspace.session.person;
  const kept = deps.spool.preferences.choose(personId, choice, Math.round(deps.wallMs()));
  if (!kept.ok) {
    deps.onSpoolRefusal(kept.code);
    return spoolRefusal(kept.code);
  }
  deps.onPersonal(workspace);
  return done;
}
