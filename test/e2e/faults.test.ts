import { execFileSync, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { electronRuntime } from '../../build/electronRuntime.mjs';
import { eventually, type Terminal } from './driver.mjs';
import { openLab, type Lab } from './lab.ts';
import {
  badgeNeedles,
  familyNeedles,
  findIn,
  logsOf,
  patientNeedles,
  secretNeedles,
} from './leaks.ts';
import {
  entryOf,
  isIdle,
  lockOut,
  logIn,
  openedSince,
  patienceMs,
  processesWith,
  systemSays,
  tapSlowly,
} from './onlooker.ts';
import {
  processesOf,
  processesBelow,
  runs,
  vaultsOf,
  workspaceProcesses,
} from './terminalProcesses.ts';
import { openServerSide, type ServerSide } from './serverSide.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const settledMs = 1_000;

let lab: Lab;
let terminal: Terminal;
let serverSide: ServerSide;

beforeAll(async () => {
  lab = await openLab({
    terminal: { session: { readerLostCoverMs: 1_500, refusalShownMs: 1_500 } },
  });
  serverSide = await openServerSide(lab.world);
  terminal = await lab.launch();
  await terminal.ready();
});
afterEach(async ({ task }) => {
  // Without the terminal's own words a failure on another machine tells nothing.
  if (task.result?.state === 'fail') console.log(JSON.stringify(terminal.log.slice(-15)));
  for (const reader of [0, 1]) lab.world.pcscd.setFault(reader, 'unplug', false);
  if (openedSince(terminal, 0) > closedSince(0)) await lockOut(terminal);
});
afterAll(async () => {
  await serverSide.close();
  await lab.close();
});

function closedSince(from: number): number {
  return terminal.log.slice(from).filter(({ event }) => event === 'sessionClosed').length;
}

/** The open session, under way again: a chart of the ward can be opened. */
async function worksOn(page: Page): Promise<void> {
  await page.locator('button.bedRow').first().click({ timeout: patienceMs });
  await page.locator('.chart').waitFor({ timeout: patienceMs });
  await page.locator('.chartBack').click();
  await page.locator('.bedRow').first().waitFor({ timeout: patienceMs });
}

/** Comes in, or back within the grace. */
async function comeIn(index = 0): Promise<Page> {
  const nurse = lab.nurses[index]!;
  await isIdle(terminal);
  await sleep(400);
  const from = terminal.log.length;
  await tapSlowly(lab, nurse);
  const system = await terminal.system();
  const asked = await eventually(
    'a PIN pad or a workspace',
    async () => {
      if (openedSince(terminal, from) > 0) return 'open';
      return (await system.locator('.pinPad').isVisible()) ? 'pin' : null;
    },
    { deadlineMs: patienceMs },
  );
  if (asked === 'pin') await terminal.typePin(nurse.pin);
  // What dies before the session is open is another matter: then there is no session to come back to.
  await terminal.logged('sessionOpened', { from, deadlineMs: patienceMs });
  const page = await terminal.workspace();
  await page.locator('.bedRow').first().waitFor({ timeout: 60_000 });
  return page;
}

describe('the badge reader', () => {
  it('unplugged with a session open: says so, covers, leaves the lock key, and comes back by itself', async () => {
    const page = await logIn(lab, terminal, lab.nurses[0]!);
    for (const reader of [0, 1]) lab.world.pcscd.setFault(reader, 'unplug', true);
    await page.getByText('The badge reader is gone. Press Lock when you leave.').waitFor();
    await terminal.logged('readerService', { where: ({ code }) => code === 'noReader' });
    await entryOf(serverSide, { action: 'readerLost', personId: lab.nurses[0]!.personId });
    await systemSays(terminal, `Session of ${lab.nurses[0]!.name}`);
    expect(closedSince(0)).toBe(0);
    await (await terminal.system()).keyboard.press('Enter');
    await entryOf(serverSide, { action: 'uncover', personId: lab.nurses[0]!.personId });
    await worksOn(page);
    await page.getByRole('button', { name: 'Lock' }).click();
    await systemSays(terminal, 'Check that the reader’s cable is plugged in.');
    for (const reader of [0, 1]) lab.world.pcscd.setFault(reader, 'unplug', false);
    await systemSays(terminal, 'Badge reader ready');
    await sleep(settledMs);
  });

  it('service killed and started again with a session open: the session goes on', async () => {
    const page = await comeIn();
    await lab.world.pcscd.kill('SIGKILL');
    await page.getByText('The badge reader is gone').waitFor({ timeout: patienceMs });
    await terminal.logged('readerService', { where: ({ code }) => code === 'serviceDown' });
    await lab.world.pcscd.start();
    await page.getByText('The badge reader is back.').waitFor({ timeout: patienceMs });
    await (await terminal.system()).keyboard.press('Enter');
    await worksOn(page);
    await sleep(settledMs);
    await tapSlowly(lab, lab.nurses[0]!);
    await page.getByText('Your badge is still you.').waitFor();
  });

  it('host process killed with a session open: a new one takes over', async () => {
    const page = await comeIn();
    const host = (await processesOf(terminal)).find(
      ({ service }) => service === 'Wardkey reader host',
    );
    const from = terminal.log.length;
    process.kill(host!.processId, 'SIGKILL');
    await terminal.logged('readerHostExited', { from });
    await page.getByText('The badge reader is back.').waitFor({ timeout: patienceMs });
    await worksOn(page);
    await sleep(settledMs);
    await tapSlowly(lab, lab.nurses[1]!);
    await systemSays(terminal, 'Enter your PIN');
    await terminal.logged('sessionClosed', { from, where: ({ reason }) => reason === 'tapOver' });
    await (await terminal.system()).keyboard.press('Escape');
  });
});

describe('a process that dies', () => {
  it('the session’s vault: the session ends, and its owner is asked for her PIN again', async () => {
    await comeIn();
    const from = terminal.log.length;
    process.kill((await vaultsOf(terminal))[0]!, 'SIGKILL');
    await terminal.logged('sessionClosed', { from, where: ({ reason }) => reason === 'vaultLost' });
    await terminal.logged('vaultExited', { from, where: ({ expected }) => expected === false });
    await systemSays(terminal, 'A part of this terminal stopped');
    await entryOf(serverSide, { action: 'lock', reason: 'vaultLost' });
    await isIdle(terminal);
    await tapSlowly(lab, lab.nurses[0]!);
    await systemSays(terminal, 'Enter your PIN');
    await (await terminal.system()).keyboard.press('Escape');
  });

  it('the session’s page: the session ends, and a tap brings its owner back', async () => {
    await comeIn();
    const from = terminal.log.length;
    const { open } = await workspaceProcesses(terminal);
    process.kill(open[0]!, 'SIGKILL');
    await terminal.logged('sessionClosed', {
      from,
      where: ({ reason }) => reason === 'rendererLost',
    });
    await terminal.logged('rendererGone', { from });
    await systemSays(terminal, 'A part of this terminal stopped');
    await entryOf(serverSide, { action: 'lock', reason: 'rendererLost' });
    await isIdle(terminal);
    await sleep(400);
    await tapSlowly(lab, lab.nurses[0]!);
    await terminal.logged('sessionOpened', { from, where: ({ by }) => by === 'grace' });
  });

  it('a spare vault or page: nobody notices, now or at the next tap', async () => {
    const page = await comeIn();
    const from = terminal.log.length;
    const spares = await eventually('both spares', async () => {
      const vaults = await vaultsOf(terminal);
      const { spare } = await workspaceProcesses(terminal);
      return vaults.length === 2 && spare.length === 1 ? [vaults[1]!, spare[0]!] : null;
    });
    for (const processId of spares) process.kill(processId, 'SIGKILL');
    await terminal.logged('vaultExited', { from });
    await terminal.logged('rendererGone', { from });
    await worksOn(page);
    expect(closedSince(from)).toBe(0);
    await tapSlowly(lab, lab.nurses[1]!);
    await terminal.typePin(lab.nurses[1]!.pin);
    const next = await terminal.workspace();
    await next.getByText(lab.nurses[1]!.name).first().waitFor();
    await worksOn(next);
  });

  it('the graphics process: the picture comes back, the session goes on', async () => {
    const page = await comeIn();
    const from = terminal.log.length;
    const graphics = (await processesOf(terminal)).find(({ type }) => type === 'GPU');
    process.kill(graphics!.processId, 'SIGKILL');
    await eventually('another graphics process', async () =>
      (await processesOf(terminal)).some(
        ({ type, processId }) => type === 'GPU' && processId !== graphics!.processId,
      ),
    );
    await worksOn(page);
    expect((await page.screenshot()).length).toBeGreaterThan(50_000);
    expect(closedSince(from)).toBe(0);
  });

  it('the program itself: nothing of the session runs on, and it comes back locked', async () => {
    await comeIn();
    const all = (await processesOf(terminal)).map(({ processId }) => processId);
    await terminal.kill();
    await eventually('the end of all its processes', () => !all.some(runs), {
      deadlineMs: patienceMs,
    });
    terminal = await lab.launch();
    await terminal.ready();
    await isIdle(terminal);
    expect(openedSince(terminal, 0)).toBe(0);
    await entryOf(serverSide, { action: 'lock', outcome: 'failure', reason: 'processLost' });
    await tapSlowly(lab, lab.nurses[0]!);
    await systemSays(terminal, 'Enter your PIN');
    await (await terminal.system()).keyboard.press('Escape');
  });

  it('the program, by being told to end: the session ends in the log as by the lock key', async () => {
    await comeIn();
    const ends = async (): Promise<number> =>
      (await serverSide.entries()).filter(({ action }) => action === 'logout').length;
    const before = await ends();
    await terminal.close();
    terminal = await lab.launch();
    await terminal.ready();
    await eventually('the entry of its end', async () => (await ends()) === before + 1);
  });
});

describe('a program that is told to end in the middle of something', () => {
  it.each([0, 5, 20])('%d ms after the lock key: it ends well, and for good', async (afterMs) => {
    const page = await comeIn();
    const from = terminal.log.length;
    await page.getByRole('button', { name: 'Lock' }).click({ noWaitAfter: true });
    await sleep(afterMs);
    await terminal.close();
    const said = terminal.log.slice(from).map(({ event }) => event);
    expect(said).not.toContain('unexpected');
    expect(said).toContain('appStopped');
    terminal = await lab.launch();
    await terminal.ready();
  });
});

describe('the page that covers', () => {
  it('killed with a session open: the program ends, and comes back locked by itself', async () => {
    const [nurse] = lab.nurses;
    await terminal.close();
    // The program that comes back has nobody above it: this is how it is found.
    const mark = `--started-by=${lab.world.folder}`;
    const mains = () => processesWith(mark);
    const linesBefore = logFile().length - 1;
    const runtime = await electronRuntime({ say: () => undefined });
    const environment = { ...process.env, ...lab.world.env, ...lab.display };
    const child = spawn(runtime.executable, ['--no-sandbox', '--disable-gpu', mark, root], {
      cwd: root,
      env: environment,
      stdio: 'ignore',
    });
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
    try {
      let from = await writtenAfter(linesBefore, 'appStarted');
      await writtenAfter(from, '"code":"ready"');
      await sleep(settledMs);
      await lab.hand.tap(nurse!, { ms: 600 });
      await writtenAfter(from, '"phase":"pin"');
      execFileSync('xdotool', ['type', '--delay', '40', `${nurse!.pin}\n`], { env: environment });
      from = await writtenAfter(from, 'sessionOpened');
      process.kill(coverProcess(child.pid!), 'SIGKILL');
      // By itself, or killed by itself after three seconds: a program without its page may hang at its end.
      expect([70, null]).toContain(await ended);
      from = await writtenAfter(from, 'appStarted');
      await writtenAfter(from, '"code":"ready"');
      expect(mains()).toHaveLength(1);
      await sleep(settledMs);
      await lab.hand.tap(nurse!, { ms: 600 });
      await writtenAfter(from, '"phase":"pin"');
      expect(logFile().slice(from).join('')).not.toContain('sessionOpened');
    } finally {
      for (const processId of mains()) process.kill(processId, 'SIGKILL');
    }
  });

  /** The page that was made first. */
  function coverProcess(main: number): number {
    const [first] = processesBelow(main)
      .filter(({ commandLine }) => commandLine.includes('--type=renderer'))
      .map(({ processId, commandLine }) => ({
        processId,
        client: Number(/--renderer-client-id=(\d+)/.exec(commandLine)?.[1]),
      }))
      .sort((one, other) => one.client - other.client);
    return first!.processId;
  }
});

const logFile = (): string[] =>
  readFileSync(path.join(lab.world.files.state, 'log', 'terminal.log'), 'utf8')
    .split('\n')
    .map((line) => `${line}\n`);

/** Waits for a line of the log file after line `from`; answers the number of the line behind it. */
async function writtenAfter(from: number, text: string): Promise<number> {
  return await eventually(
    `a line with ${text}`,
    () => {
      const index = logFile().findIndex((line, number) => number >= from && line.includes(text));
      return index < 0 ? null : index + 1;
    },
    { deadlineMs: patienceMs, everyMs: 100 },
  );
}

describe('what breaks again and again', () => {
  const mark = () => `--started-by=${lab.world.folder}`;

  it('a standard error that nobody reads any more: the session goes on', async () => {
    await terminal.close();
    terminal = await lab.launch();
    await terminal.ready();
    terminal.app.process.stderr!.destroy();
    const from = logFile().length - 1;
    const [nurse] = lab.nurses;
    await lab.hand.tap(nurse!, { ms: 600 });
    await terminal.typePin(nurse!.pin);
    await writtenAfter(from, 'sessionOpened');
    await (await terminal.workspace()).locator('.bedRow').first().waitFor();
    expect(logFile().slice(from).join('')).not.toContain('"unexpected"');
    await terminal.kill();
  });

  it('a program that fails once more while it ends: it comes back, once', async () => {
    terminal = await lab.launch({ args: [mark()] });
    await terminal.ready();
    const from = logFile().length - 1;
    await terminal.app.evaluate(() => {
      for (let time = 0; time < 20; time += 1)
        setImmediate(() => {
          throw new Error('broken');
        });
    });
    try {
      await eventually('its end', () => !runs(terminal.processId), { deadlineMs: patienceMs });
      await writtenAfter(from, 'appStarted');
      await sleep(settledMs);
      expect(processesWith(mark(), '--type=relauncher')).toEqual([]);
      expect(
        logFile()
          .slice(from)
          .filter((line) => line.includes('appStarted')),
      ).toHaveLength(1);
    } finally {
      for (const processId of processesWith(mark())) process.kill(processId, 'SIGKILL');
    }
  });
});

describe('the logs', () => {
  it('hold no patient, no badge, no PIN and no key after all this', () => {
    const logs = logsOf(lab.world);
    expect(logs.includes('vaultExited')).toBe(true);
    const needles = [
      ...patientNeedles(),
      ...familyNeedles(),
      ...badgeNeedles(lab.world.badges),
      ...secretNeedles(lab.world),
    ];
    expect(findIn(logs, needles)).toEqual([]);
  });
});
