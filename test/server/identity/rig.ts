import 'reflect-metadata';
import { randomBytes, webcrypto } from 'node:crypto';
import { Agent, request as httpsRequest, type RequestOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import * as x509 from '@peculiar/x509';
import type { BadgeTrust, CanonicalBadge } from '#core/contracts/badge.ts';
import type {
  EnrolReply,
  OpenSessionReply,
  Person,
  SessionGrant,
} from '#core/contracts/terminal.ts';
import {
  assignToWard,
  enrolBadge,
  putPerson,
  putWard,
  setPinVerifier,
} from '#server/directory/staff.ts';
import { createHttpsServer } from '#server/http/server.ts';
import { openAuthority } from '#server/identity/authority.ts';
import { issueEnrolmentToken } from '#server/identity/enrolment.ts';
import { identityMigrations } from '#server/identity/migrations.ts';
import { openPersonTokens } from '#server/identity/personToken.ts';
import { secretFile } from '#server/identity/secretFile.ts';
import { loadIntakeKey } from '#server/seal/intake.ts';
import { usualLeaseLifeMs } from '#server/terminal/lease.ts';
import { createServiceKeys } from '#server/identity/serviceKeys.ts';
import { addEventRoute } from '#server/terminal/events.ts';
import { openNotices } from '#server/terminal/notices.ts';
import { addTerminalRoutes } from '#server/terminal/routes.ts';
import { createTestDatabase } from '#test/server/testDatabase.ts';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
x509.cryptoProvider.set(webcrypto as unknown as Crypto);

/** A terminal as the tests play it: its own key, what it was given, and a way to call. */
export interface TestTerminal extends EnrolReply {
  readonly keyPem: string;
  call(method: string, path: string, body?: unknown, token?: string): Promise<Answer>;
}

export interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
  readonly headers: Readonly<Record<string, unknown>>;
}

export const wardId = 'ward-ash';
let badgeNumber = 0;

/** A badge no other test uses. */
export function freshBadge(): CanonicalBadge {
  badgeNumber += 1;
  return {
    technology: 'iso14443-uid',
    bitLength: 56,
    hex: `04${badgeNumber.toString(16).padStart(12, '0')}`,
  };
}

/** A key pair and a signed request for it, as a terminal makes them. */
export async function makeRequest(): Promise<{ csrPem: string; keyPem: string }> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const csr = await x509.Pkcs10CertificateRequestGenerator.create({
    name: 'CN=whatever it likes',
    keys,
    signingAlgorithm: algorithm,
  });
  const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  return {
    csrPem: csr.toString('pem'),
    keyPem: x509.PemConverter.encode(pkcs8, 'PRIVATE KEY'),
  };
}

