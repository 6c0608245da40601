/**
 * A whole small hospital on this machine, for the demo, the tour, the benchmark and end-to-end tests: an isolated pcscd with
 * virtual readers, the record server on loopback with its own PostgreSQL, a synthetic hospital, and a terminal's configuration.
 */
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { startPcscd } from '../test/virtual/pcscd.mjs';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');

/** Starts a Node program and resolves with its first JSON line on stdout. */
async function startProgram(args, { log, env = {} } = {}) {
  const child = spawn(process.execPath, args, {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const tail = [];
  child.stderr.on('data', (bytes) => {
    log?.(String(bytes));
    tail.push(String(bytes));
    if (tail.length > 40) tail.shift();
  });
  const first = await new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', resolve);
    child.once('exit', (code) =>
      reject(new Error(`${args[0]} ended with ${code}: ${tail.join('')}`)),
    );
  });
  return { child, first: JSON.parse(first) };
}

async function endProgram(child, signal = 'SIGTERM') {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  await ended;
}

/**
 * @param {{ folder: string, data?: string | null, pollMs?: number, readers?: string[], seed?: string, reuse?: boolean,
 *   terminal?: Record<string, unknown>, server?: Record<string, unknown>, say?: (line: string) => void }} options
 *   `folder` is emptied first; `data` names FHIR NDJSON to load instead of the generated patients.
 */
export async function startWorld(options) {
  const {
    folder,
    data = null,
    pollMs = 400,
    readers = ['Ward Reader 1', 'Ward Reader 2'],
  } = options;
  const say = options.say ?? (() => {});
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const files = {
    serverConfig: path.join(folder, 'server.json'),
    serverLog: path.join(folder, 'server.log'),
    seed: path.join(folder, 'seed.json'),
    enrolment: path.join(folder, 'enrolment.json'),
    terminal: path.join(folder, 'terminal.json'),
    state: path.join(folder, 'terminal'),
  };
  const logLines = [];
  const log = (text) => logLines.push(text);
  writeFileSync(
    files.serverConfig,
    JSON.stringify({
      dataDirectory: path.join(folder, 'server'),
      host: '127.0.0.1',
      port: options.port ?? 0,
      ...options.server,
    }),
  );

  say('starting the badge reader service with virtual readers …');
  const pcscd = await startPcscd({ readers, pollMs });
  const seeding = await seedWorld({ ...options, files, data, say });
  say(`${seeding.resources ?? 'all'} records, ${seeding.badges.length} people with badges`);
  say('starting the record server …');
  let server = await startProgram(['out/server/main.mjs', files.serverConfig], { log });
  const url = server.first.listening;
  const port = Number(new URL(url).port);
  // Restarts must come back where terminals look for them.
  const fixed = JSON.parse(readFileSync(files.serverConfig, 'utf8'));
  writeFileSync(files.serverConfig, JSON.stringify({ ...fixed, port }));
  const { token, caPem } = seeding.enrolment;
  writeFileSync(files.enrolment, JSON.stringify({ serverUrl: url, caPem, token }), { mode: 0o600 });
  writeFileSync(
    files.terminal,
    JSON.stringify({
      stateFolder: files.state,
      enrolmentFile: files.enrolment,
      kiosk: false,
      helpDesk: '4400',
      ...options.terminal,
    }),
  );
  return {
    folder,
    files,
    url,
    badges: seeding.badges,
    seeding,
    pcscd,
    /** For every client process of this world. */
    env: {
      ...pcscd.env,
      WARDKEY_CONFIG: files.terminal,
      WARDKEY_PCSC_PORTS: pcscd.readers.map((reader) => reader.port).join(','),
      WARDKEY_TRAY: files.seed,
    },
    serverLog: () => logLines.join(''),
    stopServer: async (signal = 'SIGTERM') => await endProgram(server.child, signal),
    startServer: async () => {
      server = await startProgram(['out/server/main.mjs', files.serverConfig], { log });
    },
    stop: async () => {
      await endProgram(server.child);
      writeFileSync(files.serverLog, logLines.join(''));
      await pcscd.stop();
    },
  };
}

/** A seeded database is used again for this long: its one-time enrolment token and its shifts would go stale. */
const templateAgeMs = 25 * 60_000;

/** Removes the templates that nobody begins to copy any more. */
function removeOldTemplates(folder) {
  for (const name of readdirSync(folder)) {
    const template = path.join(folder, name);
    const madeAtMs = statSync(template, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    if (Date.now() - madeAtMs > 2 * templateAgeMs)
      rmSync(template, { recursive: true, force: true });
  }
}

/** Seeds a world, or copies one that was seeded a few minutes ago from the same program (tests ask for that by `reuse`). */
async function seedWorld({ files, data, seed = 'wardkey', reuse = false, say }) {
  const program = readFileSync(path.join(root, 'out/test/seedProgram.mjs'));
  const name = createHash('sha256')
    .update(program)
    .update(seed)
    .update(String(data))
    .digest('hex')
    .slice(0, 16);
  const templates = path.join(root, 'out', 'world-templates');
  // A new one has a new name: nothing is taken away under somebody who copies it.
  const template = path.join(templates, `${name}-${Math.floor(Date.now() / templateAgeMs)}`);
  const serverFolder = path.join(path.dirname(files.serverConfig), 'server');
  if (reuse && existsSync(template)) {
    execFileSync('cp', ['-a', path.join(template, 'server'), serverFolder]);
    copyFileSync(path.join(template, 'seed.json'), files.seed);
    return JSON.parse(readFileSync(files.seed, 'utf8'));
  }
  say(data === null ? 'making a synthetic hospital …' : `loading ${data} …`);
  const seeding = await runSeed({ files, data, seed, say });
  if (reuse) {
    // Made aside and moved, so that two test files that seed at once cannot see half a template.
    const aside = `${template}.${process.pid}`;
    mkdirSync(aside, { recursive: true });
    execFileSync('cp', ['-a', serverFolder, path.join(aside, 'server')]);
    copyFileSync(files.seed, path.join(aside, 'seed.json'));
    removeOldTemplates(templates);
    try {
      renameSync(aside, template);
    } catch (cause) {
      if (cause.code !== 'ENOTEMPTY' && cause.code !== 'EEXIST') throw cause;
      // Another test file was quicker.
      rmSync(aside, { recursive: true, force: true });
    }
  }
  return seeding;
}

/** Runs the seeding program; its last line of output is the result, lines before it are progress. */
async function runSeed({ files, data, seed, say }) {
  const args = ['out/test/seedProgram.mjs', '--config', files.serverConfig, '--seed', seed];
  if (data !== null) args.push('--data', data);
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  let errors = '';
  child.stderr.on('data', (bytes) => {
    errors = (errors + bytes).slice(-4000);
  });
  let last = '';
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (last && !last.startsWith('{')) say(last);
    last = line;
  });
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(`seeding ended with ${code}: ${errors}`);
  writeFileSync(files.seed, last, { mode: 0o600 });
  return JSON.parse(last);
}
