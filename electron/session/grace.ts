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
  /** False for a session that was ended meanwhile: nothing is kept. */
  put(badgeKey: string, grace: Grace): boolean;
  /** The grace while it lasts; one that has ended is forgotten. */
  find(badgeKey: string, nowMs: number, wallMs: number): Grace | null;
  /** Whether somebody may come back into this session. */
  holds(sessionId: string): boolean;
  drop(badgeKey: string): void;
  dropPerson(personId: string): void;
  /** The session is over for good: a grace that is still being sealed for it comes too late. */
  dropSession(sessionId: string): void;
  /** The cache that they open is gone, or this terminal was shut out. True when sessions are over with it. */
  dropAll(): boolean;
  /** Whether this session was ended by another hand than its owner's. */
  isOver(sessionId: string): boolean;
  /** Forgets what has ended; true when these sessions are over with it. */
  dropEnded(nowMs: number): boolean;
}

/** So many ended sessions are remembered, the latest: a seal or an opening under way lasts seconds. */
const rememberedEnds = 500;

/** `nowMs` is monotonic, so that a clock set back gives no time; the shift's end is wall clock. */
export function createGraceStore(): GraceStore {
  const graces = new Map<string, Grace>();
  const over = new Set<string>();
  const dropWhere = (test: (grace: Grace) => boolean): boolean => {
    const before = graces.size;
    for (const [badgeKey, grace] of graces) if (test(grace)) graces.delete(badgeKey);
    return graces.size < before;
  };
  return {
    put(badgeKey, grace) {
      if (over.has(grace.facts.sessionId)) return false;
      graces.set(badgeKey, grace);
      return true;
    },
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
    dropPerson: (personId) => void dropWhere((grace) => grace.facts.person.personId === personId),
    dropSession(sessionId) {
      over.add(sessionId);
      const [oldest] = over;
      if (over.size > rememberedEnds && oldest !== undefined) over.delete(oldest);
      dropWhere((grace) => grace.facts.sessionId === sessionId);
    },
    dropAll: () => dropWhere(() => true),
    isOver: (sessionId) => over.has(sessionId),
    dropEnded: (nowMs) => dropWhere((grace) => nowMs >= grace.untilMs),
  };
}
