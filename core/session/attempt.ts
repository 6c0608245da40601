import type { RefusalCode } from '#core/contracts/ipc.ts';
import { unreachable } from '#core/result.ts';
import {
  auditEffect,
  become,
  becomePhase,
  isCurrentAttempt,
  whoIs,
  type EventOf,
  type Phase,
} from './change.ts';
import type { LiveSession, SessionPolicy, SessionState, SessionStep, Tap } from './model.ts';

/*
 * From a tap to a proven identity. Every attempt ends in exactly one audit entry: a login, or a refusal with its code.
 */

/** Begins to find out whose badge this is. */
export function startAttempt(state: SessionState, tap: Tap, deadlineMs: number): SessionStep {
  const attempt = state.attempt + 1;
  return become(
    {
      ...state,
      attempt,
      phase: {
        kind: 'identifying',
        attempt,
        tap,
        deadlineMs,
      },
    },
    { type: 'identify', attempt, tap },
  );
}

/** What an attempt that lets nobody in leaves behind. */
export interface AttemptEnd {
  /** Why, for the log. */
  readonly reason: string;
  /** What the screen says; null for an end that the person chose. */
  readonly code: RefusalCode | null;
  /** Who was turned away, where only the answer to `identify` knows it. */
  readonly personId?: string | undefined;
}

/** Ends an attempt that became no session: its vault goes, the log says why. */
export function endAttempt(
  state: SessionState,
  phase: Phase<'identifying'> | Phase<'pin'>,
  end: AttemptEnd,
  atMs: number,
  policy: SessionPolicy,
): SessionStep {
  const personId = phase.kind === 'pin' ? phase.person.personId : (end.personId ?? null);
  return becomePhase(
    state,
    idleWith(end.code, atMs, policy),
    { type: 'dropAttempt', attempt: phase.attempt },
    auditEffect('loginRefused', 'denied', { personId, sessionId: null }, end.reason),
  );
}

/** The idle screen, with a refusal for as long as a person needs to read it. */
export function idleWith(
  code: RefusalCode | null,
  atMs: number,
  policy: SessionPolicy,
): Phase<'idle'> {
  const refusal = code === null ? null : { code, untilMs: atMs + policy.refusalShownMs };
  return { kind: 'idle', refusal };
}

/** The answer whose badge it is. */
export function onIdentified(
  state: SessionState,
  event: EventOf<'identified'>,
  policy: SessionPolicy,
): SessionStep {
  const { phase } = state;
  const { attempt, result, atMs } = event;
  if (phase.kind !== 'identifying' || phase.attempt !== attempt)
    // What the shell keeps of an attempt, the badge's own number with it, must not outlive it.
    return result.kind === 'refused' ? become(state) : dropIfStale(state, attempt);
  switch (result.kind) {
    case 'refused':
      return endAttempt(state, phase, { ...result, reason: result.code }, atMs, policy);
    case 'grace':
      return openSession(
        state,
        {
          sessionId: result.sessionId,
          attempt,
          person: result.person,
          badgeKey: phase.tap.badgeKey,
          openedAtMs: atMs,
          ends: result.ends,
        },
        'grace',
        policy,
      );
    case 'pin':
      return becomePhase(state, {
        kind: 'pin',
        attempt,
        tap: phase.tap,
        person: result.person,
        reason: result.reason,
        triesLeft: result.triesLeft,
        retryAtMs: stillAhead(result.retryAtMs, atMs),
        error: stillAhead(result.retryAtMs, atMs) === null ? null : 'pinThrottled',
        checking: false,
        deadlineMs: atMs + policy.pinTimeoutMs,
      });
    default:
      return unreachable(result);
  }
}

/** A PIN was typed to the end. */
export function onPinSubmitted(
  state: SessionState,
  event: EventOf<'pinSubmitted'>,
  policy: SessionPolicy,
): SessionStep {
  const { phase } = state;
  // One check at a time: an answer must belong to the PIN that was asked about.
  if (phase.kind !== 'pin' || phase.attempt !== event.attempt || phase.checking)
    return become(state);
  const deadlineMs = event.atMs + policy.pinTimeoutMs;
  if (stillAhead(phase.retryAtMs, event.atMs) !== null)
    return throttle(state, { ...phase, deadlineMs });
  return becomePhase(
    state,
    { ...phase, retryAtMs: null, error: null, checking: true, deadlineMs },
    { type: 'checkPin', attempt: event.attempt, pin: event.pin },
  );
}

