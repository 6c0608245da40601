import { unreachable } from '#core/result.ts';
import { onIdentified, onPinCancelled, onPinChecked, onPinSubmitted } from './attempt.ts';
import { andThen, become } from './change.ts';
import {
  onClosed,
  onInput,
  onLeaseRenewed,
  onLeaveRequested,
  onOpenFailed,
  onOpened,
  onProcessLost,
  onRevoked,
} from './live.ts';
import type { SessionEvent, SessionPolicy, SessionState, SessionStep } from './model.ts';
import { passTime } from './passTime.ts';
import { onReaderService, onServerLink, onTerminalFault } from './terminal.ts';
import { onBadge, onBadgeFault, onBadgeRemoved } from './taps.ts';

/** A terminal at start: nobody is there, and nothing is known yet of reader and server. */
export function initialSession(): SessionState {
  return {
    phase: { kind: 'idle', refusal: null },
    attempt: 0,
    readerUp: false,
    readerLostAtMs: null,
    online: false,
    present: {},
    removedAtMs: {},
  };
}

/**
 * The session machine. Time comes first: what was due by the event's time happens before the event, so that a late timer
 * opens no window. It comes last too: what the event brought may be due already, such as a session whose shift is over.
 */
export function step(state: SessionState, event: SessionEvent, policy: SessionPolicy): SessionStep {
  const atMs = event.type === 'badge' ? event.tap.atMs : event.atMs;
  const happened = andThen(passTime(state, atMs, policy), (now) => react(now, event, policy));
  return andThen(happened, (now) => passTime(now, atMs, policy));
}

// eslint-disable-next-line complexity -- one case for each event and one call in each
function react(state: SessionState, event: SessionEvent, policy: SessionPolicy): SessionStep {
  switch (event.type) {
    case 'badge':
      return onBadge(state, event, policy);
    case 'badgeFault':
      return onBadgeFault(state, event, policy);
    case 'badgeRemoved':
      return onBadgeRemoved(state, event, policy);
    case 'identified':
      return onIdentified(state, event, policy);
    case 'pinSubmitted':
      return onPinSubmitted(state, event, policy);
    case 'pinCancelled':
      return onPinCancelled(state, event, policy);
    case 'pinChecked':
      return onPinChecked(state, event, policy);
    case 'opened':
      return onOpened(state, event);
    case 'openFailed':
      return onOpenFailed(state, event);
    case 'leaveRequested':
      return onLeaveRequested(state, event, policy);
    case 'input':
      return onInput(state, event, policy);
    case 'closed':
      return onClosed(state, event, policy);
    case 'processLost':
      return onProcessLost(state, event);
    case 'revoked':
      return onRevoked(state, event, policy);
    case 'leaseRenewed':
      return onLeaseRenewed(state, event);
    case 'readerService':
      return onReaderService(state, event);
    case 'serverLink':
      return onServerLink(state, event);
    case 'terminalFault':
      return onTerminalFault(state, event, policy);
    case 'tick':
      return become(state);
    default:
      return unreachable(event);
  }
}
