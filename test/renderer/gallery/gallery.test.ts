import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inspectAccessibility, inspectLayout } from './inspect.ts';
import type { Scene } from './scene.ts';
import { openStage, type Look, type Stage } from './stage.ts';

/*
 * Every screen of the renderer, as built and under the product's content security policy, in a real browser.
 * `WARDKEY_GALLERY=full` also writes every scene in both languages, both themes and all sizes to out/gallery/; `WARDKEY_SCENE`
 * takes the scenes whose name holds a word, and writes them too.
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
  // 1366 x 768 at a zoom of 200 %.
  { width: 683, height: 384 },
] as const;
type Size = (typeof sizes)[number];
const [fullHd, small] = sizes;

/** Enough to meet each language, theme and size once; the rest is for the eye. */
const usual: readonly Omit<Look, 'width' | 'height'>[] = [
  { language: 'en', theme: 'light' },
  { language: 'fr', theme: 'dark' },
];
const everything: typeof usual = [
  ...usual,
  { language: 'en', theme: 'dark' },
  { language: 'fr', theme: 'light' },
];

const pictureName = (name: string, look: Omit<Look, 'width' | 'height'>, size: Size) =>
  `${folder}${name}-${look.language}-${look.theme}-${size.width}x${size.height}.png`;

let stage: Stage;
beforeAll(async () => {
  mkdirSync(folder, { recursive: true });
  stage = await openStage();
}, 120_000);
afterAll(() => stage.close());

describe.each(scenes.map((scene) => [scene.name, scene] as const))('%s', (name, scene) => {
  it.each(full ? everything : usual)(
    'has no finding in $language, $theme, at any size',
    async (look) => {
      const first = look.language === 'en' ? fullHd : small;
      const page = await stage.open(scene, { ...look, ...first });
      const errors: string[] = [];
      page.on('pageerror', (error) => errors.push(error.message));
      for (const size of [first, ...sizes.filter((other) => other !== first)]) {
        await page.setViewportSize(size);
        // A plot measures its box and draws anew a frame after the window has changed.
        await expect
          .poll(async () => await inspectLayout(page), {
            message: `at ${size.width}x${size.height}`,
            timeout: 3_000,
          })
          .toEqual([]);
        if (full || only !== undefined) {
          await page.screenshot({ path: pictureName(name, look, size) });
        }
      }
      await page.setViewportSize(first);
      expect(await inspectAccessibility(page)).toEqual([]);
      // React Aria's announcer once wrote innerHTML, and one ArrowUp in a spin field blanked everything.
      for (const field of await page.locator('[role=spinbutton], input[type=number]').all()) {
        await field.focus();
        await page.keyboard.press('ArrowUp');
      }
      expect(await page.evaluate(() => document.body.innerText.length)).toBeGreaterThan(20);
      expect(errors).toEqual([]);
      await page.context().close();
    },
    60_000,
  );
});
