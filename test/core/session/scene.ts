import type { Person } from '#core/contracts/terminal.ts';
import type {
  SessionEffect,
  SessionEnds,
  SessionEvent,
  SessionPolicy,
  SessionState,
} from '#core/session/model.ts';
import { defaultSessionPolicy } from '#core/session/model.ts';
import { initialSession, step } from '#core/session/step.ts';

type WithoutTime<Event> = Event extends { readonly atMs: number } ? Omit<Event, 'atMs'> : never;

const person = (personId: string): Person => ({
  personId,
  displayName: `Name of ${personId}`,
  role: 'nurse',
  trust: 'B0',
});
export const anna = person('anna');
export const ben = person('ben');
/** Hours after every scene. */
export const farEnds = { leaseAtMs: 24 * 3_600_000, shiftAtMs: 25 * 3_600_000 };

/** A terminal to play a scene on: every word of a test is one thing that happens; each gives the effects it had. */
export interface Scene {
  readonly state: () => SessionState;
  readonly nowMs: () => number;
  readonly send: (event: WithoutTime<SessionEvent>) => readonly SessionEffect[];
  /** Time passes and nobody tells the terminal. */
  readonly pass: (ms: number) => void;
  readonly wait: (ms: number) => readonly SessionEffect[];
  /** A card is put on a reader. */
  readonly put: (badgeKey: string, reader?: string) => readonly SessionEffect[];
  readonly take: (reader?: string) => readonly SessionEffect[];
  /** Put and taken away again, long after whatever was before. */
  readonly tap: (badgeKey: string, reader?: string) => readonly SessionEffect[];
  readonly identifiedByGrace: (
    who: Person,
    sessionId?: string,
    ends?: SessionEnds,
  ) => readonly SessionEffect[];
  readonly askedForPin: (who: Person) => readonly SessionEffect[];
  readonly pin: (pin: string) => readonly SessionEffect[];
  readonly pinAccepted: (sessionId?: string) => readonly SessionEffect[];
  readonly opened: () => readonly SessionEffect[];
  readonly closed: () => readonly SessionEffect[];
  /** Anna is at work. */
  readonly annaWorks: () => void;
}

/** A terminal with its reader and server up. */
export function createScene(change: Partial<SessionPolicy> = {}): Scene {
  const policy = { ...defaultSessionPolicy, ...change };
  let state = initialSession();
  let nowMs = 1_000;
  let presence = 0;

  const play = (event: SessionEvent): readonly SessionEffect[] => {
    const answer = step(state, event, policy);
    state = answer.state;
    return answer.effects;
  };
  const send: Scene['send'] = (event) => play({ ...event, atMs: nowMs });
  const wait: Scene['wait'] = (ms) => {
    nowMs += ms;
    return send({ type: 'tick' });
  };
  const put: Scene['put'] = (badgeKey, reader = 'left') => {
    presence += 1;
    return play({ type: 'badge', tap: { reader, presence, badgeKey, atMs: nowMs } });
  };
  const take: Scene['take'] = (reader = 'left') => {
    const stay = state.present[reader]?.presence ?? 0;
    return send({ type: 'badgeRemoved', reader, presence: stay });
  };
  const tap: Scene['tap'] = (badgeKey, reader) => {
    nowMs += 300;
    const effects = put(badgeKey, reader);
    nowMs += 100;
    take(reader);
    return effects;
  };
  const attempt = (): number => state.attempt;
  const identifiedByGrace: Scene['identifiedByGrace'] = (
    who,
    sessionId = `of-${who.personId}`,
    ends = farEnds,
  ) =>
    send({
      type: 'identified',
      attempt: attempt(),
      result: { kind: 'grace', sessionId, person: who, ends },
    });
  const opened: Scene['opened'] = () => send({ type: 'opened', attempt: attempt() });

  send({ type: 'readerService', up: true });
  send({ type: 'serverLink', online: true });
  return {
    state: () => state,
    nowMs: () => nowMs,
    send,
    pass: (ms) => {
      nowMs += ms;
    },
    wait,
    put,
    take,
    tap,
    identifiedByGrace,
    askedForPin: (who) =>
      send({
        type: 'identified',
        attempt: attempt(),
        result: { kind: 'pin', person: who, reason: 'newShift', triesLeft: 5, retryAtMs: null },
      }),
    pin: (pin) => send({ type: 'pinSubmitted', attempt: attempt(), pin }),
    pinAccepted: (sessionId = 'fresh') =>
      send({
        type: 'pinChecked',
        attempt: attempt(),
        result: { kind: 'accepted', sessionId, ends: farEnds },
      }),
    opened,
    closed: () => {
      const { phase } = state;
      if (phase.kind !== 'closing') throw new Error(`nothing is closing: ${phase.kind}`);
      const { sessionId } = phase.session;
      return send({ type: 'closed', sessionId, attempt: phase.session.attempt });
    },
    annaWorks: () => {
      tap('A');
      identifiedByGrace(anna);
      opened();
    },
  };
}

/** Effects as short words: their type, and what tells one from another. */
export function words(effects: readonly SessionEffect[]): string[] {
  return effects.map((effect) => {
    switch (effect.type) {
      case 'identify':
        return `identify ${effect.tap.badgeKey}`;
      case 'openWorkspace':
        return `open ${effect.session.person.personId} by ${effect.by}`;
      case 'closeWorkspace': {
        const way = effect.keepGrace ? 'keeping' : 'ending';
        return `close ${effect.session.person.personId}: ${effect.reason}, ${way} grace`;
      }
      case 'notice':
        return `notice ${effect.notice}`;
      case 'audit':
        return `audit ${effect.entry.action} ${effect.entry.personId ?? 'nobody'} ${effect.entry.reason ?? ''}`.trim();
      case 'checkPin':
      case 'dropAttempt':
        return `${effect.type} ${effect.attempt}`;
    }
  });
}
