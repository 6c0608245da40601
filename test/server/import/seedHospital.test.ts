import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bundle } from '@medplum/fhirtypes';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { composeServer, type RecordServer } from '#server/compose.ts';
import { stretchPin } from '#test/hospital/pins.ts';
import { seedHospital, type SeedResult } from '#test/hospital/seed.ts';
import { issueEnrolmentToken } from '#server/identity/enrolment.ts';
import type { EnrolReply, IdentifyReply, SessionGrant } from '#core/contracts/terminal.ts';
import type { FeedPage } from '#core/contracts/sync.ts';
import { callOver, makeRequest } from '../identity/rig.ts';

/* The whole record server as its program builds it, over a PostgreSQL of its own. */

let folder: string;
let server: RecordServer;
let seeded: SeedResult;
let port: number;
const lines: string[] = [];

const compose = () =>
  composeServer(
    {
      dataDirectory: folder,
      databaseUrl: null,
      databaseName: 'wardkey',
      host: '127.0.0.1',
      port: 0,
      certificateHosts: ['127.0.0.1', 'localhost'],
    },
    () => Date.now(),
    { level: 'info', stream: { write: (line) => lines.push(line) } },
  );

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'wardkey-whole-'));
  // PostgreSQL runs as another user where the tests run as root: it must be able to enter.
  chmodSync(folder, 0o711);
  server = await compose();
  const startedAtMs = Date.now();
  seeded = await seedHospital(server.services, { seed: 'whole', dataFile: null });
  console.log(`seeded ${seeded.stored} resources in ${Date.now() - startedAtMs} ms`);
  port = Number(new URL((await server.start()).url).port);
}, 180_000);
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

it('a seeded nurse enrols a terminal, logs in by badge and PIN, and the ward comes down the feed', async () => {
  const { services } = server;
  const token = await issueEnrolmentToken(
    services.database.query,
    services.keys,
    { name: 'ASH-03', wardId: 'ward-ash', place: 'Bay A corridor' },
    Date.now() + 60_000,
  );
  const { csrPem, keyPem } = await makeRequest();
  const ca = services.authority.authorityPem;
  const call = async <Reply>(method: string, path: string, body?: unknown, more = {}) => {
    const answer = await callOver(port, ca, method, path, body, more);
    expect([path, answer.status]).toEqual([path, 200]);
    return answer.body as unknown as Reply;
  };
  const { certificatePem } = await call<EnrolReply>('POST', '/enrol', { token, csrPem });
  const tls = { cert: certificatePem, key: keyPem };
  const nurse = seeded.badges.find((badge) => badge.name === 'Amara Okafor');
  const badge = { technology: 'iso14443-uid', bitLength: 56, hex: nurse?.uid };
  const who = await call<IdentifyReply>('POST', '/terminal/identify', { badge, trust: 'B0' }, tls);
  if (who.status !== 'known') throw new Error(who.code);
  expect(who.person).toMatchObject({ displayName: 'Amara Okafor', role: 'nurse' });
  const grant = await call<SessionGrant>(
    'POST',
    '/terminal/sessions',
    {
      badge,
      trust: 'B0',
      pinProof: (await stretchPin(nurse?.pin ?? '', who.pin)).toString('base64url'),
      sessionPublicKey: 'AAAA',
    },
    tls,
  );
  expect(grant.status).toBe('granted');
  const found = await call<Bundle>('GET', '/fhir/R4/Patient?name=Evans', undefined, {
    ...tls,
    token: grant.token,
  });
  expect(found.entry?.map(({ resource }) => resource?.resourceType)).toEqual([
    'Patient',
    'Patient',
  ]);
  const page = await call<FeedPage>('GET', '/sync/feed?limit=5000', undefined, tls);
  const types = new Set(
    page.changes.flatMap((change) => (change.op === 'put' ? [change.resource.resourceType] : [])),
  );
  expect(types).toContain('Location');
  expect(types).toContain('Observation');
  const patients = page.changes.filter(
    (change) => change.op === 'put' && change.resource.resourceType === 'Patient',
  );
  expect(patients.length + (page.more ? 20 : 0)).toBeGreaterThanOrEqual(20);
});

it('stops cleanly and comes back with everything on the same data', async () => {
  await server.stop();
  server = await compose();
  port = Number(new URL((await server.start()).url).port);
  const { rows } = await server.services.database.query(
    'select count(*)::int as people from directory.people',
  );
  expect(rows[0]).toEqual({ people: 20 });
}, 60_000);

it('what the service logs holds no name, no badge number and no key', () => {
  const log = lines.join('');
  for (const badge of seeded.badges) {
    expect(log).not.toContain(badge.uid);
    expect(log).not.toContain(badge.name);
  }
  expect(log).not.toContain('PRIVATE KEY');
});
