import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import fastify, { type FastifyInstance } from 'fastify';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { feedPageSchema, patientRecordSchema, type FeedChange } from '#core/contracts/sync.ts';
import type { PersonContext, TerminalContext } from '#server/context.ts';
import { loadIntakeKey } from '#server/seal/intake.ts';
import { importResources } from '#server/store/importResources.ts';
import { listenForPokes, type Pokes } from '#server/sync/pokes.ts';
import { addSyncRoutes } from '#server/sync/routes.ts';
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
let pokes: Pokes;
let terminal: TerminalContext | null = terminalOn('ash');
const physician: PersonContext = {
  personId: 'physician-1',
  sessionId: 's',
  role: 'physician',
  purposeOfUse: 'TREAT',
};
let person: PersonContext | null = physician;
let wards: string[] = [];
const get = (url: string) => server.inject({ method: 'GET', url });
/** What the server wrote down of this physician and a patient, oldest first. */
const log = async (patientId: string) => {
  const { rows } = await at.database.superuser.query(
    `select action, reason from audit.server_entries where person_id = 'physician-1' and $1 = any(patient_ids) order by seq`,
    [patientId],
  );
  return rows;
};
const placed = (changes: readonly FeedChange[]) =>
  changes.map((change) =>
    change.op === 'put'
      ? `${change.patientId} ${change.resource.resourceType}/${change.resource.id}`
      : change.op,
  );

beforeAll(async () => {
  at = await createTestStore();
  const careTeam = {
    resourceType: 'CareTeam',
    id: 'team',
    status: 'active',
    subject: { reference: 'Patient/shared' },
    participant: [{ member: { reference: 'Practitioner/physician-1' } }],
  };
  await importResources(at.store, system, [
    ...wardPlaces('ash', 1),
    ...wardPlaces('elm', 3),
    patient('p1'),
    stay('p1', 'ash-bed-1'),
    patient('p2'),
    stay('p2', 'elm-bed-1'),
    patient('shared'),
    stay('shared', 'elm-bed-2'),
    careTeam,
    patient('joined', 'Testname', {
      link: [{ other: { reference: 'Patient/shared' }, type: 'replaced-by' }],
    }),
    { ...careTeam, id: 'team-joined', subject: { reference: 'Patient/joined' } },
    patient('erased'),
    { ...careTeam, id: 'team-erased', subject: { reference: 'Patient/erased' } },
    { ...careTeam, id: 'team-nobody', subject: { reference: 'Patient/nobody' } },
  ]);
  server = fastify();
  server.decorateRequest('terminal', null);
  server.decorateRequest('person', null);
  server.addHook('onRequest', (request, _reply, done) => {
    request.terminal = terminal;
    request.person = person;
    done();
  });
  addSyncRoutes(server, {
    store: at.store,
    intake: loadIntakeKey(join(at.database.directory, 'intake.key')),
    sessionKeys: () => Promise.resolve(null),
    personWards: () => Promise.resolve(wards),
  });
  pokes = await listenForPokes(at.database.application, () => undefined);
}, 60_000);
afterAll(async () => {
  await pokes.close();
  await server.close();
  await at.database.close();
});

