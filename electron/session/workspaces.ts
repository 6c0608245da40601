import { randomUUID } from 'node:crypto';
import type { BoardView } from '#core/contracts/clinical.ts';
import type { RefusalCode } from '#core/contracts/ipc.ts';
import type { CloseReason, LiveSession } from '#core/session/model.ts';
import type { WorkspacePage } from '../views/stage.ts';
import { refusalOfVault } from './vaultRefusals.ts';
import { createAcknowledgements, type Acknowledgements } from './acknowledgements.ts';
import { decideHere, denialEntry } from './access.ts';
import { closeVault, sealGrace } from './closeWorkspace.ts';
import type { OpenedLogin } from './loginDeps.ts';
import { beginMessage, boardEntry, draftsEntry, openByGrace, patientsOf } from './openWorkspace.ts';
import type { Workspace, WorkspacesDeps } from './workspace.ts';

/** Opens and closes workspaces in the order that lets nobody see what is another's. At most one is open. */
export interface Workspaces {
  /** Resolves once the board is painted; a refusal leaves nothing behind. */
  open(attempt: number, session: LiveSession, by: 'grace' | 'pin'): Promise<RefusalCode | null>;
  /** Resolves once renderer and vault are gone; rejects if one will not die. */
  close(session: LiveSession, reason: CloseReason, keepGrace: boolean): Promise<void>;
  current(): Workspace | null;
  /** The workspace whose page sent a call. */
  ofSender(senderId: number): Workspace | null;
  /** The board as it is now, for the open workspace; patients new on it get their entry first. Null when it cannot be shown. */
  readBoard(workspace: Workspace): Promise<BoardView | null>;
  painted(token: string): void;
  cleared(token: string): void;
  /** True while the page of an attempt is being painted on top. */
  isPainting(): boolean;
}

/** How long the first paint may take before the opening is given up. */
const paintDeadlineMs = 5_000;
/** How long the page may take to put away the person's screen and save her last draft; it is covered meanwhile. */
const clearDeadlineMs = 120;

/** The one place that knows which workspace is open. */
interface Slot {
  current: Workspace | null;
  painting: boolean;
  /** Openings under way, by attempt: one that the machine has given up is undone, never left half open. */
  readonly openings: Map<number, Promise<RefusalCode | null>>;
  readonly givenUp: Set<number>;
  readonly acknowledgements: Acknowledgements;
}

export function createWorkspaces(deps: WorkspacesDeps): Workspaces {
  const slot: Slot = {
    current: null,
    painting: false,
    openings: new Map(),
    givenUp: new Set(),
    acknowledgements: createAcknowledgements(),
  };
  return {
    async open(attempt, session, by) {
      const opening = openOnce(deps, slot, session, by).finally(() => {
        slot.openings.delete(attempt);
        slot.givenUp.delete(attempt);
      });
      slot.openings.set(attempt, opening);
      return await opening;
    },
    close: async (session, reason, keepGrace) => {
      await closeOnce(deps, slot, session, reason, keepGrace);
    },
    current: () => slot.current,
    ofSender: (senderId) => {
      const contents = slot.current?.page.layer.contents;
      if (contents === undefined || contents.isDestroyed()) return null;
      return contents.id === senderId ? slot.current : null;
    },
    readBoard: async (workspace) => await readBoard(deps, workspace),
    painted: (token) => slot.acknowledgements.settle(`painted ${token}`, true),
    cleared: (token) => slot.acknowledgements.settle(`cleared ${token}`, true),
    isPainting: () => slot.painting,
  };
}

async function openOnce(
  deps: WorkspacesDeps,
  slot: Slot,
  session: LiveSession,
  by: 'grace' | 'pin',
): Promise<RefusalCode | null> {
  const startedAtMs = deps.nowMs();
  const opened = by === 'pin' ? deps.claimLogin(session.attempt) : await openByGrace(deps, session);
  // With a PIN the vault was opened before; see `unlock`.
  if (by === 'grace') deps.latency.record('vaultOpen', deps.nowMs() - startedAtMs);
  if (opened === null) return 'internal';
  if (typeof opened === 'string') return opened;
  let page: WorkspacePage | null = null;
  let refusal: RefusalCode | null = 'internal';
  try {
    page = deps.stage.takeSpare();
    refusal = await showFirst(deps, slot, opened, session, page);
  } finally {
    // Also when it threw: an open vault without a session would keep its key until the terminal ends.
    if (refusal !== null) await undoOpening(deps, slot, opened, page);
  }
  if (refusal === null)
    deps.logger.log('sessionOpened', { by, ms: Math.round(deps.nowMs() - startedAtMs) });
  deps.prepareSpares();
  return refusal;
}

async function undoOpening(
  deps: WorkspacesDeps,
  slot: Slot,
  { vault }: OpenedLogin,
  page: WorkspacePage | null,
): Promise<void> {
  slot.current = null;
  slot.painting = false;
  await Promise.all([page === null ? null : deps.stage.destroyWorkspace(page), vault.kill()]);
}

