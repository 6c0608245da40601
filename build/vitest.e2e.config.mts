import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { longestFirst } from './longestFirst.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

/** What must hold every time: attacks, traces, damage. A fault that shows in one run of three is a fault. */
const everyTime = ['hardening', 'sandbox', 'tapOver', 'auditWalk', 'traces', 'kill', 'storage'].map(
  (name) => `test/e2e/${name}.test.ts`,
);

/** The whole product on real parts, each file with a display of its own. They wait more than they work: hence more than cores. */
export default defineConfig({
  root,
  test: {
    pool: 'forks',
    maxWorkers: 3,
    fileParallelism: true,
    sequence: {
      sequencer: longestFirst([
        'e2e/kill',
        'e2e/storage',
        'e2e/tapOver',
        'e2e/faults',
        'e2e/quickTaps',
        'e2e/sync',
        'e2e/offline',
        'e2e/screens',
      ]),
    },
    testTimeout: 120_000,
    hookTimeout: 180_000,
    allowOnly: false,
    passWithNoTests: false,
    projects: [
      { extends: true, test: { name: 'every time', include: everyTime, retry: 0 } },
      {
        extends: true,
        test: {
          name: 'once more',
          include: ['test/e2e/**/*.test.ts'],
          exclude: everyTime,
          // Real windows, daemons and disks on a shared machine: one more try, which `npm test` names and counts.
          retry: 1,
        },
      },
    ],
  },
});
