import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { expect, it } from 'vitest';
import { isOutdatedElectron } from '#electron/supportedElectron.ts';

const manifest = v.parse(
  v.object({ devDependencies: v.object({ electron: v.string() }) }),
  JSON.parse(readFileSync('package.json', 'utf8')),
);

it('the pinned Electron is one exact version that still gets security fixes', () => {
  const pinned = manifest.devDependencies.electron;
  expect(pinned).toMatch(/^\d+\.\d+\.\d+$/);
  expect(isOutdatedElectron(pinned)).toBe(false);
});

it('the development runtime is warned of', () => {
  expect(isOutdatedElectron('25.1.1')).toBe(true);
});
