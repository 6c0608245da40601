import type { GraceSlot } from '#core/contracts/vault.ts';
import type { SessionFacts } from './sessionFacts.ts';

/** A person's way back in on this terminal by tap alone: in memory only, gone with the app. */
export interface Grace {
  readonly slot: GraceSlot;
  readonly graceSecret: string;
  readonly facts: SessionFacts;
  /** Monotonic clock. */
  readonly untilMs: number;
}

/** The graces of this terminal, by badge key (a keyed hash, never the badge's id). */
export interface GraceStore {
  put(badgeKey: string, grace: Grace): void;
  /** The grace while it lasts; one that has ended is forgotten. */
  find(badgeKey: string, nowMs: number, wallMs: number): Grace | null;
  /** Whether somebody may come back into this session. */
  holds(sessionId: string): boolean;
  drop(badgeKey: string): void;
  dropPerson(personId: string): readonly SessionFacts[];
  dropSession(sessionId: string): void;
  /** The cache that they open is given up. */
  dropAll(): readonly SessionFacts[];
  /** Forgets what has ended; the server is told that these sessions are over. */
  dropEnded(nowMs: number): readonly SessionFacts[];
}

/** `nowMs` is monotonic, so that a clock set back gives no time; the shift's end is wall clock. */
export function createGraceStore(): GraceStore {
  const graces = new Map<string, Grace>();
  const dropWhere = (test: (grace: Grace) => boolean): SessionFacts[] => {
    const dropped: SessionFacts[] = [];
    for (const [badgeKey, grace] of graces) {
      if (!test(grace)) continue;
      graces.delete(badgeKey);
      dropped.push(grace.facts);
    }
    return dropped;
  };
  return {
    put: (badgeKey, grace) => void graces.set(badgeKey, grace),
    find(badgeKey, nowMs, wallMs) {
      const grace = graces.get(badgeKey);
      if (grace === undefined) return null;
      if (
        nowMs < grace.untilMs &&
        wallMs < grace.facts.shiftEndsAtMs &&
        wallMs < grace.facts.leaseNotAfterMs
      )
        return grace;
      graces.delete(badgeKey);
      return null;
    },
    holds: (sessionId) => [...graces.values()].some(({ facts }) => facts.sessionId === sessionId),
    drop: (badgeKey) => void graces.delete(badgeKey),
    dropPerson: (personId) => dropWhere((grace) => grace.facts.person.personId === personId),
    dropSession: (sessionId) => void dropWhere((grace) => grace.facts.sessionId === sessionId),
    dropAll: () => dropWhere(() => true),
    dropEnded: (nowMs) => dropWhere((grace) => nowMs >= grace.untilMs),
  };
}
