import { createPublicKey, randomBytes, randomUUID, type KeyObject } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { patientRecordSchema, pushReplySchema } from '#core/contracts/sync.ts';
import type { EnrolReply, OpenSessionReply, SessionGrant } from '#core/contracts/terminal.ts';
import { composeServer, type RecordServer } from '#server/compose.ts';
import {
  assignToWard,
  disablePerson,
  enrolBadge,
  putPerson,
  putWard,
  setPinVerifier,
} from '#server/directory/staff.ts';
import { issueEnrolmentToken } from '#server/identity/enrolment.ts';
import { importResources } from '#server/store/importResources.ts';
import { callOver, freshBadge, makeRequest, type Answer } from '#test/server/identity/rig.ts';
import { makeOperation, makeSession } from '#test/server/seal/operationBox.ts';
import { patient, stay, system, wardPlaces } from '#test/server/store/testStore.ts';

/* The whole record server over real TLS: who gets the record of a patient of another ward, and who does not. */

const pin = { salt: 'AAAAAAAAAAAAAAAAAAAAAA', memoryKib: 19_456, iterations: 2, parallelism: 1 };

interface TestTerminal extends EnrolReply {
  call(method: string, path: string, body?: unknown, token?: string): Promise<Answer>;
}

let folder: string;
let service: RecordServer;
let port: number;
let here: TestTerminal;
let there: TestTerminal;

async function enrol(name: string): Promise<TestTerminal> {
  const { database, keys, authority } = service.services;
  const place = { name, wardId: 'ash', place: 'Bay A' };
  const token = await issueEnrolmentToken(database.query, keys, place, Date.now() + 60_000);
  const { csrPem, keyPem } = await makeRequest();
  const ca = authority.authorityPem;
  const answer = await callOver(port, ca, 'POST', '/enrol', { token, csrPem }, {});
  const facts = answer.body as unknown as EnrolReply;
  return {
    ...facts,
    call: (method, path, body, bearer) =>
      callOver(port, ca, method, path, body, {
        cert: facts.certificatePem,
        key: keyPem,
        ...(bearer === undefined ? {} : { token: bearer }),
      }),
  };
}

interface Visitor {
  readonly personId: string;
  readonly grant: SessionGrant;
  readonly privateKey: KeyObject;
}

/** Somebody of ash who cares for patient `far` of elm by name, logged in at `here`. */
async function visitor(): Promise<Visitor> {
  const { database, keys, store } = service.services;
  const badge = freshBadge();
  const personId = `person-${badge.hex}`;
  const pinProof = randomBytes(32);
  await putPerson(database.query, keys, { personId, displayName: 'Test', role: 'physician' });
  await assignToWard(database.query, personId, 'ash');
  await enrolBadge(database.query, keys, personId, badge, 'B0');
  await setPinVerifier(database.query, keys, personId, pin, pinProof);
  await importResources(store, system, [careTeam(personId, 'active')]);
  const { privateKey } = makeSession();
  const reply = await here.call('POST', '/terminal/sessions', {
    badge,
    trust: 'B0',
    pinProof: pinProof.toString('base64url'),
    sessionPublicKey: createPublicKey(privateKey)
      .export({ type: 'spki', format: 'der' })
      .toString('base64url'),
  });
  const opened = reply.body as unknown as OpenSessionReply;
  if (opened.status !== 'granted') throw new Error(`login refused: ${opened.code}`);
  return { personId, grant: opened, privateKey };
}

