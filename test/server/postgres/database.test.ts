import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Query } from '#server/postgres/database.ts';
import { createTestDatabase, type TestDatabase } from '#test/server/testDatabase.ts';

let at: TestDatabase;
beforeAll(async () => {
  at = await createTestDatabase([]);
}, 60_000);
afterAll(() => at.close());

const backendOf = async (query: Query): Promise<number> =>
  Number((await query('select pg_backend_pid() as pid')).rows[0]?.['pid']);
const endBackend = (pid: number) => at.superuser.query('select pg_terminate_backend($1)', [pid]);

it('a connection that dies between two statements of a transaction ends that transaction alone', async () => {
  const dying = at.application.transaction(async (query) => {
    await endBackend(await backendOf(query));
    await sleep(200);
    await query('select 1');
  });
  await expect(dying).rejects.toThrow();
  const again = await at.application.transaction((query) => query('select 1 as one'));
  expect(again.rows).toEqual([{ one: 1 }]);
});

it('a listening connection that dies before anybody listens to it ends nothing', async () => {
  const client = await at.application.dedicated();
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  await endBackend(rows[0]?.pid ?? 0);
  await sleep(200);
  await expect(client.query('select 1')).rejects.toThrow();
});
