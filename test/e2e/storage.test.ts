import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { electronRuntime } from '../../build/electronRuntime.mjs';
import { eventually, type Terminal } from './driver.mjs';
import { openLab, type Lab } from './lab.ts';
import {
  entryOf,
  isIdle,
  logIn,
  openedSince,
  patienceMs,
  processesWith,
  systemSays,
  tapSlowly,
} from './onlooker.ts';
import { openServerSide, type ServerSide } from './serverSide.ts';
import { runs } from './terminalProcesses.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const mayMount = process.getuid?.() === 0;
if (!mayMount) console.log('full and read-only disks are not tested: mounting one needs root');

let lab: Lab;
let terminal: Terminal;
let serverSide: ServerSide;
let state: string;

beforeAll(async () => {
  lab = await openLab({ terminal: { session: { refusalShownMs: 1_500 } } });
  state = lab.world.files.state;
  mkdirSync(state, { mode: 0o700 });
  if (mayMount) mount('-t', 'tmpfs', '-o', 'size=160m,mode=0700', 'wardkey-test', state);
  serverSide = await openServerSide(lab.world);
});
afterEach(async ({ task }) => {
  // Without the terminal's own words a failure on another machine tells nothing.
  if (task.result?.state === 'fail') console.log(JSON.stringify(terminal.log.slice(-15)));
  await terminal.close();
});
afterAll(async () => {
  await serverSide.close();
  if (mayMount) execFileSync('umount', ['-l', state]);
  await lab.close();
});

function mount(...words: string[]): void {
  execFileSync('mount', words);
}

const inState = (name: string): string => path.join(state, name);

async function start(): Promise<void> {
  terminal = await lab.launch();
}

async function startReady(): Promise<void> {
  await start();
  await terminal.ready();
}

/** Fills the disk to the last byte. */
function fillDisk(): string {
  const filler = inState('filler');
  for (let size = 1 << 20; size >= 512; size >>= 1) {
    for (;;) {
      try {
        writeFileSync(filler, Buffer.alloc(size), { flag: 'a' });
      } catch {
        break;
      }
    }
  }
  return filler;
}

/** One bit in every so many bytes, behind the first page. */
function flipBits(file: string): void {
  const bytes = readFileSync(file);
  for (let at = 6_000; at < bytes.length; at += 9_973) bytes[at] = (bytes[at] ?? 0) ^ 0x10;
  writeFileSync(file, bytes);
}

const parts = ['', '-wal', '-shm'];

/** A copy of a database as a backup program takes it, while nobody writes. */
function copyOf(name: string): () => void {
  const copies = parts.map((part) => {
    const file = `${inState(name)}${part}`;
    return existsSync(file) ? readFileSync(file) : null;
  });
  return () => {
    parts.forEach((part, index) => {
      const file = `${inState(name)}${part}`;
      const bytes = copies[index];
      rmSync(file, { force: true });
      if (bytes) writeFileSync(file, bytes, { mode: 0o600 });
    });
  };
}

function digestOf(name: string): string {
  return createHash('sha256')
    .update(readFileSync(inState(name)))
    .digest('hex');
}

/** Nobody gets in: what lies on the reader changes nothing. */
async function servesNobody(): Promise<void> {
  const from = terminal.log.length;
  await tapSlowly(lab, lab.nurses[0]!);
  await sleep(1_000);
  expect(openedSince(terminal, from)).toBe(0);
  const system = await terminal.system();
  expect(await system.locator('.pinPad').count()).toBe(0);
}

