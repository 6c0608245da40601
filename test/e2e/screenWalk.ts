import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { inspectAccessibility, inspectLayout } from '../renderer/gallery/inspect.ts';
import { eventually } from './driver.mjs';

/** All that is wrong with the screen as it is. */
export async function faultsOf(name: string, page: Page): Promise<string[]> {
  // Colours that are still fading in have no contrast yet.
  await sleep(250);
  const found = [...(await inspectAccessibility(page)), ...(await inspectLayout(page))];
  return found.map((fault) => `${name}: ${fault}`);
}

/** Goes through the screens of an open workspace and answers all that is wrong with them; not `every` one is quicker. */
export async function faultsOfWorkspace(page: Page, every: boolean): Promise<string[]> {
  const faults: string[] = [];
  const look = async (name: string): Promise<void> =>
    void faults.push(...(await faultsOf(name, page)));
  const screens = page.locator('nav.appBarScreens button');
  await eventually(
    'the first fill to end',
    async () => (await page.locator('.filling').count()) === 0,
    {
      deadlineMs: 120_000,
    },
  );
  await look('board');
  await page.locator('button.bedRow').nth(1).click();
  await page.locator('.chart .banner').waitFor();
  const sections = page.locator('.chartNav ul button');
  for (let index = 0; index < (await sections.count()); index += 1) {
    // Summary, observations and results hold every colour there is.
    if (!every && ![0, 1, 3].includes(index)) continue;
    await sections.nth(index).click();
    await look(`section ${String(index)}`);
  }
  await sections.nth(1).click();
  await page.locator('.observations').waitFor();
  await page.keyboard.press('Alt+t');
  await page.locator('.observations table').waitFor();
  await look('table');
  await page.locator('.observations header .button[data-kind=primary]').click();
  await page.locator('.entryPanel').waitFor();
  await page.locator('.entryPanel input').first().fill('999');
  await look('record vitals');
  await sections.nth(4).click();
  await page.locator('.sectionPanel header .button[data-kind=primary]').click();
  await page.locator('.entryPanel textarea').fill('A draft.');
  await page.locator('.draftStanding[data-kind=kept]').waitFor();
  await look('note');
  await screens.nth(1).click();
  await page.locator('.searchEntry input').fill('eva');
  await page.locator('.searchHit').first().waitFor();
  await look('search with drafts');
  await screens.nth(2).click();
  await page.locator('.statusPanels table').first().waitFor();
  await look('status');
  return faults;
}
