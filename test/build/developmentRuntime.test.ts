import {
  linkSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { electronRuntime, refuseDevelopmentRuntime } from '../../build/electronRuntime.mjs';

/* The development runtime has known holes: it may run tests, and never lies in what a ward installs. */

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'wardkey-runtime-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('is refused where it lies, as a copy, without its mark and under another name', async () => {
  const { origin, dist, executable } = await electronRuntime({ say: () => undefined });
  if (origin !== 'fallback') {
    console.log(`not shown: this machine runs the ${origin} Electron`);
    return;
  }
  await expect(refuseDevelopmentRuntime(dist)).rejects.toThrow('never goes into an installer');
  try {
    linkSync(executable, path.join(folder, 'wardkey'));
  } catch {
    symlinkSync(executable, path.join(folder, 'wardkey'));
  }
  await expect(refuseDevelopmentRuntime(folder)).rejects.toThrow('never goes into an installer');
});

it('is told by its mark alone, and another runtime is let through', async () => {
  writeFileSync(path.join(folder, 'electron'), 'another program');
  await refuseDevelopmentRuntime(folder);
  writeFileSync(path.join(folder, '.pinned'), 'sha512-…');
  await expect(refuseDevelopmentRuntime(folder)).rejects.toThrow('never goes into an installer');
});

it('whatever script packages the program asks for it first', () => {
  const packager =
    /electron-builder|electron-forge|electron-installer|@electron\/packager|@electron\/forge/;
  const scripts = readdirSync('build', { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(?:mjs|cjs|js|mts)$/.test(name))
    .map((name) => ({ name, text: readFileSync(path.join('build', name), 'utf8') }));
  const packaging = scripts.filter(({ text }) => packager.test(text));
  expect(packaging.filter(({ text }) => !text.includes('refuseDevelopmentRuntime('))).toEqual([]);
  // A packager that package.json starts by itself would ask nobody.
  const { scripts: commands } = JSON.parse(readFileSync('package.json', 'utf8')) as {
    scripts: Record<string, string>;
  };
  expect(Object.values(commands).filter((command) => packager.test(command))).toEqual([]);
});
