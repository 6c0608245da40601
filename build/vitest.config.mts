import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { longestFirst } from './longestFirst.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Unit and integration tests side by side on both cores. They share their processes: nothing of ours keeps state in a module. */
export default defineConfig({
  root,
  test: {
    include: ['test/**/*.test.ts', 'test/**/*.test.tsx'],
    exclude: ['test/e2e/**', 'node_modules/**'],
    pool: 'forks',
    maxWorkers: 2,
    isolate: false,
    sequence: {
      sequencer: longestFirst([
        'gallery/gallery.test',
        'charting/behaviour.test',
        'gallery/behaviour.test',
        'pcsc/quickTaps.test',
        'chart/visiting.test',
        'sync/kill.test',
      ]),
    },
    testTimeout: 60_000,
    hookTimeout: 60_000,
    allowOnly: false,
    passWithNoTests: false,
  },
});
