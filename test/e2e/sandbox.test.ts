import { execFileSync, spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { electronRuntime } from '../../build/electronRuntime.mjs';
import type { Terminal } from './driver.mjs';
import { eventually } from './driver.mjs';
import { openLab, type Lab } from './lab.ts';
import {
  asNobody,
  giveToNobody,
  layOutPackaged,
  layOutUnprivileged,
  openDoor,
  type Door,
} from './unprivileged.ts';

/* The terminal as it runs on a ward: by an ordinary user, with Chromium's sandbox really on; and as a packaged program. */

let folder: string;
let lab: Lab;
let door: Door;
let env: Record<string, string>;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'wardkey-sandbox-'));
  chmodSync(folder, 0o755);
  lab = await openLab();
  door = await openDoor(path.join(folder, 'pcscd.comm'), lab.world.env['PCSCLITE_CSOCK_NAME']!);
  env = { PCSCLITE_CSOCK_NAME: door.socket };
  mkdirSync(lab.world.files.state, { mode: 0o700 });
  giveToNobody(lab.world.files.state, lab.world.files.enrolment);
});
afterAll(async () => {
  await lab.close();
  door.close();
  rmSync(folder, { recursive: true, force: true });
});

/** On a busy machine a tap may still count as a card that lay there when the reader started. */
async function tapUntilAsked(terminal: Terminal): Promise<void> {
  const system = await terminal.system();
  for (let tries = 0; tries < 4 && (await system.locator('.pinPad').count()) === 0; tries++) {
    await lab.hand.tap(lab.nurses[0]!, { ms: 400 });
    await system
      .locator('.pinPad')
      .waitFor({ timeout: 4_000 })
      .catch(() => undefined);
  }
}

/** A line of /proc/PID/status. */
function statusOf(processId: number, name: string): string {
  const line = new RegExp(`^${name}:\\s+(\\S+)`, 'm');
  return line.exec(readFileSync(`/proc/${processId}/status`, 'utf8'))?.[1] ?? '';
}

describe('an ordinary user with Chromium’s sandbox', () => {
  let terminal: Terminal;
  let renderers: Record<string, number>;

  it('taps in and sees the ward board', async () => {
    const { dist } = await electronRuntime({ say: () => undefined });
    const executablePath = layOutUnprivileged(path.join(folder, 'copy'), dist);
    terminal = await lab.launch({ sandbox: true, executablePath, env });
    await terminal.ready();
    // A user who may not delete the enrolment file that IT laid down starts at the first try all the same.
    expect(terminal.log.map(({ event }) => event)).not.toContain('spoolRefused');
    await tapUntilAsked(terminal);
    await terminal.typePin(lab.nurses[0]!.pin);
    const page = await terminal.workspace();
    await page.locator('.bedRow').first().waitFor();
    expect(await page.getByText(lab.nurses[0]!.name).count()).toBeGreaterThan(0);
    expect(door.visits()).toBeGreaterThan(0);
  });

  it('runs every page in a process of its own, and none of them as root', async () => {
    await eventually('the next spare', () => terminal.pages('workspace').length === 2);
    renderers = await terminal.app.evaluate(({ webContents }) =>
      Object.fromEntries(
        webContents
          .getAllWebContents()
          .filter((contents) => contents.getURL() !== '')
          .map((contents) => [`${contents.getURL()} ${contents.id}`, contents.getOSProcessId()]),
      ),
    );
    const ids = Object.values(renderers);
    expect(ids).toHaveLength(3);
    expect(new Set(ids).size).toBe(3);
    for (const id of ids) expect(statusOf(id, 'Uid')).not.toBe('0');
    expect(await terminal.app.evaluate(({ app }) => app.commandLine.hasSwitch('no-sandbox'))).toBe(
      false,
    );
  });

  it('has system calls filtered, privileges dropped and namespaces of their own in every page process', async () => {
    const main = await terminal.app.evaluate(() => process.pid);
    // What the pages have is Chromium's doing, not inherited.
    expect(statusOf(main, 'Seccomp')).toBe('0');
    expect(statusOf(main, 'NoNewPrivs')).toBe('0');
    expect(existsSync(`/proc/${main}/root/etc`)).toBe(true);
    for (const [page, id] of Object.entries(renderers)) {
      expect([page, statusOf(id, 'Seccomp')]).toEqual([page, '2']);
      expect([page, statusOf(id, 'NoNewPrivs')]).toEqual([page, '1']);
      expect([page, BigInt(`0x${statusOf(id, 'CapEff')}`)]).toEqual([page, 0n]);
      for (const kind of ['user', 'pid', 'net'])
        expect(readlinkSync(`/proc/${id}/ns/${kind}`)).not.toBe(
          readlinkSync(`/proc/${main}/ns/${kind}`),
        );
      // A root with nothing in it: not one file of the machine can be opened from there.
      expect([page, existsSync(`/proc/${id}/root/etc`)]).toEqual([page, false]);
    }
  });

  it('lets no page out of the sandbox, not even one that was made without', async () => {
    const id = await terminal.app.evaluate(async ({ BrowserWindow }) => {
      const window = new BrowserWindow({ show: false, webPreferences: { sandbox: false } });
      await window.loadURL('about:blank');
      return window.webContents.getOSProcessId();
    });
    expect(statusOf(id, 'Seccomp')).toBe('2');
    expect(statusOf(id, 'NoNewPrivs')).toBe('1');
  });

  it('hands the state folder over whole', async () => {
    await terminal.close();
    expect(readdirSync(lab.world.files.state)).toContain('identity.json');
  });
});

