import type { RefusalCode } from '#core/contracts/ipc.ts';
import { dropIfStale, endAttempt, idleWith, startAttempt } from './attempt.ts';
import {
  andThen,
  auditEffect,
  become,
  becomePhase,
  whoIs,
  type EventOf,
  type Phase,
} from './change.ts';
import type {
  CloseReason,
  LiveSession,
  SessionPolicy,
  SessionState,
  SessionStep,
  Tap,
} from './model.ts';

/*
 * A session's life: opened, covered and uncovered, closed. One at a time; the next begins only after `closed`.
 */

/** Ends after which the same badge may come back without a PIN. Everything else asks for one. */
const keepsGrace: Readonly<Record<CloseReason, boolean>> = {
  left: true,
  tapOver: true,
  idle: true,
  leaseEnded: false,
  shiftEnded: false,
  rendererLost: true,
  revoked: false,
  vaultLost: false,
  openTimeout: false,
  openFailed: false,
  terminalFault: false,
};

/** What follows a close. */
export interface CloseThen {
  readonly next?: Tap;
  readonly refusal?: RefusalCode | null;
  readonly fault?: RefusalCode;
}

/** Sends the person's renderer and vault away; nobody gets in before they are gone. */
export function beginClose(
  state: SessionState,
  phase: Phase<'opening'> | Phase<'active'>,
  reason: CloseReason,
  then: CloseThen = {},
): SessionStep {
  const { session } = phase;
  return becomePhase(
    state,
    {
      kind: 'closing',
      session,
      next: then.next ?? null,
      refusal: then.refusal ?? null,
      fault: then.fault ?? null,
    },
    { type: 'closeWorkspace', session, reason, keepGrace: keepsGrace[reason] },
    auditEffect(reason === 'left' ? 'logout' : 'lock', 'success', whoIs(session), reason),
  );
}

/** The workspace is painted. */
export function onOpened(state: SessionState, event: EventOf<'opened'>): SessionStep {
  const { phase } = state;
  if (phase.kind !== 'opening' || phase.attempt !== event.attempt)
    return dropIfStale(state, event.attempt);
  return becomePhase(state, {
    kind: 'active',
    session: phase.session,
    lastInputAtMs: event.atMs,
    ownTap: null,
    cover: null,
    toldOfEndAtMs: null,
  });
}

/** The lease reaches further now: a session that lives goes on that much longer. */
export function onLeaseRenewed(state: SessionState, event: EventOf<'leaseRenewed'>): SessionStep {
  const { phase } = state;
  if (phase.kind !== 'opening' && phase.kind !== 'active') return become(state);
  const { session } = phase;
  if (session.sessionId !== event.sessionId) return become(state);
  const ends = { ...session.ends, leaseAtMs: event.leaseEndsAtMs };
  return becomePhase(state, { ...phase, session: { ...session, ends } });
}

/** The workspace could not be opened: what there is of it goes, and the person is told why. */
export function onOpenFailed(state: SessionState, event: EventOf<'openFailed'>): SessionStep {
  const { phase } = state;
  if (phase.kind !== 'opening' || phase.attempt !== event.attempt) return become(state);
  const closing = beginClose(state, phase, 'openFailed', { refusal: event.code });
  return become(
    closing.state,
    auditEffect('loginRefused', 'failure', whoIs(phase.session), event.code),
    ...closing.effects,
  );
}

/** Renderer and vault have ended: now, and only now, the next in line. */
export function onClosed(
  state: SessionState,
  event: EventOf<'closed'>,
  policy: SessionPolicy,
): SessionStep {
  const { phase } = state;
  if (phase.kind !== 'closing' || !isSame(phase.session, event)) return become(state);
  if (phase.fault !== null) return becomePhase(state, { kind: 'fault', code: phase.fault });
  if (phase.next !== null) {
    return startAttempt(state, phase.next, event.atMs + policy.identifyTimeoutMs);
  }
  return becomePhase(state, idleWith(phase.refusal, event.atMs, policy));
}

