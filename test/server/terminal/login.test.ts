import { afterAll, beforeAll, expect, it } from 'vitest';
import type { IdentifyReply } from '#core/contracts/terminal.ts';
import { disablePerson, revokeBadge } from '#server/directory/staff.ts';
import { freshBadge, login, startRig, tryLogin, type Rig } from '../identity/rig.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
}, 60_000);
afterAll(async () => rig.close());

const wrong = Buffer.alloc(32, 7).toString('base64url');

it('a badge is known by its bits and gives the PIN screen what it needs, no more', async () => {
  const [terminal, person] = await Promise.all([rig.terminal(), rig.person()]);
  const { badge } = person;
  const known = await terminal.call('POST', '/terminal/identify', { badge, trust: 'B0' });
  expect(known.body).toMatchObject({
    status: 'known',
    person: { personId: person.personId, trust: 'B0' },
    triesLeft: 10,
    retryAtMs: null,
  });
  expect(JSON.stringify(known.body)).not.toContain('verifier');
  const longer = { badge: { ...badge, bitLength: 57 }, trust: 'B0' };
  const other = await terminal.call('POST', '/terminal/identify', longer);
  expect(other.body).toEqual({ status: 'refused', code: 'badgeUnknown' });
});

it('the right proof opens a session with token, lease and keys; the same lease serves the terminal again', async () => {
  const [terminal, person] = await Promise.all([rig.terminal(), rig.person()]);
  const first = await login(terminal, person);
  const second = await login(terminal, person);
  expect(second.lease.secret).toBe(first.lease.secret);
  expect(second.escrowKey).toBe(first.escrowKey);
  expect(second.personKey).toBe(first.personKey);
  expect(Buffer.from(first.personKey, 'base64url')).toHaveLength(32);
  const elsewhere = await login(await rig.terminal(), person);
  expect(elsewhere.escrowKey).not.toBe(first.escrowKey);
  expect(elsewhere.lease.secret).not.toBe(first.lease.secret);
  expect(elsewhere.personKey).toBe(first.personKey);
  expect(elsewhere.otherSessions.map((one) => one.sessionId)).toEqual([second.sessionId]);
});

it('wrong PINs slow down, then lock; neither a restart nor another terminal gives a try back', async () => {
  const [here, there, person] = await Promise.all([rig.terminal(), rig.terminal(), rig.person()]);
  for (const triesLeft of [9, 8]) {
    expect(await tryLogin(here, person, wrong)).toMatchObject({ code: 'pinWrong', triesLeft });
  }
  const third = await tryLogin(here, person, wrong);
  expect(third).toMatchObject({ code: 'pinWrong', triesLeft: 7 });
  await rig.restart();
  const again = rig.restarted(there);
  expect(await tryLogin(again, person)).toMatchObject({ code: 'pinThrottled', triesLeft: 7 });
  try {
    for (let failures = 4; failures <= 10; failures += 1) {
      rig.turnClockTo(rig.now() - Date.now() + 301_000);
      const reply = await tryLogin(again, person, wrong);
      expect(reply).toMatchObject({ status: 'refused', triesLeft: 10 - failures });
    }
    rig.turnClockTo(rig.now() - Date.now() + 301_000);
    expect(await tryLogin(again, person)).toMatchObject({ code: 'pinLocked', triesLeft: 0 });
    rig.turnClockTo(rig.now() - Date.now() + 1_801_000);
    expect(await tryLogin(again, person)).toMatchObject({ status: 'granted' });
    expect(await tryLogin(again, person, wrong)).toMatchObject({ code: 'pinWrong', triesLeft: 9 });
  } finally {
    rig.turnClockTo(0);
  }
});

it('a flood of parallel tries from many terminals gets no more checks than tries one by one', async () => {
  const [person, ...terminals] = await Promise.all([
    rig.person(),
    ...Array.from({ length: 6 }, () => rig.terminal()),
  ]);
  const replies = await Promise.all(
    terminals.flatMap((terminal) => [1, 2, 3].map(() => tryLogin(terminal, person, wrong))),
  );
  const checked = replies.filter(
    (reply) => reply.status === 'refused' && reply.code === 'pinWrong',
  );
  expect(checked).toHaveLength(3);
});

