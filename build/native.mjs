/**
 * Builds the native add-on: `native/readers/pcsc/pcsc.cc` -> `out/native/pcsc.node`, one g++ call, no npm package.
 * One binary serves Node and Electron (Node-API 8). Run as a script, or call `buildNative({ force })`.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const sourceFolder = path.join(root, 'native/readers/pcsc');
const source = path.join(sourceFolder, 'pcsc.cc');
const outFolder = path.join(root, 'out/native');
const addon = path.join(outFolder, 'pcsc.node');
const stamp = path.join(outFolder, 'pcsc.stamp');

/** `nodelete`: a worker's end unloads the add-on, and would do so under a thread that waits for a card. */
const flags = [
  ...['-std=c++17', '-O2', '-Wall', '-Wextra', '-fPIC', '-shared', '-fvisibility=hidden'],
  ...['-fstack-protector-strong', '-D_FORTIFY_SOURCE=2', '-Wl,-z,relro', '-Wl,-z,now'],
  '-Wl,-z,nodelete',
];

/** The folder with node_api.h: beside this node, where distributions put it, or where npm's nodedir says. */
function findNodeHeaders() {
  const beside = path.join(path.dirname(path.dirname(process.execPath)), 'include/node');
  const candidates = [beside, '/usr/include/node', '/usr/local/include/node'];
  const nodedir = process.env['npm_config_nodedir'];
  if (nodedir) candidates.push(path.join(nodedir, 'include/node'));
  const found = candidates.find((folder) => existsSync(path.join(folder, 'node_api.h')));
  if (!found) throw new Error(`node_api.h not found in ${candidates.join(', ')}`);
  return found;
}

/** @param {string} option */
function pkgConfig(option) {
  try {
    const text = execFileSync('pkg-config', [option, 'libpcsclite'], { encoding: 'utf8' });
    return text.trim().split(/\s+/).filter(Boolean);
  } catch (cause) {
    throw new Error('libpcsclite is missing: install libpcsclite-dev and pkg-config', { cause });
  }
}

function wantedStamp() {
  const hash = createHash('sha256').update(flags.join(' '));
  const sources = readdirSync(sourceFolder).filter((name) => /\.(cc|h)$/.test(name));
  for (const name of sources.sort())
    hash.update(name).update(readFileSync(path.join(sourceFolder, name)));
  return hash.update(`${process.platform}-${process.arch}`).digest('hex');
}

function isUpToDate() {
  return existsSync(addon) && existsSync(stamp) && readFileSync(stamp, 'utf8') === wantedStamp();
}

/**
 * Builds when source or flags changed since the last build.
 * @param {{ force?: boolean }} [options]
 * @returns {{ addonPath: string, built: boolean }}
 */
export function buildNative({ force = false } = {}) {
  if (!force && isUpToDate()) return { addonPath: addon, built: false };
  mkdirSync(outFolder, { recursive: true });
  // Aside and renamed: a running process has the old file mapped, and writing into it would crash that process.
  const temporary = `${addon}.${process.pid}.tmp`;
  const includes = [`-I${findNodeHeaders()}`, ...pkgConfig('--cflags')];
  const libraries = [...pkgConfig('--libs'), '-pthread'];
  try {
    execFileSync('g++', [...flags, ...includes, '-o', temporary, source, ...libraries], {
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    renameSync(temporary, addon);
  } finally {
    rmSync(temporary, { force: true });
  }
  writeFileSync(stamp, wantedStamp());
  return { addonPath: addon, built: true };
}

if (process.argv[1] && path.resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const { addonPath, built } = buildNative({ force: process.argv.includes('--force') });
  process.stdout.write(`${path.relative(root, addonPath)} ${built ? 'built' : 'is up to date'}\n`);
}
