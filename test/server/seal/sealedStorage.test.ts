import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findPostgresBinaries } from '#server/postgres/binaries.ts';
import { actorJson } from '#server/store/actor.ts';
import { importResources } from '#server/store/importResources.ts';
import { RecordRepository } from '#server/store/repository.ts';
import {
  createTestStore,
  heartRate,
  patient,
  stay,
  system,
  wardPlaces,
  type TestStore,
} from '#test/server/store/testStore.ts';

let at: TestStore;
const marker = (index: number) => `Zyxmarker${index}q`;
const count = 150;

beforeAll(async () => {
  at = await createTestStore();
  const people = Array.from({ length: count }, (_, index) => [
    patient(`p${index}`, marker(index), {
      telecom: [{ system: 'phone', value: `555-77${String(index).padStart(4, '0')}` }],
      address: [{ line: [`${index} ${marker(index)} Street`] }],
    }),
    {
      resourceType: 'DocumentReference',
      id: `note-${index}`,
      status: 'current',
      subject: { reference: `Patient/p${index}`, display: marker(index) },
      content: [
        {
          attachment: {
            contentType: 'text/plain',
            data: Buffer.from(`says ${marker(index)}`).toString('base64'),
          },
        },
      ],
    },
  ]).flat();
  const report = await importResources(at.store, system, [
    ...wardPlaces('ash', 2),
    ...people,
    stay('p1', 'ash-bed-1'),
    heartRate('o1', 'p1', 60),
    heartRate('o2', 'p1', 61),
    heartRate('o3', 'p2', 62),
  ]);
  expect(report.refused).toEqual([]);
}, 60_000);
afterAll(() => at.database.close());

describe('what the database holds', () => {
  it('tells its superuser no name, phone, street or note, in text or in hex', () => {
    const { settings } = at.database.superuser;
    const dump = execFileSync(
      join(findPostgresBinaries().directory, 'pg_dump'),
      ['-h', settings.host, '-p', String(settings.port), '-U', settings.user, settings.database],
      {
        env: { ...process.env, PGPASSWORD: settings.password },
        maxBuffer: 256 * 1024 * 1024,
        encoding: 'utf8',
      },
    ).toLowerCase();
    // The dump is the right one: what may stand in the open is found.
    expect(dump).toContain('note-149');
    const planted = Array.from({ length: count }, (_, index) => [
      marker(index),
      `555-77${String(index).padStart(4, '0')}`,
      Buffer.from(`says ${marker(index)}`).toString('base64'),
    ]).flat();
    const forms = planted.flatMap((text) => [
      text.toLowerCase(),
      Buffer.from(text).toString('hex'),
    ]);
    expect(forms.filter((form) => dump.includes(form))).toEqual([]);
  });

  it('does not open when ciphertext is moved to another record, version or patient, or altered', async () => {
    const repository = new RecordRepository(at.store, system);
    const { superuser } = at.database;
    const read = () => repository.readResource('Observation', 'o1');
    const original = await superuser.query(
      `select sealed from wardkey.resource where type = 'Observation' and id = 'o1'`,
    );
    const put = (sql: string) =>
      superuser.query(
        `update wardkey.resource set sealed = (${sql}) where type = 'Observation' and id = 'o1'`,
      );
    await expect(read()).resolves.toBeDefined();
    await put(`select sealed from wardkey.resource where id = 'o2'`);
    await expect(read()).rejects.toThrow(/authenticate/);
    await put(`select sealed from wardkey.resource where id = 'o3'`);
    await expect(read()).rejects.toThrow(/authenticate/);
    await superuser.query(
      `update wardkey.resource set sealed = set_byte($1, 20, get_byte($1, 20) # 1) where id = 'o1'`,
      [original.rows[0]?.['sealed']],
    );
    await expect(read()).rejects.toThrow(/authenticate/);
    await superuser.query(`update wardkey.resource set sealed = $1, version = 2 where id = 'o1'`, [
      original.rows[0]?.['sealed'],
    ]);
    await expect(read()).rejects.toThrow(/authenticate/);
    await superuser.query(
      `update wardkey.resource set version = 1, patient_id = 'p2' where id = 'o1'`,
    );
    await expect(read()).rejects.toThrow(/authenticate/);
    await superuser.query(`update wardkey.resource set patient_id = 'p1' where id = 'o1'`);
    await expect(read()).resolves.toBeDefined();
  });

  it('gives the application no table, only doors, and no door without somebody behind it', async () => {
    const { application } = at.database;
    const tables = await at.database.superuser.query(
      `select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname in ('wardkey', 'audit') and c.relkind in ('r', 'S')`,
    );
    expect(tables.rows.length).toBeGreaterThan(10);
    for (const { relname } of tables.rows) {
      const { rows } = await application.query(
        `select coalesce(has_table_privilege(c.oid, 'select, insert, update, delete, truncate'), false) as may
           from pg_class c where c.relname = $1 and c.relkind = 'r'`,
        [relname],
      );
      expect([relname, rows.some((row) => row['may'] === true)]).toEqual([relname, false]);
    }
    await expect(application.query('select sealed from wardkey.resource')).rejects.toThrow(
      /denied/,
    );
    await expect(
      application.query(
        `insert into audit.server_entries (action, outcome, patient_ids, subject, purpose_of_use) values ('view','success','{}','x','TREAT')`,
      ),
    ).rejects.toThrow(/denied/);
    await expect(application.query('set role wardkey_owner')).rejects.toThrow(/denied/);
    await expect(
      application.query(
        `select * from wardkey.record_release('{}', 'view', '', 'Patient', '{p1}', '{p1}')`,
      ),
    ).rejects.toThrow(/somebody/);
    await expect(application.query(`select wardkey.settle_wards('{p1}')`)).rejects.toThrow(
      /denied/,
    );
  });

  it('releases no body whose audit entry could not be written', async () => {
    const { superuser, application } = at.database;
    await superuser.query(
      `alter table audit.server_entries add constraint full_disk check (action <> 'view') not valid`,
    );
    const release = application.query(
      `select * from wardkey.record_release($1, 'view', '', 'Patient', '{p1}', '{p1}')`,
      [actorJson(system)],
    );
    await expect(release).rejects.toThrow(/full_disk/);
    await superuser.query('alter table audit.server_entries drop constraint full_disk');
  });
});
