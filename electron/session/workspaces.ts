import { randomBytes, randomUUID } from 'node:crypto';
import { clipboard } from 'electron';
import type { AuditDraft } from '#core/contracts/audit.ts';
import type { BoardView, Draft, Freshness } from '#core/contracts/clinical.ts';
import type { RefusalCode, WorkspaceBegin } from '#core/contracts/ipc.ts';
import type { CloseReason, LiveSession } from '#core/session/model.ts';
import type { LatencyRecorder } from '../latency.ts';
import type { Logger } from '../log.ts';
import type { Spool } from '../spool/spool.ts';
import type { VaultClient } from '../vault/vaultClient.ts';
import type { Stage, WorkspacePage } from '../views/stage.ts';
import type { BadgeKeys } from './badgeKeys.ts';
import type { GraceStore } from './grace.ts';
import type { OpenedLogin, Where } from './loginDeps.ts';
import type { SessionFacts } from './sessionFacts.ts';

/** One open workspace: a person, her vault, her page. At most one exists at a time. */
export interface Workspace {
  readonly session: LiveSession;
  readonly vault: VaultClient;
  readonly page: WorkspacePage;
  /** Names this opening in messages to and from the page. */
  readonly token: string;
  readonly cacheId: string;
  facts: SessionFacts;
  /** Patients whose presence on the board is in the log already. */
  readonly boardPatients: Set<string>;
  /** Its end has begun: only the last draft and the acknowledgement may still come in. */
  closing: boolean;
}

interface WorkspacesDeps {
  readonly stage: Stage;
  readonly takeVault: () => VaultClient;
  readonly prepareSpares: () => void;
  readonly claimLogin: (attempt: number) => OpenedLogin | null;
  readonly graces: GraceStore;
  readonly graceMs: number;
  readonly badgeKeys: BadgeKeys;
  readonly deviceSecret: string;
  readonly where: () => Where;
  readonly spool: Spool;
  readonly latency: LatencyRecorder;
  readonly logger: Logger;
  readonly nowMs: () => number;
  readonly wallMs: () => number;
  readonly freshness: (opened: OpenedLogin) => Freshness;
  /** Facts of the page that belong to the terminal, not to the person. */
  readonly surroundings: () => Pick<
    WorkspaceBegin,
    'terminalName' | 'wardName' | 'language' | 'theme' | 'leaveHint'
  >;
  /** Told once a workspace shows data: sync takes its vault. */
  readonly onOpened: (workspace: Workspace, opened: OpenedLogin) => void;
  readonly onClosing: (workspace: Workspace) => Promise<void>;
  readonly onClosed: (workspace: Workspace, keptGrace: boolean) => void;
}

/** Opens and closes workspaces in the order that lets nobody see what is another's. */
export interface Workspaces {
  open(attempt: number, session: LiveSession, by: 'grace' | 'pin'): Promise<RefusalCode | null>;
  close(session: LiveSession, reason: CloseReason, keepGrace: boolean): Promise<void>;
  current(): Workspace | null;
  /** The workspace whose page sent a call. */
  ofSender(senderId: number): Workspace | null;
  /** The board as it is now, for the open workspace; patients new on it get their entry first. Null when it cannot be shown. */
  readBoard(workspace: Workspace): Promise<BoardView | null>;
  painted(token: string): void;
  cleared(token: string): void;
  /** True while the page of this attempt is being painted on top. */
  isPainting(): boolean;
}

/** How long the page may take to put away the person's screen and save her last draft; it is covered meanwhile. */
const clearDeadlineMs = 120;
/** How long the vault may take to fold in its write-ahead log; it is killed in any case. */
const vaultCloseDeadlineMs = 80;

