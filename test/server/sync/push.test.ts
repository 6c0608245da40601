import { randomBytes, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Operation, PushResult } from '#core/contracts/sync.ts';
import { putPerson } from '#server/directory/staff.ts';
import { createServiceKeys } from '#server/identity/serviceKeys.ts';
import { loadIntakeKey } from '#server/seal/intake.ts';
import { importResources } from '#server/store/importResources.ts';
import { pushOperations, type PushParts } from '#server/sync/push.ts';
import { draftsOf, keepDraft } from '#server/terminal/drafts.ts';
import { makeOperation, makeSession, sealBox } from '#test/server/seal/operationBox.ts';
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
let parts: PushParts;
const ash = terminalOn('ash');
const session = makeSession();
const ended = makeSession({ endedAtMs: Date.now() - 3_600_000 });
const sessions = [session, ended];

const push = (...operations: Operation[]) => pushOperations(parts, ash, operations);
const one = async (operation: Operation): Promise<PushResult> => {
  const [result] = await push(operation);
  if (result === undefined) throw new Error('no result');
  return result;
};
const chart = (
  id: string,
  value: number,
  baseVersion = 0,
  patientId = 'p1',
  follows: string | null = null,
) =>
  makeOperation(parts.intake.publicKey, session, {
    patientId,
    follows,
    baseVersion,
    resource: heartRate(id, patientId, value),
  });
const versionsOf = async (id: string): Promise<number> => {
  const { rows } = await at.database.superuser.query(
    'select count(*) as n from wardkey.history where id = $1',
    [id],
  );
  return Number(rows[0]?.['n']);
};

beforeAll(async () => {
  at = await createTestStore();
  parts = {
    store: at.store,
    intake: loadIntakeKey(join(at.database.directory, 'intake.key')),
    sessionKeys: (id) =>
      Promise.resolve(sessions.find(({ key }) => key.sessionId === id)?.key ?? null),
    personWards: () => Promise.resolve([]),
  };
  const resources = [
    ...wardPlaces('ash', 3),
    ...wardPlaces('elm', 1),
    patient('p1'),
    stay('p1', 'ash-bed-1'),
    patient('p2'),
    stay('p2', 'elm-bed-1'),
    patient('gone'),
    stay('gone', 'ash-bed-2'),
  ];
  await importResources(at.store, system, resources);
  for (const personId of ['nurse-1', 'nurse-2']) {
    const person = { personId, displayName: personId, role: 'nurse' } as const;
    await putPerson(at.database.owner.query, createServiceKeys(randomBytes(32)), person);
  }
}, 60_000);
afterAll(() => at.database.close());

