import type { Language, SystemSnapshot, TerminalHealth, Theme } from '#core/contracts/ipc.ts';
import type { Preferences } from '#core/contracts/preferences.ts';
import type { SessionPolicy, SessionState } from '#core/session/model.ts';
import { screenOf, systemScreen } from '#core/session/screen.ts';
import type { LatencyRecorder } from '../latency.ts';
import type { Stage, WorkspacePage } from '../views/stage.ts';
import { createIdleLook, lookFor, type Look } from './idleLook.ts';

/** What the terminal's system page shows and is: health, language, theme, and the machine's screen. */
export interface SystemView {
  show(state: SessionState): void;
  setTerminal(terminal: SystemSnapshot['terminal']): void;
  setHealth(change: Partial<TerminalHealth>): void;
  health(): TerminalHealth;
  /** Chosen by whoever stands there, not known by name: good for this visit, gone with the next idle screen. */
  choose(choice: Partial<Look>): void;
  /** What a person who has chosen nothing herself gets. */
  look(): Look;
  /** The page has presented a frame of this revision. */
  painted(revision: number): void;
  /** Pushes the present snapshot again: a page that was reloaded knows nothing. */
  refresh(): void;
}

interface SystemViewDeps {
  readonly stage: Stage;
  readonly policy: SessionPolicy;
  readonly terminal: SystemSnapshot['terminal'];
  /** As the terminal is set. */
  readonly language: Language;
  readonly theme: Theme;
  readonly preferencesOf: (personId: string) => Preferences | null;
  readonly latency: LatencyRecorder;
  readonly nowMs: () => number;
  readonly wallMs: () => number;
  readonly workspacePage: () => WorkspacePage | null;
  readonly isPainting: () => boolean;
}

/** How long an opening may take before it is shown: nearly every tap is through by then, and drawing it would cost that tap a frame. */
const patienceMs = 120;

/** PINs of 6 to 12 digits (NIST SP 800-63B-4, 3.1.1: at least 6 where chosen at random or checked centrally). */
const pinLength = { min: 6, max: 12 };

const startingHealth: TerminalHealth = {
  reader: 'starting',
  server: 'connecting',
  storage: 'ok',
  clock: 'ok',
};

/** What will most likely be over at once is not drawn yet; what lies under it stays. */
function isPassing({ phase }: SessionState): boolean {
  return phase.kind === 'identifying' || phase.kind === 'opening';
}

/** What of a snapshot a person can tell from another; a screen that was never drawn may have changed the look alone. */
function seen({ screen, language, theme }: SystemSnapshot): string {
  return JSON.stringify([screen, language, theme]);
}

/** Runs work at once or, while it may still become needless, later: whatever comes next takes its place. */
function createPatience(delayMs: number): (work: () => void, mayWait: boolean) => void {
  let waiting: NodeJS.Timeout | null = null;
  return (work, mayWait) => {
    if (waiting !== null) clearTimeout(waiting);
    waiting = mayWait ? setTimeout(work, delayMs).unref() : null;
    if (!mayWait) work();
  };
}

export function createSystemView(deps: SystemViewDeps): SystemView {
  let health = startingHealth;
  let { terminal } = deps;
  let revision = 0;
  let last: SessionState | null = null;
  /** A cover that has gone up and is not reported as presented yet. */
  let cover: { readonly sinceMs: number; readonly revision: number } | null = null;
  let pushed = '';
  let top: 'system' | 'workspace' = 'system';
  const draw = createPatience(patienceMs);

  /** The cover belongs to a person's session and looks like it; every other screen is the terminal's. */
  const lookOf = ({ phase }: SessionState): Look => {
    const covered = phase.kind === 'active' && phase.cover !== null ? phase.session : null;
    const own = covered === null ? null : deps.preferencesOf(covered.person.personId);
    return lookFor(own, idleLook.look());
  };

  const snapshot = (state: SessionState): SystemSnapshot => ({
    revision,
    terminal,
    health,
    ...lookOf(state),
    nowMs: deps.wallMs(),
    screen: systemScreen(state, {
      policy: deps.policy,
      pinLength,
      wallOffsetMs: deps.wallMs() - deps.nowMs(),
    }),
  });

  const push = (): void => {
    if (last === null) return;
    revision += 1;
    const next = snapshot(last);
    pushed = seen(next);
    deps.stage.pushSystem('systemSnapshot', next);
  };

  const isIdle = (state: SessionState | null): boolean =>
    state !== null && snapshot(state).screen.kind === 'idle';
  const idleLook = createIdleLook(deps, () => isIdle(last), push);

  /** Keys and touches of a session reach the machine by the dozen; most change nothing that is shown. */
  const pushIfChanged = (state: SessionState): void => {
    if (seen(snapshot(state)) !== pushed || cover?.revision === revision + 1) push();
  };

  const raise = (state: SessionState): void => {
    const page = deps.workspacePage();
    if (screenOf(state).kind === 'workspace' && page !== null) {
      if (top === 'system') deps.stage.raiseWorkspace(page);
      top = 'workspace';
      return;
    }
    // The page of the attempt that is being opened is on top already, painting its first frame with data.
    if (state.phase.kind === 'opening' && deps.isPainting()) {
      top = 'workspace';
      return;
    }
    deps.stage.raiseSystem();
    if (top === 'workspace') cover = { sinceMs: deps.nowMs(), revision: revision + 1 };
    top = 'system';
  };

  return {
    show(state) {
      if (state.phase.kind === 'pin' || state.phase.kind === 'opening') idleLook.taken();
      if (!isIdle(last) && isIdle(state)) idleLook.idle();
      last = state;
      raise(state);
      draw(() => pushIfChanged(state), cover === null && isPassing(state));
    },
    setTerminal(next) {
      terminal = next;
      push();
    },
    setHealth(change) {
      const next = { ...health, ...change };
      const same = (Object.keys(next) as (keyof TerminalHealth)[]).every(
        (key) => next[key] === health[key],
      );
      health = next;
      if (!same) push();
    },
    health: () => health,
    choose: (choice) => idleLook.choose(choice),
    look: () => idleLook.look(),
    painted(shown) {
      if (cover === null || shown < cover.revision) return;
      deps.latency.record('tapOutCover', deps.nowMs() - cover.sinceMs);
      cover = null;
    },
    refresh: push,
  };
}
