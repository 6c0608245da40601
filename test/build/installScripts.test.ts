import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { expect, it } from 'vitest';

const lockSchema = v.object({
  packages: v.record(v.string(), v.object({ hasInstallScript: v.optional(v.boolean(), false) })),
});
const allowListSchema = v.record(v.string(), v.string());

/** The package that a path of the lock file names: the part after the last `node_modules/`. */
const packageOf = (place: string): string => place.split('node_modules/').at(-1) ?? place;

it('every package with an install script is on the written list with its reason, and nothing else is', () => {
  const { packages } = v.parse(lockSchema, JSON.parse(readFileSync('package-lock.json', 'utf8')));
  const scripted = Object.entries(packages)
    .filter(([, entry]) => entry.hasInstallScript)
    .map(([place]) => packageOf(place));
  const { comment, ...listed } = v.parse(
    allowListSchema,
    JSON.parse(readFileSync('build/install-scripts.json', 'utf8')),
  );
  expect(comment).toContain('ignore-scripts');
  expect(Object.keys(listed).sort()).toEqual([...new Set(scripted)].sort());
  for (const reason of Object.values(listed)) expect(reason.length).toBeGreaterThan(20);
});

it('npm runs no install script in this checkout, whatever the machine says otherwise', () => {
  const settings = readFileSync('.npmrc', 'utf8').split('\n');
  expect(settings).toContain('ignore-scripts=true');
  expect(settings).toContain('save-exact=true');
});

it('every package of the lock file is pinned by its hash, and ours by an exact version', () => {
  const lock = v.parse(
    v.object({
      packages: v.record(
        v.string(),
        v.object({ integrity: v.optional(v.string()), link: v.optional(v.boolean()) }),
      ),
    }),
    JSON.parse(readFileSync('package-lock.json', 'utf8')),
  );
  const unpinned = Object.entries(lock.packages).filter(
    ([place, entry]) => place !== '' && !entry.integrity?.startsWith('sha512-'),
  );
  expect(unpinned.map(([place]) => place)).toEqual([]);
  const manifest = v.parse(
    v.object({
      dependencies: v.record(v.string(), v.string()),
      devDependencies: v.record(v.string(), v.string()),
    }),
    JSON.parse(readFileSync('package.json', 'utf8')),
  );
  const versions = Object.values({ ...manifest.dependencies, ...manifest.devDependencies });
  expect(versions.filter((version) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
});
