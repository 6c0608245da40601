import { afterEach, beforeEach, expect, it } from 'vitest';
import type { AuditDraft } from '#core/contracts/audit.ts';
import type { SessionPhase } from '#core/session/model.ts';
import { endLostSession, leaveInOrder } from '#electron/session/ending.ts';
import type { Spool } from '#electron/spool/spool.ts';
import {
  auditDraft,
  createSpoolFixture,
  type SpoolFixture,
} from '#test/electron/spool/spoolFixture.ts';
import { sessionOf } from './workspaceRig.ts';

let spools: SpoolFixture;
let spool: Spool;
beforeEach(() => {
  spools = createSpoolFixture();
  spool = spools.mustOpen(true);
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

it('a session that was cut off gets its end in the log, once, and is still to end on the record server', () => {
  const { personId, sessionId } = login;
  spool.openSessions.begin(sessionId ?? '');
  spool.append([login, auditDraft()]);
  spool.close();
  spool = spools.mustOpen();
  expect(endLostSession(spool)).toBeNull();
  const lock = { action: 'lock', outcome: 'failure', reason: 'processLost', personId, sessionId };
  expect(spool.unsent(10).at(-1)).toMatchObject(lock);
  expect(endLostSession(spool)).toBeNull();
  expect([spool.head().sequence, spool.openSessions.known()]).toEqual([3, [sessionId]]);
});

it.each(['logout', 'lock'] as const)(
  'one that ended by %s, and a log without any, get none',
  (action) => {
    expect(endLostSession(spool)).toBeNull();
    spool.append([login, { ...login, action, reason: 'left' }, auditDraft()]);
    expect(endLostSession(spool)).toBeNull();
    expect(spool.head().sequence).toBe(3);
  },
);

it('an end that cannot be kept is said', () => {
  spool.append([login]);
  const refusing = { ...spool, append: () => ({ ok: false, code: 'diskFull' }) as const };
  expect(endLostSession(refusing)).toBe('diskFull');
});

it('the program ends after the session has', async () => {
  let phase: SessionPhase = {
    kind: 'closing',
    session: sessionOf(1),
    next: null,
    refusal: null,
    fault: null,
  };
  const events: string[] = [];
  setTimeout(() => {
    phase = { kind: 'idle', refusal: null };
    events.push('closed');
  }, 50);
  await leaveInOrder({
    dispatch: ({ type }) => void events.push(type),
    phase: () => phase,
    nowMs: () => performance.now(),
  });
  expect(events).toEqual(['leaveRequested', 'closed']);
});

it('a session that does not come to its end does not hold up that of the program', async () => {
  let nowMs = 0;
  await leaveInOrder({
    dispatch: () => undefined,
    phase: () => ({
      kind: 'closing',
      session: sessionOf(1),
      next: null,
      refusal: null,
      fault: null,
    }),
    nowMs: () => (nowMs += 1_000),
  });
  expect(nowMs).toBeLessThan(10_000);
});
