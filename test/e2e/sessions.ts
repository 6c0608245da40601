import type { Page } from 'playwright-core';
import { eventually, type Terminal } from './driver.mjs';
import type { Lab } from './lab.ts';

export type Nurse = Lab['nurses'][number];

/** What a person does at a terminal to come and go. */
export interface Comings {
  /** Taps, types her PIN if she is asked for it, and answers her page once her board is there. */
  tapIn(nurse: Nurse): Promise<Page>;
  /** The lock key on the screen. Answers once the session is gone. */
  lock(page: Page): Promise<void>;
}

/** Coming and going at one terminal. */
export function createComings(lab: Lab, terminal: Terminal): Comings {
  return {
    async tapIn(nurse) {
      const from = terminal.log.length;
      const isOpen = (): boolean =>
        terminal.log.slice(from).some((entry) => entry.event === 'sessionOpened');
      const system = await terminal.system();
      await lab.hand.tap(nurse);
      await eventually(
        'her PIN pad or her board',
        async () =>
          isOpen() ||
          ((await system.locator('.systemPersonName', { hasText: nurse.name }).count()) > 0 &&
            (await system.locator('.pinPad').count()) > 0),
        { deadlineMs: 20_000 },
      );
      if (!isOpen()) await terminal.typePin(nurse.pin);
      await terminal.logged('sessionOpened', { from, deadlineMs: 20_000 });
      const page = await terminal.workspace();
      await page.locator('.appBarPerson', { hasText: nurse.name }).waitFor();
      await page.locator('button.bedRow').first().waitFor({ timeout: 60_000 });
      return page;
    },
    async lock(page) {
      const from = terminal.log.length;
      await page.locator('.appBarLock').click();
      await terminal.logged('sessionClosed', { from });
    },
  };
}