it('a terminal that tries many people is held back by itself', async () => {
  const terminal = await rig.terminal();
  const people = await Promise.all(Array.from({ length: 10 }, () => rig.person()));
  let refusals = 0;
  for (const person of people) {
    for (let tries = 0; tries < 3; tries += 1) {
      const reply = await tryLogin(terminal, person, wrong);
      if (reply.status === 'refused' && reply.code === 'pinThrottled') refusals += 1;
    }
  }
  expect(refusals).toBe(5);
  const innocent = await rig.person();
  // Nobody looked at her PIN, and she is not told that it is locked.
  expect(await tryLogin(terminal, innocent)).toMatchObject({ code: 'pinThrottled', triesLeft: 10 });
  expect(await tryLogin(await rig.terminal(), innocent)).toMatchObject({ status: 'granted' });
});

it('guessing badges is slowed, and during the pause known ones are not told apart', async () => {
  const [terminal, person] = await Promise.all([rig.terminal(), rig.person()]);
  for (let tries = 0; tries < 15; tries += 1)
    await terminal.call('POST', '/terminal/identify', { badge: freshBadge(), trust: 'B0' });
  const guesses = [freshBadge(), person.badge].map((badge) =>
    terminal.call('POST', '/terminal/identify', { badge, trust: 'B0' }),
  );
  const [unknown, known] = await Promise.all(guesses);
  expect(unknown).toMatchObject({ status: 429, body: { code: 'tooMany' } });
  expect(known?.body).toEqual(unknown?.body);
  const other = await rig.terminal();
  const elsewhere = await other.call('POST', '/terminal/identify', {
    badge: person.badge,
    trust: 'B0',
  });
  expect((elsewhere.body as IdentifyReply).status).toBe('known');
});

it('a badge enrolled with a key that now shows only its number is refused', async () => {
  const [terminal, person] = await Promise.all([rig.terminal(), rig.person('B2')]);
  const downgraded = { ...person, trust: 'B0' as const };
  expect(await tryLogin(terminal, downgraded)).toMatchObject({ code: 'trustDowngraded' });
  expect(await tryLogin(terminal, person)).toMatchObject({ status: 'granted' });
});

it('a role that treats nobody gets no session and no key, and the refusal is logged with its person', async () => {
  const [terminal, nurse] = await Promise.all([rig.terminal(), rig.person()]);
  await login(terminal, nurse);
  for (const role of ['other', 'officer', 'paramedic'] as const) {
    const person = await rig.person('B0', role);
    const { badge, personId } = person;
    const asked = await terminal.call('POST', '/terminal/identify', { badge, trust: 'B0' });
    expect(asked.body).toEqual({ status: 'refused', code: 'roleRefused' });
    const refused = { status: 'refused', code: 'roleRefused', triesLeft: 0, retryAtMs: null };
    expect(await tryLogin(terminal, person)).toEqual(refused);
    const { rows } = await rig.database.superuser.query(
      `select count(*)::int as n from audit.server_entries where person_id = $1 and reason = 'roleRefused'`,
      [personId],
    );
    expect(rows[0]).toEqual({ n: 2 });
  }
});

it('a disabled person is out at once: sessions, tokens, renewal, login, and older slots', async () => {
  const [terminal, person, other] = await Promise.all([rig.terminal(), rig.person(), rig.person()]);
  const grant = await login(terminal, person);
  await disablePerson(rig.parts.database, rig.parts.keys, person.personId);
  const drafts = await terminal.call('GET', '/terminal/drafts', undefined, grant.token);
  expect(drafts).toMatchObject({ status: 401, body: { code: 'sessionEnded' } });
  const renewal = await terminal.call('POST', `/terminal/sessions/${grant.sessionId}/renew`);
  expect(renewal.body).toEqual({ status: 'refused', code: 'personDisabled' });
  expect(await tryLogin(terminal, person)).toMatchObject({ code: 'personDisabled' });
  const next = await login(terminal, other);
  expect(next.lease.epoch).toBe(grant.lease.epoch + 1);
  expect(next.lease.secret).not.toBe(grant.lease.secret);
});

it('a login in the same moment waits for who disables the person, and is refused', async () => {
  const [terminal, person] = await Promise.all([rig.terminal(), rig.person()]);
  let commit = (): void => undefined;
  const held = new Promise<void>((resolve) => (commit = resolve));
  let begin = (): void => undefined;
  const begun = new Promise<void>((resolve) => (begin = resolve));
  const disabling = rig.parts.database.transaction(async (query) => {
    await query('update directory.people set disabled_at = now() where person_id = $1', [
      person.personId,
    ]);
    begin();
    await held;
  });
  await begun;
  const answer = tryLogin(terminal, person);
  // Time enough for a login that does not wait.
  await new Promise((resolve) => setTimeout(resolve, 400));
  commit();
  await disabling;
  expect(await answer).toMatchObject({ status: 'refused', code: 'personDisabled' });
});

