import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { sealInfo, type SealInfo } from '#core/contracts/sealing.ts';
import type { OfflineSession, OfflineSessionReply } from '#core/contracts/terminal.ts';
import { disablePerson } from '#server/directory/staff.ts';
import { findSessionKey } from '#server/terminal/sessions.ts';
import { sealBox } from '#test/server/seal/operationBox.ts';
import {
  login,
  startRig,
  tryLogin,
  type Rig,
  type TestPerson,
  type TestTerminal,
} from '../identity/rig.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
}, 60_000);
afterAll(async () => rig.close());

const minute = 60_000;

/** What a terminal keeps of a login that it granted alone. */
function attest(
  terminal: TestTerminal,
  person: TestPerson,
  rest: Partial<OfflineSession> = {},
): OfflineSession {
  const { publicKey } = generateKeyPairSync('ed25519');
  return {
    sessionId: randomUUID(),
    terminalId: terminal.terminalId,
    personId: person.personId,
    badge: person.badge,
    trust: person.trust,
    pinSalt: person.pinSalt,
    pinProof: person.pinProof,
    sessionPublicKey: publicKey.export({ type: 'spki', format: 'der' }).toString('base64url'),
    openedAtMs: rig.now(),
    ...rest,
  };
}

async function tell(
  terminal: TestTerminal,
  session: OfflineSession,
  { live = true, info = sealInfo.offlineSession }: { live?: boolean; info?: SealInfo } = {},
): Promise<OfflineSessionReply> {
  const intake = Buffer.from(terminal.intakePublicKey, 'base64url');
  const sealed = sealBox(intake, JSON.stringify(session), info);
  const { sessionId } = session;
  const answer = await terminal.call('POST', '/terminal/offline-sessions', {
    sessionId,
    sealed,
    live,
  });
  expect(answer.status).toBe(200);
  return answer.body as unknown as OfflineSessionReply;
}

const keyOf = (sessionId: string) => findSessionKey(rig.parts.database.query, sessionId);

async function auditOf(personId: string): Promise<unknown[]> {
  const { rows } = await rig.database.superuser.query(
    `select action, reason from audit.server_entries where person_id = $1 order by 1`,
    [personId],
  );
  return rows;
}

/** A terminal on which this person was logged in online before, as she must have been to have a slot there. */
async function ward(): Promise<{ terminal: TestTerminal; person: TestPerson }> {
  const [terminal, person] = await Promise.all([rig.terminal(), rig.person()]);
  await login(terminal, person);
  return { terminal, person };
}

it('a login made offline is taken over, goes on with a token, and replaces the one before', async () => {
  const { terminal, person } = await ward();
  const session = attest(terminal, person);
  expect(await tell(terminal, session)).toEqual({ status: 'registered', over: null });
  expect(await tell(terminal, session)).toEqual({ status: 'registered', over: null });
  const key = await keyOf(session.sessionId);
  expect(key).toMatchObject({ personId: person.personId, endedAtMs: null });
  const renewed = await terminal.call('POST', `/terminal/sessions/${session.sessionId}/renew`);
  expect(renewed.body).toMatchObject({ status: 'granted' });
  const { token } = renewed.body as { token: string };
  const mine = await terminal.call('GET', '/terminal/sessions', undefined, token);
  expect(mine.body).toEqual({ sessions: [] });
});

it('one that is over already is recorded as over, also when its end follows later', async () => {
  const { terminal, person } = await ward();
  const early = attest(terminal, person, { openedAtMs: rig.now() - 5 * minute });
  expect(await tell(terminal, early, { live: false })).toEqual({
    status: 'registered',
    over: 'sessionEnded',
  });
  const session = attest(terminal, person);
  await tell(terminal, session);
  expect(await tell(terminal, session, { live: false })).toMatchObject({ over: 'sessionEnded' });
  expect((await keyOf(session.sessionId))?.endedAtMs).not.toBeNull();
  // The session after it on the same terminal ended it, whenever it is told of.
  const between = attest(terminal, person, { openedAtMs: session.openedAtMs - minute });
  expect(await tell(terminal, between)).toMatchObject({ over: 'sessionEnded' });
  expect((await keyOf(between.sessionId))?.endedAtMs).toBeLessThanOrEqual(session.openedAtMs);
});

it('a false proof of the PIN is refused, logged, counted, and gives no key', async () => {
  const { terminal, person } = await ward();
  const session = attest(terminal, person, { pinProof: randomBytes(32).toString('base64url') });
  expect(await tell(terminal, session)).toEqual({ status: 'refused', code: 'pinWrong' });
  expect(await keyOf(session.sessionId)).toBeNull();
  const wrong = randomBytes(32).toString('base64url');
  expect(await tryLogin(terminal, person, wrong)).toMatchObject({
    code: 'pinWrong',
    triesLeft: 8,
  });
  expect(await auditOf(person.personId)).toContainEqual({
    action: 'loginRefused',
    reason: 'offline.pinWrong',
  });
});