/** From open vault to painted board. */
async function showFirst(
  deps: WorkspacesDeps,
  slot: Slot,
  opened: OpenedLogin,
  session: LiveSession,
  page: WorkspacePage,
): Promise<RefusalCode | null> {
  const { vault, facts, cacheId } = opened;
  const { personId } = session.person;
  const sealed = deps.spool.drafts.ofPerson(personId).map((draft) => draft.sealed);
  const readAtMs = deps.nowMs();
  const [board, drafts, usable] = await Promise.all([
    vault.call('boardRead', { personId, nowMs: deps.wallMs() }),
    sealed.length === 0 ? null : vault.call('draftsOpen', { sealed }),
    page.ready,
  ]);
  deps.latency.record('boardRead', deps.nowMs() - readAtMs);
  if (!board.ok) return refusalOfVault(board.code);
  if (page.isGone()) return 'processLost';
  if (!usable) return 'internal';
  if (slot.givenUp.has(session.attempt)) return 'internal';
  const patientIds = patientsOf(board.value);
  if (!permitsBoard(deps, session, patientIds)) return 'roleRefused';
  const openDrafts = drafts?.ok ? drafts.value.drafts : [];
  const entries = [boardEntry(session, patientIds)];
  if (openDrafts.length > 0) entries.push(draftsEntry(session, openDrafts));
  // On disk before anything is shown.
  if (!deps.spool.append(entries).ok) return 'storageFault';
  deps.onAppended();
  const token = randomUUID();
  const boardPatients = new Set(patientIds);
  const workspace: Workspace = {
    session,
    vault,
    page,
    token,
    cacheId,
    facts,
    boardPatients,
    visits: new Map(),
    changes: new Map(),
    finishedDrafts: new Set(),
    closing: false,
  };
  slot.current = workspace;
  slot.painting = true;
  const paintAtMs = deps.nowMs();
  const shown = slot.acknowledgements.await(`painted ${token}`, paintDeadlineMs);
  deps.stage.raiseWorkspace(page);
  page.push('workspaceBegin', beginMessage(deps, workspace, opened, board.value, openDrafts));
  const painted = await shown;
  slot.painting = false;
  if (!painted) return 'internal';
  deps.latency.record('firstPaint', deps.nowMs() - paintAtMs);
  deps.onOpened(workspace, opened);
  return null;
}

async function closeOnce(
  deps: WorkspacesDeps,
  slot: Slot,
  session: LiveSession,
  reason: CloseReason,
  keepGrace: boolean,
): Promise<void> {
  const startedAtMs = deps.nowMs();
  // First of all: whatever of the session is or is not open, this way back in must not outlive it.
  if (!keepGrace) deps.graces.drop(session.badgeKey);
  deps.clearClipboards();
  const opening = slot.openings.get(session.attempt);
  if (opening !== undefined) {
    slot.givenUp.add(session.attempt);
    if (slot.current !== null) slot.acknowledgements.settle(`painted ${slot.current.token}`, false);
    await opening;
  }
  const workspace = slot.current;
  // Undone by the opening itself: it failed, or found that it had been given up.
  if (workspace?.session.attempt !== session.attempt) {
    deps.logger.log('sessionClosed', { reason, ms: Math.round(deps.nowMs() - startedAtMs) });
    return;
  }
  workspace.closing = true;
  const cleared = slot.acknowledgements.await(`cleared ${workspace.token}`, clearDeadlineMs);
  workspace.page.push('workspaceEnd', { token: workspace.token });
  const grace = keepGrace ? sealGrace(deps, workspace) : null;
  await cleared;
  deps.onClosing(workspace);
  await grace;
  await Promise.all([deps.stage.destroyWorkspace(workspace.page), closeVault(deps, workspace)]);
  // Once more: the page could write to them until it was gone.
  deps.clearClipboards();
  slot.current = null;
  const durationMs = deps.nowMs() - startedAtMs;
  deps.latency.record('keysGone', durationMs);
  deps.logger.log('sessionClosed', { reason, ms: Math.round(durationMs) });
}

async function readBoard(deps: WorkspacesDeps, workspace: Workspace): Promise<BoardView | null> {
  const { personId } = workspace.session.person;
  const board = await workspace.vault.call('boardRead', { personId, nowMs: deps.wallMs() });
  if (!board.ok) return null;
  const added = patientsOf(board.value).filter((id) => !workspace.boardPatients.has(id));
  if (added.length > 0) {
    if (!permitsBoard(deps, workspace.session, added)) return null;
    if (!deps.spool.append([boardEntry(workspace.session, added)]).ok) return null;
    deps.onAppended();
  }
  for (const patientId of added) workspace.boardPatients.add(patientId);
  return board.value;
}

/** The board is a view like any other: decided upon, and a refusal is in the log. */
function permitsBoard(
  { wardId, spool, onAppended }: WorkspacesDeps,
  session: LiveSession,
  patientIds: readonly string[],
): boolean {
  const asked = { session, wardId, action: 'read', patientIds } as const;
  const decision = decideHere(asked);
  if (decision.permit) return true;
  spool.append([denialEntry(asked, 'board', decision.reason)]);
  onAppended();
  return false;
}