describe.runIf(mayMount)('a disk', () => {
  it('that is full in the middle of a session: nothing more is shown, it says so, and goes on when there is room', async () => {
    await startReady();
    const page = await logIn(lab, terminal, lab.nurses[0]!);
    const filler = fillDisk();
    const rows = page.locator('button.bedRow');
    // A few lines may still fit into what the file has already.
    for (let turn = 0; turn < 60 && !hasLogged('storageFault'); turn += 1) {
      await rows
        .nth(turn % 20)
        .click({ timeout: 5_000 })
        .catch(() => undefined);
      await sleep(100);
      await page
        .locator('.chartBack')
        .click({ timeout: 1_000 })
        .catch(() => undefined);
    }
    await systemSays(terminal, 'The disk of this terminal is full');
    await terminal.logged('storageFault', { where: ({ code }) => code === 'diskFull' });
    await terminal.logged('sessionClosed', {
      where: ({ reason }) => reason === 'terminalFault',
      deadlineMs: patienceMs,
    });
    await servesNobody();
    rmSync(filler);
    await (await terminal.system()).getByRole('button', { name: 'Try again' }).click();
    await isIdle(terminal);
    await terminal.logged('storageRecovered');
    await sleep(300);
    await logIn(lab, terminal, lab.nurses[0]!);
  });

  const hasLogged = (event: string): boolean => terminal.log.some((entry) => entry.event === event);

  it('that cannot be written at the start: it says so, and starts by itself when it can', async () => {
    mount('-o', 'remount,ro', state);
    // The program that starts anew has nobody above it: this is how it is found, and ended.
    const mark = `--started-by=${lab.world.folder}`;
    try {
      terminal = await lab.launch({ args: [mark] });
      await systemSays(terminal, 'This terminal cannot write to its disk');
      await terminal.logged('spoolRefused', { where: ({ code }) => code === 'readOnly' });
      await servesNobody();
    } finally {
      mount('-o', 'remount,rw', state);
    }
    await eventually('its end', () => !runs(terminal.processId), { deadlineMs: patienceMs });
    const [anew] = await eventually('the program started anew', () => {
      const found = processesWith(mark);
      return found.length === 1 ? found : null;
    });
    process.kill(anew!, 'SIGKILL');
    await startReady();
    await logIn(lab, terminal, lab.nurses[0]!);
  });
});

describe('the cache', () => {
  it('with flipped bits is thrown away and filled again, and its reader is told', async () => {
    await startReady();
    await logIn(lab, terminal, lab.nurses[0]!);
    await terminal.close();
    flipBits(inState('cache.db'));
    await startReady();
    const page = await logIn(lab, terminal, lab.nurses[0]!);
    await page.getByText('The records on this terminal were damaged.').waitFor();
    await terminal.logged('cacheDropped', { where: ({ code }) => code === 'cacheDamaged' });
    await entryOf(serverSide, { action: 'tamper', subject: 'cache', reason: 'cacheDamaged' });
    expect(await page.locator('button.bedRow').count()).toBeGreaterThan(15);
  });

  it('damaged under an open session ends it with the reason, and the next login fills it again', async () => {
    await startReady();
    await logIn(lab, terminal, lab.nurses[0]!);
    await terminal.close();
    await startReady();
    const page = await logIn(lab, terminal, lab.nurses[0]!);
    const from = terminal.log.length;
    flipBits(inState('cache.db'));
    await page.locator('button.bedRow').first().click();
    await systemSays(terminal, 'The records on this terminal were damaged');
    await terminal.logged('cacheDropped', { from, where: ({ code }) => code === 'cacheDamaged' });
    await isIdle(terminal);
    const again = await logIn(lab, terminal, lab.nurses[0]!);
    await again.getByText('The records on this terminal were damaged.').waitFor();
    expect(await again.locator('button.bedRow').count()).toBeGreaterThan(15);
    expect(terminal.log.slice(from).some(({ event }) => event === 'unexpected')).toBe(false);
  });

  it('of yesterday, put back, is noticed, thrown away and reported', async () => {
    const putBack = copyOf('cache.db');
    await startReady();
    const page = await logIn(lab, terminal, lab.nurses[0]!);
    await page.locator('button.bedRow').first().click();
    await page
      .getByRole('button', { name: /record/i })
      .first()
      .click();
    await page.getByRole('textbox', { name: /pulse/i }).fill('81');
    await page.getByRole('button', { name: 'Save observations' }).click();
    await page.getByText('Observations saved.').waitFor();
    await terminal.logged('operationsPushed', { deadlineMs: patienceMs });
    await terminal.close();
    putBack();
    await startReady();
    const again = await logIn(lab, terminal, lab.nurses[0]!);
    await again.getByText('Somebody put back an old copy').waitFor();
    await terminal.logged('cacheDropped', { where: ({ code }) => code === 'cacheRolledBack' });
    await entryOf(serverSide, { action: 'tamper', reason: 'cacheRolledBack' });
  });
});

