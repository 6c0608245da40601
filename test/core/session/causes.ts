import type {
  CloseReason,
  LiveSession,
  SessionEnds,
  SessionEvent,
  SessionPolicy,
} from '#core/session/model.ts';

/** What is known when a session closes. */
export interface CloseFacts {
  readonly policy: SessionPolicy;
  readonly session: LiveSession;
  readonly event: SessionEvent;
  readonly atMs: number;
  /** When the owner's badge was seen since the session began. */
  readonly ownBadges: readonly number[];
  /** The same, since it was laid down anew. */
  readonly ownStay: readonly number[];
  readonly lastActivityAtMs: number;
  /** When the reader went, since then. */
  readonly losses: readonly number[];
  /** When the session ends by itself, as the world has it. */
  readonly ends: SessionEnds;
}

/** Which ends leave the same badge a way back without a PIN. */
export const graceAfter: Readonly<Record<CloseReason, boolean>> = {
  left: true,
  idle: true,
  tapOver: true,
  rendererLost: true,
  leaseEnded: false,
  shiftEnded: false,
  revoked: false,
  vaultLost: false,
  openFailed: false,
  openTimeout: false,
  terminalFault: false,
};

/** Whether something that truly happened explains closing for this reason. */
export function hasCause(reason: CloseReason, facts: CloseFacts): boolean {
  const { policy, session, event, atMs } = facts;
  switch (reason) {
    case 'left':
      return hasLeft(facts);
    case 'tapOver':
      return event.type === 'badge' && event.tap.badgeKey !== session.badgeKey;
    case 'idle': {
      const coveredAtMs = Math.min(
        facts.lastActivityAtMs + policy.idleCoverMs,
        ...facts.losses.map((lostAtMs) => lostAtMs + policy.readerLostCoverMs),
      );
      return atMs >= coveredAtMs + policy.coverCountdownMs;
    }
    case 'leaseEnded':
      return atMs >= facts.ends.leaseAtMs;
    case 'shiftEnded':
      return atMs >= facts.ends.shiftAtMs;
    case 'revoked':
      return event.type === 'revoked';
    case 'vaultLost':
      return isLost(event, 'vault');
    case 'rendererLost':
      return isLost(event, 'renderer');
    case 'openTimeout':
      return atMs >= session.openedAtMs + policy.openTimeoutMs;
    case 'openFailed':
      return event.type === 'openFailed' && event.attempt === session.attempt;
    case 'terminalFault':
      return event.type === 'terminalFault' && event.code !== null;
  }
}

function isLost(event: SessionEvent, which: 'vault' | 'renderer'): boolean {
  return event.type === 'processLost' && event.which === which;
}

/** Whether somebody may have held her badge for as long as leaving takes, where one leaves so. */
export function isHeldLong(
  policy: SessionPolicy,
  ownStay: readonly number[],
  atMs: number,
): boolean {
  const isMet = ownStay.some((seenAtMs) => atMs - seenAtMs >= policy.leaveHoldMs);
  return policy.leaveBy === 'hold' && isMet;
}

/** The lock key always leaves; the owner's badge only as the site has chosen. */
function hasLeft({ policy, event, atMs, ownBadges, ownStay }: CloseFacts): boolean {
  if (event.type === 'leaveRequested') return true;
  switch (policy.leaveBy) {
    case 'lockKey':
      return false;
    case 'hold':
      return isHeldLong(policy, ownStay, atMs);
    case 'secondTap':
      return (
        event.type === 'badge' &&
        ownBadges.slice(0, -1).some((seenAtMs) => atMs - seenAtMs <= policy.leaveSecondTapWithinMs)
      );
  }
}
