import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { generateHospital } from '../hospital/hospital.ts';
import { startWorld, type World } from '../../build/world.mjs';

let folder: string;
let world: World;
const said: string[] = [];
let good = 0;

const secretName = 'Zzyzxworth';
/** By the number of their line. */
const badLines: Readonly<Record<number, string>> = {
  2: '{"resourceType":"Patient","id":"cut-short","name":[{"family":"' + secretName,
  4: JSON.stringify({ resourceType: 'Patient', id: 'no-list', name: secretName }),
  6: JSON.stringify({ resourceType: 'Starship', id: 'unknown-type' }),
};

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'wardkey-data-'));
  // PostgreSQL runs as another user and must be able to pass through.
  chmodSync(folder, 0o711);
  const hospital = generateHospital({ seed: 'data file', nowMs: Date.now() });
  const lines = hospital.resources
    .filter(({ resourceType }) => resourceType === 'Patient')
    .map((resource) => JSON.stringify(resource));
  good = lines.length;
  for (const [line, text] of Object.entries(badLines)) lines.splice(Number(line) - 1, 0, text);
  const file = path.join(folder, 'patients.ndjson');
  writeFileSync(file, `${lines.join('\n')}\n`);
  world = await startWorld({
    folder: path.join(folder, 'world'),
    data: file,
    say: (line) => said.push(line),
  });
});
afterAll(async () => {
  await world.stop();
  rmSync(folder, { recursive: true, force: true });
});

it('each bad line of a data file is told by its number and a reason that quotes nothing', () => {
  const told = said.filter((line) => line.startsWith('line '));
  expect(told.map((line) => Number(/^line (\d+): [A-Za-z]/.exec(line)?.[1]))).toEqual(
    Object.keys(badLines).map(Number),
  );
  expect(said.join('\n')).not.toContain(secretName);
});

it('the rest of the file is loaded, with wards and staff laid over it', () => {
  const summary = JSON.parse(readFileSync(world.files.seed, 'utf8')) as {
    resources: number;
    refused: number;
    badges: unknown[];
  };
  expect(summary.refused).toBe(Object.keys(badLines).length);
  expect(summary.resources).toBeGreaterThan(good);
  expect(summary.badges.length).toBeGreaterThan(10);
});
