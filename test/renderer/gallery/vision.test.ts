import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { scenes as boardScenes } from './scenes/board.ts';
import { scenes as chartScenes } from './scenes/chart.ts';
import type { Scene } from './scene.ts';
import { openStage, type Stage } from './stage.ts';

/* What stands on the board and on a chart for who does not see some colour, or none. */

const visions = ['protanopia', 'deuteranopia', 'tritanopia', 'achromatopsia'] as const;

/** Marks that a glance must find, with the contrast that WCAG asks of text of their size, and of pictures. */
const marks: readonly (readonly [string, string, number])[] = [
  ['board', '.scoreChip[data-score="1"]', 4.5],
  ['board', '.scoreChip[data-score="2"]', 4.5],
  ['board', '.scoreChip[data-score="3"]', 4.5],
  ['board', '.alertShape', 3],
  ['chart', '.vitalsTotals .scoreChip, .chart .scoreChip', 4.5],
  ['chart', '.banner .alertShape, .chart .alertShape', 3],
];

const scene = (name: string): Scene => {
  const found = [...boardScenes, ...chartScenes].find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`no scene ${name}`);
  return found;
};

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
}, 120_000);
afterAll(() => stage.close());

/** Runs inside an empty page: the greatest contrast within a picture, and whether it is all grey. */
async function judge(png: string): Promise<{ contrast: number; isGrey: boolean }> {
  const image = new Image();
  image.src = `data:image/png;base64,${png}`;
  await image.decode();
  const canvas = new OffscreenCanvas(image.width, image.height);
  const context = canvas.getContext('2d');
  context?.drawImage(image, 0, 0);
  const pixels = context?.getImageData(0, 0, image.width, image.height).data ?? [];
  const linear = (value: number): number =>
    value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4;
  let [darkest, lightest, isGrey] = [1, 0, true];
  for (let at = 0; at < pixels.length; at += 4) {
    const [red = 0, green = 0, blue = 0] = [pixels[at], pixels[at + 1], pixels[at + 2]];
    const luminance = 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
    darkest = Math.min(darkest, luminance);
    lightest = Math.max(lightest, luminance);
    if (Math.max(red, green, blue) - Math.min(red, green, blue) > 3) isGrey = false;
  }
  return { contrast: (lightest + 0.05) / (darkest + 0.05), isGrey };
}

/** The middle of a mark: its own ground, without what lies round its corners. */
async function pictureOf(page: Page, selector: string): Promise<string> {
  const box = await page.locator(selector).first().boundingBox();
  if (box === null) throw new Error(`nothing to be seen of ${selector}`);
  const inset = 0.15;
  const clip = {
    x: box.x + box.width * inset,
    y: box.y + box.height * inset,
    width: box.width * (1 - 2 * inset),
    height: box.height * (1 - 2 * inset),
  };
  return (await page.screenshot({ clip })).toString('base64');
}

it.each(['light', 'dark'] as const)(
  'every mark stands out whatever colour is not seen, %s',
  async (theme) => {
    const look = { language: 'en', theme, width: 1920, height: 1080 } as const;
    for (const name of ['board', 'chart']) {
      const page = await stage.open(scene(name), look);
      const eye = await page.context().newPage();
      const developer = await page.context().newCDPSession(page);
      for (const vision of visions) {
        await developer.send('Emulation.setEmulatedVisionDeficiency', { type: vision });
        for (const [where, selector, wanted] of marks.filter(([on]) => on === name)) {
          const seen = await eye.evaluate(judge, await pictureOf(page, selector));
          const what = `${where} ${selector} with ${vision}`;
          expect(seen.contrast, what).toBeGreaterThanOrEqual(wanted);
          // Whoever sees no colour sees grey: so much of the emulation is on.
          expect(seen.isGrey || vision !== 'achromatopsia', what).toBe(true);
        }
      }
      await page.context().close();
    }
  },
  60_000,
);
