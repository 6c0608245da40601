import { endAttempt } from './attempt.ts';
import { auditEffect, become, becomePhase, liveSession, whoIs, type EventOf } from './change.ts';
import { beginClose } from './live.ts';
import type { SessionPolicy, SessionState, SessionStep } from './model.ts';

/*
 * How the terminal itself is: reader, server, storage.
 */

/** The terminal can no longer log or keep anything, or can again. */
export function onTerminalFault(
  state: SessionState,
  event: EventOf<'terminalFault'>,
  policy: SessionPolicy,
): SessionStep {
  const { phase } = state;
  const { code, atMs } = event;
  if (code === null) {
    if (phase.kind === 'closing') return becomePhase(state, { ...phase, fault: null });
    return phase.kind === 'fault'
      ? becomePhase(state, { kind: 'idle', refusal: null })
      : become(state);
  }
  switch (phase.kind) {
    case 'idle':
    case 'fault':
      return becomePhase(state, { kind: 'fault', code });
    case 'identifying':
    case 'pin': {
      const ended = endAttempt(state, phase, { reason: code, code: null }, atMs, policy);
      return become({ ...ended.state, phase: { kind: 'fault', code } }, ...ended.effects);
    }
    case 'opening':
    case 'active':
      return beginClose(state, phase, 'terminalFault', { fault: code });
    case 'closing':
      return becomePhase(state, { ...phase, next: null, fault: code });
  }
}

/** The reader service went or came back. */
export function onReaderService(state: SessionState, event: EventOf<'readerService'>): SessionStep {
  const { phase } = state;
  if (!event.up) {
    if (state.readerLostAtMs !== null) return become(state);
    const lost = { ...state, readerUp: false, readerLostAtMs: event.atMs };
    const audit = auditEffect('readerLost', 'failure', whoIs(liveSession(phase)), null);
    if (phase.kind !== 'active') return become(lost, audit);
    // A hold cannot be seen to its end any more.
    return becomePhase(lost, { ...phase, ownTap: null }, audit, {
      type: 'notice',
      notice: 'readerLost',
    });
  }
  if (state.readerUp) return become(state);
  const back = {
    ...state,
    readerUp: true,
    readerLostAtMs: null,
    present: lyingSince(state.present, event.atMs),
  };
  return phase.kind === 'active' && state.readerLostAtMs !== null
    ? become(back, { type: 'notice', notice: 'readerBack' })
    : become(back);
}

/** The link to the record server went or came back. */
export function onServerLink(state: SessionState, event: EventOf<'serverLink'>): SessionStep {
  if (event.online === state.online) return become(state);
  const changed = { ...state, online: event.online };
  return state.phase.kind === 'active'
    ? become(changed, { type: 'notice', notice: event.online ? 'serverBack' : 'serverLost' })
    : become(changed);
}

/** Cards that lay on a reader when it went: whether they still do, the reader will say; no presence number matches. */
function lyingSince(present: SessionState['present'], atMs: number): SessionState['present'] {
  return Object.fromEntries(
    Object.entries(present).map(([reader, tap]) => [reader, { ...tap, presence: -1, atMs }]),
  );
}
