import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Terminal } from './driver.mjs';
import { openLab, type Lab } from './lab.ts';

let lab: Lab;
let terminal: Terminal;

beforeAll(async () => {
  lab = await openLab();
  terminal = await lab.launch();
});
afterAll(async () => {
  await lab.close();
});

it('a page that waits under the idle screen is asked for frames, so that its first one in a tap is quick', async () => {
  await terminal.ready();
  const [spare] = terminal.pages('workspace');
  const frames = spare!.evaluate(
    async () =>
      await new Promise<boolean>((resolve) => {
        requestAnimationFrame(() => requestAnimationFrame(() => resolve(true)));
        setTimeout(() => resolve(false), 3_000);
      }),
  );
  expect(await frames).toBe(true);
});

it('a nurse taps in with her PIN and sees her ward board', async () => {
  const [nurse] = lab.nurses;
  await terminal.ready();
  await lab.hand.tap(nurse!);
  await terminal.typePin(nurse!.pin);
  const page = await terminal.workspace();
  await page.locator('.bedRow').first().waitFor();
  expect(await page.getByText(nurse!.name).count()).toBeGreaterThan(0);
});
