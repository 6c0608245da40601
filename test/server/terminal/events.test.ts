import { request } from 'node:https';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { randomUUID } from 'node:crypto';
import type { TerminalEvent } from '#core/contracts/terminal.ts';
import { disablePerson, enrolBadge, revokeBadge } from '#server/directory/staff.ts';
import { revokeTerminal } from '#server/identity/enrolment.ts';
import { freshBadge, login, startRig, type Rig, type TestTerminal } from '../identity/rig.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
}, 60_000);
afterAll(async () => rig.close());

/** An open event stream and what came of it, with times. */
function listen(terminal: TestTerminal) {
  const events: { event: TerminalEvent; atMs: number }[] = [];
  let heartbeats = 0;
  let hasEnded = false;
  const sent = request(
    {
      host: '127.0.0.1',
      port: rig.port,
      path: '/terminal/events',
      ca: terminal.authorityPem,
      cert: terminal.certificatePem,
      key: terminal.keyPem,
      agent: false,
    },
    (response) => {
      let held = '';
      response.on('data', (chunk: Buffer) => {
        const lines = (held + chunk.toString()).split('\n');
        held = lines.pop() ?? '';
        for (const line of lines) {
          if (line === ':') heartbeats += 1;
          if (line.startsWith('data: '))
            events.push({ event: JSON.parse(line.slice(6)) as TerminalEvent, atMs: Date.now() });
        }
      });
      response.on('error', () => {});
      response.on('end', () => (hasEnded = true));
    },
  );
  sent.on('error', () => {});
  sent.end();
  return {
    events,
    heartbeats: () => heartbeats,
    hasEnded: () => hasEnded,
    close: () => sent.destroy(),
    until: async (matches: (event: TerminalEvent) => boolean, withinMs = 3_000) => {
      const startedAtMs = Date.now();
      for (;;) {
        const found = events.find(({ event }) => matches(event));
        if (found) return found.atMs;
        if (Date.now() - startedAtMs > withinMs)
          throw new Error(`never came; had ${JSON.stringify(events)}`);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
  };
}

it('a stream greets, beats, and passes a change on within a second', async () => {
  const terminal = await rig.terminal();
  const stream = listen(terminal);
  await stream.until((event) => event.type === 'hello');
  await stream.until((event) => event.type === 'changed');
  stream.events.length = 0;
  const pokedAtMs = Date.now();
  rig.poke();
  expect((await stream.until((event) => event.type === 'changed')) - pokedAtMs).toBeLessThan(1_000);
  await expect.poll(stream.heartbeats, { timeout: 2_000 }).toBeGreaterThan(0);
  stream.close();
});

it('a session closed from elsewhere and a disabled person reach their terminal within a second', async () => {
  const [here, there, person] = await Promise.all([rig.terminal(), rig.terminal(), rig.person()]);
  const old = await login(there, person);
  const mine = await login(here, person);
  const stream = listen(there);
  await stream.until((event) => event.type === 'hello');
  const closedAtMs = Date.now();
  const path = `/terminal/sessions/${mine.sessionId}/close-other`;
  await here.call('POST', path, { sessionId: old.sessionId }, mine.token);
  const endedAtMs = await stream.until(
    (event) => event.type === 'sessionEnded' && event.sessionId === old.sessionId,
  );
  expect(endedAtMs - closedAtMs).toBeLessThan(1_000);
  const disabledAtMs = Date.now();
  await disablePerson(rig.parts.database, rig.parts.keys, person.personId);
  const toldAtMs = await stream.until(
    (event) => event.type === 'personDisabled' && event.personId === person.personId,
  );
  expect(toldAtMs - disabledAtMs).toBeLessThan(1_000);
  expect(JSON.stringify(stream.events)).not.toContain(mine.sessionId);
  stream.close();
});

it('a terminal that was away hears on its return who was shut out meanwhile', async () => {
  const [terminal, person] = await Promise.all([rig.terminal(), rig.person()]);
  const { sessionId } = await login(terminal, person);
  await disablePerson(rig.parts.database, rig.parts.keys, person.personId);
  const stream = listen(terminal);
  await stream.until((event) => event.type === 'sessionEnded' && event.sessionId === sessionId);
  await stream.until((event) => event.type === 'personDisabled');
  stream.close();
});

it('who had left properly before she was shut out is told of too, once', async () => {
  const [terminal, gone, lost] = await Promise.all([rig.terminal(), rig.person(), rig.person()]);
  for (const person of [gone, gone, lost]) {
    const { sessionId } = await login(terminal, person);
    await terminal.call('DELETE', `/terminal/sessions/${sessionId}`);
  }
  await disablePerson(rig.parts.database, rig.parts.keys, gone.personId);
  await revokeBadge(rig.parts.database, rig.parts.keys, lost.badge);
  const stream = listen(terminal);
  await stream.until((event) => event.type === 'changed');
  const told = stream.events.map(({ event }) => event).filter((event) => 'personId' in event);
  expect(told).toHaveLength(2);
  expect(told).toContainEqual({ type: 'personDisabled', personId: gone.personId });
  const { lease } = await login(terminal, await rig.person());
  const leaseEpoch = lease.epoch;
  expect(told).toContainEqual({ type: 'badgeRevoked', personId: lost.personId, leaseEpoch });
  stream.close();
});

it('a revoked badge is told as the end of its sessions alone: one of the new badge goes on', async () => {
  const [terminal, person] = await Promise.all([rig.terminal(), rig.person()]);
  const old = await login(terminal, person);
  const { keys, database, query } = rig.parts;
  const badge = freshBadge();
  await enrolBadge(query, keys, person.personId, badge, 'B0');
  const early = listen(terminal);
  await early.until((event) => event.type === 'hello');
  await revokeBadge(database, keys, person.badge);
  await early.until((event) => event.type === 'badgeRevoked');
  early.close();
  const mine = await login(terminal, { ...person, badge });
  const late = listen(terminal);
  await late.until((event) => event.type === 'badgeRevoked');
  for (const stream of [early, late]) {
    const told = stream.events.map(({ event }) => event);
    expect(told).toContainEqual({
      type: 'sessionEnded',
      sessionId: old.sessionId,
      code: 'badgeRevoked',
    });
    expect(told).toContainEqual({
      type: 'badgeRevoked',
      personId: person.personId,
      leaseEpoch: mine.lease.epoch,
    });
    expect(JSON.stringify(told)).not.toContain(mine.sessionId);
    expect(told.some((event) => event.type === 'personDisabled')).toBe(false);
  }
  expect(mine.lease.epoch).toBe(old.lease.epoch + 1);
  late.close();
});

it('a terminal that is shut out is told at once, and its stream ends', async () => {
  const terminal = await rig.terminal();
  const stream = listen(terminal);
  await stream.until((event) => event.type === 'hello');
  await revokeTerminal(rig.parts.database, terminal.terminalId);
  await stream.until((event) => event.type === 'terminalRevoked');
  await expect.poll(stream.hasEnded, { timeout: 2_000 }).toBe(true);
  expect((await terminal.call('GET', '/terminal/events')).body).toEqual({
    code: 'terminalRevoked',
  });
});

it('notices come again after the database connection that carries them was lost', async () => {
  const [terminal, person] = await Promise.all([rig.terminal(), rig.person()]);
  await login(terminal, person);
  const stream = listen(terminal);
  await stream.until((event) => event.type === 'hello');
  await rig.database.superuser.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'wardkey-listen' and datname = current_database()`,
  );
  await disablePerson(rig.parts.database, rig.parts.keys, person.personId);
  await stream.until((event) => event.type === 'personDisabled');
  stream.close();
});

const sealed = Buffer.alloc(64, 1).toString('base64url');

it('a draft is its author’s alone: nobody else lists, overwrites or drops it', async () => {
  const [terminal, author, other] = await Promise.all([rig.terminal(), rig.person(), rig.person()]);
  const [mine, theirs] = [await login(terminal, author), await login(terminal, other)];
  const draft = {
    draftId: randomUUID(),
    personId: author.personId,
    sealed,
    savedAtMs: 1_000,
    rejection: null,
  };
  const path = `/terminal/drafts/${draft.draftId}`;
  expect((await terminal.call('PUT', path, draft, mine.token)).status).toBe(204);
  expect((await terminal.call('PUT', path, draft, theirs.token)).status).toBe(403);
  const claimed = { ...draft, personId: other.personId };
  expect((await terminal.call('PUT', path, claimed, theirs.token)).status).toBe(403);
  await terminal.call('DELETE', path, undefined, theirs.token);
  const listOf = async (token: string) =>
    (await terminal.call('GET', '/terminal/drafts', undefined, token)).body;
  expect(await listOf(theirs.token)).toEqual({ drafts: [] });
  expect(await listOf(mine.token)).toEqual({ drafts: [draft] });
  expect((await terminal.call('GET', '/terminal/drafts')).status).toBe(401);
  await terminal.call('DELETE', path, undefined, mine.token);
  expect(await listOf(mine.token)).toEqual({ drafts: [] });
});

it('a draft left at tap-out without a token is kept from a terminal where its author was, and from no other', async () => {
  const [here, there, author] = await Promise.all([rig.terminal(), rig.terminal(), rig.person()]);
  const { sessionId } = await login(here, author);
  await here.call('DELETE', `/terminal/sessions/${sessionId}`);
  const draft = {
    draftId: randomUUID(),
    personId: author.personId,
    sealed,
    savedAtMs: 2_000,
    // What was refused after its author left goes the same way, with the reason.
    rejection: 'denied: noRelationship',
  };
  const path = `/terminal/drafts/${draft.draftId}`;
  expect((await there.call('PUT', path, draft)).status).toBe(403);
  expect((await here.call('PUT', path, draft)).status).toBe(204);
  const older = { ...draft, savedAtMs: 1_000, sealed: Buffer.alloc(64, 2).toString('base64url') };
  expect((await here.call('PUT', path, older)).status).toBe(204);
  const { token } = await login(there, author);
  const list = await there.call('GET', '/terminal/drafts', undefined, token);
  expect(list.body).toEqual({ drafts: [draft] });
});

it('how a person likes her screens comes with her next login, at any terminal, and with nobody else’s', async () => {
  const [here, there, mine, other] = await Promise.all([
    rig.terminal(),
    rig.terminal(),
    rig.person(),
    rig.person(),
  ]);
  const path = '/terminal/preferences';
  const { token, preferences } = await login(here, mine);
  expect(preferences).toBeNull();
  const dark = { language: 'fr', theme: 'dark', savedAtMs: 2_000 };
  expect((await here.call('PUT', path, dark)).status).toBe(401);
  expect((await here.call('PUT', path, dark, token)).status).toBe(204);
  await here.call('PUT', path, { language: 'en', theme: null, savedAtMs: 1_000 }, token);
  expect((await login(there, mine)).preferences).toEqual(dark);
  expect((await login(there, other)).preferences).toBeNull();
  expect((await here.call('PUT', path, { ...dark, language: 'xx' }, token)).status).toBe(400);
  // A clock that is ahead does not fix a choice for good.
  await here.call('PUT', path, { ...dark, theme: 'light', savedAtMs: 9e15 }, token);
  const { savedAtMs } = (await login(there, mine)).preferences ?? { savedAtMs: 9e15 };
  expect(savedAtMs).toBeLessThanOrEqual(Date.now());
});
