import type { BoardView, Draft, Freshness } from '#core/contracts/clinical.ts';
import type {
  Language,
  Theme,
  WorkspaceBegin,
  WorkspaceChanged,
  WorkspaceElsewhere,
  WorkspaceNotice,
} from '#core/contracts/ipc.ts';

/** Which screen of the workspace is shown. `start` opens a chart with a form ready. */
export type View =
  | { screen: 'board' }
  | { screen: 'chart'; patientId: string; start: 'record' | 'note' | null }
  | { screen: 'search' }
  | { screen: 'status' }
  | { screen: 'conflicts' }
  | { screen: 'rejections' };

export type BoardFilter = 'all' | 'mine' | 'risk' | 'due';
type NoticeCode = WorkspaceNotice['notice'];

/** Everything a workspace shows, from begin to end of one badge session; null outside one. */
export interface WorkspaceState {
  /** What the session opened with: person, token and terminal stay as they were. */
  readonly begin: WorkspaceBegin;
  readonly board: BoardView;
  readonly freshness: Freshness;
  readonly drafts: readonly Draft[];
  readonly otherSessions: WorkspaceBegin['otherSessions'];
  readonly language: Language;
  readonly theme: Theme;
  /** The terminal's time when main last said it. */
  readonly nowMs: number;
  /** Counts changes per patient: a chart re-reads when its number moves. */
  readonly revisions: ReadonlyMap<string, number>;
  readonly view: View;
  readonly filter: BoardFilter;
  readonly notices: readonly NoticeCode[];
}

export type WorkspaceEvent =
  | { type: 'begin'; begin: WorkspaceBegin }
  | { type: 'changed'; changed: WorkspaceChanged }
  | { type: 'elsewhere'; elsewhere: WorkspaceElsewhere }
  | { type: 'notice'; notice: NoticeCode }
  | { type: 'dismiss'; notice: NoticeCode }
  | { type: 'navigate'; view: View }
  | { type: 'filter'; filter: BoardFilter }
  | { type: 'language'; language: Language }
  | { type: 'theme'; theme: Theme }
  | { type: 'drafts'; drafts: readonly Draft[] }
  | { type: 'otherSessionClosed'; sessionId: string }
  | { type: 'end'; token: string };

/** Notices of one subject replace each other: "the reader is back" takes the place of "the reader is gone". */
const subjects: Record<NoticeCode, string> = {
  tapAgainToLock: 'tap',
  holdToLock: 'tap',
  useLockKey: 'tap',
  readerLost: 'reader',
  readerBack: 'reader',
  serverLost: 'server',
  serverBack: 'server',
  // A lease runs out only without the server: its return takes this notice away.
  leaseEndsSoon: 'server',
  shiftEndsSoon: 'shift',
  diskFull: 'disk',
  cacheRebuilt: 'cache',
  cacheRolledBack: 'cache',
  clockJumped: 'clock',
};

function begun(begin: WorkspaceBegin): WorkspaceState {
  return {
    begin,
    board: begin.board,
    freshness: begin.freshness,
    drafts: begin.drafts,
    otherSessions: begin.otherSessions,
    language: begin.language,
    theme: begin.theme,
    nowMs: begin.nowMs,
    revisions: new Map(),
    view: { screen: 'board' },
    filter: 'all',
    notices: [],
  };
}

function changed(state: WorkspaceState, change: WorkspaceChanged): WorkspaceState {
  const revisions = new Map(state.revisions);
  for (const id of change.changedPatientIds) revisions.set(id, (revisions.get(id) ?? 0) + 1);
  return {
    ...state,
    board: change.board ?? state.board,
    freshness: change.freshness,
    nowMs: change.nowMs,
    revisions,
  };
}

/** The one place where the workspace's state moves. Nothing but `begin` does anything outside a session. */
export function stepWorkspace(
  state: WorkspaceState | null,
  event: WorkspaceEvent,
): WorkspaceState | null {
  if (event.type === 'begin') return begun(event.begin);
  if (state === null) return null;
  switch (event.type) {
    case 'changed':
      return changed(state, event.changed);
    case 'elsewhere': {
      const { drafts, otherSessions } = event.elsewhere;
      return { ...state, drafts: drafts ?? state.drafts, otherSessions };
    }
    case 'notice': {
      const others = state.notices.filter((n) => subjects[n] !== subjects[event.notice]);
      return { ...state, notices: [...others, event.notice] };
    }
    case 'dismiss':
      return { ...state, notices: state.notices.filter((n) => n !== event.notice) };
    case 'navigate':
      return { ...state, view: event.view };
    case 'filter':
      return { ...state, filter: event.filter };
    case 'language':
      return { ...state, language: event.language };
    case 'theme':
      return { ...state, theme: event.theme };
    case 'drafts':
      return { ...state, drafts: event.drafts };
    case 'otherSessionClosed':
      return {
        ...state,
        otherSessions: state.otherSessions.filter((s) => s.sessionId !== event.sessionId),
      };
    case 'end':
      // An end that is meant for a session before this one must not close this one.
      return event.token === state.begin.token ? null : state;
  }
}
