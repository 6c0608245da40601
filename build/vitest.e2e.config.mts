import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const root = fileURLToPath(new URL('..', import.meta.url));

/** The whole product on real parts: one window at a time, so that timing and focus belong to one test. */
export default defineConfig({
  root,
  test: {
    include: ['test/e2e/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 1,
    fileParallelism: false,
    // Real windows, daemons and disks on a shared machine: one more try, which the report names; a fault that is there stays.
    retry: 1,
    testTimeout: 120_000,
    hookTimeout: 180_000,
    allowOnly: false,
    passWithNoTests: false,
  },
});