describe('the spool', () => {
  it('with flipped bits stops the terminal, says so, and is left as it is', async () => {
    const putBack = copyOf('spool.db');
    flipBits(inState('spool.db'));
    const damaged = digestOf('spool.db');
    await start();
    await systemSays(terminal, 'The access log of this terminal is damaged');
    await systemSays(terminal, 'Nothing is deleted.');
    await terminal.logged('spoolRefused', { where: ({ code }) => code === 'spoolDamaged' });
    await servesNobody();
    await terminal.close();
    expect(digestOf('spool.db')).toBe(damaged);
    putBack();
    await startReady();
  });

  it('that was deleted is no reason to begin another one', async () => {
    const putBack = copyOf('spool.db');
    for (const part of parts) rmSync(inState(`spool.db${part}`), { force: true });
    await start();
    await systemSays(terminal, 'The access log of this terminal is damaged');
    await terminal.close();
    expect(existsSync(inState('spool.db'))).toBe(false);
    putBack();
    await startReady();
  });

  it('of yesterday, put back, is noticed at the first word with the record server, and stays noticed', async () => {
    const yesterday = copyOf('spool.db');
    await startReady();
    const before = (await serverSide.entries()).length;
    await tapSlowly(lab, { uid: '04ffeeddccbbaa' });
    await systemSays(terminal, 'This badge is not known here');
    await entryOf(serverSide, { action: 'loginRefused', reason: 'badgeUnknown' });
    expect((await serverSide.entries()).length).toBeGreaterThan(before);
    await terminal.close();
    const today = copyOf('spool.db');
    yesterday();
    for (const time of ['at first', 'after a restart']) {
      await start();
      await systemSays(terminal, 'The storage of this terminal is older than it should be');
      expect(
        terminal.log.some(({ code }) => code === 'rollback'),
        time,
      ).toBe(true);
      await servesNobody();
      await terminal.close();
    }
    today();
    await startReady();
  });
});

describe('what else lies on the disk', () => {
  it('damaged slots and leases are set aside, and a PIN with the record server makes new ones', async () => {
    writeFileSync(inState('keys.json'), '{"version":1,"slots":');
    await startReady();
    expect(readFileSync(inState('log/terminal.log'), 'utf8')).toContain('keyFileDamaged');
    expect(existsSync(inState('keys.json.damaged'))).toBe(true);
    await logIn(lab, terminal, lab.nurses[0]!);
  });

  it('a device secret that others may read is not used', async () => {
    chmodSync(inState('device.secret'), 0o444);
    await start();
    await systemSays(terminal, 'This terminal cannot store what it must');
    await terminal.logged('deviceSecretRefused', {
      where: ({ code }) => code === 'deviceSecretExposed',
    });
    await servesNobody();
    chmodSync(inState('device.secret'), 0o400);
    expect(statSync(inState('device.secret')).mode & 0o777).toBe(0o400);
    await isIdle(terminal);
  });

  it('is one program’s alone: a second copy says so and ends, the first stays', async () => {
    await startReady();
    await logIn(lab, terminal, lab.nurses[0]!);
    const from = terminal.log.length;
    const { executable } = await electronRuntime({ say: () => undefined });
    const second = spawn(executable, ['--no-sandbox', '--disable-gpu', root], {
      cwd: root,
      env: { ...process.env, ...lab.world.env, ...lab.display },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    second.stderr.on('data', (bytes) => (said += String(bytes)));
    const code = await new Promise<number | null>((resolve) => second.once('close', resolve));
    expect(code).toBe(75);
    expect(said).toContain('another copy of Wardkey runs on this terminal; use that one');
    await terminal.logged('secondCopyRefused', { from });
    await (await terminal.workspace()).locator('.bedRow').first().waitFor();
    expect(terminal.log.slice(from).some(({ event }) => event === 'sessionClosed')).toBe(false);
  });
});
