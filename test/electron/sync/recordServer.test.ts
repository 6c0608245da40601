import {
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  randomUUID,
  type KeyObject,
} from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { Operation } from '#core/contracts/sync.ts';
import type { SessionGrant } from '#core/contracts/terminal.ts';
import { createCertificateKeeper } from '#electron/identity/certificateKeeper.ts';
import { enrolTerminal } from '#electron/identity/enrolment.ts';
import { readIdentity, type TerminalIdentity } from '#electron/identity/terminalIdentity.ts';
import { createLogger } from '#electron/log.ts';
import { createRecordServer, type RecordServer } from '#electron/recordServer/recordServer.ts';
import { createTransport, type Transport } from '#electron/recordServer/transport.ts';
import type { SessionFacts } from '#electron/session/sessionFacts.ts';
import { askWithToken } from '#electron/session/tokens.ts';
import { sealOfflineSession } from '#electron/session/offlineSession.ts';
import { openSpool } from '#electron/spool/openSpool.ts';
import type { Spool } from '#electron/spool/spool.ts';
import { createInbox } from '#electron/sync/inbox.ts';
import type { OfflineAnswer } from '#electron/sync/offlineSessionSender.ts';
import { createSync, type Sync } from '#electron/sync/sync.ts';
import { composeServer, type RecordServer as Service } from '#server/compose.ts';
import {
  assignToWard,
  enrolBadge,
  putPerson,
  putWard,
  setPinVerifier,
} from '#server/directory/staff.ts';
import { issueEnrolmentToken } from '#server/identity/enrolment.ts';
import { importResources } from '#server/store/importResources.ts';
import { auditDraft, must, spoolWrite } from '#test/electron/spool/spoolFixture.ts';
import { makeOperation, makeSession } from '#test/server/seal/operationBox.ts';
import { createMemoryVault } from './memoryVault.ts';

/* The terminal's side against the whole record server on a PostgreSQL of its own. */

const badge = { technology: 'iso14443-uid', bitLength: 56, hex: '04aabbccddeeff' } as const;
const pinProof = randomBytes(32);
const pinSalt = randomBytes(16).toString('base64url');
const signing = generateKeyPairSync('ed25519');
const deviceSecret = randomBytes(32);
const vault = createMemoryVault();
const broken = vi.fn();
const answers: OfflineAnswer[] = [];
const log: string[] = [];
const logger = createLogger([(line) => log.push(line)], () => Date.now());

const inboxOptions = { deviceSecret: Buffer.alloc(32, 3), onRefused: () => undefined };
let folder: string;
let service: Service;
let identity: TerminalIdentity;
let transport: Transport;
let server: RecordServer;
let spool: Spool;
let sync: Sync;
let grant: SessionGrant;

const reference = (type: string, id: string) => ({ reference: `${type}/${id}` });
const location = (id: string, code: string, partOf: string | null) => ({
  resourceType: 'Location',
  id,
  name: id,
  status: 'active',
  mode: 'instance',
  physicalType: {
    coding: [{ system: 'http://terminology.hl7.org/CodeSystem/location-physical-type', code }],
  },
  ...(partOf === null ? {} : { partOf: reference('Location', partOf) }),
});
const admitted = (id: string) => [
  {
    resourceType: 'Patient',
    id,
    name: [{ family: 'Marker', given: [id] }],
    birthDate: '1950-01-01',
  },
  {
    resourceType: 'Encounter',
    id: `stay-${id}`,
    status: 'in-progress',
    class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'IMP' },
    subject: reference('Patient', id),
    location: [{ location: reference('Location', 'bed-1'), status: 'active' }],
  },
];
const note = (id: string, patientId: string) => ({
  resourceType: 'DocumentReference',
  id,
  status: 'current',
  subject: reference('Patient', patientId),
  content: [{ attachment: { contentType: 'text/plain', data: 'bm90ZQ==' } }],
});
const store = (...resources: readonly unknown[]) =>
  importResources(service.services.store, { kind: 'system', name: 'test' }, resources);

