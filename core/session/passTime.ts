import { endAttempt } from './attempt.ts';
import { andThen, become, becomePhase, type Phase } from './change.ts';
import { beginClose } from './live.ts';
import type { SessionPolicy, SessionState, SessionStep } from './model.ts';
import { coverDueAtMs, endNoticeDueAtMs, endOf, holdEndsAtMs, nextDeadlineMs } from './screen.ts';

/** Lets everything happen that was due by `atMs`, in order. Ends: each deadline leads to a later one or to none. */
export function passTime(state: SessionState, atMs: number, policy: SessionPolicy): SessionStep {
  let passed = become(state);
  let dueMs = nextDeadlineMs(state, policy);
  while (dueMs !== null && dueMs <= atMs) {
    passed = andThen(passed, (now) => onDue(now, atMs, policy));
    dueMs = nextDeadlineMs(passed.state, policy);
  }
  return passed;
}

function onDue(state: SessionState, atMs: number, policy: SessionPolicy): SessionStep {
  const { phase } = state;
  switch (phase.kind) {
    case 'idle':
      return becomePhase(state, { kind: 'idle', refusal: null });
    case 'identifying': {
      const end = { reason: 'identifyTimeout', code: 'internal' } as const;
      return endAttempt(state, phase, end, atMs, policy);
    }
    case 'pin':
      return onPinDue(state, phase, atMs, policy);
    case 'opening':
      return endOf(phase.session).atMs <= phase.deadlineMs
        ? closeAtEnd(state, phase)
        : beginClose(state, phase, 'openTimeout', { refusal: 'internal' });
    case 'active':
      return onActiveDue(state, phase, policy);
    case 'closing':
    case 'fault':
      return become(state);
  }
}

function onPinDue(
  state: SessionState,
  phase: Phase<'pin'>,
  atMs: number,
  policy: SessionPolicy,
): SessionStep {
  if (phase.deadlineMs <= atMs)
    return endAttempt(state, phase, { reason: 'pinTimeout', code: null }, atMs, policy);
  const error = phase.error === 'pinThrottled' ? null : phase.error;
  return becomePhase(state, { ...phase, retryAtMs: null, error });
}

function onActiveDue(
  state: SessionState,
  phase: Phase<'active'>,
  policy: SessionPolicy,
): SessionStep {
  const dueMs = nextDeadlineMs(state, policy) ?? Infinity;
  const end = endOf(phase.session);
  if (end.atMs <= dueMs) return closeAtEnd(state, phase);
  if (endNoticeDueAtMs(phase, policy) <= dueMs) {
    const notice = end.reason === 'leaseEnded' ? 'leaseEndsSoon' : 'shiftEndsSoon';
    const told = { ...phase, toldOfEndAtMs: end.atMs };
    return becomePhase(state, told, { type: 'notice', notice });
  }
  if (phase.cover !== null) return beginClose(state, phase, 'idle');
  const coverAtMs = coverDueAtMs(state, phase, policy);
  if (holdEndsAtMs(phase, policy) <= coverAtMs) return beginClose(state, phase, 'left');
  // Counted from when the cover was due: a machine that slept through it locks at once.
  const cover = { locksAtMs: coverAtMs + policy.coverCountdownMs };
  return becomePhase(state, { ...phase, ownTap: null, cover });
}

/** The lease or the shift is over: from here on only a PIN, and the record server's word, bring the person back. */
function closeAtEnd(state: SessionState, phase: Phase<'opening'> | Phase<'active'>): SessionStep {
  const { reason } = endOf(phase.session);
  const refusal = reason === 'leaseEnded' ? 'leaseExpired' : 'shiftEnded';
  return beginClose(state, phase, reason, { refusal });
}
