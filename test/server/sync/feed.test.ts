import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as v from 'valibot';
import { feedPageSchema, type FeedChange, type FeedPage } from '#core/contracts/sync.ts';
import { importResources } from '#server/store/importResources.ts';
import { RecordRepository } from '#server/store/repository.ts';
import { readFeed } from '#server/sync/feed.ts';
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
import { eventually } from '#test/e2e/eventually.mjs';

let at: TestStore;
const ash = terminalOn('ash');

async function pull(cursor: string | null, limit = 2000, terminal = ash): Promise<FeedPage> {
  const page = await readFeed(at.store, terminal, cursor, limit);
  if (!page.ok) throw new Error(page.code);
  return v.parse(feedPageSchema, JSON.parse(page.value));
}

/** Pulls until the feed is drained, applying to `cache` as a terminal does. */
async function drain(
  cache: Map<string, FeedChange>,
  from: string | null,
  limit = 2000,
  terminal = ash,
) {
  let cursor = from;
  for (;;) {
    const page = await pull(cursor, limit, terminal);
    for (const change of page.changes) {
      if (change.op === 'put') {
        cache.set(`${change.resource.resourceType}/${change.resource.id}`, change);
      } else if (change.op === 'tombstone') cache.delete(`${change.resourceType}/${change.id}`);
      else {
        for (const [key, held] of cache) if (held.patientId === change.patientId) cache.delete(key);
      }
    }
    cursor = page.cursor;
    if (!page.more) return cursor;
  }
}

/** Waits until everything written so far may be read: transactions on other databases of the cluster hold it back, too. */
async function settled(): Promise<void> {
  const newest = (table: string) => `(select xid from wardkey.${table} order by xid desc limit 1)`;
  await eventually('the horizon to pass what was written', async () => {
    const { rows } = await at.database.superuser.query(
      `select coalesce(${newest('change')} < horizon, true)
          and coalesce(${newest('ward_event')} < horizon, true) as settled
         from pg_snapshot_xmin(pg_current_snapshot()) horizon`,
    );
    return rows[0]?.['settled'] === true;
  });
}

const drainAll: typeof drain = async (...how) => {
  await settled();
  return await drain(...how);
};

const load = async (...resources: object[]) => {
  const report = await importResources(at.store, system, resources);
  expect(report.refused).toEqual([]);
};
const auditCount = async (patientId: string): Promise<number> => {
  const { rows } = await at.database.superuser.query(
    `select count(*) as n from audit.server_entries where action = 'syncFill' and $1 = any(patient_ids)`,
    [patientId],
  );
  return Number(rows[0]?.['n']);
};

beforeAll(async () => {
  at = await createTestStore();
  await load(...wardPlaces('ash', 4), ...wardPlaces('elm', 2));
  await load(patient('p1'), stay('p1', 'ash-bed-1'), patient('p2'), stay('p2', 'elm-bed-1'));
  await load(
    patient('p3'),
    ...Array.from({ length: 25 }, (_, i) => heartRate(`o${i}`, 'p1', 60 + i)),
  );
}, 60_000);
afterAll(() => at.database.close());