describe('pushed operations', () => {
  it('are carried out once, however often and however concurrently they are sent', async () => {
    const operation = chart('once', 70);
    const results = await Promise.all([1, 2, 3, 4].map(() => one(operation)));
    expect(results.every((result) => result.status === 'applied' && result.version === 1)).toBe(
      true,
    );
    expect(
      results.filter((result) => result.status === 'applied' && !result.duplicate),
    ).toHaveLength(1);
    expect(await one(operation)).toMatchObject({ status: 'applied', duplicate: true });
    expect(await versionsOf('once')).toBe(1);
  });

  it('conflict when made on another version, and give back what stands there', async () => {
    await one(chart('edited', 70));
    const mine = chart('edited', 71, 1);
    const theirs = chart('edited', 72, 1);
    expect(await push(mine, theirs)).toMatchObject([
      { status: 'applied', version: 2 },
      { status: 'conflict', current: { meta: { versionId: '2' }, valueQuantity: { value: 71 } } },
    ]);
    expect(await one(theirs)).toMatchObject({ status: 'conflict' });
    expect(await one(chart('edited', 73, 0))).toMatchObject({ status: 'conflict' });
    expect(await one(chart('never', 73, 4))).toMatchObject({
      status: 'conflict',
      current: null,
      currentVersion: 0,
    });
    expect(await versionsOf('edited')).toBe(2);
  });

  it('that builds on another takes its place only if that one made the version', async () => {
    await one(chart('chained', 70));
    const stands = { status: 'conflict', current: { valueQuantity: { value: 71 } } };
    const follow = (value: number, baseVersion: number, { operationId }: Operation) =>
      chart('chained', value, baseVersion, 'p1', operationId);
    const [theirs, mine] = [chart('chained', 71, 1), chart('chained', 72, 1)];
    // The second is made on what the first was to make; somebody else made it.
    expect(await push(theirs, mine, follow(73, 2, mine))).toMatchObject([
      { status: 'applied', version: 2 },
      stands,
      stands,
    ]);
    const never = chart('chained', 74, 2);
    expect(await one(follow(75, 2, never))).toMatchObject(stands);
    const next = chart('chained', 76, 2);
    expect(await push(next, follow(77, 3, next))).toMatchObject([
      { status: 'applied', version: 3 },
      { status: 'applied', version: 4 },
    ]);
  });

  it('that met a deletion can be kept all the same: the conflict names the version to build on', async () => {
    await one(chart('deleted', 70));
    const write = { resource: heartRate('deleted', 'p1', 70), expectedVersion: 1, deleted: true };
    const note = { subject: 'Observation', reason: 'test' };
    await at.store.put(at.store.database.query, system, [write], note);
    const met = { status: 'conflict', current: null, currentVersion: 2 };
    expect(await one(chart('deleted', 71, 1))).toMatchObject(met);
    expect(await one(chart('deleted', 71, 0))).toMatchObject(met);
    expect(await one(chart('deleted', 71, 2))).toMatchObject({ status: 'applied', version: 3 });
  });

  it('take the draft they were typed in away, however late a state of it arrives; a rejected one leaves it', async () => {
    const { query } = at.database.application;
    const left = async (draftId: string, savedAtMs: number, personId = 'nurse-1') =>
      await keepDraft(query, { draftId, personId, sealed: 'AAAA', savedAtMs, rejection: null });
    const remaining = async () => (await draftsOf(query, 'nurse-1')).map((draft) => draft.draftId);
    const [filed, disputed, refused, hers] = Array.from({ length: 4 }, () => randomUUID());
    const madeAtMs = Date.now();
    for (const draftId of [filed!, disputed!, refused!]) await left(draftId, madeAtMs - 1000);
    await left(hers!, madeAtMs - 1000, 'nurse-2');
    const from = (draftId: string, rest: { id: string; about?: string; baseVersion?: number }) =>
      makeOperation(parts.intake.publicKey, session, {
        patientId: 'p1',
        baseVersion: rest.baseVersion ?? 0,
        resource: heartRate(rest.id, rest.about ?? 'p1', 60),
        madeAtMs,
        draftId,
      });
    const results = await push(
      from(filed!, { id: 'typed' }),
      from(disputed!, { id: 'typed', baseVersion: 9 }),
      from(refused!, { id: 'typed-elsewhere', about: 'p2' }),
      from(hers!, { id: 'typed-too' }),
    );
    expect(results.map((result) => result.status)).toEqual([
      'applied',
      'conflict',
      'rejected',
      'applied',
    ]);
    expect(await remaining()).toEqual([refused]);
    expect(await draftsOf(query, 'nurse-2')).toHaveLength(1);
    // Sent before it was filed, arrived after.
    expect(await left(filed!, madeAtMs - 500)).toBe('kept');
    expect(await remaining()).toEqual([refused]);
    // Typed on in it since, on another terminal.
    expect(await left(filed!, madeAtMs + 500)).toBe('kept');
    expect(await remaining()).toContain(filed);
  });

  it('are rejected when malformed, and the rest of the push still goes through', async () => {
    const broken = { ...heartRate('broken', 'p1', 1), code: undefined };
    const make = (resource: Parameters<typeof makeOperation>[2]['resource']) =>
      makeOperation(parts.intake.publicKey, session, { patientId: 'p1', baseVersion: 0, resource });
    const results = await push(
      make(broken),
      make({ ...heartRate('odd', 'p1', 1), resourceType: 'Nonsense' }),
      make({ ...heartRate('../x', 'p1', 1) }),
      make(heartRate('other', 'p2', 1)),
      chart('fine', 60),
    );
    expect(results.map((result) => result.status)).toEqual([
      'rejected',
      'rejected',
      'rejected',
      'rejected',
      'applied',
    ]);
    expect(results[0]).toMatchObject({ reason: expect.stringContaining('code') as string });
  });

  it('that the database cannot take are rejected for good, and the rest of the push still goes through', async () => {
    const resource = heartRate('no-such-day', 'p1', 60);
    const body = { patientId: 'p1', baseVersion: 0, resource, madeAtMs: 1e300 };
    const bad = makeOperation(parts.intake.publicKey, session, body);
    const rejected = { operationId: bad.operationId, status: 'rejected', reason: 'internal' };
    expect(await push(bad, chart('after-it', 60))).toMatchObject([rejected, { status: 'applied' }]);
    expect(await one(bad)).toMatchObject(rejected);
  });

  it('in another’s name alone are refused and logged; beside one’s own it may stand', async () => {
    const by = (personId: string) => ({ reference: `Practitioner/${personId}` });
    const named = (id: string, performer: object[]) =>
      makeOperation(parts.intake.publicKey, session, {
        patientId: 'p1',
        baseVersion: 0,
        resource: { ...heartRate(id, 'p1', 60), performer },
      });
    expect(
      await push(
        named('hers-alone', [by('nurse-2')]),
        named('both', [by('nurse-2'), by('nurse-1')]),
        named('mine', [by('nurse-1')]),
      ),
    ).toMatchObject([
      { status: 'rejected', reason: 'denied: othersName' },
      { status: 'applied' },
      { status: 'applied' },
    ]);
    const { rows } = await at.database.superuser.query(
      `select person_id from audit.server_entries where action = 'denied' and reason = 'othersName'`,
    );
    expect(rows).toEqual([{ person_id: 'nurse-1' }]);
  });

  it('are refused for a patient of another ward, and the refusal is logged', async () => {
    expect(await one(chart('elsewhere', 60, 0, 'p2'))).toMatchObject({
      status: 'rejected',
      reason: 'denied: noRelationship',
    });
    const { rows } = await at.database.superuser.query(
      `select reason from audit.server_entries where action = 'denied' and 'p2' = any(patient_ids)`,
    );
    expect(rows).toEqual([{ reason: 'noRelationship' }]);
  });

  it('cannot take a record away from a patient of another ward', async () => {
    await importResources(at.store, system, [heartRate('hers', 'p2', 60)]);
    expect(await one(chart('hers', 61, 1, 'p1'))).toMatchObject({ status: 'rejected' });
  });

  it('made before the patient left the ward are still taken afterwards', async () => {
    const before = chart('late', 60, 0, 'gone');
    await importResources(at.store, system, [stay('gone', null)]);
    expect(await one(before)).toMatchObject({ status: 'applied' });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await one(chart('too-late', 60, 0, 'gone'))).toMatchObject({ status: 'rejected' });
  });

  it('are refused when forged: wrong key, wrong person, wrong terminal, ended session, altered box', async () => {
    const body = { patientId: 'p1', baseVersion: 0, resource: heartRate('forged', 'p1', 1) };
    const make = (signer: typeof session, change: object = {}) =>
      makeOperation(parts.intake.publicKey, signer, { ...body, ...change });
    const stranger = makeSession({ sessionId: session.key.sessionId });
    const unknown = makeSession();
    const good = make(session);
    const flipped = Buffer.from(good.sealed, 'base64url');
    flipped[60] = (flipped[60] ?? 0) ^ 1;
    const cases: [Operation, string][] = [
      [make(stranger), 'signatureWrong'],
      [make(unknown), 'sessionUnknown'],
      [make(session, { personId: 'nurse-2' }), 'notThisPerson'],
      [make(session, { terminalId: 'terminal-elm' }), 'notThisTerminal'],
      [make(ended), 'afterSessionEnd'],
      [{ ...good, operationId: randomUUID() }, 'operationMismatch'],
      [{ ...good, sealed: flipped.toString('base64url') }, 'unreadable'],
      [{ ...good, sealed: 'AAAA' }, 'unreadable'],
      [{ ...good, sealed: sealBox(parts.intake.publicKey, '{"body":{}}') }, 'malformed'],
    ];
    for (const [operation, reason] of cases) {
      expect(await one(operation)).toMatchObject({ status: 'rejected', reason });
    }
    expect(await versionsOf('forged')).toBe(0);
    // Work of an ended session that was made while it lived is taken.
    expect(await one(make(ended, { madeAtMs: Date.now() - 2 * 3_600_000 }))).toMatchObject({
      status: 'applied',
    });
    const elsewhere = await pushOperations(parts, terminalOn('elm'), [make(session)]);
    expect(elsewhere).toMatchObject([{ status: 'rejected', reason: 'notThisTerminal' }]);
  });
});
