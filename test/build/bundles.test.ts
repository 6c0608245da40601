import { execFileSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import { builtinModules } from 'node:module';
import path from 'node:path';
import * as v from 'valibot';
import { afterAll, beforeAll, expect, it } from 'vitest';

/* What the product is made of, told by the bundlers themselves, from a build of the present sources in a folder of its own. */

const metaSchema = v.object({
  inputs: v.array(v.string()),
  outputs: v.array(
    v.object({ file: v.string(), bytes: v.number(), externals: v.array(v.string()) }),
  ),
});
type Meta = v.InferOutput<typeof metaSchema>;

const products = ['electron', 'preloads', 'server', 'renderer'] as const;
const sources = ['core', 'native', 'electron', 'renderer', 'server', 'build', 'test'];
let folder: string;
const metas = new Map<string, Meta>();

beforeAll(() => {
  // Inside the checkout, so that packages are found from there as they are for the real build.
  mkdirSync('out/test', { recursive: true });
  folder = mkdtempSync(path.resolve('out/test/bundles-'));
  for (const name of ['package.json', 'tsconfig.base.json', ...sources])
    cpSync(name, path.join(folder, name), { recursive: true });
  execFileSync(process.execPath, ['build/bundle.mjs'], { cwd: folder, stdio: 'pipe' });
  for (const name of products) {
    const text = readFileSync(path.join(folder, 'out', 'meta', `${name}.json`), 'utf8');
    metas.set(name, v.parse(metaSchema, JSON.parse(text)));
  }
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function filesBelow(name: string): string[] {
  return readdirSync(path.join(folder, name), { recursive: true, encoding: 'utf8' })
    .map((file) => path.join(name, file))
    .filter((file) => statSync(path.join(folder, file)).isFile());
}

/** Where an input came from: a folder of the project, or `node_modules`, or a bundler's own virtual module. */
function roomOf(input: string): string {
  if (input.includes('node_modules/')) return 'node_modules';
  const [room = ''] = input.split('/');
  return room;
}

it.each([
  ['electron', ['core', 'electron', 'native']],
  ['preloads', ['core', 'electron']],
  ['server', ['core', 'server']],
  ['renderer', ['core', 'renderer']],
] as const)(
  '%s holds code of its own rooms and of packages, none of test/ or build/',
  (name, rooms) => {
    const { inputs } = metas.get(name)!;
    const own = inputs.map(roomOf).filter((room) => room !== 'node_modules');
    // What a bundler adds itself has no folder: rolldown's runtime, Vite's preload helper.
    const strangers = inputs.filter(
      (input) =>
        ![...rooms, 'node_modules'].some((room) => room === roomOf(input)) &&
        !/^(?:rolldown|vite)[/:\w.-]*$/.test(input),
    );
    expect(strangers).toEqual([]);
    for (const room of rooms) expect(own).toContain(room);
  },
);

it('the bundlers told of every file that lies in the product folders', () => {
  const told = [...metas.values()].flatMap(({ outputs }) => outputs);
  const lying = ['out/electron', 'out/renderer', 'out/server'].flatMap(filesBelow);
  expect(lying.filter((file) => !file.endsWith('.map')).sort()).toEqual(
    told.map(({ file }) => file).sort(),
  );
  for (const { file, bytes } of told) expect(statSync(path.join(folder, file)).size).toBe(bytes);
});

it('what stays outside the bundles is Node, Electron, or a dependency that is shipped', () => {
  const manifest = v.parse(
    v.object({ dependencies: v.record(v.string(), v.string()) }),
    JSON.parse(readFileSync('package.json', 'utf8')),
  );
  const known = new Set([
    'electron',
    ...Object.keys(manifest.dependencies),
    ...builtinModules,
    ...builtinModules.map((name) => `node:${name}`),
  ]);
  for (const name of ['electron', 'preloads', 'server']) {
    const externals = metas.get(name)!.outputs.flatMap((output) => output.externals);
    expect(externals.filter((external) => !known.has(external))).toEqual([]);
  }
  const preloads = metas.get('preloads')!.outputs.flatMap((output) => output.externals);
  expect(new Set(preloads)).toEqual(new Set(['electron']));
});

it('the PC/SC add-on is made of files of native/ alone', () => {
  const rule = execFileSync(
    'g++',
    [
      '-MM',
      '-std=c++17',
      'native/readers/pcsc/pcsc.cc',
      '-I/usr/include/PCSC',
      '-I',
      nodeHeaders(),
    ],
    { encoding: 'utf8' },
  );
  const inputs = rule
    .replace(/\\\n/g, ' ')
    .split(/\s+/)
    .filter((word) => word.startsWith('native/') || word.startsWith('test/'));
  expect(inputs.length).toBeGreaterThan(3);
  expect(inputs.filter((input) => !input.startsWith('native/'))).toEqual([]);
});

function nodeHeaders(): string {
  return path.join(path.dirname(path.dirname(process.execPath)), 'include', 'node');
}

it('no product file can make up a tap, and none holds a key, a demo PIN or a path of this machine', () => {
  const forbidden: readonly (readonly [string, RegExp])[] = [
    ['virtual card', /VirtualCard|vpcd|vsmartcard/i],
    ['demo badge tray', /WARDKEY_TRAY|WARDKEY_PCSC_PORTS|test\/tray/],
    ['playwright', /playwright/i],
    ['private key', /-----BEGIN [A-Z ]*PRIVATE KEY-----(?:\\n|\s)+[A-Za-z0-9+/]{20}/],
    ['certificate', /-----BEGIN CERTIFICATE-----(?:\\n|\s)+[A-Za-z0-9+/]{20}/],
    [
      'token of a registry or cloud',
      /\b(?:ghp|npm|glpat|xox[bp])_?[A-Za-z0-9]{30,}|\bAKIA[0-9A-Z]{16}\b/,
    ],
    ['path of this machine', new RegExp(`${path.resolve('.')}|${folder}|/root/|/home/[a-z]`)],
  ];
  const found: string[] = [];
  for (const file of ['out/electron', 'out/renderer', 'out/server'].flatMap(filesBelow)) {
    const text = readFileSync(path.join(folder, file), 'latin1');
    for (const [what, pattern] of forbidden)
      if (pattern.test(text)) found.push(`${what} in ${file}`);
  }
  expect(found).toEqual([]);
});