export function createWorkspaces(deps: WorkspacesDeps): Workspaces {
  let current: Workspace | null = null;
  let painting = false;
  /** Openings under way, by attempt: one that the machine has given up is finished and undone, never left half open. */
  const openings = new Map<number, Promise<RefusalCode | null>>();
  const givenUp = new Set<number>();
  const waiting = new Map<string, () => void>();
  const signal = (key: string): void => waiting.get(key)?.();
  const heard = async (key: string, deadlineMs: number): Promise<boolean> =>
    await new Promise<boolean>((resolve) => {
      const end = (value: boolean): void => {
        clearTimeout(timer);
        waiting.delete(key);
        resolve(value);
      };
      const timer = setTimeout(() => end(false), deadlineMs);
      waiting.set(key, () => end(true));
    });

  const openGrace = async (session: LiveSession): Promise<OpenedLogin | RefusalCode> => {
    const grace = deps.graces.find(session.badgeKey, deps.nowMs(), deps.wallMs());
    if (grace === null) return 'internal';
    const vault = deps.takeVault();
    const opened = await vault.call('openByGrace', {
      where: deps.where(),
      grace: grace.slot,
      graceSecret: grace.graceSecret,
      badgeSecret: deps.badgeKeys.secretOf(grace.facts.badge),
      deviceSecret: deps.deviceSecret,
    });
    if (!opened.ok) {
      deps.graces.drop(session.badgeKey);
      await vault.kill();
      return 'cacheDamaged';
    }
    return { facts: grace.facts, vault, cacheIsNew: false, ...opened.value };
  };

  const show = async (
    opened: OpenedLogin,
    session: LiveSession,
    page: WorkspacePage,
  ): Promise<RefusalCode | null> => {
    const { vault, facts } = opened;
    const { personId } = session.person;
    const sealedDrafts = deps.spool.drafts.ofPerson(personId).map((draft) => draft.sealed);
    const [board, drafts] = await Promise.all([
      vault.call('boardRead', { personId, nowMs: deps.wallMs() }),
      sealedDrafts.length === 0 ? null : vault.call('draftsOpen', { sealed: sealedDrafts }),
    ]);
    if (!board.ok) return 'cacheDamaged';
    await page.ready;
    if (givenUp.has(session.attempt)) return 'internal';
    // On disk before anything is shown.
    const audited = deps.spool.append([boardEntry(session, patientsOf(board.value))]);
    if (!audited.ok) return 'storageFault';
    const workspace: Workspace = {
      session,
      vault,
      page,
      token: randomUUID(),
      cacheId: opened.cacheId,
      facts,
      boardPatients: new Set(patientsOf(board.value)),
      closing: false,
    };
    current = workspace;
    painting = true;
    const shown = heard(`painted ${workspace.token}`, 5_000);
    deps.stage.raiseWorkspace(page);
    page.push(
      'workspaceBegin',
      beginMessage(deps, workspace, opened, board.value, drafts?.ok ? drafts.value.drafts : []),
    );
    const painted = await shown;
    painting = false;
    if (!painted) return 'internal';
    deps.onOpened(workspace, opened);
    return null;
  };

  const openOnce = async (
    attempt: number,
    session: LiveSession,
    by: 'grace' | 'pin',
  ): Promise<RefusalCode | null> => {
    const startedAtMs = deps.nowMs();
    const opened = by === 'pin' ? deps.claimLogin(attempt) : await openGrace(session);
    if (opened === null) return 'internal';
    if (typeof opened === 'string') return opened;
    const page = deps.stage.takeSpare();
    const refusal = await show(opened, session, page);
    if (refusal !== null) {
      current = null;
      await Promise.all([deps.stage.destroyWorkspace(page), opened.vault.kill()]);
      deps.prepareSpares();
      return refusal;
    }
    deps.logger.log('sessionOpened', { by, ms: Math.round(deps.nowMs() - startedAtMs) });
    return null;
  };

  return {
    async open(attempt, session, by) {
      const opening = openOnce(attempt, session, by).finally(() => {
        openings.delete(attempt);
        givenUp.delete(attempt);
      });
      openings.set(attempt, opening);
      return await opening;
    },
    async close(session, reason, keepGrace) {
      const opening = openings.get(session.attempt);
      if (opening !== undefined) {
        givenUp.add(session.attempt);
        await opening;
      }
      const workspace = current;
      if (workspace?.session.attempt !== session.attempt) return;
      const startedAtMs = deps.nowMs();
      workspace.closing = true;
      clearClipboards();
      const cleared = heard(`cleared ${workspace.token}`, clearDeadlineMs);
      workspace.page.push('workspaceEnd', { token: workspace.token });
      const grace = keepGrace ? sealGrace(deps, workspace) : null;
      await Promise.all([cleared, deps.onClosing(workspace)]);
      const kept = (await grace) ?? false;
      await Promise.all([deps.stage.destroyWorkspace(workspace.page), closeVault(deps, workspace)]);
      clearClipboards();
      current = null;
      if (!keepGrace) deps.graces.drop(session.badgeKey);
      const durationMs = deps.nowMs() - startedAtMs;
      deps.latency.record('keysGone', durationMs);
      deps.logger.log('sessionClosed', { reason, ms: Math.round(durationMs) });
      deps.onClosed(workspace, kept);
      deps.prepareSpares();
    },
    current: () => current,
    ofSender: (senderId) => {
      const contents = current?.page.layer.contents;
      return contents !== undefined && !contents.isDestroyed() && contents.id === senderId
        ? current
        : null;
    },
    async readBoard(workspace) {
      const { personId } = workspace.session.person;
      const board = await workspace.vault.call('boardRead', { personId, nowMs: deps.wallMs() });
      if (!board.ok) return null;
      const added = patientsOf(board.value).filter((id) => !workspace.boardPatients.has(id));
      if (added.length > 0 && !deps.spool.append([boardEntry(workspace.session, added)]).ok)
        return null;
      for (const patientId of added) workspace.boardPatients.add(patientId);
      return board.value;
    },
    painted: (token) => signal(`painted ${token}`),
    cleared: (token) => signal(`cleared ${token}`),
    isPainting: () => painting,
  };
}