/** Asks each page of the program for its developer tools and says what came of it. */
const toolsOpener = `
require('electron').app.on('web-contents-created', (_event, contents) => {
  contents.once('did-finish-load', () => {
    const url = contents.getURL();
    if (!url.startsWith('app:')) return;
    contents.openDevTools({ mode: 'detach' });
    setTimeout(() => {
      const state = contents.isDevToolsOpened() ? 'open' : 'closed';
      process.stderr.write('tools ' + url + ' ' + state + '\\n');
    }, 1_500);
  });
});`;

describe('a packaged terminal', () => {
  let executable: string;
  let home: string;

  beforeAll(async () => {
    home = path.join(folder, 'packaged-home');
    mkdirSync(home);
    giveToNobody(home);
    const { dist } = await electronRuntime({ say: () => undefined });
    executable = layOutPackaged(path.join(folder, 'packaged'), dist);
  });

  const run = (args: string[], more: Record<string, string> = {}) => {
    const [program = '', ...rest] = [...asNobody, executable, ...args];
    return spawnSync(program, rest, {
      encoding: 'utf8',
      timeout: 30_000,
      cwd: folder,
      env: { ...process.env, ...lab.display, HOME: home, ...more },
    });
  };

  it.each([
    ['--remote-debugging-port=0'],
    ['--no-sandbox'],
    ['--disable-web-security'],
    ['--inspect=0'],
    ['/tmp'],
  ])('refuses %s with code 78, before anything listens', (argument) => {
    const ended = run(['--disable-gpu', argument]);
    expect(ended.stderr).toContain(`wardkey: refused arguments: ${argument}`);
    expect(ended.status).toBe(78);
    expect(ended.stderr).not.toContain('DevTools listening');
  });

  it('takes its configuration from /etc alone, whatever the environment says', () => {
    const ended = run(['--disable-gpu'], { WARDKEY_CONFIG: lab.world.files.terminal });
    expect(ended.stderr).toContain('wardkey: configuration: /etc/wardkey/terminal.json');
    expect(ended.status).toBe(78);
  });

  /** Runs a packaged terminal on a configuration laid over /etc for it alone, until it ends; null when that cannot be done here. */
  const runConfigured = async (
    program: string,
    act: (said: () => string, processId: number) => Promise<void>,
  ): Promise<string | null> => {
    if (process.getuid?.() !== 0) {
      process.stderr.write(
        'not shown: only root can lay a configuration over /etc for one process\n',
      );
      return null;
    }
    const etc = path.join(folder, 'etc');
    execFileSync('cp', ['-a', '/etc/.', etc]);
    mkdirSync(path.join(etc, 'wardkey'), { recursive: true });
    cpSync(lab.world.files.terminal, path.join(etc, 'wardkey', 'terminal.json'));
    const enter = `mount --bind '${etc}' /etc && exec ${asNobody.join(' ')} '${program}' --disable-gpu`;
    const child = spawn('unshare', ['--mount', '--propagation', 'private', 'sh', '-c', enter], {
      cwd: folder,
      env: { ...process.env, ...lab.display, HOME: home, ...env },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.on('data', (bytes) => (said += String(bytes)));
    const ended = new Promise((resolve) => child.once('exit', resolve));
    try {
      await act(() => said, child.pid!);
    } finally {
      child.kill('SIGTERM');
      await ended;
    }
    return said;
  };

  it('does not let its caller say where taps come from', async () => {
    const before = door.visits();
    const said = await runConfigured(executable, async (soFar, processId) => {
      await eventually(
        'the reader host’s word',
        () => soFar().includes('"event":"readerService"'),
        { deadlineMs: 30_000 },
      );
      await lab.hand.tap(lab.nurses[0]!, { ms: 1_000 });
      expect(soFar()).toContain('"event":"appStarted","packaged":true');
      expect(soFar()).toContain('"event":"spoolOpened"');
      expect(door.visits()).toBe(before);
      expect(soFar()).not.toContain('"phase":"identifying"');
      expect(readFileSync(`/proc/${processId}/environ`, 'utf8')).toContain(door.socket);
    });
    if (said !== null) expect(said).toContain('"event":"appStopped"');
  });

  it('has no developer tools, whoever asks for them', async () => {
    const { dist } = await electronRuntime({ say: () => undefined });
    const watched = layOutPackaged(path.join(folder, 'watched'), dist, toolsOpener);
    const said = await runConfigured(watched, async (soFar) => {
      await eventually('word of both pages', () => soFar().match(/^tools /gm)?.length === 2, {
        deadlineMs: 30_000,
      });
    });
    if (said === null) return;
    expect(said).toContain('"event":"appStarted","packaged":true');
    expect(said.match(/^tools .*$/gm)?.sort()).toEqual([
      'tools app://wardkey/system.html closed',
      'tools app://wardkey/workspace.html closed',
    ]);
  });
});
