/**
 * Everything CI runs: set-up, checks, unit and integration tests, end-to-end tests. The last line is `N passed, N failed`; the
 * line before it counts the tests among those passed that needed a second try.
 * `npm test -- PATTERN` runs only the test files whose path holds PATTERN, without the checks.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { flakyTests } from './flakyTests.mjs';
import { setUpOrExit } from './setup.mjs';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const patterns = process.argv.slice(2);
const startedAt = Date.now();
const total = { passed: 0, failed: 0 };
const flaky = [];

function count({ passed, failed }) {
  total.passed += passed;
  total.failed += failed;
}

/** Runs vitest on one configuration and reads its counts from its own JSON report. */
async function runVitest(configuration, env) {
  const report = path.join(root, 'out', 'test', `${path.basename(configuration, '.mts')}.json`);
  mkdirSync(path.dirname(report), { recursive: true });
  rmSync(report, { force: true });
  const args = [
    'run',
    '--config',
    configuration,
    configuration.includes('e2e') ? '--reporter=default' : '--reporter=dot',
    '--reporter=json',
    `--outputFile.json=${report}`,
    ...patterns,
  ];
  if (patterns.length > 0) args.push('--passWithNoTests');
  const code = await new Promise((resolve) => {
    const child = spawn(path.join('node_modules', '.bin', 'vitest'), args, {
      cwd: root,
      stdio: 'inherit',
      env: { ...process.env, ...env },
    });
    child.once('close', resolve);
  });
  if (!existsSync(report)) return { passed: 0, failed: 1 };
  const { numPassedTests, numFailedTests, numFailedTestSuites, testResults } = JSON.parse(
    readFileSync(report, 'utf8'),
  );
  flaky.push(...flakyTests(testResults));
  const slow = testResults
    .map((file) => ({
      name: path.relative(root, file.name),
      seconds: (file.endTime - file.startTime) / 1000,
    }))
    .sort((a, b) => b.seconds - a.seconds)
    .slice(0, 6);
  process.stdout.write(
    `slowest files: ${slow.map((file) => `${file.name} ${file.seconds.toFixed(0)} s`).join(', ')}\n`,
  );
  // A file that broke before its first test has no failed test: it must not count as a pass.
  const failed = Math.max(
    numFailedTests,
    numFailedTests === 0 && (code !== 0 || numFailedTestSuites > 0) ? 1 : 0,
  );
  return { passed: numPassedTests, failed };
}

const runtime = await setUpOrExit();
const env = {
  WARDKEY_ELECTRON_EXECUTABLE: runtime.executable,
  ELECTRON_OVERRIDE_DIST_PATH: runtime.dist,
};
if (patterns.length === 0) {
  const { runChecks } = await import('./check.mjs');
  count(await runChecks());
}
count(await runVitest('build/vitest.config.mts', env));
const endToEnd = path.join(root, 'test', 'e2e');
if (existsSync(endToEnd) && readdirSync(endToEnd).some((name) => name.endsWith('.test.ts')))
  count(await runVitest('build/vitest.e2e.config.mts', env));
process.stdout.write(`in ${((Date.now() - startedAt) / 1000).toFixed(0)} s\n`);
for (const name of flaky) process.stdout.write(`flaky: ${name}\n`);
process.stdout.write(`${flaky.length} flaky\n`);
process.stdout.write(`${total.passed} passed, ${total.failed} failed\n`);
process.exit(total.failed === 0 ? 0 : 1);