/** A process of the session is gone without having been asked to go. */
export function onProcessLost(state: SessionState, event: EventOf<'processLost'>): SessionStep {
  const { phase } = state;
  if (phase.kind !== 'opening' && phase.kind !== 'active') return become(state);
  if (!isSame(phase.session, event)) return become(state);
  const reason = event.which === 'vault' ? 'vaultLost' : 'rendererLost';
  return beginClose(state, phase, reason, { refusal: event.code ?? 'processLost' });
}

/** The lock key: whatever is on the screen goes. */
export function onLeaveRequested(
  state: SessionState,
  event: EventOf<'leaveRequested'>,
  policy: SessionPolicy,
): SessionStep {
  const { phase } = state;
  switch (phase.kind) {
    case 'opening':
    case 'active':
      return beginClose(state, phase, 'left');
    case 'identifying':
    case 'pin':
      return endAttempt(state, phase, { reason: 'cancelled', code: null }, event.atMs, policy);
    case 'idle':
    case 'closing':
    case 'fault':
      return become(state);
  }
}

/** A key, a touch, a pointer. */
export function onInput(
  state: SessionState,
  event: EventOf<'input'>,
  policy: SessionPolicy,
): SessionStep {
  const { phase } = state;
  if (phase.kind === 'pin') {
    const deadlineMs = Math.max(phase.deadlineMs, event.atMs + policy.pinTimeoutMs);
    return phase.checking ? become(state) : becomePhase(state, { ...phase, deadlineMs });
  }
  if (phase.kind !== 'active') return become(state);
  if (phase.cover === null) return becomePhase(state, touched(phase, event.atMs));
  return policy.coverLiftsByInput && event.moved !== true
    ? liftCover(state, phase, 'input', event.atMs)
    : become(state);
}

/** The owner is back: the workspace shows again. */
export function liftCover(
  state: SessionState,
  phase: Phase<'active'>,
  by: 'input' | 'badge',
  atMs: number,
): SessionStep {
  return becomePhase(
    state,
    // A card that lifts the cover may stay on the reader: no own tap is noted, so it is no step towards leaving.
    { ...touched(phase, atMs), cover: null },
    auditEffect('uncover', 'success', whoIs(phase.session), by),
  );
}

/** The server ended a session or disabled a person. */
export function onRevoked(
  state: SessionState,
  event: EventOf<'revoked'>,
  policy: SessionPolicy,
): SessionStep {
  const { phase } = state;
  const wholePerson = event.sessionId === null;
  const code = event.code ?? (wholePerson ? 'personDisabled' : null);
  const isMeant = ({ person, sessionId }: LiveSession): boolean =>
    wholePerson ? person.personId === event.personId : sessionId === event.sessionId;
  if (phase.kind === 'identifying') {
    // The answer on its way may have been given before this: ask again, but not for longer.
    const end = { reason: 'replaced', code: null };
    return andThen(endAttempt(state, phase, end, event.atMs, policy), (ended) =>
      startAttempt(ended, phase.tap, phase.deadlineMs),
    );
  }
  if (phase.kind === 'pin' && wholePerson && phase.person.personId === event.personId) {
    return endAttempt(state, phase, { reason: code ?? 'revoked', code }, event.atMs, policy);
  }
  // Who is leaving already is told all the same.
  if (phase.kind === 'closing' && code !== null && isMeant(phase.session))
    return becomePhase(state, { ...phase, refusal: code });
  if (phase.kind !== 'opening' && phase.kind !== 'active') return become(state);
  if (!isMeant(phase.session)) return become(state);
  return beginClose(state, phase, 'revoked', { refusal: code });
}

function touched(phase: Phase<'active'>, atMs: number): Phase<'active'> {
  return { ...phase, lastInputAtMs: Math.max(phase.lastInputAtMs, atMs) };
}

function isSame(
  session: { readonly sessionId: string; readonly attempt: number },
  event: { readonly sessionId: string; readonly attempt: number },
): boolean {
  return session.sessionId === event.sessionId && session.attempt === event.attempt;
}
