import { afterAll, beforeAll, expect, it } from 'vitest';
import { administer } from '#server/administer.ts';
import { makeRequest, startRig, tryLogin, wardId, type Rig } from './identity/rig.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
}, 60_000);
afterAll(async () => rig.close());

const carryOut = (name: string, options: Record<string, string>) =>
  administer({ ...rig.parts, database: rig.database.application }, name, options);

it('makes an enrolment that is good once, shuts a terminal out, and writes both down', async () => {
  const place = {
    name: 'ASH-09',
    ward: wardId,
    place: 'Bay B',
    url: 'https://records.example:8443',
  };
  const file = (await carryOut('enrol-terminal', place)) as Record<string, string>;
  expect(file).toMatchObject({ serverUrl: place.url, caPem: rig.parts.authority.authorityPem });
  const { csrPem } = await makeRequest();
  const enrolled = await rig.call('POST', '/enrol', { token: file['token'], csrPem });
  expect(enrolled).toMatchObject({ status: 200, body: { terminalName: 'ASH-09' } });
  expect((await rig.call('POST', '/enrol', { token: file['token'], csrPem })).status).toBe(403);
  const terminal = await rig.terminal();
  await carryOut('revoke-terminal', { terminal: terminal.terminalId });
  expect((await terminal.call('GET', '/terminal/audit/head')).status).toBe(403);
  const { rows } = await rig.database.superuser.query(
    `select action, reason from audit.server_entries where action in ('administer', 'revoke') order by seq`,
  );
  expect(rows).toEqual([
    { action: 'administer', reason: 'enrolmentToken' },
    { action: 'revoke', reason: 'terminalRevoked' },
  ]);
});

it('lets a person whose PIN is locked try again at once, and writes it down', async () => {
  const [terminal, person] = await Promise.all([rig.terminal(), rig.person()]);
  const wrong = Buffer.alloc(32, 7).toString('base64url');
  try {
    for (let failures = 1; failures <= 10; failures += 1) {
      await tryLogin(terminal, person, wrong);
      rig.turnClockTo(rig.now() - Date.now() + 301_000);
    }
    expect(await tryLogin(terminal, person)).toMatchObject({ code: 'pinLocked' });
    const { personId } = person;
    expect(await carryOut('unlock-pin', { person: personId })).toEqual({ unlocked: personId });
    expect(await tryLogin(terminal, person)).toMatchObject({ status: 'granted' });
  } finally {
    rig.turnClockTo(0);
  }
  const { rows } = await rig.database.superuser.query(
    `select action, subject from audit.server_entries where reason = 'pinUnlocked' and person_id = $1`,
    [person.personId],
  );
  expect(rows).toEqual([{ action: 'administer', subject: 'Practitioner' }]);
});

it('says what it can do, and does nothing by halves', async () => {
  await expect(carryOut('make-coffee', {})).rejects.toThrow('permit-audit-gap');
  await expect(carryOut('permit-audit-gap', { terminal: 'x' })).rejects.toThrow('--by');
  await expect(carryOut('unlock-pin', { person: 'none' })).rejects.toThrow('no person none');
  const nobody = { terminal: 'none', by: 'me', reason: 'why' };
  await expect(carryOut('permit-audit-gap', nobody)).rejects.toThrow('no terminal none');
});
