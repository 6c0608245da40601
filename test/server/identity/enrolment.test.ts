import { statSync } from 'node:fs';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { revokeTerminal } from '#server/identity/enrolment.ts';
import { secretFile } from '#server/identity/secretFile.ts';
import { login, makeRequest, startRig, type Rig } from './rig.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
}, 60_000);
afterAll(async () => rig.close());

const day = 86_400_000;

it('a token and a proven key make a terminal that the server knows by its certificate', async () => {
  const terminal = await rig.terminal();
  expect(terminal).toMatchObject({ terminalName: 'ASH-03', wardId: 'ward-ash', wardName: 'Ash' });
  const answer = await terminal.call('GET', '/terminal/audit/head');
  expect(answer).toMatchObject({ status: 200, body: { sequence: 0 } });
});

it('a token serves once', async () => {
  const token = await rig.token();
  const first = await rig.call('POST', '/enrol', { token, csrPem: (await makeRequest()).csrPem });
  const second = await rig.call('POST', '/enrol', { token, csrPem: (await makeRequest()).csrPem });
  expect([first.status, second.status, second.body['code']]).toEqual([200, 403, 'tokenRefused']);
});

it('of eight enrolments at once with one token exactly one succeeds', async () => {
  const token = await rig.token();
  const requests = await Promise.all(Array.from({ length: 8 }, makeRequest));
  const answers = await Promise.all(
    requests.map(({ csrPem }) => rig.call('POST', '/enrol', { token, csrPem })),
  );
  expect(answers.filter((answer) => answer.status === 200)).toHaveLength(1);
  expect(answers.filter((answer) => answer.status === 403)).toHaveLength(7);
});

it('expired, unknown and used tokens get one and the same answer', async () => {
  const { csrPem } = await makeRequest();
  const expired = await rig.call('POST', '/enrol', { token: await rig.token(-1), csrPem });
  const unknown = await rig.call('POST', '/enrol', { token: 'never-issued', csrPem });
  expect(expired).toMatchObject({ status: 403, body: { code: 'tokenRefused' } });
  expect(unknown.body).toEqual(expired.body);
});

it('a request whose key was exchanged is refused and leaves the token usable', async () => {
  const token = await rig.token();
  const { csrPem } = await makeRequest();
  const der = Buffer.from(csrPem.replace(/-----[^-]+-----|\s/g, ''), 'base64');
  const altered = Buffer.from(der);
  // A byte inside the public key's point: the self-signature no longer covers what is asked for.
  const at = der.length - 100;
  altered.writeUInt8(altered.readUInt8(at) ^ 1, at);
  const pem = `-----BEGIN CERTIFICATE REQUEST-----\n${altered.toString('base64')}\n-----END CERTIFICATE REQUEST-----`;
  const refused = await rig.call('POST', '/enrol', { token, csrPem: pem });
  expect(refused).toMatchObject({ status: 400, body: { code: 'requestInvalid' } });
  const nonsense = await rig.call('POST', '/enrol', { token, csrPem: 'not a request' });
  expect(nonsense).toMatchObject({ status: 400, body: { code: 'requestInvalid' } });
  expect((await rig.call('POST', '/enrol', { token, csrPem })).status).toBe(200);
});

it('the database holds no token, only its keyed hash', async () => {
  const token = await rig.token();
  const { rows } = await rig.database.superuser.query(
    'select t::text as t from terminal.enrolment_tokens t',
  );
  const stored = JSON.stringify(rows);
  expect(stored).not.toContain(token);
  expect(stored).not.toContain(Buffer.from(token).toString('hex'));
});

it('without a certificate every route but /enrol is closed, unknown paths too', async () => {
  const routes = [
    ['POST', '/terminal/identify'],
    ['POST', '/terminal/sessions'],
    ['POST', '/terminal/certificate'],
    ['POST', '/terminal/audit'],
    ['GET', '/terminal/audit/head'],
    ['GET', '/terminal/drafts'],
    ['GET', '/terminal/events'],
    ['GET', '/no/such/route'],
  ] as const;
  for (const [method, path] of routes) {
    const answer = await rig.call(method, path, method === 'POST' ? {} : undefined);
    expect([path, answer.status, answer.body['code']]).toEqual([path, 401, 'certificateMissing']);
  }
});

it('a certificate of another authority is refused', async () => {
  const stranger = await startRig();
  try {
    const { certificatePem, keyPem } = await stranger.terminal();
    const answer = await rig.call('GET', '/terminal/audit/head', undefined, {
      cert: certificatePem,
      key: keyPem,
    });
    expect(answer).toMatchObject({ status: 401, body: { code: 'certificateUntrusted' } });
  } finally {
    await stranger.close();
  }
});

