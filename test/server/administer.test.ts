import { afterAll, beforeAll, expect, it } from 'vitest';
import { administer } from '#server/administer.ts';
import { makeRequest, startRig, wardId, type Rig } from './identity/rig.ts';

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

it('says what it can do, and does nothing by halves', async () => {
  await expect(carryOut('make-coffee', {})).rejects.toThrow('permit-audit-gap');
  await expect(carryOut('permit-audit-gap', { terminal: 'x' })).rejects.toThrow('--by');
  const nobody = { terminal: 'none', by: 'me', reason: 'why' };
  await expect(carryOut('permit-audit-gap', nobody)).rejects.toThrow('no terminal none');
});