async function furnish(): Promise<void> {
  const { database, keys } = service.services;
  const { query } = database;
  await putWard(query, 'ward-ash', 'Ash');
  await putPerson(query, keys, { personId: 'nurse-1', displayName: 'Test Nurse', role: 'nurse' });
  await assignToWard(query, 'nurse-1', 'ward-ash');
  await enrolBadge(query, keys, 'nurse-1', badge, 'B0');
  const pin = { salt: pinSalt, memoryKib: 19_456, iterations: 2, parallelism: 1 };
  await setPinVerifier(query, keys, 'nurse-1', pin, pinProof);
  await store(location('ward-ash', 'wa', null), location('bed-1', 'bd', 'ward-ash'));
  await store(...admitted('patient-1'));
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'wardkey-terminal-'));
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
  await furnish();
  const { url } = await service.start();
  const { database, keys, authority } = service.services;
  const place = { name: 'ASH-03', wardId: 'ward-ash', place: 'Bay A' };
  const token = await issueEnrolmentToken(database.query, keys, place, Date.now() + 60_000);
  const enrolmentFile = join(folder, 'enrol.json');
  const caPem = authority.authorityPem;
  writeFileSync(enrolmentFile, JSON.stringify({ serverUrl: url, caPem, token }));
  const stamps = { now: () => Date.now(), newId: () => randomUUID(), onFault: () => undefined };
  const path = join(folder, 'spool.db');
  const identityFile = join(folder, 'identity.json');
  identity = must(
    await enrolTerminal({ enrolmentFile, identityFile, deviceSecret, spool: { path, ...stamps } }),
  );
  const { terminalId } = identity;
  spool = must(openSpool({ path, terminalId, deviceSecret, create: false, ...stamps }));
  transport = createTransport(identity);
  server = createRecordServer(transport);
  sync = createSync({
    server,
    spool,
    inbox: createInbox(join(folder, 'inbox'), inboxOptions),
    logger,
    now: () => Date.now(),
    random: Math.random,
    inboxTarget: () => ({ cacheId: 'cache-1', publicKey: vault.publicKey }),
    tokenOf: () => grant.token,
    onChanged: () => undefined,
    onStatus: () => undefined,
    onEvent: () => undefined,
    isLive: () => true,
    onOfflineAnswer: (answer) => answers.push(answer),
    onBehind: () => undefined,
    onBroken: broken,
  });
  sync.start();
  const session = {
    badge,
    trust: 'B0' as const,
    pinProof: pinProof.toString('base64url'),
    sessionPublicKey: signing.publicKey
      .export({ type: 'spki', format: 'der' })
      .toString('base64url'),
  };
  const opened = must(await server.openSession(session));
  if (opened.status !== 'granted') throw new Error(`session refused: ${opened.code}`);
  grant = opened;
}, 120_000);

afterAll(async () => {
  await sync.stop();
  server.close();
  spool.close();
  await service.stop();
  rmSync(folder, { recursive: true, force: true });
});

const soon = { timeout: 5_000, interval: 10 };

it('the badge is known, and a wrong proof of the PIN is refused', async () => {
  expect(must(await server.identify(badge, 'B0', 5_000)).status).toBe('known');
  const refused = must(
    await server.openSession({
      badge,
      trust: 'B0',
      pinProof: randomBytes(32).toString('base64url'),
      sessionPublicKey: randomBytes(44).toString('base64url'),
    }),
  );
  expect(refused).toMatchObject({ status: 'refused', code: 'pinWrong' });
});

it('audit lines are held by the server, and its head is the terminal’s', async () => {
  const last = must(spool.append([auditDraft(), auditDraft(), auditDraft()])).at(-1);
  sync.auditAppended();
  await vi.waitFor(() => expect(spool.unsentCount()).toBe(0), soon);
  expect(must(await server.auditHead())).toEqual({ sequence: last?.sequence, hash: last?.hash });
  expect(broken).not.toHaveBeenCalled();
});

it('the ward fills the cache, and a change elsewhere follows within a second', async () => {
  await sync.attachVault(vault.attached());
  await vi.waitFor(() => expect(sync.status().asOfMs).not.toBeNull(), soon);
  expect([...vault.resources.keys()]).toEqual(
    expect.arrayContaining(['ward-ash', 'bed-1', 'patient-1', 'stay-patient-1']),
  );
  await vi.waitFor(() => expect(sync.status().link).toBe('connected'), soon);
  const began = performance.now();
  await store(note('note-1', 'patient-1'));
  await vi.waitFor(() => expect(vault.resources.has('note-1')).toBe(true), soon);
  expect(performance.now() - began).toBeLessThan(1_500);
});