/** The answer whether the PIN was right. */
export function onPinChecked(
  state: SessionState,
  event: EventOf<'pinChecked'>,
  policy: SessionPolicy,
): SessionStep {
  const { phase } = state;
  const { attempt, result, atMs } = event;
  if (phase.kind !== 'pin' || phase.attempt !== attempt)
    return result.kind === 'accepted' ? dropIfStale(state, attempt) : become(state);
  if (!phase.checking) {
    // An acceptance nobody asked for proves nothing, but a vault may be open behind it: the attempt ends here.
    return result.kind === 'accepted'
      ? endAttempt(state, phase, { reason: 'unaskedAnswer', code: 'internal' }, atMs, policy)
      : become(state);
  }
  switch (result.kind) {
    case 'refused':
      return endAttempt(state, phase, { reason: result.code, code: result.code }, atMs, policy);
    case 'wrong':
      return becomePhase(
        state,
        {
          ...phase,
          triesLeft: result.triesLeft,
          retryAtMs: stillAhead(result.retryAtMs, atMs),
          error: 'pinWrong',
          checking: false,
          deadlineMs: atMs + policy.pinTimeoutMs,
        },
        auditEffect(
          'loginRefused',
          'denied',
          { personId: phase.person.personId, sessionId: null },
          'pinWrong',
        ),
      );
    case 'throttled': {
      const deadlineMs = atMs + policy.pinTimeoutMs;
      const retryAtMs = stillAhead(result.retryAtMs, atMs);
      return throttle(state, { ...phase, retryAtMs, checking: false, deadlineMs });
    }
    case 'accepted':
      return openSession(
        state,
        {
          sessionId: result.sessionId,
          attempt,
          person: phase.person,
          badgeKey: phase.tap.badgeKey,
          openedAtMs: atMs,
          ends: result.ends,
        },
        'pin',
        policy,
      );
    default:
      return unreachable(result);
  }
}

/** The PIN was not looked at: it counts as none, and the pad says until when to wait. */
function throttle(state: SessionState, phase: Phase<'pin'>): SessionStep {
  const who = { personId: phase.person.personId, sessionId: null };
  return becomePhase(
    state,
    { ...phase, error: 'pinThrottled' },
    auditEffect('denied', 'denied', who, 'pinThrottled'),
  );
}

/** "Not you? Cancel". */
export function onPinCancelled(
  state: SessionState,
  event: EventOf<'pinCancelled'>,
  policy: SessionPolicy,
): SessionStep {
  const { phase } = state;
  if (phase.kind !== 'pin' || phase.attempt !== event.attempt) return become(state);
  return endAttempt(state, phase, { reason: 'cancelled', code: null }, event.atMs, policy);
}

/** An answer too late for anybody: what it made must not outlive it. */
export function dropIfStale(state: SessionState, attempt: number): SessionStep {
  return isCurrentAttempt(state, attempt)
    ? become(state)
    : become(state, { type: 'dropAttempt', attempt });
}

function openSession(
  state: SessionState,
  session: LiveSession,
  by: 'grace' | 'pin',
  policy: SessionPolicy,
): SessionStep {
  return becomePhase(
    state,
    {
      kind: 'opening',
      attempt: session.attempt,
      session,
      deadlineMs: session.openedAtMs + policy.openTimeoutMs,
    },
    // The entry comes first: what cannot be logged does not happen.
    auditEffect('login', 'success', whoIs(session), by),
    { type: 'openWorkspace', attempt: session.attempt, session, by },
  );
}

/** A throttle that has ended by the time its answer arrives is none. */
function stillAhead(retryAtMs: number | null, atMs: number): number | null {
  return retryAtMs !== null && atMs < retryAtMs ? retryAtMs : null;
}
