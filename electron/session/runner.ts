import type { AuditDraft } from '#core/contracts/audit.ts';
import type { RefusalCode, WorkspaceNotice } from '#core/contracts/ipc.ts';
import type {
  CloseReason,
  IdentifyResult,
  LiveSession,
  PinResult,
  SessionEffect,
  SessionEvent,
  SessionPolicy,
  SessionState,
  Tap,
} from '#core/session/model.ts';
import { nextDeadlineMs, screenOf } from '#core/session/screen.ts';
import { initialSession, step } from '#core/session/step.ts';
import { unreachable } from '#core/result.ts';

/** The hands of the session machine: what each effect does in the real world. */
export interface SessionHands {
  identify(attempt: number, tap: Tap): Promise<IdentifyResult>;
  checkPin(attempt: number, pin: string): Promise<PinResult>;
  /** Resolves once the board is painted; a refusal code when it could not be. */
  openWorkspace(
    attempt: number,
    session: LiveSession,
    by: 'grace' | 'pin',
  ): Promise<RefusalCode | null>;
  dropAttempt(attempt: number): void;
  /** Resolves when renderer and vault processes have ended. */
  closeWorkspace(session: LiveSession, reason: CloseReason, keepGrace: boolean): Promise<void>;
  notice(notice: WorkspaceNotice['notice']): void;
  /** False when the entry could not be made durable: the terminal then stops serving. */
  audit(entry: AuditDraft): boolean;
  /** Shows what the state says, at once. */
  show(state: SessionState): void;
  onUnexpected(where: string, cause: unknown): void;
  /** A former person's process will not die: the terminal must not go on. */
  onStuck(): void;
}

/** Carries the machine: events in, effects out, one timer. */
export interface SessionRunner {
  readonly dispatch: (event: SessionEvent) => void;
  readonly state: () => SessionState;
  readonly stop: () => void;
}

/** `nowMs` is monotonic. */
export function createSessionRunner(
  hands: SessionHands,
  policy: SessionPolicy,
  nowMs: () => number,
): SessionRunner {
  let state = initialSession();
  let timer: NodeJS.Timeout | null = null;
  const queue: SessionEvent[] = [];
  let draining = false;

  const dispatch = (event: SessionEvent): void => {
    queue.push(event);
    if (draining) return;
    draining = true;
    try {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) take(next);
    } finally {
      draining = false;
    }
    armTimer();
  };

  const take = (event: SessionEvent): void => {
    const answer = step(state, event, policy);
    const coveredBefore = screenOf(state).kind === 'system';
    state = answer.state;
    const covered = screenOf(state).kind === 'system';
    const uncovers = coveredBefore && !covered;
    // A cover goes up before anything else is done.
    if (!uncovers) hands.show(state);
    const kept = answer.effects.map(perform).every((done) => done);
    // What lifts it is on disk first. A workspace that was opened is raised by its own opening, when it has data.
    if (uncovers && kept && event.type !== 'opened') hands.show(state);
  };

  const armTimer = (): void => {
    if (timer !== null) clearTimeout(timer);
    const deadline = nextDeadlineMs(state, policy);
    timer =
      deadline === null
        ? null
        : setTimeout(
            () => dispatch({ type: 'tick', atMs: nowMs() }),
            Math.max(1, deadline - nowMs()),
          );
  };

  const perform = createPerformer(hands, dispatch, nowMs);

  return {
    dispatch,
    state: () => state,
    stop: () => {
      if (timer !== null) clearTimeout(timer);
    },
  };
}

/** What each effect becomes: work begun, and its answer as an event. False for an entry that could not be made durable. */
function createPerformer(
  hands: SessionHands,
  dispatch: (event: SessionEvent) => void,
  nowMs: () => number,
): (effect: SessionEffect) => boolean {
  /** An answer that never comes back as a rejection: what goes wrong unexpectedly is a refusal, and is logged. */
  const answer = <Value>(
    where: string,
    work: Promise<Value>,
    onValue: (value: Value) => void,
    onFailure: () => void,
  ): void => {
    work.then(onValue, (cause: unknown) => {
      hands.onUnexpected(where, cause);
      onFailure();
    });
  };

  const begin = (effect: SessionEffect): void => {
    switch (effect.type) {
      case 'identify': {
        const { attempt } = effect;
        const say = (result: IdentifyResult): void =>
          dispatch({ type: 'identified', attempt, result, atMs: nowMs() });
        answer('identify', hands.identify(attempt, effect.tap), say, () =>
          say({ kind: 'refused', code: 'internal' }),
        );
        return;
      }
      case 'checkPin': {
        const { attempt } = effect;
        const say = (result: PinResult): void =>
          dispatch({ type: 'pinChecked', attempt, result, atMs: nowMs() });
        answer('checkPin', hands.checkPin(attempt, effect.pin), say, () =>
          say({ kind: 'refused', code: 'internal' }),
        );
        return;
      }
      case 'openWorkspace': {
        const { attempt } = effect;
        const fail = (code: RefusalCode): void =>
          dispatch({ type: 'openFailed', attempt, code, atMs: nowMs() });
        answer(
          'openWorkspace',
          hands.openWorkspace(attempt, effect.session, effect.by),
          (code) =>
            code === null ? dispatch({ type: 'opened', attempt, atMs: nowMs() }) : fail(code),
          () => fail('internal'),
        );
        return;
      }
      case 'closeWorkspace': {
        const { sessionId, attempt } = effect.session;
        const closed = (): void => dispatch({ type: 'closed', sessionId, attempt, atMs: nowMs() });
        answer(
          'closeWorkspace',
          hands.closeWorkspace(effect.session, effect.reason, effect.keepGrace),
          closed,
          // Nobody gets in while something of the former person may still run.
          () => hands.onStuck(),
        );
        return;
      }
      case 'dropAttempt':
        hands.dropAttempt(effect.attempt);
        return;
      case 'notice':
        hands.notice(effect.notice);
        return;
      case 'audit':
        return;
      default:
        unreachable(effect);
    }
  };
  return (effect) => {
    begin(effect);
    if (effect.type !== 'audit' || hands.audit(effect.entry)) return true;
    dispatch({ type: 'terminalFault', code: 'storageFault', atMs: nowMs() });
    return false;
  };
}