it('an operation takes effect once, though it is pushed twice, and a stale one is a conflict', async () => {
  const intake = Buffer.from(identity.intakePublicKey, 'base64url');
  const key = {
    sessionId: grant.sessionId,
    personId: 'nurse-1',
    terminalId: identity.terminalId,
    role: 'nurse' as const,
    publicKey: signing.publicKey.export({ type: 'spki', format: 'der' }),
    openedAtMs: 0,
    endedAtMs: null,
  };
  const id = randomUUID();
  const charted = (baseVersion: number) =>
    makeOperation(
      intake,
      { privateKey: signing.privateKey, key },
      {
        patientId: 'patient-1',
        baseVersion,
        resource: note(id, 'patient-1'),
      },
    );
  const first = charted(0);
  const stale = charted(0);
  const write = (operation: typeof first) =>
    spoolWrite(0, { operations: [{ operation, sealedForAuthor: 'own' }] });
  must(spool.commitWrite(write(first)));
  // The answer to this one gets lost.
  must(await server.push([first]));
  must(spool.commitWrite(write(stale)));
  sync.operationsAdded();
  await vi.waitFor(() => expect(vault.results).toHaveLength(2), soon);
  expect(vault.results[0]).toMatchObject({ status: 'applied', version: 1, duplicate: true });
  expect(vault.results[1]).toMatchObject({ status: 'conflict' });
});

const sealedLogin = (sessionId: string, publicKey: KeyObject, proof: Uint8Array) =>
  sealOfflineSession(
    {
      sessionId,
      terminalId: identity.terminalId,
      personId: 'nurse-1',
      badge,
      trust: 'B0',
      pinSalt,
      pinProof: Buffer.from(proof).toString('base64url'),
      sessionPublicKey: publicKey.export({ type: 'spki', format: 'der' }).toString('base64url'),
      openedAtMs: Date.now(),
    },
    identity.intakePublicKey,
  );

it('what was charted after an offline login counts once that login is proven, and else never', async () => {
  const intake = Buffer.from(identity.intakePublicKey, 'base64url');
  const chartOffline = (proof: Uint8Array) => {
    const { key, privateKey } = makeSession({ terminalId: identity.terminalId });
    const publicKey = createPublicKey(privateKey);
    const { sessionId } = key;
    const sealed = sealedLogin(sessionId, publicKey, proof);
    must(spool.offlineSessions.keep({ sessionId, personId: 'nurse-1', sealed }));
    const resource = note(randomUUID(), 'patient-1');
    const body = { patientId: 'patient-1', baseVersion: 0, resource };
    const operation = makeOperation(intake, { privateKey, key }, body);
    const operations = [{ operation, sealedForAuthor: 'b3du' }];
    must(spool.commitWrite(spoolWrite(0, { personId: 'nurse-1', operations })));
    return { sessionId, operation };
  };
  const resultOf = (operation: Operation) =>
    vi.waitFor(() => {
      const found = vault.results.find((one) => one.operationId === operation.operationId);
      expect(found).toBeDefined();
      return found;
    }, soon);

  const early = chartOffline(pinProof);
  // Sent without its login it is refused for good; so it must never be sent first.
  expect(spool.outbox.pending(10)).toEqual([]);
  sync.operationsAdded();
  expect(await resultOf(early.operation)).toMatchObject({ status: 'applied', version: 1 });
  // It goes on as the person's session on this terminal, in place of the one before.
  const renewed = must(await server.renewSession(early.sessionId));
  if (renewed.status !== 'granted') throw new Error(`session refused: ${renewed.code}`);
  grant = { ...grant, sessionId: early.sessionId, token: renewed.token };

  const forged = chartOffline(randomBytes(32));
  sync.operationsAdded();
  expect(await resultOf(forged.operation)).toMatchObject({
    status: 'rejected',
    reason: 'sessionUnknown',
  });
  expect(spool.drafts.rejectedOf('nurse-1').map((one) => one.draftId)).toContain(
    forged.operation.operationId,
  );
  // It goes after its author by way of the record server, with the reason.
  const { operationId: draftId } = forged.operation;
  await vi.waitFor(
    async () =>
      expect(must(await server.drafts(grant.token))).toMatchObject([
        { draftId, personId: 'nurse-1', sealed: 'b3du', rejection: 'sessionUnknown' },
      ]),
    soon,
  );
  expect(answers.map(({ reply }) => reply)).toEqual([
    { status: 'registered', over: null },
    { status: 'refused', code: 'pinWrong' },
  ]);
});

