import type { SystemSnapshot } from '#core/contracts/ipc.ts';
import { unreachable } from '#core/result.ts';
import type { Phase } from './change.ts';
import type { LiveSession, ScreenChoice, SessionPolicy, SessionState } from './model.ts';

/*
 * What a state means to the outside: which view is up, what the system view says, when time must be told.
 */

/** A person's workspace is up only while that person's session is active and uncovered. */
export function screenOf(state: SessionState): ScreenChoice {
  const { phase } = state;
  return phase.kind === 'active' && phase.cover === null
    ? { kind: 'workspace', sessionId: phase.session.sessionId }
    : { kind: 'system' };
}

/** What the system view needs beside the state. */
export interface SystemScreenContext {
  readonly policy: SessionPolicy;
  readonly pinLength: { readonly min: number; readonly max: number };
  /** Wall clock minus monotonic clock, now. */
  readonly wallOffsetMs: number;
}

/** The system view's screen for a state; behind an uncovered workspace it is the idle screen. */
export function systemScreen(
  state: SessionState,
  context: SystemScreenContext,
): SystemSnapshot['screen'] {
  const { phase } = state;
  const wallMs = (atMs: number): number => Math.round(atMs + context.wallOffsetMs);
  switch (phase.kind) {
    case 'idle':
      return phase.refusal === null
        ? { kind: 'idle' }
        : {
            kind: 'refused',
            code: phase.refusal.code,
            untilMs: wallMs(phase.refusal.untilMs),
          };
    case 'identifying':
      return { kind: 'identifying' };
    case 'pin':
      return {
        kind: 'pin',
        attempt: phase.attempt,
        person: phase.person,
        reason: phase.reason,
        pinLength: context.pinLength,
        triesLeft: phase.triesLeft,
        retryAtMs: phase.retryAtMs === null ? null : wallMs(phase.retryAtMs),
        error: phase.error,
        checking: phase.checking,
      };
    case 'opening':
      return { kind: 'opening', person: phase.session.person };
    case 'active':
      return phase.cover === null
        ? { kind: 'idle' }
        : {
            kind: 'cover',
            displayName: phase.session.person.displayName,
            locksAtMs: wallMs(phase.cover.locksAtMs),
            liftsByInput: context.policy.coverLiftsByInput,
          };
    case 'closing':
      if (phase.fault !== null) return { kind: 'fault', code: phase.fault };
      return phase.next === null ? { kind: 'idle' } : { kind: 'identifying' };
    case 'fault':
      return { kind: 'fault', code: phase.code };
    default:
      return unreachable(phase);
  }
}

/** When the machine must next be told the time; null when only an answer or a person can move it. */
export function nextDeadlineMs(state: SessionState, policy: SessionPolicy): number | null {
  const { phase } = state;
  switch (phase.kind) {
    case 'idle':
      return phase.refusal?.untilMs ?? null;
    case 'identifying':
      return phase.deadlineMs;
    case 'opening':
      return Math.min(phase.deadlineMs, endOf(phase.session).atMs);
    case 'pin':
      return phase.retryAtMs === null
        ? phase.deadlineMs
        : Math.min(phase.deadlineMs, phase.retryAtMs);
    case 'active':
      return Math.min(
        endOf(phase.session).atMs,
        endNoticeDueAtMs(phase, policy),
        phase.cover?.locksAtMs ??
          Math.min(holdEndsAtMs(phase, policy), coverDueAtMs(state, phase, policy)),
      );
    case 'closing':
    case 'fault':
      return null;
    default:
      return unreachable(phase);
  }
}

/** When and why a session ends by itself. */
export function endOf({ ends }: LiveSession): {
  readonly atMs: number;
  readonly reason: 'leaseEnded' | 'shiftEnded';
} {
  return ends.leaseAtMs < ends.shiftAtMs
    ? { atMs: ends.leaseAtMs, reason: 'leaseEnded' }
    : { atMs: ends.shiftAtMs, reason: 'shiftEnded' };
}

/** When the person must be told that the session ends soon; Infinity once she was. */
export function endNoticeDueAtMs(phase: Phase<'active'>, policy: SessionPolicy): number {
  const { atMs } = endOf(phase.session);
  return phase.toldOfEndAtMs === atMs ? Infinity : atMs - policy.endNoticeMs;
}

/** When the owner's card, laid down on purpose, has been held long enough to leave; Infinity while none is. */
export function holdEndsAtMs(phase: Phase<'active'>, policy: SessionPolicy): number {
  return policy.leaveBy === 'hold' && phase.ownTap?.held === true
    ? phase.ownTap.atMs + policy.leaveHoldMs
    : Infinity;
}

/** When an uncovered session must be covered: nobody touched it, or its reader is gone. */
export function coverDueAtMs(
  state: SessionState,
  phase: Phase<'active'>,
  policy: SessionPolicy,
): number {
  const idleDueAtMs = phase.lastInputAtMs + policy.idleCoverMs;
  if (state.readerLostAtMs === null) return idleDueAtMs;
  const lossDueAtMs = state.readerLostAtMs + policy.readerLostCoverMs;
  // Input after that moment means the cover was seen and lifted: once per loss is enough.
  return phase.lastInputAtMs < lossDueAtMs ? Math.min(idleDueAtMs, lossDueAtMs) : idleDueAtMs;
}