it('a revoked badge ends the sessions opened with it', async () => {
  const [terminal, person] = await Promise.all([rig.terminal(), rig.person()]);
  const grant = await login(terminal, person);
  await revokeBadge(rig.parts.database, rig.parts.keys, person.badge);
  const renewal = await terminal.call('POST', `/terminal/sessions/${grant.sessionId}/renew`);
  expect(renewal.body).toEqual({ status: 'refused', code: 'badgeRevoked' });
  expect(await tryLogin(terminal, person)).toMatchObject({ code: 'badgeRevoked' });
});

it('a session is renewed and ended by its own terminal alone', async () => {
  const [here, there, person] = await Promise.all([rig.terminal(), rig.terminal(), rig.person()]);
  const { sessionId, token } = await login(here, person);
  const path = `/terminal/sessions/${sessionId}`;
  expect((await there.call('POST', `${path}/renew`)).body).toMatchObject({ status: 'refused' });
  expect((await there.call('DELETE', path)).status).toBe(404);
  const renewed = await here.call('POST', `${path}/renew`);
  expect(renewed.body).toMatchObject({ status: 'granted' });
  expect((await here.call('DELETE', path)).status).toBe(204);
  expect((await here.call('POST', `${path}/renew`)).body).toMatchObject({ code: 'sessionEnded' });
  const after = await here.call('GET', '/terminal/drafts', undefined, token);
  expect(after.body).toEqual({ code: 'sessionEnded' });
});

it('a person closes her other session from here, and nobody closes that of another', async () => {
  const [here, there] = await Promise.all([rig.terminal(), rig.terminal()]);
  const [person, stranger] = await Promise.all([rig.person(), rig.person()]);
  const old = await login(there, person);
  const mine = await login(here, person);
  const theirs = await login(here, stranger);
  const close = (session: typeof mine, sessionId: string) =>
    here.call(
      'POST',
      `/terminal/sessions/${session.sessionId}/close-other`,
      { sessionId },
      session.token,
    );
  expect((await close(theirs, old.sessionId)).status).toBe(404);
  expect((await close(mine, old.sessionId)).status).toBe(204);
  const renewal = await there.call('POST', `/terminal/sessions/${old.sessionId}/renew`);
  expect(renewal.body).toEqual({ status: 'refused', code: 'sessionEnded' });
  const list = await here.call('GET', '/terminal/sessions', undefined, mine.token);
  expect(list.body).toEqual({ sessions: [] });
});

it('the database tells no badge id, PIN proof, or key, to whoever reads all of it', async () => {
  const [terminal, person] = await Promise.all([rig.terminal(), rig.person()]);
  const grant = await login(terminal, person);
  const { rows } = await rig.database.superuser.query(
    `select query_to_xml('select * from directory.people p left join directory.badges using (person_id)', true, false, '')::text
         || query_to_xml('select * from terminal.terminals', true, false, '')::text
         || query_to_xml('select * from terminal.sessions', true, false, '')::text as dump`,
  );
  const dump = String(rows[0]?.['dump']);
  expect(dump).toContain(person.personId);
  const secrets = [person.pinProof, grant.personKey, grant.escrowKey, grant.lease.secret];
  for (const secret of secrets) {
    const bytes = Buffer.from(secret, 'base64url');
    expect(dump).not.toContain(bytes.toString('base64'));
    expect(dump).not.toContain(bytes.toString('hex'));
  }
  // The person's id of the tests holds the badge; its hash must not.
  const hashes = await rig.database.superuser.query(
    `select encode(badge_hash, 'hex') as hash from directory.badges`,
  );
  expect(JSON.stringify(hashes.rows)).not.toContain(person.badge.hex);
});

it('logins and refusals stand in the audit record, which the service cannot change', async () => {
  const [terminal, person] = await Promise.all([rig.terminal(), rig.person()]);
  await tryLogin(terminal, person, wrong);
  const { sessionId } = await login(terminal, person);
  const { rows } = await rig.database.superuser.query(
    `select action, outcome, reason, session_id from audit.server_entries where person_id = $1 order by seq`,
    [person.personId],
  );
  expect(rows).toEqual([
    { action: 'loginRefused', outcome: 'denied', reason: 'pinWrong', session_id: null },
    { action: 'login', outcome: 'success', reason: null, session_id: sessionId },
  ]);
});
