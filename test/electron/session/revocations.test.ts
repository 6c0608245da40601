import { beforeEach, describe, expect, it } from 'vitest';
import type { SessionEvent } from '#core/session/model.ts';
import type { Slot } from '#core/contracts/vault.ts';
import { createGraceStore, type GraceStore } from '#electron/session/grace.ts';
import { createRevocations, type Revocations } from '#electron/session/revocations.ts';
import type { SessionFacts } from '#electron/session/sessionFacts.ts';

/* What the record server says is carried out on real graces; key file and machine are watched. */

const facts = (sessionId: string, change: Partial<SessionFacts> = {}): SessionFacts => ({
  sessionId,
  person: { personId: 'anna', displayName: 'Anna', role: 'nurse', trust: 'B0' },
  badge: { technology: 'iso14443-uid', bitLength: 32, hex: '01020304' },
  shiftEndsAtMs: 1e9,
  leaseNotAfterMs: 1e9,
  token: { value: 'token', expiresAtMs: 1e9 },
  otherSessions: [],
  ...change,
});

let graces: GraceStore;
let slots: Map<string, Pick<Slot, 'personId' | 'leaseEpoch'>>;
let told: (SessionEvent | 'slot' | 'writeFailed')[];
let isDiskFull: boolean;
let takenBack: number;
let open: SessionFacts | null;
let revocations: Revocations;

beforeEach(() => {
  graces = createGraceStore();
  slots = new Map([['badge-anna', { personId: 'anna', leaseEpoch: 1 }]]);
  told = [];
  open = null;
  isDiskFull = false;
  takenBack = 0;
  revocations = createRevocations({
    graces,
    keyFile: {
      slotOfBadge: (badgeKey) => (slots.get(badgeKey) ?? null) as Slot | null,
      dropAll: () => slots.clear(),
      dropSlot: (personId, sinceEpoch = Infinity) => {
        told.push('slot');
        if (isDiskFull) throw new Error('ENOSPC');
        for (const [badgeKey, slot] of slots)
          if (slot.personId === personId && slot.leaseEpoch < sinceEpoch) slots.delete(badgeKey);
      },
    },
    current: () =>
      open === null
        ? null
        : {
            facts: open,
            session: {
              sessionId: open.sessionId,
              attempt: 1,
              person: open.person,
              badgeKey: 'badge-anna',
              openedAtMs: 0,
              ends: { leaseAtMs: 1e9, shiftAtMs: 1e9 },
            },
          },
    dispatch: (event) => told.push(event),
    nowMs: () => 5,
    onTakenBack: () => (takenBack += 1),
    onWriteFailed: () => told.push('writeFailed'),
  });
});

const keepGrace = (sessionId: string): boolean =>
  graces.put('badge-anna', {
    slot: { personId: 'anna', cacheId: 'c', sealed: '' },
    graceSecret: '',
    facts: facts(sessionId),
    untilMs: 1e9,
  });

describe('a renewal that the record server refuses', () => {
  it('of a disabled person ends her session and takes her slot', () => {
    open = facts('s1');
    revocations.renewalRefused('s1', 'personDisabled');
    expect(told).toEqual([
      { type: 'revoked', personId: 'anna', sessionId: 's1', code: 'personDisabled', atMs: 5 },
      'slot',
    ]);
    expect(slots.size).toBe(0);
  });

  it('of a session that was ended elsewhere ends it here and costs nobody her slot', () => {
    open = facts('s1');
    revocations.renewalRefused('s1', 'sessionEnded');
    expect(told).toMatchObject([{ type: 'revoked', sessionId: 's1' }]);
    expect(slots.size).toBe(1);
  });

  it('of a session that it has not taken over yet says nothing', () => {
    open = facts('s1', { token: null });
    revocations.renewalRefused('s1', 'sessionEnded');
    expect(told).toEqual([]);
  });

  it('of a session that is not open any more leaves the one that is alone', () => {
    open = facts('s2');
    revocations.renewalRefused('s1', 'personDisabled');
    expect(told).toEqual([]);
  });
});

it('a full disk neither keeps a disabled person on the screen nor ends the program', () => {
  isDiskFull = true;
  revocations.hear({ type: 'personDisabled', personId: 'anna' });
  expect(told).toEqual([
    expect.objectContaining({ type: 'revoked', personId: 'anna' }),
    'slot',
    'writeFailed',
  ]);
});

describe('a tap-out under way', () => {
  it('keeps no way back for a person who is disabled before it is sealed', () => {
    open = facts('s1');
    revocations.hear({ type: 'personDisabled', personId: 'anna' });
    expect(keepGrace('s1')).toBe(false);
    expect(graces.find('badge-anna', 0, 0)).toBeNull();
  });

  it('keeps none into a session that is ended before it is sealed, and one into the next', () => {
    revocations.hear({ type: 'sessionEnded', sessionId: 's1', code: null });
    expect(keepGrace('s1')).toBe(false);
    expect(keepGrace('s2')).toBe(true);
    expect(graces.find('badge-anna', 0, 0)?.facts.sessionId).toBe('s2');
  });
});

describe('what the record server says on its own', () => {
  it('ends a session and the way back into it', () => {
    keepGrace('s1');
    revocations.hear({ type: 'sessionEnded', sessionId: 's1', code: null });
    expect(graces.holds('s1')).toBe(false);
    expect(told).toMatchObject([{ type: 'revoked', sessionId: 's1' }]);
  });
});

describe('a badge that was withdrawn', () => {
  const withdraw = (): void => {
    revocations.hear({ type: 'sessionEnded', sessionId: 'old', code: 'badgeRevoked' });
    revocations.hear({ type: 'badgeRevoked', personId: 'anna', leaseEpoch: 2 });
  };

  it('ends the session it opened, says why, and takes the slot it opened', () => {
    open = facts('old');
    withdraw();
    expect(told[0]).toMatchObject({ type: 'revoked', sessionId: 'old', code: 'badgeRevoked' });
    expect(slots.size).toBe(0);
  });

  it('leaves the session, the grace and the slot of the new badge alone, however often it is told', () => {
    slots = new Map([['badge-anna', { personId: 'anna', leaseEpoch: 2 }]]);
    open = facts('new');
    keepGrace('new');
    withdraw();
    withdraw();
    expect(told).not.toContainEqual(expect.objectContaining({ sessionId: 'new' }));
    expect(told).not.toContainEqual(expect.objectContaining({ sessionId: null }));
    expect(graces.holds('new')).toBe(true);
    expect(slots.size).toBe(1);
  });
});

it('a terminal that was shut out closes, forgets every way in, and serves again only when it is greeted', () => {
  keepGrace('left');
  open = facts('s1');
  revocations.hear({ type: 'terminalRevoked' });
  expect(told).toEqual([{ type: 'terminalFault', code: 'terminalRevoked', atMs: 5 }]);
  expect(slots.size).toBe(0);
  expect(graces.holds('left')).toBe(false);
  expect(keepGrace('s1')).toBe(false);
  expect(revocations.terminalIsRevoked()).toBe(true);
  revocations.hear({ type: 'hello', serverTimeMs: 1 });
  expect([revocations.terminalIsRevoked(), takenBack]).toEqual([false, 1]);
});
