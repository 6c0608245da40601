/**
 * Makes a clone ready to run: system packages, npm packages, the PC/SC add-on, the Electron runtime, the bundles.
 * Needs nothing but Node; may be repeated at will; says what it does, and takes under 2 s when nothing is missing.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const minimumNode = [20, 19];

/** Debian packages, and what each group is for. */
const systemPackages = {
  'the badge reader service and its virtual driver': ['pcscd', 'libpcsclite1', 'vsmartcard-vpcd'],
  'building the PC/SC add-on': ['g++', 'pkg-config', 'libpcsclite-dev'],
  'the record server’s database': ['postgresql'],
  'the Electron window': [
    'libgtk-3-0',
    'libnss3',
    'libasound2',
    'libgbm1',
    'libatspi2.0-0',
    'libcups2',
    'libx11-xcb1',
    'fonts-dejavu-core',
  ],
  'a virtual display': ['xvfb', 'openbox', 'xauth', 'xclip', 'x11-utils'],
  'pictures of every screen in tests': ['chromium-headless-shell', 'imagemagick', 'xdotool'],
  'isolated tests': ['iproute2', 'util-linux', 'procps', 'ca-certificates'],
};

const say = (line) => process.stderr.write(`[setup] ${line}\n`);
/** A setup that cannot go on: the message is for a person, and names the cure. */
class SetupError extends Error {}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < minimumNode[0] || (major === minimumNode[0] && minor < minimumNode[1]))
    throw new SetupError(
      `Node ${minimumNode.join('.')} or newer is needed; this is ${process.versions.node}.`,
    );
}

function missingSystemPackages() {
  if (process.platform !== 'linux' || !existsSync('/usr/bin/dpkg-query')) return [];
  const names = Object.values(systemPackages).flat();
  const query = spawnSync('dpkg-query', ['-W', '-f', '${Package} ${Status}\\n', ...names], {
    encoding: 'utf8',
  });
  const installed = new Set(
    query.stdout
      .split('\n')
      .filter((line) => line.endsWith(' ok installed'))
      .map((line) => line.split(' ')[0]),
  );
  return names.filter((name) => !installed.has(name));
}

/** Runs a long step with its last line of output shown as progress where a person watches. */
async function runStep(title, command, args, env = {}) {
  const startedAt = Date.now();
  say(`${title} …`);
  const watched = process.stderr.isTTY === true;
  const child = spawn(command, args, {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines = [];
  const take = (bytes) => {
    for (const line of String(bytes)
      .split(/[\r\n]+/)
      .filter(Boolean)) {
      lines.push(line);
      if (watched) process.stderr.write(`\r\u001b[K[setup]   ${line.slice(0, 90)}`);
    }
  };
  child.stdout.on('data', take);
  child.stderr.on('data', take);
  const beat = setInterval(() => {
    if (!watched) say(`  still at it, ${Math.round((Date.now() - startedAt) / 1000)} s`);
  }, 15_000);
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  }).finally(() => clearInterval(beat));
  if (watched) process.stderr.write('\r\u001b[K');
  if (code !== 0)
    throw new SetupError(
      `${title} failed (${command} ${args[0]} ended with ${code}):\n${lines.slice(-15).join('\n')}`,
    );
  say(`  done in ${((Date.now() - startedAt) / 1000).toFixed(1)} s`);
}

async function installSystemPackages() {
  const missing = missingSystemPackages();
  if (missing.length === 0) return;
  const command = `apt-get install -y --no-install-recommends ${missing.join(' ')}`;
  if (process.getuid?.() !== 0)
    throw new SetupError(
      `These system packages are missing. Run this once, then start again:\n\n  sudo ${command}\n`,
    );
  const quiet = { DEBIAN_FRONTEND: 'noninteractive' };
  await runStep('looking up system packages', 'apt-get', ['update', '-q'], quiet);
  await runStep(
    `installing ${missing.length} system packages`,
    'apt-get',
    command.split(' ').slice(1),
    quiet,
  );
}

const hashOf = (...parts) =>
  parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest('hex');
const stampPath = (name) => path.join(root, 'out', 'setup', name);
const stampIs = (name, value) =>
  existsSync(stampPath(name)) && readFileSync(stampPath(name), 'utf8') === value;
function stamp(name, value) {
  mkdirSync(path.dirname(stampPath(name)), { recursive: true });
  writeFileSync(stampPath(name), value);
}

async function installNpmPackages() {
  const wanted = hashOf(readFileSync(path.join(root, 'package-lock.json')));
  const installed = existsSync(path.join(root, 'node_modules', '.package-lock.json'));
  if (installed && stampIs('npm', wanted)) return;
  // No package's install script runs: .npmrc says ignore-scripts, build/install-scripts.json says why each may be ignored.
  await runStep('installing npm packages', 'npm', [
    'ci',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ]);
  stamp('npm', wanted);
}

/** Names, sizes and times of every source, so that unchanged sources cost no bundling. */
function sourcesFingerprint() {
  const seen = [];
  const walk = (folder) => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const file = path.join(folder, entry.name);
      if (entry.isDirectory()) walk(file);
      else {
        const { size, mtimeMs } = statSync(file);
        seen.push(`${path.relative(root, file)} ${size} ${mtimeMs}`);
      }
    }
  };
  for (const folder of [
    'core',
    'native',
    'electron',
    'renderer',
    'server',
    'build',
    'test/hospital',
    'test/tray',
  ])
    if (existsSync(path.join(root, folder))) walk(path.join(root, folder));
  return hashOf(readFileSync(path.join(root, 'package.json')), seen.sort().join('\n'));
}

async function bundlePrograms() {
  const fingerprint = sourcesFingerprint();
  if (stampIs('bundle', fingerprint)) return;
  await runStep('bundling', process.execPath, ['build/bundle.mjs']);
  stamp('bundle', fingerprint);
}

/**
 * Does every step that is missing.
 * @returns {Promise<{ origin: string, dist: string, executable: string }>} the Electron runtime
 */
export async function setUp() {
  checkNode();
  await installSystemPackages();
  await installNpmPackages();
  const { buildNative } = await import('./native.mjs');
  await buildNative({ say });
  const { electronRuntime } = await import('./electronRuntime.mjs');
  const runtime = await electronRuntime({ say });
  await bundlePrograms();
  return runtime;
}

/** Runs the set-up for a command line: prints the cure instead of a stack when a person must act. */
export async function setUpOrExit() {
  try {
    return await setUp();
  } catch (error) {
    say(error instanceof SetupError ? error.message : (error.stack ?? String(error)));
    process.exit(1);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const startedAt = Date.now();
  const runtime = await setUpOrExit();
  say(`ready in ${((Date.now() - startedAt) / 1000).toFixed(1)} s (Electron: ${runtime.origin})`);
}
