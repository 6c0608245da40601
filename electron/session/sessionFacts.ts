import type { CanonicalBadge } from '#core/contracts/badge.ts';
import type { Person, SessionGrant } from '#core/contracts/terminal.ts';

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
