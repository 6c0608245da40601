import { afterEach, beforeEach, expect, it } from 'vitest';
import type { AuditDraft } from '#core/contracts/audit.ts';
import type { SessionPhase } from '#core/session/model.ts';
import { createGraceStore } from '#electron/session/grace.ts';
import { endLostSession, leaveInOrder } from '#electron/session/ending.ts';
import type { Spool } from '#electron/spool/spool.ts';
import {
  auditDraft,
  createSpoolFixture,
  type SpoolFixture,
} from '#test/electron/spool/spoolFixture.ts';
import { graceOf, sessionOf } from './workspaceRig.ts';

let spools: SpoolFixture;
let spool: Spool;
let ended: string[];
const endSession = (sessionId: string): Promise<unknown> => Promise.resolve(ended.push(sessionId));
beforeEach(() => {
  spools = createSpoolFixture();
  spool = spools.mustOpen(true);
  ended = [];
});
afterEach(() => {
  spool.close();
  spools.remove();
});

const login: AuditDraft = {
  ...auditDraft('session'),
  action: 'login',
  patientIds: [],
  reason: 'pin',
};

it('a session that was cut off gets its end in the log, once, and ends on the record server', () => {
  spool.append([login, auditDraft()]);
  spool.close();
  spool = spools.mustOpen();
  expect(endLostSession(spool, endSession)).toBeNull();
  const { personId, sessionId } = login;
  const lock = { action: 'lock', outcome: 'failure', reason: 'processLost', personId, sessionId };
  expect(spool.unsent(10).at(-1)).toMatchObject(lock);
  expect(endLostSession(spool, endSession)).toBeNull();
  expect([spool.head().sequence, ended]).toEqual([3, [sessionId]]);
});

it.each(['logout', 'lock'] as const)(
  'one that ended by %s, and a log without any, get none',
  (action) => {
    expect(endLostSession(spool, endSession)).toBeNull();
    spool.append([login, { ...login, action, reason: 'left' }, auditDraft()]);
    expect(endLostSession(spool, endSession)).toBeNull();
    expect([spool.head().sequence, ended]).toEqual([3, []]);
  },
);

it('an end that cannot be kept is said', () => {
  spool.append([login]);
  const refusing = { ...spool, append: () => ({ ok: false, code: 'diskFull' }) as const };
  expect(endLostSession(refusing, endSession)).toBe('diskFull');
});

it('the program ends after the session has, and no way back outlives it', async () => {
  let phase: SessionPhase = {
    kind: 'closing',
    session: sessionOf(1),
    next: null,
    refusal: null,
    fault: null,
  };
  const graces = createGraceStore();
  const events: string[] = [];
  setTimeout(() => {
    phase = { kind: 'idle', refusal: null };
    graces.put('badge-1', graceOf());
    events.push('closed');
  }, 50);
  await leaveInOrder({
    dispatch: ({ type }) => void events.push(type),
    phase: () => phase,
    graces,
    endSession,
    nowMs: () => performance.now(),
  });
  expect(events).toEqual(['leaveRequested', 'closed']);
  expect([ended, graces.holds('session-1')]).toEqual([['session-1'], false]);
});

it('a record server that is silent does not hold up the end', async () => {
  const graces = createGraceStore();
  graces.put('badge-1', graceOf());
  const begunAtMs = performance.now();
  await leaveInOrder({
    dispatch: () => undefined,
    phase: () => ({ kind: 'idle', refusal: null }),
    graces,
    endSession: () => new Promise(() => undefined),
    nowMs: () => performance.now(),
  });
  expect(performance.now() - begunAtMs).toBeLessThan(3_000);
});
