import type { AuditDraft } from '#core/contracts/audit.ts';
import type {
  LiveSession,
  SessionEffect,
  SessionEvent,
  SessionPhase,
  SessionState,
  SessionStep,
} from './model.ts';

/*
 * Small tools the transitions are written with.
 */

/** A phase by its name. */
export type Phase<Kind extends SessionPhase['kind']> = Extract<SessionPhase, { kind: Kind }>;

/** An event by its name. */
export type EventOf<Type extends SessionEvent['type']> = Extract<SessionEvent, { type: Type }>;

/** The answer of a transition. */
export function become(state: SessionState, ...effects: readonly SessionEffect[]): SessionStep {
  return { state, effects };
}

/** The answer of a transition that changes the phase alone. */
export function becomePhase(
  state: SessionState,
  phase: SessionPhase,
  ...effects: readonly SessionEffect[]
): SessionStep {
  return { state: { ...state, phase }, effects };
}

/** Goes on from where a step arrived, keeping the order of effects. */
export function andThen(
  first: SessionStep,
  next: (state: SessionState) => SessionStep,
): SessionStep {
  const second = next(first.state);
  return { state: second.state, effects: [...first.effects, ...second.effects] };
}

/** The session whose processes live or are on their way in or out. */
export function liveSession(phase: SessionPhase): LiveSession | null {
  switch (phase.kind) {
    case 'opening':
    case 'active':
    case 'closing':
      return phase.session;
    case 'idle':
    case 'identifying':
    case 'pin':
    case 'fault':
      return null;
  }
}

/** Whether answers to this attempt still have somebody waiting for them. */
export function isCurrentAttempt(state: SessionState, attempt: number): boolean {
  const { phase } = state;
  if (phase.kind === 'identifying' || phase.kind === 'pin') return phase.attempt === attempt;
  return liveSession(phase)?.attempt === attempt;
}

/** An audit entry about the session itself: it never concerns a patient. */
export function auditEffect(
  action: AuditDraft['action'],
  outcome: AuditDraft['outcome'],
  who: { readonly personId: string | null; readonly sessionId: string | null },
  reason: string | null,
): SessionEffect {
  return {
    type: 'audit',
    entry: {
      action,
      outcome,
      personId: who.personId,
      sessionId: who.sessionId,
      patientIds: [],
      subject: 'session',
      purposeOfUse: 'TREAT',
      reason,
    },
  };
}

/** The names that an entry about a live session carries. */
export function whoIs(session: LiveSession | null): {
  personId: string | null;
  sessionId: string | null;
} {
  return {
    personId: session?.person.personId ?? null,
    sessionId: session?.sessionId ?? null,
  };
}