const careTeam = (personId: string, status: string) => ({
  resourceType: 'CareTeam',
  id: `team-${personId}`,
  status,
  subject: { reference: 'Patient/far' },
  participant: [{ member: { reference: `Practitioner/${personId}` } }],
});

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'wardkey-visit-'));
  // PostgreSQL runs as another user where the tests run as root: it must be able to enter.
  chmodSync(folder, 0o711);
  service = await composeServer(
    {
      dataDirectory: join(folder, 'server'),
      databaseUrl: null,
      databaseName: 'wardkey',
      host: '127.0.0.1',
      port: 0,
      certificateHosts: ['127.0.0.1', 'localhost'],
    },
    () => Date.now(),
    { level: 'warn', stream: { write: () => undefined } },
  );
  const { url } = await service.start();
  port = Number(new URL(url).port);
  await putWard(service.services.database.query, 'ash', 'Ash');
  await importResources(service.services.store, system, [
    ...wardPlaces('ash', 1),
    ...wardPlaces('elm', 1),
    patient('far'),
    stay('far', 'elm-bed-1'),
  ]);
  here = await enrol('ASH-01');
  there = await enrol('ASH-02');
}, 120_000);
afterAll(async () => {
  await service.stop();
  rmSync(folder, { recursive: true, force: true });
});

const path = '/sync/patient/far';

it('a person who cares for the patient gets the record, and with her token on her terminal alone', async () => {
  const { grant } = await visitor();
  const record = await here.call('GET', path, undefined, grant.token);
  expect(record.status).toBe(200);
  expect(v.parse(patientRecordSchema, record.body).accessBasis).toBe('careTeam');
  const stolen = await there.call('GET', path, undefined, grant.token);
  expect([stolen.status, stolen.body]).toEqual([401, { code: 'tokenRefused' }]);
  const nobody = await here.call('GET', path);
  expect([nobody.status, nobody.body]).toEqual([401, { code: 'tokenRefused' }]);
  const forged = `${grant.token.slice(0, -4)}AAAA`;
  expect((await here.call('GET', path, undefined, forged)).status).toBe(401);
  const { authorityPem } = service.services.authority;
  const bare = await callOver(port, authorityPem, 'GET', path, undefined, { token: grant.token });
  expect([bare.status, bare.body]).toEqual([401, { code: 'certificateMissing' }]);
});

it('a disabled person’s token opens nothing from that moment, and neither does one of an ended session', async () => {
  const [disabled, left] = [await visitor(), await visitor()];
  const { database, keys } = service.services;
  await disablePerson(database, keys, disabled.personId);
  await here.call('DELETE', `/terminal/sessions/${left.grant.sessionId}`);
  for (const { grant } of [disabled, left]) {
    const answer = await here.call('GET', path, undefined, grant.token);
    expect([answer.status, answer.body]).toEqual([401, { code: 'sessionEnded' }]);
  }
});

it('who is no longer in the care team is refused', async () => {
  const { personId, grant } = await visitor();
  await importResources(service.services.store, system, [careTeam(personId, 'inactive')]);
  const answer = await here.call('GET', path, undefined, grant.token);
  expect([answer.status, answer.body]).toEqual([403, { code: 'denied' }]);
});

it('what she charts of the patient is taken while she cares for her, and refused with the reason after', async () => {
  const { personId, grant, privateKey } = await visitor();
  const key = { ...makeSession().key, personId, sessionId: grant.sessionId };
  const chart = async () => {
    const id = randomUUID();
    const operation = makeOperation(
      Buffer.from(here.intakePublicKey, 'base64url'),
      { privateKey, key: { ...key, terminalId: here.terminalId } },
      {
        patientId: 'far',
        baseVersion: 0,
        resource: {
          resourceType: 'DocumentReference',
          id,
          status: 'current',
          subject: { reference: 'Patient/far' },
          content: [{ attachment: { contentType: 'text/plain', data: 'bm90ZQ==' } }],
        },
      },
    );
    const reply = await here.call('POST', '/sync/push', { operations: [operation] });
    return v.parse(pushReplySchema, reply.body).results[0];
  };
  expect(await chart()).toMatchObject({ status: 'applied', version: 1 });
  await importResources(service.services.store, system, [careTeam(personId, 'inactive')]);
  expect(await chart()).toMatchObject({ status: 'rejected', reason: 'denied: noRelationship' });
});
