import type { Locator, Page } from 'playwright-core';
import type { WorldBadge } from '../../build/world.mjs';
import { eventually, type Hand, type Terminal } from './driver.mjs';

/* What nurses do at a terminal, in their own words. */

/** Machines that run tests are slow; these tests are about what happens, not how fast. */
export const patience = { timeout: 30_000 };

/** Taps in, types the PIN where it is asked, and waits for the whole ward. */
export async function signIn(terminal: Terminal, hand: Hand, badge: WorldBadge): Promise<Page> {
  await hand.tap(badge);
  await terminal.typePin(badge.pin);
  const page = await terminal.workspace();
  await wholeWard(page);
  return page;
}

/** Waits until the board is there and nothing is being loaded any more. */
export async function wholeWard(page: Page): Promise<void> {
  await page.locator('button.bedRow').first().waitFor(patience);
  const filling = page.locator('.filling');
  await eventually('the end of the first fill', async () => (await filling.count()) === 0, {
    deadlineMs: 60_000,
  });
}

/** Leaves by the lock button. */
export async function leave(terminal: Terminal, page: Page): Promise<void> {
  const from = terminal.log.length;
  await page.getByRole('button', { name: 'Lock' }).click();
  await terminal.logged('sessionClosed', { from, deadlineMs: 30_000 });
}

/** The row of a bed that is taken, by its place on the board. */
export function bed(page: Page, at: number): Locator {
  return page.locator('button.bedRow').nth(at);
}

/** Goes to the ward board, from any screen. */
export async function showBoard(page: Page): Promise<void> {
  const screens = page.getByRole('navigation', { name: 'Screens' });
  await screens.getByRole('button', { name: 'Ward board' }).click();
}

/** Goes to the notes of the patient in a bed, from any screen. */
export async function openNotes(page: Page, number: string): Promise<void> {
  await showBoard(page);
  const row = page.locator('button.bedRow').filter({ has: exactly(page, number) });
  await row.click(patience);
  await page.getByRole('button', { name: /^Notes/ }).click(patience);
  await page.getByRole('button', { name: 'New note' }).waitFor(patience);
}

function exactly(page: Page, number: string): Locator {
  return page.locator('.bedNumber').getByText(number, { exact: true });
}

/** Types a note without saving it. */
export async function beginNote(page: Page, text: string): Promise<void> {
  await page.getByRole('button', { name: 'New note' }).click();
  await page.getByRole('textbox', { name: 'Note' }).fill(text);
}

/** Writes and saves a note on the open chart. */
export async function writeNote(page: Page, text: string): Promise<void> {
  await beginNote(page, text);
  await page.getByRole('button', { name: 'Save note' }).click();
  await page.getByText('Note saved.').waitFor(patience);
}

/** Opens the correction of a note. */
export async function beginCorrection(page: Page, text: string): Promise<void> {
  const line = page.locator('.noteLine').filter({ hasText: text });
  await line.getByRole('button', { name: 'Correct' }).click(patience);
}

/** Saves the open correction under a new text. */
export async function saveCorrection(page: Page, text: string): Promise<void> {
  await page.getByRole('textbox', { name: 'Corrected text' }).fill(text);
  await page.getByRole('button', { name: 'Save correction' }).click();
  await page.getByText('Note saved.').waitFor(patience);
}
