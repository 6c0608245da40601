import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { importNdjson, type ImportProgress } from '#server/import/importNdjson.ts';
import { identityMigrations } from '#server/identity/migrations.ts';
import { createKeyRing } from '#server/seal/keyRing.ts';
import { loadDefinitions } from '#server/store/definitions.ts';
import { importResources } from '#server/store/importResources.ts';
import { recordMigrations } from '#server/store/migrations.ts';
import { createRecordStore } from '#server/store/recordStore.ts';
import { createTestDatabase, type TestDatabase } from '../testDatabase.ts';

let database: TestDatabase;
let folder: string;
let store: (resources: readonly unknown[]) => ReturnType<typeof importResources>;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'wardkey-import-'));
  database = await createTestDatabase([...recordMigrations, ...identityMigrations]);
  const records = createRecordStore({
    database: database.application,
    keyRing: createKeyRing(Buffer.alloc(32, 1)),
    validate: loadDefinitions(),
    nowMs: () => Date.now(),
  });
  store = (resources) => importResources(records, { kind: 'system', name: 'test' }, resources);
}, 60_000);
afterAll(async () => {
  await database.close();
  rmSync(folder, { recursive: true, force: true });
});

const patient = (id: string, more: object = {}) =>
  JSON.stringify({ resourceType: 'Patient', id, name: [{ family: 'Secretname' }], ...more });

function write(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

async function heldIds(prefix: string): Promise<unknown[]> {
  const { rows } = await database.superuser.query(
    `select id from wardkey.resource where id like $1 order by id`,
    [`${prefix}%`],
  );
  return rows.map((row) => row['id']);
}

it('faulty lines are named by number and reason, the rest still loads, and no reason quotes a value', async () => {
  const lines = [
    patient('a-1'),
    '{"resourceType":"Patient","id":',
    '',
    patient('a-2', { gender: ['Secretname'] }),
    '[1,2]',
    'null',
    patient('a-3', { birthDate: 'Secretname' }),
    JSON.stringify({ resourceType: 'Secretname', id: 'a-4' }),
    JSON.stringify({ resourceType: 'Patient', name: [{ family: 'No Id' }] }),
    patient('a-5'),
  ];
  const path = write('faulty.ndjson', `\uFEFF${lines.join('\r\n')}`);
  const outcome = await importNdjson(path, { store, batchSize: 3 });
  expect(outcome).toMatchObject({ lines: 10, stored: 2, faulty: 7 });
  expect(outcome.faults.map((fault) => fault.line)).toEqual([2, 4, 5, 6, 7, 8, 9]);
  expect(JSON.stringify(outcome.faults)).not.toContain('Secretname');
  expect(await heldIds('a-')).toEqual(['a-1', 'a-5']);
});

it('a gzipped file loads like a plain one, whatever its name', async () => {
  const text = `${patient('b-1')}\n${patient('b-2')}\n`;
  const outcome = await importNdjson(write('packed.txt', gzipSync(text)), { store });
  expect(outcome).toEqual({ lines: 2, stored: 2, faulty: 0, faults: [] });
  expect(await heldIds('b-')).toEqual(['b-1', 'b-2']);
});

it('an archive cut short gives what came before the cut, and says where it ended', async () => {
  const lines = Array.from({ length: 400 }, (_, index) =>
    patient(`c-${index}`, { telecom: [{ value: String(Math.sin(index)) }] }),
  );
  const packed = gzipSync(lines.join('\n'));
  const path = write('cut.ndjson.gz', packed.subarray(0, Math.floor(packed.length / 2)));
  const outcome = await importNdjson(path, { store });
  expect(outcome.stored).toBeGreaterThan(20);
  expect(outcome.stored).toBeLessThan(400);
  expect(outcome.faults).toEqual([{ line: outcome.stored + 1, reason: 'cutShort' }]);
});

it('a line without end does not fill the memory', async () => {
  const endless = Buffer.alloc(17 * 1024 * 1024, 'x');
  const path = write(
    'endless.ndjson',
    Buffer.concat([
      Buffer.from(`${patient('d-1')}\n`),
      endless,
      Buffer.from(`\n${patient('d-2')}`),
    ]),
  );
  const outcome = await importNdjson(path, { store });
  expect(outcome).toMatchObject({ stored: 2, faults: [{ line: 2, reason: 'tooLong' }] });
});

it('progress comes with every batch and ends with all of the file', async () => {
  const seen: ImportProgress[] = [];
  const text = Array.from({ length: 7 }, (_, index) => patient(`e-${index}`)).join('\n');
  const path = write('progress.ndjson', text);
  await importNdjson(path, { store, batchSize: 3, onProgress: (progress) => seen.push(progress) });
  expect(seen.map((progress) => progress.stored)).toEqual([3, 6, 7]);
  expect(seen.at(-1)?.bytesRead).toBe(seen.at(-1)?.bytesTotal);
});

it('a file that is not there fails instead of loading nothing', async () => {
  await expect(importNdjson(join(folder, 'absent'), { store })).rejects.toThrow('ENOENT');
});