it('a draft is left, fetched and taken away', async () => {
  const draft = {
    draftId: randomUUID(),
    personId: 'nurse-1',
    sealed: 'c2VhbGVk',
    savedAtMs: 1_000,
    rejection: null,
  };
  must(spool.drafts.save(draft));
  sync.personalChanged();
  const drafts = async () =>
    must(await server.drafts(grant.token)).filter((one) => one.rejection === null);
  await vi.waitFor(async () => expect(await drafts()).toEqual([draft]), soon);
  must(await sync.fetchDrafts('nurse-1', grant.token));
  expect(spool.drafts.ofPerson('nurse-1')).toEqual([draft]);
  must(spool.drafts.discard(draft.draftId));
  sync.personalChanged();
  await vi.waitFor(async () => expect(await drafts()).toEqual([]), soon);
});

it('patients are found on the server, and one record is fetched for this view alone', async () => {
  const found = must(await server.searchPatients('Marker', 20, grant.token));
  expect(found.hits.map((hit) => hit.identity.patientId)).toEqual(['patient-1']);
  expect(found.more).toBe(false);
  const record = must(await server.patient('patient-1', grant.token));
  expect(record.changes.length).toBeGreaterThanOrEqual(2);
  expect(record).toMatchObject({ accessBasis: 'ward', malformed: 0 });
  expect(await server.patient('nobody', grant.token)).toEqual({ ok: false, code: 'denied' });
  expect(await server.searchPatients('Marker', 20, 'no.token')).toEqual({
    ok: false,
    code: 'personRefused',
  });
});

it('what changes while nobody is tapped in waits sealed, and is there at the next tap', async () => {
  sync.detachVault();
  await store(note('note-2', 'patient-1'));
  const inbox = createInbox(join(folder, 'inbox'), inboxOptions);
  await vi.waitFor(() => expect(inbox.bytes('cache-1')).toBeGreaterThan(0), soon);
  expect(vault.resources.has('note-2')).toBe(false);
  await sync.attachVault(vault.attached());
  expect(vault.resources.has('note-2')).toBe(true);
});

it('the certificate is renewed before it ends, kept, and shown from then on', async () => {
  const identityFile = join(folder, 'identity.json');
  const keeper = (now: () => number) =>
    createCertificateKeeper({
      server,
      transport,
      identityFile,
      deviceSecret,
      identity,
      logger,
      now,
    });
  expect(await keeper(() => Date.now())()).toBe('done');
  expect(must(readIdentity(identityFile, deviceSecret))).toEqual(identity);
  expect(await keeper(() => Date.now() + 13 * 3_600_000)()).toBe('done');
  const renewed = must(readIdentity(identityFile, deviceSecret));
  expect(renewed.certificatePem).not.toBe(identity.certificatePem);
  expect((await server.auditHead()).ok).toBe(true);
  await vi.waitFor(() => expect(sync.status().link).toBe('connected'), soon);
});

it('a token of before the new certificate is renewed when it is refused, and the call goes through', async () => {
  const search = async (token: string) => await server.searchPatients('Marker', 20, token);
  expect(await search(grant.token)).toEqual({ ok: false, code: 'personRefused' });
  const token = { value: grant.token, expiresAtMs: grant.tokenExpiresAtMs };
  const { sessionId, person, shiftEndsAtMs, otherSessions, lease } = grant;
  const leaseNotAfterMs = lease.notAfterMs;
  const facts = { sessionId, person, badge, shiftEndsAtMs, leaseNotAfterMs, token, otherSessions };
  const holder: { facts: SessionFacts } = { facts };
  const found = must(await askWithToken(holder, server, () => Date.now(), search));
  expect(found.hits).toHaveLength(1);
  expect(holder.facts.token?.value).not.toBe(grant.token);
});

it('an ended session and a foreign token are the person’s affair, not the terminal’s', async () => {
  must(await server.endSession(grant.sessionId));
  expect(await server.drafts(grant.token)).toEqual({ ok: false, code: 'personRefused' });
  expect(must(await server.renewSession(grant.sessionId))).toEqual({
    status: 'refused',
    code: 'sessionEnded',
  });
  expect((await server.auditHead()).ok).toBe(true);
  for (const line of log) expect(line).not.toMatch(/patient-1|Marker|aabbcc/);
});
