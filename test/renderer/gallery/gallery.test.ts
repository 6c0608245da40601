import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inspectAccessibility, inspectLayout } from './inspect.ts';
import type { Scene } from './scene.ts';
import { openStage, type Look, type Stage } from './stage.ts';

/*
 * Every screen of the renderer, as built and under the product's content security policy, in a real browser.
 * `WARDKEY_GALLERY=full` writes every scene in both languages, both themes and three sizes to out/gallery/.
 */

const files = import.meta.glob<{ scenes: readonly Scene[] }>('./scenes/*.ts', { eager: true });
const only = process.env['WARDKEY_SCENE'];
const scenes = Object.values(files)
  .flatMap((file) => file.scenes)
  .filter((scene) => only === undefined || scene.name.includes(only));
const full = process.env['WARDKEY_GALLERY'] === 'full';
const folder = fileURLToPath(new URL('../../../out/gallery/', import.meta.url));

const sizes = [
  { width: 1920, height: 1080 },
  { width: 1366, height: 768 },
  { width: 1280, height: 1024 },
] as const;
const fullHd = sizes[0];
/** Enough to meet each language, theme and size once; the rest is for the eye. */
const usual: readonly Look[] = [
  { language: 'en', theme: 'light', ...fullHd },
  { language: 'fr', theme: 'dark', ...sizes[1] },
  { language: 'fr', theme: 'light', ...sizes[2] },
  { language: 'en', theme: 'dark', ...sizes[1], scale: 2 },
];
const everything: readonly Look[] = (['en', 'fr'] as const).flatMap((language) =>
  (['light', 'dark'] as const).flatMap((theme) =>
    [...sizes, { ...fullHd, scale: 2 as const }].map((size) => ({ language, theme, ...size })),
  ),
);

const lookName = (look: Look) =>
  `${look.language}-${look.theme}-${look.width}x${look.height}${look.scale === 2 ? '-zoom200' : ''}`;

let stage: Stage;
beforeAll(async () => {
  mkdirSync(folder, { recursive: true });
  stage = await openStage();
}, 120_000);
afterAll(() => stage.close());

describe.each(scenes.map((scene) => [scene.name, scene] as const))('%s', (name, scene) => {
  it.each((full ? everything : usual).map((look) => [lookName(look), look] as const))(
    'has no finding in %s',
    async (lookedAt, look) => {
      const page = await stage.open(scene, look);
      const errors: string[] = [];
      page.on('pageerror', (error) => errors.push(error.message));
      await page.screenshot({ path: `${folder}${name}-${lookedAt}.png` });
      expect(await inspectLayout(page)).toEqual([]);
      // Colours differ by theme and words by language; sizes change neither.
      if (look.width !== 1280) expect(await inspectAccessibility(page)).toEqual([]);
      expect(errors).toEqual([]);
      await page.context().close();
    },
    30_000,
  );

  it('survives ArrowUp in every spin field', async () => {
    const page = await stage.open(scene, { language: 'en', theme: 'light', ...fullHd });
    const fields = await page.locator('[role=spinbutton], input[type=number]').all();
    for (const field of fields) {
      await field.focus();
      await page.keyboard.press('ArrowUp');
    }
    expect(await page.locator('#root > *').count()).toBe(1);
    expect(await page.evaluate(() => document.body.innerText.length)).toBeGreaterThan(20);
    await page.context().close();
  }, 30_000);
});
