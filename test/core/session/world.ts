import type { BadgeFault } from '#core/contracts/badge.ts';
import type { RefusalCode } from '#core/contracts/ipc.ts';
import type {
  IdentifyResult,
  LiveSession,
  PinResult,
  SessionEffect,
  SessionEnds,
  SessionEvent,
  SessionPolicy,
  SessionState,
  SessionStep,
  Tap,
} from '#core/session/model.ts';
import { nextDeadlineMs } from '#core/session/screen.ts';
import { initialSession } from '#core/session/step.ts';
import { createOracle, type Oracle } from './oracle.ts';
import { badgeOwners, type Answer } from './people.ts';

/*
 * A ward corner with one terminal: people, badges, readers, and a shell that answers late, twice, out of order or wrongly
 * addressed. It knows what is true; the oracle compares.
 */

/** The machine under test, or a broken copy of it. */
export type Machine = (
  state: SessionState,
  event: SessionEvent,
  policy: SessionPolicy,
) => SessionStep;

/** Short times, so that every deadline is met often. */
export const worldPolicy: SessionPolicy = {
  idleCoverMs: 10_000,
  coverCountdownMs: 3_000,
  coverLiftsByInput: true,
  leaveBy: 'secondTap',
  leaveSecondTapWithinMs: 2_000,
  leaveHoldMs: 1_500,
  identifyTimeoutMs: 1_000,
  pinTimeoutMs: 5_000,
  openTimeoutMs: 1_500,
  refusalShownMs: 1_000,
  readerLostCoverMs: 800,
  tapDebounceMs: 100,
  readerSettleMs: 300,
  endNoticeMs: 2_000,
};

/** What the shell has been asked and has not thought about yet. */
export type Job =
  | { readonly type: 'identify'; readonly attempt: number; readonly tap: Tap }
  | { readonly type: 'checkPin'; readonly attempt: number; readonly pin: string }
  | { readonly type: 'open'; readonly session: LiveSession }
  | { readonly type: 'close'; readonly session: LiveSession };

/** How the shell decides where it has a choice. */
export type Mood = 'well' | 'asksPin' | 'fails';

export interface World {
  readonly oracle: Oracle;
  readonly jobs: Job[];
  readonly outbox: Answer[];
  readonly state: () => SessionState;
  readonly nowMs: () => number;
  readonly wait: (ms: number, isTold: boolean) => void;
  readonly waitForDeadline: (lateMs: number) => void;
  readonly put: (reader: number, badge: number) => void;
  readonly take: (reader: number) => void;
  readonly flicker: (reader: number, gapMs: number) => void;
  readonly unreadable: (reader: number, fault: BadgeFault) => void;
  readonly ownTap: (reader: number) => void;
  readonly typePin: (isRight: boolean) => void;
  readonly send: (event: Answer) => void;
  readonly readerService: (up: boolean) => void;
  readonly disable: (badge: number) => void;
  readonly endSession: () => void;
  readonly renewLease: () => void;
  readonly crash: (which: 'vault' | 'renderer') => void;
  readonly decide: (index: number, mood: Mood) => void;
  readonly deliver: (index: number, isRepeated: boolean) => void;
  /** The shell does all it was asked; it may keep copies of its answers and send them again later. */
  readonly settle: (mood: Mood, isRepeated?: boolean) => void;
  /** An answer of this type that is still on its way arrives, or arrives again. */
  readonly redeliver: (type: Answer['type']) => void;
  readonly drain: () => void;
}