describe('the sync routes', () => {
  it('are closed to a connection without a terminal', async () => {
    terminal = null;
    expect((await get('/sync/feed')).statusCode).toBe(401);
    expect((await get('/sync/patient/p1')).statusCode).toBe(401);
    const push = await server.inject({
      method: 'POST',
      url: '/sync/push',
      payload: { operations: [] },
    });
    expect(push.statusCode).toBe(401);
    terminal = terminalOn('ash');
  });

  it('serve the terminal’s own ward and say 410 to a cursor that leads nowhere', async () => {
    const page = await get('/sync/feed?ward=elm&limit=500');
    expect(page.statusCode).toBe(200);
    const { changes } = v.parse(feedPageSchema, page.json());
    expect(changes.some((change) => change.patientId === 'p1')).toBe(true);
    expect(changes.some((change) => change.patientId === 'p2')).toBe(false);
    const gone = await get('/sync/feed?cursor=nonsense');
    expect([gone.statusCode, gone.json()]).toEqual([410, { code: 'cursorGone' }]);
    expect((await get('/sync/feed?limit=0')).statusCode).toBe(400);
  });

  it('release one patient of another ward to who cares for her, and log it; to others they log the refusal', async () => {
    const shared = await get('/sync/patient/shared');
    expect(shared.statusCode).toBe(200);
    const { changes, accessBasis } = v.parse(patientRecordSchema, shared.json());
    expect(accessBasis).toBe('careTeam');
    expect(placed(changes)).toEqual([
      'shared CareTeam/team',
      'shared Encounter/stay-shared',
      'null Location/elm',
      'null Location/elm-bay',
      'null Location/elm-bed-2',
      'shared Patient/shared',
    ]);
    expect(await log('shared')).toEqual([{ action: 'view', reason: 'careTeam' }]);

    expect((await get('/sync/patient/p2')).statusCode).toBe(403);
    expect(await log('p2')).toEqual([{ action: 'denied', reason: 'noRelationship' }]);
    wards = ['elm'];
    const other = await get('/sync/patient/p2');
    expect(v.parse(patientRecordSchema, other.json()).accessBasis).toBe('shift');
    expect((await log('p2')).at(-1)).toEqual({ action: 'view', reason: 'shift' });
    wards = [];
    person = null;
    expect((await get('/sync/patient/shared')).statusCode).toBe(401);
    person = physician;
  });

  it('tell nobody who exists: an unknown patient is refused like one who is none of hers', async () => {
    const unknown = await get('/sync/patient/no-such-patient');
    expect([unknown.statusCode, unknown.json()]).toEqual([403, { code: 'denied' }]);
    expect(await log('no-such-patient')).toEqual([{ action: 'denied', reason: 'noRelationship' }]);
    for (const id of ['..%2Ffeed', 'a'.repeat(65), '%00', "x'--"]) {
      expect((await get(`/sync/patient/${id}`)).statusCode, id).toBe(404);
    }
  });

  it('say that a record is gone once it was deleted or joined with another, and log no view of it', async () => {
    await at.store.put(
      at.database.application.query,
      system,
      [{ resource: patient('erased'), expectedVersion: 1, deleted: true }],
      { subject: 'Patient', reason: 'system' },
    );
    for (const id of ['erased', 'joined', 'nobody']) {
      const gone = await get(`/sync/patient/${id}`);
      expect([gone.statusCode, gone.json()], id).toEqual([410, { code: 'gone' }]);
      expect(await log(id), id).toEqual([{ action: 'denied', reason: 'gone' }]);
    }
  });
});

describe('pokes', () => {
  it('reach the ward that changed, within a second, and no other', async () => {
    const heard: string[] = [];
    const leave = ['ash', 'elm'].map((ward) => pokes.subscribe(ward, () => heard.push(ward)));
    await importResources(at.store, system, [heartRate('poke', 'p2', 60)]);
    await sleep(500);
    expect(new Set(heard)).toEqual(new Set(['elm']));
    await importResources(at.store, system, [stay('p2', 'ash-bed-1')]);
    await sleep(500);
    expect(new Set(heard)).toEqual(new Set(['elm', 'ash']));
    leave.forEach((unsubscribe) => unsubscribe());
    heard.length = 0;
    await importResources(at.store, system, [heartRate('poke2', 'p2', 60)]);
    await sleep(200);
    expect(heard).toEqual([]);
  });

  it('come again after the listening connection was cut, and poke for what was missed', async () => {
    let count = 0;
    const leave = pokes.subscribe('ash', () => (count += 1));
    await at.database.superuser.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'wardkey-listen' and datname = current_database()`,
    );
    for (let waited = 0; waited < 50 && count === 0; waited += 1) await sleep(100);
    expect(count).toBeGreaterThan(0);
    const before = count;
    await importResources(at.store, system, [heartRate('again', 'p1', 60)]);
    for (let waited = 0; waited < 20 && count === before; waited += 1) await sleep(50);
    expect(count).toBeGreaterThan(before);
    leave();
  }, 15_000);
});