it('TLS below 1.3 gets no answer at all', async () => {
  const old = rig.call('POST', '/enrol', {}, { tls: { maxVersion: 'TLSv1.2' } });
  await expect(old).rejects.toThrow();
});

it('a revoked terminal is refused from its next request on', async () => {
  const terminal = await rig.terminal();
  const { token } = await login(terminal, await rig.person());
  expect((await terminal.call('GET', '/terminal/drafts', undefined, token)).status).toBe(200);
  await revokeTerminal(rig.parts.database, terminal.terminalId);
  const after = await terminal.call('GET', '/terminal/drafts', undefined, token);
  expect(after).toMatchObject({ status: 403, body: { code: 'terminalRevoked' } });
  const renewal = await terminal.call('POST', '/terminal/certificate', await makeRequest());
  expect(renewal).toMatchObject({ status: 403, body: { code: 'terminalRevoked' } });
});

it('a certificate ends after a day; for thirty more it can only be renewed', async () => {
  const terminal = await rig.terminal();
  const { csrPem, keyPem } = await makeRequest();
  const renewed = await terminal.call('POST', '/terminal/certificate', { csrPem });
  const cert = String(renewed.body['certificatePem']);
  const options = { cert, key: keyPem };
  const again = await rig.call('GET', '/terminal/audit/head', undefined, options);
  expect(again.status).toBe(200);
  try {
    rig.turnClockTo(day + 60_000);
    const late = await terminal.call('GET', '/terminal/audit/head');
    expect(late).toMatchObject({ status: 401, body: { code: 'certificateExpired' } });
    expect((await terminal.call('POST', '/terminal/certificate', { csrPem })).status).toBe(200);
    rig.turnClockTo(32 * day);
    const tooLate = await terminal.call('POST', '/terminal/certificate', { csrPem });
    expect(tooLate).toMatchObject({ status: 401, body: { code: 'certificateExpired' } });
  } finally {
    rig.turnClockTo(0);
  }
});

it("another terminal's token is refused, and so is one that ran out", async () => {
  const [here, there, person] = await Promise.all([rig.terminal(), rig.terminal(), rig.person()]);
  const { token } = await login(here, person);
  expect((await here.call('GET', '/terminal/drafts', undefined, token)).status).toBe(200);
  const stolen = await there.call('GET', '/terminal/drafts', undefined, token);
  expect(stolen).toMatchObject({ status: 401, body: { code: 'tokenRefused' } });
  const forged = await here.call('GET', '/terminal/drafts', undefined, `${token.slice(0, -4)}AAAA`);
  expect(forged).toMatchObject({ status: 401, body: { code: 'tokenRefused' } });
  try {
    rig.turnClockTo(301_000);
    const late = await here.call('GET', '/terminal/drafts', undefined, token);
    expect(late).toMatchObject({ status: 401, body: { code: 'tokenRefused' } });
  } finally {
    rig.turnClockTo(0);
  }
});

it('keys lie in files of mode 0400, and one that others can read stops the service', () => {
  for (const name of ['root.key', 'token.key', 'authority.key'])
    expect(statSync(join(rig.database.directory, name)).mode & 0o777).toBe(0o400);
  const open = join(rig.database.directory, 'open.key');
  writeFileSync(open, Buffer.alloc(32));
  chmodSync(open, 0o440);
  expect(() => secretFile(open)).toThrow('open to others');
});

it('deep, malformed and poisoned bodies are refused with a code', async () => {
  const raws: readonly (readonly [string, string])[] = [
    ['['.repeat(65) + ']'.repeat(65), 'tooDeep'],
    ['{"token":', 'notJson'],
    ['{"__proto__":{"token":"x"}}', 'notJson'],
    ['{"token":1,"csrPem":"x"}', 'invalid'],
  ];
  for (const [raw, code] of raws) {
    const answer = await rig.call('POST', '/enrol', undefined, { raw });
    expect([answer.status, answer.body['code']]).toEqual([400, code]);
  }
  const big = await rig.call('POST', '/enrol', { token: 'x'.repeat(20_000), csrPem: 'x' });
  expect(big).toMatchObject({ status: 413, body: { code: 'tooLarge' } });
});

it('every answer forbids keeping, framing and sniffing', async () => {
  const { headers } = await rig.call('GET', '/terminal/audit/head');
  expect(headers).toMatchObject({
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
});
