import { spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, type Terminal } from './driver.mjs';
import { openLab, type Lab } from './lab.ts';
import { faultsOfWorkspace } from './screenWalk.ts';
import { createComings, type Comings, type Nurse } from './sessions.ts';

let lab: Lab;
let terminal: Terminal;
let comings: Comings;
let system: Page;

beforeAll(async () => {
  lab = await openLab();
  terminal = await lab.launch();
  comings = createComings(lab, terminal);
  await terminal.ready();
  system = await terminal.system();
});
afterAll(async () => {
  await lab.close();
});

/** Real keys, through X: they go to whatever has the focus on the screen. */
const pressKeys = (...keys: string[]): void =>
  void spawnSync('xdotool', ['key', '--delay', '12', ...keys], {
    env: { ...process.env, ...lab.display },
  });
const typeText = (text: string): void =>
  void spawnSync('xdotool', ['type', '--delay', '12', text], {
    env: { ...process.env, ...lab.display },
  });

describe('by the keyboard alone, with real keys', () => {
  /** Presses Tab until a control has the focus; a person would give up much earlier. */
  const tabTo = async (page: Page, selector: string, most = 60): Promise<void> => {
    const isThere = async (): Promise<boolean> =>
      await page.evaluate(
        (wanted) => document.activeElement?.matches(wanted) === true && document.hasFocus(),
        selector,
      );
    for (let presses = 0; presses < most; presses += 1) {
      if (await isThere()) return;
      pressKeys('Tab');
      await sleep(30);
    }
    throw new Error(`Tab does not reach ${selector}`);
  };

  it('a nurse enters her PIN, opens a chart, records vital signs, searches and locks', async () => {
    const nurse = lab.nurses[0]!;
    const from = terminal.log.length;
    await lab.hand.tap(nurse);
    await system.locator('.pinPad').waitFor();
    typeText(nurse.pin);
    pressKeys('Return');
    await terminal.logged('sessionOpened', { from });
    const page = await terminal.workspace();
    await page.locator('button.bedRow').first().waitFor({ timeout: 60_000 });
    await tabTo(page, 'button.bedRow');
    pressKeys('Down', 'Return');
    await page.locator('.chart .banner').waitFor();
    await tabTo(page, '.observations header .button[data-kind=primary]');
    pressKeys('Return');
    await page.locator('.entryPanel').waitFor();
    await tabTo(page, '.entryPanel input[inputmode=decimal]');
    typeText('17');
    await tabTo(page, '.entryPanel footer .button[data-kind=primary]');
    pressKeys('Return');
    await page.getByText('Observations saved.').waitFor();
    await tabTo(page, 'nav.appBarScreens button:nth-child(2)', 120);
    pressKeys('Return');
    await page.locator('.searchEntry input').waitFor();
    typeText('eva');
    await page.locator('.searchHit').first().waitFor();
    pressKeys('Down', 'Return');
    await page.locator('.chart .banner').waitFor();
    await tabTo(page, '.appBarLock', 120);
    pressKeys('Return');
    await terminal.logged('sessionClosed', { from });
  });
});

describe('magnified twice', () => {
  it('every screen keeps the rules, and the next person has her own size', async () => {
    const [zoomer, other] = lab.nurses.slice(1, 3) as [Nurse, Nurse];
    const page = await comings.tapIn(zoomer);
    for (let times = 0; times < 4; times += 1) pressKeys('ctrl+plus');
    await eventually(
      'twice the size',
      async () => (await page.evaluate(() => devicePixelRatio)) === 2,
    );
    expect(await faultsOfWorkspace(page, false)).toEqual([]);
    const next = await comings.tapIn(other);
    for (const shown of [system, next, ...terminal.pages('workspace')])
      expect(await shown.evaluate(() => devicePixelRatio)).toBe(1);
    await comings.lock(next);
  });
});
