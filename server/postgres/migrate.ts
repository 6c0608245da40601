import type { Database } from './database.ts';

/**
 * One numbered step of the database's shape. Numbers 1-99 are the record store's, 100-199 those of identity, terminals and
 * audit; every step runs once, in a transaction of its own, as the role `wardkey_owner` with `search_path = wardkey`.
 * Functions are not executable by anyone until the step grants them to `wardkey_app`, which has no right on any table.
 */
export interface Migration {
  readonly number: number;
  readonly name: string;
  readonly sql: string;
}

/** Held while migrating, so that two copies of the service that start together do not race. */
const migrationLock = 7_310_233_001;

/** Brings the database up to the last migration; a database from the future is refused. */
export async function migrate(
  owner: Database,
  migrations: readonly Migration[],
): Promise<{ applied: number[] }> {
  const ordered = [...migrations].sort((left, right) => left.number - right.number);
  if (new Set(ordered.map((step) => step.number)).size !== ordered.length) {
    throw new Error('two migrations share a number');
  }
  const applied: number[] = [];
  await owner.transaction(async (query) => {
    await query('select pg_advisory_xact_lock($1)', [migrationLock]);
    await query(`create schema if not exists wardkey`);
    await query(`create table if not exists wardkey.migration (
      number integer primary key, name text not null, applied_at timestamptz not null default now())`);
  });
  const known = new Set(ordered.map((step) => step.number));
  for (const step of ordered) {
    await owner.transaction(async (query) => {
      await query('select pg_advisory_xact_lock($1)', [migrationLock]);
      const done = (await query('select number from wardkey.migration')).rows.map((row) =>
        Number(row['number']),
      );
      const unknown = done.find((number) => !known.has(number));
      if (unknown !== undefined) {
        throw new Error(`the database is from a newer version (migration ${unknown})`);
      }
      if (done.includes(step.number)) return;
      await query(`set local search_path = wardkey, pg_temp`);
      await query(step.sql);
      await query('insert into wardkey.migration (number, name) values ($1, $2)', [
        step.number,
        step.name,
      ]);
      applied.push(step.number);
    });
  }
  return { applied };
}