/** A fresh corner with a terminal that runs `machine`. */
export function createWorld(machine: Machine, policy: SessionPolicy): World {
  const oracle = createOracle(policy);
  const { truth } = oracle;
  const jobs: Job[] = [];
  const outbox: Answer[] = [];
  const field = new Map<string, { badge: number; presence: number }>();
  let state = initialSession();
  let nowMs = 0;
  let presences = 0;
  let sessions = 0;
  let readerUp = true;

  const dispatch = (event: SessionEvent): void => {
    const before = state;
    const answer = machine(deepFreeze(state), event, policy);
    state = answer.state;
    oracle.judge(before, event, answer);
    for (const effect of answer.effects) queue(effect);
  };

  const queue = (effect: SessionEffect): void => {
    if (effect.type === 'identify') jobs.push(effect);
    if (effect.type === 'checkPin') jobs.push(effect);
    if (effect.type === 'openWorkspace') jobs.push({ type: 'open', session: effect.session });
    if (effect.type === 'closeWorkspace') jobs.push({ type: 'close', session: effect.session });
  };

  const send = (event: Answer): void => dispatch({ ...event, atMs: nowMs });

  const wait = (ms: number, isTold: boolean): void => {
    nowMs += ms;
    if (isTold) send({ type: 'tick' });
  };

  const announce = (reader: string, badge: number): void => {
    presences += 1;
    field.set(reader, { badge, presence: presences });
    const badgeKey = `badge-${badge}`;
    dispatch({ type: 'badge', tap: { reader, presence: presences, badgeKey, atMs: nowMs } });
  };

  const put = (reader: number, badge: number): void => {
    const isElsewhere = [...field.values()].some((card) => card.badge === badge);
    if (!readerUp || field.has(`reader-${reader}`) || isElsewhere) return;
    announce(`reader-${reader}`, badge);
  };

  const take = (reader: number): void => {
    const name = `reader-${reader}`;
    const card = field.get(name);
    if (card === undefined) return;
    field.delete(name);
    oracle.field.tookAway(`badge-${card.badge}`, nowMs, readerUp);
    // A reader that is gone does not see it go.
    if (readerUp) send({ type: 'badgeRemoved', reader: name, presence: card.presence });
  };

  const identify = (tap: Tap, mood: Mood): IdentifyResult => {
    const owner = badgeOwners[Number(tap.badgeKey.slice('badge-'.length))] ?? null;
    if (owner === null) return { kind: 'refused', code: 'badgeUnknown' };
    if (truth.disabled.has(owner.personId)) return { kind: 'refused', code: 'personDisabled' };
    if (mood === 'fails') return { kind: 'refused', code: 'internal' };
    const sessionId = truth.grace.get(tap.badgeKey);
    const ends = truth.ends.get(sessionId ?? '');
    if (sessionId !== undefined && ends && mood === 'well' && !truth.ended.has(sessionId))
      return { kind: 'grace', sessionId, person: owner, ends };
    return { kind: 'pin', person: owner, reason: 'newShift', triesLeft: 5, retryAtMs: null };
  };

  const grant = (sessionId: string, ends: SessionEnds): void => {
    truth.ends.set(sessionId, ends);
    truth.leases.set(sessionId, (truth.leases.get(sessionId) ?? new Set()).add(ends.leaseAtMs));
  };

  const checkPin = (attempt: number, pin: string, mood: Mood): PinResult => {
    const owner = truth.identified.get(attempt);
    if (owner === undefined || truth.disabled.has(owner))
      return { kind: 'refused', code: 'personDisabled' };
    if (mood === 'fails')
      return nowMs % 2 === 0
        ? { kind: 'refused', code: 'pinLocked' }
        : { kind: 'throttled', retryAtMs: nowMs + 700 };
    if (pin !== `right-${owner}`)
      return { kind: 'wrong', triesLeft: 3, retryAtMs: mood === 'well' ? null : nowMs + 700 };
    sessions += 1;
    oracle.vaultUnlocked(attempt, owner);
    const sessionId = `session-${sessions}`;
    // Some end before they could become idle, most do not.
    const kind = Math.floor(nowMs / 10) % 5;
    const ends = {
      leaseAtMs: nowMs + (kind === 3 ? 6_000 : 70_000),
      shiftAtMs: nowMs + (kind === 1 ? 6_000 : 80_000),
    };
    grant(sessionId, ends);
    return { kind: 'accepted', sessionId, ends };
  };

  const think = (job: Job, mood: Mood): Answer => {
    switch (job.type) {
      case 'identify': {
        const result = identify(job.tap, mood);
        if (result.kind !== 'refused') truth.identified.set(job.attempt, result.person.personId);
        if (result.kind === 'grace') truth.proven.set(job.attempt, result.person.personId);
        return { type: 'identified', attempt: job.attempt, result };
      }
      case 'checkPin':
        return {
          type: 'pinChecked',
          attempt: job.attempt,
          result: checkPin(job.attempt, job.pin, mood),
        };
      case 'open': {
        const { attempt } = job.session;
        const code: RefusalCode = 'cacheDamaged';
        return mood === 'fails'
          ? { type: 'openFailed', attempt, code }
          : { type: 'opened', attempt };
      }
      case 'close': {
        const { sessionId, attempt } = job.session;
        oracle.processesEnded(job.session);
        return { type: 'closed', sessionId, attempt };
      }
    }
  };

  const decide = (index: number, mood: Mood): void => {
    const [job] = jobs.splice(index % Math.max(1, jobs.length), 1);
    if (job !== undefined) outbox.push(think(job, mood));
  };

  const deliver = (index: number, isRepeated: boolean): void => {
    const at = index % Math.max(1, outbox.length);
    const answer = outbox[at];
    if (answer === undefined) return;
    if (!isRepeated) outbox.splice(at, 1);
    oracle.delivered(answer);
    send(answer);
  };

  // Answers already on their way stay there: they come late, or twice.
  const settle = (mood: Mood, isRepeated = false): void => {
    for (let round = 0; round < 20 && jobs.length > 0; round += 1) {
      decide(0, mood);
      deliver(Math.max(0, outbox.length - 1), isRepeated);
    }
  };

  /** Time alone, and the ends of processes, must lead back to an idle terminal. */
  const drain = (): void => {
    send({ type: 'terminalFault', code: null });
    for (let round = 0; round < 30; round += 1) {
      const closing = jobs.findIndex((job) => job.type === 'close');
      const closed = outbox.findIndex((answer) => answer.type === 'closed');
      const deadline = nextDeadlineMs(state, policy);
      if (closing >= 0) {
        const [job] = jobs.splice(closing, 1);
        if (job !== undefined) outbox.push(think(job, 'well'));
      } else if (closed >= 0) deliver(closed, false);
      else if (deadline !== null) {
        nowMs = Math.max(nowMs, deadline);
        send({ type: 'tick' });
      } else break;
    }
    const { phase } = state;
    if (phase.kind !== 'idle' || phase.refusal !== null) throw new Error(`stuck in ${phase.kind}`);
    oracle.judgeEnd();
  };

  return {
    oracle,
    jobs,
    outbox,
    state: () => state,
    nowMs: () => nowMs,
    wait,
    waitForDeadline: (lateMs) => {
      const deadline = nextDeadlineMs(state, policy);
      if (deadline !== null) wait(Math.max(0, deadline - nowMs) + lateMs, true);
    },
    put,
    take,
    flicker: (reader, gapMs) => {
      const card = field.get(`reader-${reader}`);
      if (card === undefined || !readerUp) return;
      take(reader);
      wait(gapMs, false);
      put(reader, card.badge);
    },
    unreadable: (reader, fault) => send({ type: 'badgeFault', reader: `reader-${reader}`, fault }),
    ownTap: (reader) => {
      const owner = oracle.lastOpened()?.badgeKey.slice('badge-'.length);
      if (owner === undefined) return;
      put(reader, Number(owner));
      wait(20, false);
      take(reader);
    },
    typePin: (isRight) => {
      const { phase } = state;
      if (phase.kind !== 'pin') return;
      const pin = isRight ? `right-${phase.person.personId}` : 'wrong-pin';
      send({ type: 'pinSubmitted', attempt: phase.attempt, pin });
    },
    send,
    readerService: (up) => {
      if (up === readerUp) return;
      readerUp = up;
      send({ type: 'readerService', up });
      if (!up) return;
      oracle.field.readerCameBack(nowMs);
      // Whatever lies there is seen anew, under another presence number.
      oracle.field.lyingStill(() => {
        for (const [reader, card] of field) announce(reader, card.badge);
      });
    },
    disable: (badge) => {
      const owner = badgeOwners[badge];
      if (owner === null || owner === undefined) return;
      truth.disabled.add(owner.personId);
      send({ type: 'revoked', personId: owner.personId, sessionId: null });
    },
    endSession: () => {
      const session = oracle.lastOpened();
      if (session === null) return;
      const { sessionId, person: owner } = session;
      truth.ended.add(sessionId);
      send({ type: 'revoked', personId: owner.personId, sessionId });
    },
    renewLease: () => {
      const session = oracle.lastOpened();
      if (session === null) return;
      const { sessionId } = session;
      const ends = truth.ends.get(sessionId);
      const leaseEndsAtMs = nowMs + 20_000;
      if (ends !== undefined) grant(sessionId, { ...ends, leaseAtMs: leaseEndsAtMs });
      send({ type: 'leaseRenewed', sessionId, leaseEndsAtMs });
    },
    crash: (which) => {
      const session = oracle.lastOpened();
      if (session === null) return;
      const { sessionId, attempt } = session;
      send({ type: 'processLost', sessionId, attempt, which });
    },
    decide,
    deliver,
    settle,
    redeliver: (type) => {
      const at = outbox.map((answer) => answer.type).lastIndexOf(type);
      if (at >= 0) deliver(at, true);
    },
    drain,
  };
}

function deepFreeze<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const part of Object.values(value)) deepFreeze(part);
  }
  return value;
}
