import { Client } from 'fhir-kit-client';
import fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PersonContext, TerminalContext } from '#server/context.ts';
import { addFhirRoutes } from '#server/fhir/routes.ts';
import { addJsonBodies } from '#server/http/jsonBody.ts';
import { importResources } from '#server/store/importResources.ts';
import {
  createTestStore,
  heartRate,
  patient,
  stay,
  system,
  terminalOn,
  wardPlaces,
  type TestStore,
} from '#test/server/store/testStore.ts';

let at: TestStore;
let server: FastifyInstance;
let client: Client;
let person: PersonContext | null;
let terminal: TerminalContext | null;

const nurse: PersonContext = {
  personId: 'nurse-1',
  sessionId: 'session-1',
  role: 'nurse',
  purposeOfUse: 'TREAT',
};
const call = async (method: string, path: string, body?: unknown, headers: object = {}) => {
  const answer = await server.inject({
    method: method as 'GET',
    url: `/fhir/R4${path}`,
    headers: { 'content-type': 'application/fhir+json', ...headers },
    ...(body === undefined
      ? {}
      : { payload: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  return { status: answer.statusCode, headers: answer.headers, body: answer.json<Loose>() };
};
/** As a client sends what it creates: the server gives the id. */
const withoutId = <T extends object>(resource: T) => ({ ...resource, id: undefined });
interface Loose {
  resourceType: string;
  id: string;
  total: number;
  entry: { resource: Loose; response: { status: string } }[];
  meta: { versionId: string };
  issue: { details: { text: string } }[];
}
const audited = async (action: string, patientId: string): Promise<number> => {
  const { rows } = await at.database.superuser.query(
    'select count(*) as n from audit.server_entries where action = $1 and $2 = any(patient_ids) and person_id = $3',
    [action, patientId, 'nurse-1'],
  );
  return Number(rows[0]?.['n']);
};

beforeAll(async () => {
  at = await createTestStore();
  const resources = [
    ...wardPlaces('ash', 3),
    ...wardPlaces('elm', 1),
    patient('p1', 'Müller-Okafor', { identifier: [{ system: 'urn:mrn', value: 'MRN-77' }] }),
    stay('p1', 'ash-bed-1'),
    patient('p2', 'Elsewhere'),
    stay('p2', 'elm-bed-1'),
    heartRate('o-other', 'p2', 60),
  ];
  expect((await importResources(at.store, system, resources)).refused).toEqual([]);
  server = fastify();
  addJsonBodies(server);
  server.decorateRequest('terminal', null);
  server.decorateRequest('person', null);
  server.addHook('onRequest', (request, _reply, done) => {
    request.terminal = terminal;
    request.person = person;
    done();
  });
  const personWards = () => Promise.resolve([]);
  addFhirRoutes(server, { store: at.store, personWards, nowMs: () => Date.now() });
  person = nurse;
  terminal = terminalOn('ash');
  const address = await server.listen({ host: '127.0.0.1', port: 0 });
  client = new Client({ baseUrl: `${address}/fhir/R4` });
}, 60_000);
afterAll(async () => {
  await server.close();
  await at.database.close();
});

describe('the FHIR face', () => {
  it('takes nothing in another’s name alone', async () => {
    const by = (personId: string) => ({ reference: `Practitioner/${personId}` });
    const make = async (performer: object[]) =>
      await client.create({
        resourceType: 'Observation',
        body: withoutId({ ...heartRate('x', 'p1', 71), performer }),
      });
    await expect(make([by('somebody-else')])).rejects.toMatchObject({ response: { status: 403 } });
    await make([by('somebody-else'), by(nurse.personId)]);
    const { rows } = await at.database.superuser.query(
      `select person_id from audit.server_entries where action = 'denied' and reason = 'othersName'`,
    );
    expect(rows).toEqual([{ person_id: nurse.personId }]);
  });

  it('serves an independent client: create, read, update, history, patch, search, delete', async () => {
    const body = withoutId(heartRate('x', 'p1', 71));
    const made = (await client.create({ resourceType: 'Observation', body })) as unknown as Loose;
    const read = (await client.read({
      resourceType: 'Observation',
      id: made.id,
    })) as unknown as Loose;
    expect(read).toMatchObject({ id: made.id, meta: { versionId: '1' } });
    const changed = { ...read, valueQuantity: { value: 72, unit: '/min' } };
    const updated = (await client.update({
      resourceType: 'Observation',
      id: made.id,
      body: changed,
      options: { headers: { 'if-match': 'W/"1"' } },
    })) as unknown as Loose;
    expect(updated.meta.versionId).toBe('2');
    await expect(
      client.update({
        resourceType: 'Observation',
        id: made.id,
        body: changed,
        options: { headers: { 'if-match': 'W/"1"' } },
      }),
    ).rejects.toMatchObject({ response: { status: 412 } });
    await client.patch({
      resourceType: 'Observation',
      id: made.id,
      jsonPatch: [{ op: 'replace', path: '/valueQuantity/value', value: 73 }],
    });
    const versions = (await client.history({
      resourceType: 'Observation',
      id: made.id,
    })) as unknown as Loose;
    expect(versions.entry.map((entry) => entry.resource.meta.versionId)).toEqual(['3', '2', '1']);
    const old = (await client.vread({
      resourceType: 'Observation',
      id: made.id,
      version: '1',
    })) as unknown as Loose;
    expect(old).toMatchObject({ valueQuantity: { value: 71 } });
    const found = (await client.search({
      resourceType: 'Observation',
      searchParams: { patient: 'p1', code: 'http://loinc.org|8867-4', date: 'ge2026-01-01' },
    })) as unknown as Loose;
    expect(found.entry.map((entry) => entry.resource.id)).toContain(made.id);
    await client.delete({ resourceType: 'Observation', id: made.id });
    await expect(client.read({ resourceType: 'Observation', id: made.id })).rejects.toMatchObject({
      response: { status: 410 },
    });
    expect(await audited('write', 'p1')).toBeGreaterThanOrEqual(4);
    expect(await audited('search', 'p1')).toBe(1);
  });

  it('tells the truth in its capability statement', async () => {
    const statement = (await client.capabilityStatement()) as unknown as {
      fhirVersion: string;
      rest: { resource: { type: string; searchParam: { name: string }[] }[] }[];
    };
    expect(statement.fhirVersion).toBe('4.0.1');
    for (const { type, searchParam } of statement.rest[0]?.resource ?? []) {
      const values: Record<string, string> = {
        _lastUpdated: 'gt2026-01-01',
        birthdate: '1950-02-03',
        patient: 'Patient/p1',
        subject: 'Patient/p1',
      };
      for (const { name } of searchParam) {
        const value =
          values[name] ?? (/date|period|started|authored/.test(name) ? '2026' : 'Type/abc');
        const beside = name.startsWith('_') || name === 'patient' ? '' : '&_id=none';
        const answer = await call('GET', `/${type}?${name}=${encodeURIComponent(value)}${beside}`);
        expect([type, name, answer.status]).toEqual([type, name, 200]);
      }
    }
  });

  it('finds people by the beginning of a name, whatever its case and accents, and by identifier', async () => {
    for (const query of [
      'name=mull',
      'family=MULLER',
      'name=okafor%20avery',
      'identifier=urn:mrn|mrn-77',
      'birthdate=1950-02-03&family=mül',
    ]) {
      const answer = await call('GET', `/Patient?${query}`);
      expect([query, answer.body.entry.map((entry) => entry.resource.id)]).toEqual([query, ['p1']]);
    }
    expect((await call('GET', '/Patient?name=zzz')).body.entry).toEqual([]);
  });

  it('creates once under If-None-Exist, also when two ask at the same time', async () => {
    const body = withoutId({
      ...heartRate('x', 'p1', 80),
      identifier: [{ system: 'urn:once', value: 'a' }],
    });
    const headers = { 'if-none-exist': 'identifier=urn:once|a' };
    const answers = await Promise.all(
      [1, 2, 3].map(() => call('POST', '/Observation', body, headers)),
    );
    expect(answers.map((answer) => answer.status).sort()).toEqual([200, 200, 201]);
    expect(new Set(answers.map((answer) => answer.body.id)).size).toBe(1);
  });

  it('undoes a whole transaction bundle when one entry fails', async () => {
    const entry = (value: object, id: string) => ({
      fullUrl: `urn:uuid:00000000-0000-4000-8000-00000000000${id}`,
      request: { method: 'POST', url: 'Observation' },
      resource: value,
    });
    const good = withoutId({
      ...heartRate('x', 'p1', 81),
      identifier: [{ system: 'urn:tx', value: 'b' }],
    });
    const bad = { ...heartRate('y', 'p1', 82), code: undefined };
    const bundle = {
      resourceType: 'Bundle',
      type: 'transaction',
      entry: [entry(good, '1'), entry(bad, '2')],
    };
    expect((await call('POST', '', bundle)).status).toBe(400);
    expect((await call('GET', '/Observation?identifier=urn:tx|b')).body.total).toBe(0);
  });

  it('refuses a patient of another ward, logs the refusal, and leaves her out of searches', async () => {
    const before = await audited('denied', 'p2');
    expect((await call('GET', '/Patient/p2')).status).toBe(403);
    expect((await call('GET', '/Observation/o-other')).status).toBe(403);
    expect((await call('GET', '/Observation/o-other/_history')).status).toBe(403);
    expect((await call('GET', '/Observation?patient=p2')).status).toBe(403);
    expect((await call('PUT', '/Observation/o-other', heartRate('o-other', 'p1', 1))).status).toBe(
      403,
    );
    expect((await call('POST', '/Observation', heartRate('n', 'p2', 1))).status).toBe(403);
    expect((await call('DELETE', '/Observation/o-other')).status).toBe(403);
    expect(await audited('denied', 'p2')).toBe(before + 7);
    expect((await call('GET', '/Patient?name=elsewhere')).body.entry).toEqual([]);
    expect(await audited('view', 'p2')).toBe(0);
  });

  it('serves nobody without a person, a clinical role and ordinary treatment', async () => {
    for (const other of [
      null,
      { ...nurse, role: 'officer' as const },
      { ...nurse, purposeOfUse: 'BTG' as const },
    ]) {
      person = other;
      expect((await call('GET', '/Patient/p1')).status).toBe(other === null ? 401 : 403);
    }
    person = nurse;
    terminal = null;
    expect((await call('GET', '/Patient/p1')).status).toBe(401);
    terminal = terminalOn('ash');
    expect((await call('GET', '/Patient/p1')).status).toBe(200);
  });

  it('refuses what it does not understand, with an OperationOutcome', async () => {
    const refused: [string, string, unknown?, object?][] = [
      ['GET', '/Patient?foo=bar'],
      ['GET', '/Patient?name:exact=x'],
      ['GET', '/Observation?subject:Patient.name=peter'],
      ['GET', '/Patient?_has:Observation:patient:code=1'],
      ['GET', '/Observation?_include=Observation:subject'],
      ['GET', '/Observation?status=final'],
      ['GET', '/Observation?_sort=date'],
      ['GET', '/Observation?_count=5000'],
      ['GET', '/Nonsense/1'],
      ['GET', '/AuditEvent'],
      ['GET', '/metadata/x'],
      ['POST', '/$graphql', { query: '{ Patient(id:"p1") { id } }' }],
      ['POST', '/Observation', { resourceType: 'Observation', status: 'final' }],
      ['POST', '/Observation', { ...heartRate('a', 'p1', 1), unknownField: 1 }],
      ['POST', '/Observation', { ...heartRate('a', 'p1', 1), subject: { display: 'x' } }],
      ['POST', '/Observation', patient('p9')],
      ['POST', '/Observation', '[]'],
      ['PUT', '/Observation/o-1', { ...heartRate('o-2', 'p1', 1) }],
      ['PUT', '/Observation/o-1', heartRate('o-1', 'p1', 1), { 'if-match': '1' }],
    ];
    for (const [method, path, body, headers] of refused) {
      const answer = await call(method, path, body, headers);
      expect([method, path, answer.status, answer.body.resourceType]).toEqual([
        method,
        path,
        400,
        'OperationOutcome',
      ]);
    }
    expect((await call('GET', '/Patient/none')).status).toBe(404);
    expect((await call('GET', `/Patient/${encodeURIComponent("' or 1=1")}`)).status).toBe(404);
  });
});