it('guessing a PIN by offline logins is throttled like every other guessing; a true one waits its turn', async () => {
  const { terminal, person } = await ward();
  for (const status of ['refused', 'refused', 'refused', 'later']) {
    const guess = attest(terminal, person, { pinProof: randomBytes(32).toString('base64url') });
    expect((await tell(terminal, guess)).status).toBe(status);
  }
  const session = attest(terminal, person);
  const later = await tell(terminal, session);
  expect(later.status).toBe('later');
  try {
    rig.turnClockTo(301_000);
    expect(await tell(terminal, session)).toEqual({ status: 'registered', over: null });
  } finally {
    rig.turnClockTo(0);
  }
});

it('a login outside every lease of the terminal, or from the future, is refused', async () => {
  const [terminal, person] = await Promise.all([rig.terminal(), rig.person()]);
  expect(await tell(terminal, attest(terminal, person))).toMatchObject({ code: 'leaseExpired' });
  await login(terminal, person);
  try {
    rig.turnClockTo(9 * 3_600_000);
    const after = attest(terminal, person, { openedAtMs: rig.now() - 30 * minute });
    expect(await tell(terminal, after)).toMatchObject({ code: 'leaseExpired' });
    const within = attest(terminal, person, { openedAtMs: rig.now() - 2 * 3_600_000 });
    expect(await tell(terminal, within)).toMatchObject({ status: 'registered' });
  } finally {
    rig.turnClockTo(0);
  }
  const ahead = attest(terminal, person, { openedAtMs: rig.now() + 10 * minute });
  expect(await tell(terminal, ahead)).toMatchObject({ code: 'clockWrong' });
});

it('a later lease covers neither the gap before it nor what was before the first', async () => {
  const [terminal, person] = await Promise.all([rig.terminal(), rig.person()]);
  await login(terminal, person);
  const early = attest(terminal, person, { openedAtMs: rig.now() - 24 * 60 * minute });
  expect(await tell(terminal, early)).toMatchObject({ code: 'leaseExpired' });
  const firstAtMs = rig.now();
  try {
    rig.turnClockTo(4 * 60 * minute);
    await login(terminal, person);
    rig.turnClockTo(16 * 60 * minute);
    await login(terminal, person);
    const at = (hours: number) =>
      tell(terminal, attest(terminal, person, { openedAtMs: firstAtMs + hours * 60 * minute }));
    expect(await at(14)).toMatchObject({ code: 'leaseExpired' });
    expect(await at(11)).toMatchObject({ status: 'registered' });
    expect(await at(16)).toMatchObject({ status: 'registered' });
  } finally {
    rig.turnClockTo(0);
  }
});

it('who was shut out before has no session; who was shut out since keeps what was done until then', async () => {
  const { terminal, person } = await ward();
  const before = attest(terminal, person, { openedAtMs: rig.now() - minute });
  await disablePerson(rig.parts.database, rig.parts.keys, person.personId);
  const after = attest(terminal, person, { openedAtMs: rig.now() + 1_000 });
  expect(await tell(terminal, after)).toMatchObject({ status: 'refused', code: 'personDisabled' });
  expect(await keyOf(after.sessionId)).toBeNull();
  expect(await tell(terminal, before)).toEqual({ status: 'registered', over: 'personDisabled' });
  expect((await keyOf(before.sessionId))?.endedAtMs).toBeLessThanOrEqual(rig.now());
});

it('a box for another terminal, person, purpose or session is worth nothing', async () => {
  const { terminal, person } = await ward();
  const [elsewhere, stranger] = await Promise.all([rig.terminal(), rig.person()]);
  await login(elsewhere, stranger);
  const session = attest(terminal, person);
  expect(await tell(elsewhere, session)).toMatchObject({ code: 'notThisTerminal' });
  const other = attest(terminal, person, { personId: stranger.personId });
  expect(await tell(terminal, other)).toMatchObject({ code: 'notThisPerson' });
  expect(await tell(terminal, session, { info: sealInfo.operationBox })).toMatchObject({
    code: 'unreadable',
  });
  const salted = attest(terminal, person, { pinSalt: randomBytes(16).toString('base64url') });
  expect(await tell(terminal, salted)).toMatchObject({ code: 'pinChanged' });
  await tell(terminal, session);
  const { sessionPublicKey } = attest(terminal, person);
  expect(await tell(terminal, { ...session, sessionPublicKey })).toMatchObject({
    code: 'sessionTaken',
  });
  const key = await keyOf(session.sessionId);
  expect(Buffer.from(key?.publicKey ?? []).toString('base64url')).toBe(session.sessionPublicKey);
});