/** Real PostgreSQL, real TLS, a clock the test may turn; `restart` is a new process over the same files and database. */
export async function startRig() {
  const database = await createTestDatabase(identityMigrations);
  const folder = database.directory;
  let offsetMs = 0;
  const clock = (): number => Date.now() + offsetMs;
  const pokeListeners = new Set<() => void>();
  const logLines: string[] = [];

  async function boot() {
    const keys = createServiceKeys(secretFile(join(folder, 'root.key')));
    const authority = await openAuthority(folder, Date.now());
    const tokens = openPersonTokens(join(folder, 'token.key'));
    const issued = await authority.serverCertificate(['127.0.0.1', 'localhost'], Date.now());
    const intake = loadIntakeKey(join(folder, 'intake.key'));
    const parts = {
      database: database.application,
      query: database.application.query,
      keys,
      authority,
      tokens,
      clock,
      leaseLifeMs: usualLeaseLifeMs,
      intake,
      intakePublicKey: intake.publicKey,
    };
    const server = createHttpsServer({
      ...parts,
      tls: { ...issued, authorityPem: authority.authorityPem },
      log: { level: 'info', stream: { write: (line: string) => logLines.push(line) } },
    });
    addTerminalRoutes(server, parts);
    const replay = { all: () => {} };
    const notices = await openNotices(database.application, () => replay.all());
    const events = addEventRoute(server, {
      query: parts.query,
      notices,
      clock,
      heartbeatMs: 200,
      pokes: {
        subscribe: (_ward, listener) => {
          pokeListeners.add(listener);
          return () => pokeListeners.delete(listener);
        },
      },
    });
    replay.all = events.replay;
    await server.listen({ host: '127.0.0.1', port: 0 });
    return { ...parts, server, notices, port: (server.server.address() as AddressInfo).port };
  }

  let running = await boot();
  await putWard(database.application.query, wardId, 'Ash');

  const stop = async (): Promise<void> => {
    await running.server.close();
    await running.notices.stop();
  };

  return {
    get parts() {
      return running;
    },
    get port() {
      return running.port;
    },
    database,
    logLines,
    poke: () => pokeListeners.forEach((listener) => listener()),
    turnClockTo: (ms: number) => (offsetMs = ms),
    now: clock,
    restart: async () => {
      await stop();
      running = await boot();
    },
    call: (method: string, path: string, body?: unknown, options: CallOptions = {}) =>
      callOver(running.port, running.authority.authorityPem, method, path, body, options),
    token: (lifeMs = 600_000) =>
      issueEnrolmentToken(
        database.application.query,
        running.keys,
        { name: 'ASH-03', wardId, place: 'Bay A corridor' },
        clock() + lifeMs,
      ),
    async terminal(): Promise<TestTerminal> {
      const { csrPem, keyPem } = await makeRequest();
      const token = await this.token();
      const answer = await this.call('POST', '/enrol', { token, csrPem });
      if (answer.status !== 200) throw new Error(`enrolment answered ${answer.status}`);
      const facts = answer.body as unknown as EnrolReply;
      return {
        ...facts,
        keyPem,
        call: (method, path, body, bearer) =>
          callOver(running.port, facts.authorityPem, method, path, body, {
            cert: facts.certificatePem,
            key: keyPem,
            ...(bearer === undefined ? {} : { token: bearer }),
          }),
      };
    },
    /** The same terminal, calling the service as it runs now. */
    restarted: (terminal: TestTerminal): TestTerminal => ({
      ...terminal,
      call: (method, path, body, bearer) =>
        callOver(running.port, terminal.authorityPem, method, path, body, {
          cert: terminal.certificatePem,
          key: terminal.keyPem,
          ...(bearer === undefined ? {} : { token: bearer }),
        }),
    }),
    async person(trust: BadgeTrust = 'B0', role: Person['role'] = 'nurse') {
      const badge = freshBadge();
      const personId = `person-${badge.hex}`;
      const pinProof = randomBytes(32);
      const { query } = database.application;
      await putPerson(query, running.keys, { personId, displayName: 'Test Person', role });
      await assignToWard(query, personId, wardId);
      await enrolBadge(query, running.keys, personId, badge, trust);
      const pin = {
        salt: randomBytes(16).toString('base64url'),
        memoryKib: 19_456,
        iterations: 2,
        parallelism: 1,
      };
      await setPinVerifier(query, running.keys, personId, pin, pinProof);
      return {
        personId,
        badge,
        trust,
        pinSalt: pin.salt,
        pinProof: pinProof.toString('base64url'),
      };
    },
    async close() {
      await stop();
      await database.close();
    },
  };
}

export type Rig = Awaited<ReturnType<typeof startRig>>;
export type TestPerson = Awaited<ReturnType<Rig['person']>>;

interface CallOptions {
  readonly cert?: string;
  readonly key?: string;
  readonly token?: string;
  readonly raw?: string;
  readonly tls?: Partial<RequestOptions>;
}

/** One HTTPS request on a connection of its own. */
export function callOver(
  port: number,
  ca: string,
  method: string,
  path: string,
  body: unknown,
  options: CallOptions,
): Promise<Answer> {
  const { cert, key, token, raw, tls } = options;
  const payload = raw ?? (body === undefined ? undefined : JSON.stringify(body));
  const headers = {
    ...(payload === undefined ? {} : { 'content-type': 'application/json' }),
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };
  return new Promise((resolve, reject) => {
    const sent = httpsRequest(
      {
        host: '127.0.0.1',
        port,
        path,
        method,
        ca,
        headers,
        ...(cert === undefined ? {} : { cert }),
        ...(key === undefined ? {} : { key }),
        agent: new Agent({ keepAlive: false }),
        ...tls,
      },
      (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => (text += chunk.toString()));
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            body: (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>,
            headers: response.headers,
          }),
        );
      },
    );
    sent.on('error', reject);
    sent.end(payload);
  });
}

/** Asks for a session with a proof of the test's choosing. */
export async function tryLogin(
  terminal: TestTerminal,
  person: TestPerson,
  pinProof = person.pinProof,
): Promise<OpenSessionReply> {
  const answer = await terminal.call('POST', '/terminal/sessions', {
    badge: person.badge,
    trust: person.trust,
    pinProof,
    sessionPublicKey: randomBytes(44).toString('base64url'),
  });
  if (answer.status !== 200) throw new Error(`login answered ${answer.status}`);
  return answer.body as unknown as OpenSessionReply;
}

/** Opens a session that must be granted. */
export async function login(terminal: TestTerminal, person: TestPerson): Promise<SessionGrant> {
  const reply = await tryLogin(terminal, person);
  if (reply.status !== 'granted') throw new Error(`login refused: ${reply.code}`);
  return reply;
}
