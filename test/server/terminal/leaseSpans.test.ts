import { afterAll, beforeAll, expect, it } from 'vitest';
import { identityMigrations } from '#server/identity/migrations.ts';
import { migrate } from '#server/postgres/migrate.ts';
import { createTestDatabase, type TestDatabase } from '#test/server/testDatabase.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase(identityMigrations.filter(({ number }) => number < 104));
}, 60_000);
afterAll(() => database.close());

it('a terminal from the version before keeps what it was allowed, one that never had a lease gets none', async () => {
  const { query } = database.owner;
  await query(`insert into directory.wards (ward_id, name) values ('ash', 'Ash')`);
  await query(
    `insert into terminal.terminals
       (terminal_id, name, ward_id, place, escrow_key, lease_secret, enrolled_at, lease_ends_at)
     values ('used', 'A', 'ash', '', '', '', '2026-01-01Z', '2026-01-02Z'),
            ('new', 'B', 'ash', '', '', '', '2026-01-01Z', null)`,
  );
  await migrate(database.owner, identityMigrations);
  const { rows } = await query('select * from terminal.lease_spans');
  expect(rows).toEqual([
    {
      terminal_id: 'used',
      starts_at: new Date('2026-01-01Z'),
      ends_at: new Date('2026-01-02Z'),
    },
  ]);
});