describe("a ward's feed", () => {
  it('fills with the ward’s places and patients, nobody else’s, paged, and audits each patient', async () => {
    await settled();
    const before = await auditCount('p1');
    const first = await pull(null, 10);
    expect(first.totalResources).toBe(6 + 2 + 25);
    expect(first.more).toBe(true);
    const cache = new Map<string, FeedChange>();
    const cursor = await drainAll(cache, null, 10);
    expect(cache.size).toBe(33);
    expect([...cache.keys()].filter((key) => /elm|p2|p3/.test(key))).toEqual([]);
    expect(await auditCount('p1')).toBeGreaterThan(before);
    expect(await auditCount('p2')).toBe(0);
    expect((await pull(cursor)).changes).toEqual([]);
  });

  it('resumes a fill half-way and joins the feed without losing what was written meanwhile', async () => {
    const cache = new Map<string, FeedChange>();
    const half = await pull(null, 10);
    await load(heartRate('meanwhile', 'p1', 99));
    for (const change of half.changes) {
      if (change.op === 'put')
        cache.set(`${change.resource.resourceType}/${change.resource.id}`, change);
    }
    await drainAll(cache, half.cursor, 10);
    expect(cache.has('Observation/meanwhile')).toBe(true);
    expect(cache.size).toBe(34);
  });

  it('carries changes, deletions, moves between patients, admission, move and discharge', async () => {
    const cache = new Map<string, FeedChange>();
    let cursor = await drainAll(cache, null);
    const repository = new RecordRepository(at.store, system);

    await load(heartRate('o1', 'p1', 200));
    await repository.deleteResource('Observation', 'o2');
    cursor = await drainAll(cache, cursor);
    expect(cache.get('Observation/o1')).toMatchObject({
      resource: { valueQuantity: { value: 200 } },
    });
    expect(cache.has('Observation/o2')).toBe(false);

    await load(heartRate('o3', 'p3', 77));
    cursor = await drainAll(cache, cursor);
    expect(cache.has('Observation/o3')).toBe(false);

    await load(stay('p3', 'ash-bed-2'));
    cursor = await drainAll(cache, cursor, 1);
    expect(cache.get('Observation/o3')).toMatchObject({ patientId: 'p3' });
    expect(cache.has('Patient/p3')).toBe(true);

    // From p3 to p1, both on the ward: gone from the one and there for the other, not gone altogether.
    await load(heartRate('o3', 'p1', 78));
    cursor = await drainAll(cache, cursor);
    expect(cache.get('Observation/o3')).toMatchObject({ patientId: 'p1' });

    await load(stay('p3', 'elm-bed-2'));
    await settled();
    const page = await pull(cursor);
    expect(page.changes).toContainEqual({ op: 'purge', patientId: 'p3' });
    cursor = await drainAll(cache, cursor);
    expect([...cache.values()].some((held) => held.patientId === 'p3')).toBe(false);
    const elm = new Map<string, FeedChange>();
    await drainAll(elm, null, 2000, terminalOn('elm'));
    expect(elm.has('Patient/p3')).toBe(true);

    await load(stay('p1', null));
    await drainAll(cache, cursor);
    expect([...cache.values()].every((held) => held.patientId === null)).toBe(true);
    expect(cache.size).toBe(6);
    await load(stay('p1', 'ash-bed-1'));
  });

  it('brings a patient whose bed became known after her stay', async () => {
    await load(patient('early'), stay('early', 'ash-bed-9'));
    const cache = new Map<string, FeedChange>();
    const cursor = await drainAll(cache, null);
    expect(cache.has('Patient/early')).toBe(false);
    await load(wardPlaces('ash', 9).at(-1) ?? {});
    await drainAll(cache, cursor);
    expect(cache.has('Patient/early')).toBe(true);
    expect(cache.has('Location/ash-bed-9')).toBe(true);
  });

  it('refuses a cursor of another ward, another epoch, the future, or nobody’s making', async () => {
    const { cursor } = await pull(null);
    expect(await readFeed(at.store, terminalOn('elm'), cursor, 10)).toEqual({
      ok: false,
      code: 'cursorGone',
    });
    expect(await readFeed(at.store, ash, 'rubbish', 10)).toEqual({ ok: false, code: 'cursorGone' });
    const parsed = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as Record<
      string,
      unknown
    >;
    const future = Buffer.from(JSON.stringify({ ...parsed, xid: '99999999999' })).toString(
      'base64url',
    );
    expect(await readFeed(at.store, ash, future, 10)).toEqual({ ok: false, code: 'cursorGone' });
    await at.database.owner.query('update wardkey.feed_epoch set epoch = gen_random_uuid()');
    expect(await readFeed(at.store, ash, cursor, 10)).toEqual({ ok: false, code: 'cursorGone' });
  });

  it('misses nothing while writers commit out of order', async () => {
    const cache = new Map<string, FeedChange>();
    let cursor = await drainAll(cache, null);
    const expected: string[] = [];
    let writing = true;
    const writer = async (name: string) => {
      for (let index = 0; index < 60; index += 1) {
        const id = `${name}-${index}`;
        await at.store.database.transaction(async (query) => {
          const resource = heartRate(id, index % 2 === 0 ? 'p1' : 'p2', 70);
          await at.store.put(query, system, [{ resource, expectedVersion: 0, deleted: false }], {
            subject: 'test',
            reason: 'test',
          });
          // Held open for a while, so that later numbers commit first.
          if (index % 3 === 0) await query('select pg_sleep($1)', [(index % 7) / 200]);
        });
        if (index % 2 === 0) expected.push(id);
      }
    };
    const reader = (async () => {
      while (writing) cursor = await drain(cache, cursor, 7);
    })();
    await Promise.all(['w1', 'w2', 'w3', 'w4'].map(writer));
    writing = false;
    await reader;
    await drainAll(cache, cursor);
    expect(expected.length).toBe(120);
    expect(expected.filter((id) => !cache.has(`Observation/${id}`))).toEqual([]);
    expect([...cache.keys()].filter((key) => /w\d-\d*[13579]$/.test(key))).toEqual([]);
  }, 30_000);

  it('misses nothing when a patient is admitted while her record is being written', async () => {
    await load(patient('race'), stay('race', null));
    const cache = new Map<string, FeedChange>();
    let cursor = await drainAll(cache, null);
    let moving = true;
    const writes = (async () => {
      for (let index = 0; index < 80; index += 1)
        await load(heartRate(`race-${index}`, 'race', index));
      moving = false;
    })();
    const moves = (async () => {
      for (let index = 0; moving; index += 1)
        await load(stay('race', index % 2 === 0 ? 'ash-bed-3' : null));
    })();
    const reads = (async () => {
      while (moving) cursor = await drain(cache, cursor, 50);
    })();
    await Promise.all([writes, moves, reads]);
    await load(stay('race', 'ash-bed-3'));
    await drainAll(cache, cursor);
    const held = [...cache.keys()].filter((key) => key.startsWith('Observation/race-'));
    expect(held.length).toBe(80);
  }, 30_000);
});
