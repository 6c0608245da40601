import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createKeyRing } from '#server/seal/keyRing.ts';
import { migrate } from '#server/postgres/migrate.ts';
import { importResources } from '#server/store/importResources.ts';
import { createRecordStore } from '#server/store/recordStore.ts';
import { createTestDatabase, type TestDatabase } from '#test/server/testDatabase.ts';
import { allMigrations, patient, stay, system, validate, wardPlaces } from './testStore.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase(allMigrations.filter(({ name }) => name !== 'visit'));
}, 60_000);
afterAll(() => database.close());

it('a record in a database of the version before comes with its places once it is brought up to date', async () => {
  const store = createRecordStore({
    database: database.application,
    keyRing: createKeyRing(randomBytes(32)),
    validate,
    nowMs: () => Date.now(),
  });
  await importResources(store, system, [
    ...wardPlaces('elm', 2),
    patient('far'),
    stay('far', 'elm-bed-2'),
  ]);
  const released = async () => {
    const { rows } = await database.application.query(
      `select type, id from wardkey.patient_release('{"personId":"n","terminalId":"t"}', 'careTeam', 'far')`,
    );
    return rows.map((row) => `${String(row['type'])}/${String(row['id'])}`);
  };
  const own = ['Encounter/stay-far', 'Patient/far'];
  expect(await released()).toEqual(own);
  await migrate(database.owner, allMigrations);
  expect((await released()).sort()).toEqual(
    [...own, 'Location/elm', 'Location/elm-bay', 'Location/elm-bed-2'].sort(),
  );
});
