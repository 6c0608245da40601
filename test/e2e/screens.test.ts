import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Language, SystemBridge, Theme } from '#core/contracts/ipc.ts';
import type { Terminal } from './driver.mjs';
import { openLab, type Lab } from './lab.ts';
import { faultsOf, faultsOfWorkspace } from './screenWalk.ts';
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

/** The next nurse who has not been here: only she is asked for her PIN. */
let newcomers = 0;
const newcomer = (): Nurse => lab.nurses[newcomers++]!;

async function systemScreens(): Promise<{ faults: string[]; nurse: Nurse }> {
  const faults = await faultsOf('idle', system);
  await system.locator('.systemEmergency').click();
  await system.locator('dialog').waitFor();
  faults.push(...(await faultsOf('emergency', system)));
  await system.keyboard.press('Escape');
  await sleep(300);
  await lab.hand.tap({ uid: '04ffeeddccbbaa' });
  await system.locator('.systemAlert').waitFor();
  faults.push(...(await faultsOf('refused', system)));
  const nurse = newcomer();
  await lab.hand.tap(nurse);
  await system.locator('.pinPad').waitFor();
  faults.push(...(await faultsOf('pin', system)));
  await terminal.typePin('000000' === nurse.pin ? '111111' : '000000');
  await system.locator('.pinMessage [role=alert]:not(:empty)').waitFor();
  faults.push(...(await faultsOf('wrong pin', system)));
  return { faults, nurse };
}

/** What the buttons at the foot of the idle screen do; runs in the page. */
async function setAppearance(wanted: { language: Language; theme: Theme }): Promise<void> {
  const { call } = (window as unknown as { wardkey: SystemBridge }).wardkey;
  await call.languageSet({ language: wanted.language });
  await call.themeSet({ theme: wanted.theme });
}

describe.each([
  { language: 'en', theme: 'light' },
  { language: 'fr', theme: 'dark' },
] as const)('in $language and $theme', ({ language, theme }) => {
  it('no screen breaks a rule of WCAG 2.2 AA or has a target under 44 px', async () => {
    await system.evaluate(setAppearance, { language, theme });
    await system.locator(`html[lang^=${language}]`).waitFor({ state: 'attached' });
    const { faults, nurse } = await systemScreens();
    await terminal.typePin(nurse.pin);
    const page = await terminal.workspace();
    await page.locator('button.bedRow').first().waitFor({ timeout: 60_000 });
    // Who has chosen nothing herself gets what was chosen at the terminal in this visit.
    await page
      .locator(`html[lang^=${language}][data-theme=${theme}]`)
      .waitFor({ state: 'attached' });
    faults.push(...(await faultsOfWorkspace(page, true)));
    await comings.lock(page);
    expect(faults).toEqual([]);
  });
});