function patientsOf(board: BoardView): string[] {
  return board.rows.flatMap((row) => (row.patient === null ? [] : [row.patient.patientId]));
}

function boardEntry(session: LiveSession, patientIds: string[]): AuditDraft {
  return {
    action: 'view',
    outcome: 'success',
    personId: session.person.personId,
    sessionId: session.sessionId,
    patientIds,
    subject: 'board',
    purposeOfUse: 'TREAT',
    reason: 'ward',
  };
}

function beginMessage(
  deps: WorkspacesDeps,
  workspace: Workspace,
  opened: OpenedLogin,
  board: BoardView,
  drafts: Draft[],
): WorkspaceBegin {
  const { facts, session, token } = workspace;
  return {
    token,
    person: session.person,
    ...deps.surroundings(),
    nowMs: deps.wallMs(),
    shiftEndsAtMs: facts.shiftEndsAtMs,
    board,
    freshness: deps.freshness(opened),
    drafts,
    otherSessions: facts.otherSessions,
  };
}

/** Keeps the way back in. Sealed at the session's end, so that no key material lies about while it is open. */
async function sealGrace(deps: WorkspacesDeps, workspace: Workspace): Promise<boolean> {
  const graceSecret = randomBytes(32).toString('base64url');
  const sealed = await workspace.vault.call('graceSeal', {
    graceSecret,
    badgeSecret: deps.badgeKeys.secretOf(workspace.facts.badge),
    deviceSecret: deps.deviceSecret,
  });
  if (!sealed.ok) return false;
  deps.graces.put(workspace.session.badgeKey, {
    slot: sealed.value,
    graceSecret,
    facts: workspace.facts,
    untilMs: deps.nowMs() + deps.graceMs,
  });
  return true;
}

async function closeVault(deps: WorkspacesDeps, workspace: Workspace): Promise<void> {
  const deadline = new Promise<null>((resolve) =>
    setTimeout(() => resolve(null), vaultCloseDeadlineMs).unref(),
  );
  const closed = await Promise.race([workspace.vault.call('close', null), deadline]);
  if (closed?.ok) {
    const known = deps.spool.anchors.read(workspace.cacheId);
    deps.spool.anchors.put({
      cacheId: workspace.cacheId,
      generation: closed.value.generation,
      cursor: known?.cursor ?? null,
      feedEpoch: known?.feedEpoch ?? null,
    });
  }
  await workspace.vault.kill();
}

function clearClipboards(): void {
  clipboard.clear();
  // X11's primary selection is a second clipboard: what was marked by mouse can be pasted by a middle click.
  // Electron < 40 names it by an argument, later ones by a property.
  const modern: { clear(): void } | undefined = (clipboard as { selection?: { clear(): void } })
    .selection;
  if (modern !== undefined) modern.clear();
  else (clipboard.clear as (type?: 'selection') => void)('selection');
}
