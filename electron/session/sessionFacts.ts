import type { CanonicalBadge } from '#core/contracts/badge.ts';
import type { Person, SessionGrant } from '#core/contracts/terminal.ts';
import type { SessionEnds } from '#core/session/model.ts';

/** What main knows of one proven login: facts for the screen and the link to the server, no key of the cache. */
export interface SessionFacts {
  readonly sessionId: string;
  readonly person: Person;
  readonly badge: CanonicalBadge;
  readonly shiftEndsAtMs: number;
  readonly leaseNotAfterMs: number;
  /** Null while the person was let in offline: the server has not seen this login yet. */
  readonly token: { readonly value: string; readonly expiresAtMs: number } | null;
  readonly otherSessions: SessionGrant['otherSessions'];
}

/** The terminal's clocks, ms. */
interface Clocks {
  /** Monotonic. */
  readonly nowMs: () => number;
  /** The time of day as the record server has it, as far as it is known. */
  readonly timeMs: () => number;
}

/** When a session ends by itself, on the monotonic clock: one that is set back gives no time. */
export function endsOf(
  facts: Pick<SessionFacts, 'leaseNotAfterMs' | 'shiftEndsAtMs'>,
  { nowMs, timeMs }: Clocks,
): SessionEnds {
  const offsetMs = nowMs() - timeMs();
  return {
    leaseAtMs: facts.leaseNotAfterMs + offsetMs,
    shiftAtMs: facts.shiftEndsAtMs + offsetMs,
  };
}
