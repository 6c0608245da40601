import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrate, type Migration } from '#server/postgres/migrate.ts';
import { createTestDatabase, type TestDatabase } from '#test/server/testDatabase.ts';

const first: Migration = { number: 1, name: 'first', sql: 'create table thing (id integer)' };
const second: Migration = {
  number: 2,
  name: 'second',
  sql: `alter table thing add column label text;
    create function thing_count() returns bigint language sql security definer
      set search_path = wardkey, pg_temp as $$ select count(*) from thing $$;
    create function thing_secret() returns bigint language sql as $$ select 1::bigint $$;
    grant usage on schema wardkey to wardkey_app;
    grant execute on function thing_count() to wardkey_app;`,
};
let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase([first]);
}, 60_000);
afterAll(() => database.close());

describe('migrations', () => {
  it('run each step once, from the version before, also when two services start together', async () => {
    await database.owner.query('insert into wardkey.thing values (1), (2)');
    const runs = await Promise.all([
      migrate(database.owner, [first, second]),
      migrate(database.owner, [second, first]),
    ]);
    expect(runs.flatMap((run) => run.applied)).toEqual([2]);
    expect(await migrate(database.owner, [first, second])).toEqual({ applied: [] });
  });

  it('leave nothing behind when a step fails', async () => {
    const broken = { number: 3, name: 'broken', sql: 'create table half (id integer); select 1/0' };
    await expect(migrate(database.owner, [first, second, broken])).rejects.toThrow(/division/);
    const left = await database.owner.query(`select to_regclass('wardkey.half') as half`);
    expect(left.rows[0]).toEqual({ half: null });
  });

  it('refuse a database from the future', async () => {
    await expect(migrate(database.owner, [first])).rejects.toThrow(/newer version/);
  });

  it('give the application functions by name only, and no table', async () => {
    const { rows } = await database.application.query('select wardkey.thing_count() as n');
    expect(rows).toEqual([{ n: 2 }]);
    await expect(database.application.query('select * from wardkey.thing')).rejects.toThrow(
      /permission denied/,
    );
    await expect(database.application.query('select wardkey.thing_secret()')).rejects.toThrow(
      /permission denied/,
    );
    await expect(database.application.query('create table public.x (i int)')).rejects.toThrow(
      /permission denied/,
    );
  });
});
