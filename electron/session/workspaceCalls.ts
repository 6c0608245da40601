import type { workspaceCallSchemas } from '#core/contracts/ipc.ts';
import type { CallHandlers } from '../ipc/serve.ts';
import {
  createCallContext,
  done,
  fromLink,
  refuseCall,
  type WorkspaceCallDeps,
} from './callContext.ts';
import { createDraftCalls } from './draftCalls.ts';
import { createReadCalls } from './readCalls.ts';
import { createRejectionCalls } from './rejectionCalls.ts';
import { createWriteCalls } from './writeCalls.ts';

/** One handler for each call of a workspace. */
export type WorkspaceHandlers = CallHandlers<typeof workspaceCallSchemas>;

/**
 * Everything a workspace may ask for. A call from a page whose session is ending, or of no session, is refused;
 * only the last draft of an ending session is still taken.
 */
export function createWorkspaceCalls(deps: WorkspaceCallDeps): WorkspaceHandlers {
  const context = createCallContext(deps);
  return {
    ...createReadCalls(deps, context),
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
      return closed.ok ? done : fromLink(closed.code);
    }),
    languageSet: context.inSession(async (_workspace, { language }) => {
      deps.view.setLanguage(language);
      return await Promise.resolve(done);
    }),
    themeSet: context.inSession(async (_workspace, { theme }) => {
      deps.view.setTheme(theme);
      return await Promise.resolve(done);
    }),
  };
}
