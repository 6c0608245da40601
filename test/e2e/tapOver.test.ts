import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type V8 from 'node:v8';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually, type Terminal } from './driver.mjs';
import { openLab, type Lab } from './lab.ts';
import { countInMemory, childrenOf, isAlive } from './processes.ts';
import {
  openScreenFrames,
  pixelsOnlyIn,
  shareShown,
  type Frame,
  type ScreenFrames,
} from './screenFrames.ts';

type Nurse = Lab['nurses'][number];

let folder: string;
let temporary: string;
let lab: Lab;
let terminal: Terminal;
let frames: ScreenFrames;
let first: Nurse;
let second: Nurse;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'wardkey-frames-'));
  lab = await openLab({ frameFolder: folder });
  frames = openScreenFrames(folder);
  temporary = mkdtempSync(path.join(folder, 'tmp-'));
  terminal = await lab.launch({
    env: { TMPDIR: temporary },
  });
  await terminal.ready();
  [first, second] = lab.nurses as [Nurse, Nurse];
});
afterAll(async () => {
  await lab.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Lays a badge down for a moment and waits until its owner's board is up. */
async function tapIn(nurse: Nurse): Promise<Page> {
  const from = terminal.log.length;
  await lab.hand.tap(nurse);
  const system = await terminal.system();
  await eventually('a PIN pad or a board', async () => {
    if (terminal.log.slice(from).some((entry) => entry.event === 'sessionOpened')) return true;
    return (await system.locator('.pinPad').count()) > 0;
  });
  if (!terminal.log.slice(from).some((entry) => entry.event === 'sessionOpened'))
    await terminal.typePin(nurse.pin);
  await terminal.logged('sessionOpened', { from });
  return await boardOf(nurse);
}

async function boardOf(nurse: Nurse): Promise<Page> {
  const page = await terminal.workspace();
  await page.locator('.appBarPerson', { hasText: nurse.name }).waitFor();
  await page.locator('button.bedRow').first().waitFor({ timeout: 60_000 });
  return page;
}

const onScreen = (program: string, ...args: string[]): string => {
  const { stdout } = spawnSync(program, args, {
    env: { ...process.env, ...lab.display },
    encoding: 'utf8',
  });
  return stdout;
};

/** What X would paste; empty when nobody owns the selection. */
const selection = (name: 'clipboard' | 'primary'): string =>
  onScreen('xclip', '-o', '-selection', name);

/** Real keys, through X: nothing but single letters passes through any process. */
const typeKeys = (text: string): void => void onScreen('xdotool', 'type', '--delay', '4', text);
const pressKeys = (keys: string): void => void onScreen('xdotool', 'key', keys);

/** A nurse in the middle of her work: a chart is open, a note half written, marked and copied. */
async function beAtWork(page: Page, words: string): Promise<void> {
  await page.locator('nav.appBarScreens button').first().click();
  await page.locator('button.bedRow').nth(3).click();
  await page.locator('.chart .banner').waitFor();
  await page.locator('.chartNav ul button', { hasText: 'Notes' }).click();
  await page.getByRole('button', { name: 'New note' }).click();
  await page.getByRole('textbox', { name: 'Note' }).click();
  typeKeys(words);
  pressKeys('ctrl+a');
  pressKeys('ctrl+c');
}

/** The processes that hold a session: its renderer, and its vault, which has the cache open. */
async function processesOfSession(): Promise<{ renderer: number; vault: number }> {
  const renderer = await terminal.app.evaluate(async ({ webContents }) => {
    const open =
      "document.querySelector('.workspaceFrame:not([data-warming]) .workspace') !== null";
    for (const contents of webContents.getAllWebContents()) {
      if (!contents.getURL().endsWith('/workspace.html')) continue;
      if (await contents.executeJavaScript(open)) return contents.getOSProcessId();
    }
    return 0;
  });
  const cache = path.join(lab.world.files.state, 'cache.db');
  const vault = childrenOf(terminal.processId).find((processId) => {
    const descriptors = `/proc/${processId}/fd`;
    return readdirSync(descriptors).some((name) => {
      try {
        return readlinkSync(path.join(descriptors, name)) === cache;
      } catch {
        return false;
      }
    });
  });
  return { renderer, vault: vault ?? 0 };
}

/** What was on the screen and who still ran, moment by moment, from a card in the field until the next board has settled. */
async function watchTapOver(
  next: Nurse,
  { renderer, vault }: { renderer: number; vault: number },
): Promise<{ laidAtMs: number; moments: Moment[] }> {
  const moments: Moment[] = [];
  const from = terminal.log.length;
  const laidAtMs = await lab.hand.lay(next);
  for (let after = 0; after < settledAfter;) {
    // The frame first: who is still there after it was there while it was shown.
    const frame = frames.read();
    moments.push({
      atMs: performance.timeOrigin + performance.now(),
      frame,
      alive: [renderer, vault].filter(isAlive).length,
    });
    if (terminal.log.slice(from).some((entry) => entry.event === 'sessionOpened')) after += 1;
    if (moments.length > 3_000) throw new Error('nobody came after her');
    await sleep(4);
  }
  lab.hand.lift(next);
  return { laidAtMs, moments };
}

interface Moment {
  readonly atMs: number;
  readonly frame: Frame;
  /** How many of the former session's two processes run. */
  readonly alive: number;
}

const settledAfter = 25;
const rounds = 12;

it('both nurses have been here with their PINs', async () => {
  idle = frames.read();
  for (const nurse of [first, second]) {
    const page = await tapIn(nurse);
    await eventually(
      'the first fill to end',
      async () => (await page.getByText('Loading the ward').count()) === 0,
      { deadlineMs: 120_000 },
    );
  }
});
let idle: Frame;

it('a board stays on the screen, not only in its page, while the next pages are made ready', async () => {
  const shown = frames.read();
  const only = pixelsOnlyIn(shown, [idle]);
  expect(only.length).toBeGreaterThan(1_000);
  for (let look = 0; look < 40; look += 1) {
    await sleep(25);
    expect(shareShown(frames.read(), shown, only)).toBeGreaterThan(0.9);
  }
});

it(`after each of ${String(rounds)} taps over nothing of the former person is left: no pixel, no process, no clipboard`, async () => {
  let [present, next] = [second, first];
  const coveredAfterMs: number[] = [];
  const boardAfterMs: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const words = `round ${String(round)} of ${present.uid}`;
    await beAtWork(await boardOf(present), words);
    await eventually('a copied text', () => selection('clipboard').includes(words));
    await eventually('a marked text', () => selection('primary').includes(words));
    const processes = await processesOfSession();
    expect([processes.renderer, processes.vault].filter(isAlive).length).toBe(2);
    const former = frames.read();
    const { laidAtMs, moments } = await watchTapOver(next, processes);
    expect(selection('clipboard') + selection('primary')).toBe('');

    const board = moments.at(-1)!.frame;
    const onlyFormer = pixelsOnlyIn(former, [idle, board]);
    const onlyBoard = pixelsOnlyIn(board, [idle, former]);
    expect(Math.min(onlyFormer.length, onlyBoard.length)).toBeGreaterThan(1_000);
    const formerShown = moments.map(({ frame }) => shareShown(frame, former, onlyFormer));
    const covered = formerShown.findIndex((share) => share < 0.5);
    const opened = moments.findIndex(({ frame }) => shareShown(frame, board, onlyBoard) > 0.1);
    // The one frame at the change itself may be caught half drawn.
    const left = Math.max(...formerShown.slice(covered + 2));
    expect(left, `round ${String(round)}: her pixels after the cover`).toBeLessThan(0.03);
    expect(covered).toBeLessThanOrEqual(opened);
    expect(moments[opened]!.alive, `round ${String(round)}: her processes`).toBe(0);
    coveredAfterMs.push(moments[covered]!.atMs - laidAtMs);
    boardAfterMs.push(moments[opened]!.atMs - laidAtMs);
    [present, next] = [next, present];
  }
  const middle = (values: number[]): number =>
    Math.round([...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!);
  console.log(
    `on the screen: card to cover p50 ${String(middle(coveredAfterMs))} ms, card to next board p50 ${String(middle(boardAfterMs))} ms`,
  );
});

/** Everything that a page holds in words: text, names for a screen reader, values of fields. */
async function wordsOf(page: Page): Promise<string> {
  const values = await page.evaluate(() =>
    [...document.querySelectorAll('input, textarea')]
      .map((field) => (field as HTMLInputElement).value)
      .concat(document.documentElement.outerHTML),
  );
  return [...values, await page.locator('body').ariaSnapshot()].join('\n');
}

/** Locks with the key on the screen and waits until the session is gone. */
async function lock(page: Page): Promise<void> {
  const from = terminal.log.length;
  await page.locator('.appBarLock').click();
  await terminal.logged('sessionClosed', { from });
}

it('what somebody typed is in no page, no undo, no temporary file and held by no process after she left', async () => {
  const words = `Zyx${String(Date.now())}`;
  await lock(await terminal.workspace());
  const page = await tapIn(first);
  await beAtWork(page, words);
  await page.locator('.draftStanding[data-kind=kept]').waitFor();
  await page.locator('.workspaceMain').evaluate((main) => main.scrollTo(0, 400));
  expect(countInMemory((await processesOfSession()).renderer, Buffer.from(words))).toBeGreaterThan(
    0,
  );
  await lock(page);

  await sleep(300);
  const others = childrenOf(terminal.processId).map((processId) =>
    countInMemory(processId, Buffer.from(words)),
  );
  expect(others.filter((count) => count > 0)).toEqual([]);
  // Main relayed it: nothing that main still holds on to may have it (docs/adr/0006 on what it has given back).
  const snapshot = path.join(folder, 'main.heapsnapshot');
  await terminal.app.evaluate((_electron, file) => {
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- the only way to a module from a function that runs in main
    (process.mainModule!.require('node:v8') as typeof V8).writeHeapSnapshot(file);
  }, snapshot);
  const held = readFileSync(snapshot);
  expect(held.includes('sessionClosed'), 'a snapshot with strings in it').toBe(true);
  expect(held.includes(words)).toBe(false);
  const given = (['utf8', 'utf16le'] as const).map((encoding) =>
    countInMemory(terminal.processId, Buffer.from(words, encoding)),
  );
  console.log(`in memory that main has given back, not yet written over: ${given.join(' + ')}`);

  const next = await tapIn(second);
  for (const shown of [await terminal.system(), ...terminal.pages('workspace')])
    expect(await wordsOf(shown)).not.toContain(words);
  expect(await next.evaluate(() => document.activeElement?.localName)).toBe('body');
  expect(await next.locator('.workspaceMain').evaluate((main) => main.scrollTop)).toBe(0);
  await beAtWork(next, 'x');
  for (let times = 0; times < 5; times += 1) pressKeys('ctrl+z');
  expect(await next.getByRole('textbox', { name: 'Note' }).inputValue()).not.toContain(words);
  for (const where of [temporary, lab.world.files.state])
    expect(spawnSync('grep', ['-rl', words, where], { encoding: 'utf8' }).stdout).toBe('');
  await lock(next);
});
