import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { flakyTests, type ReportedTests } from '../../build/flakyTests.mjs';

it('a test that needed a second try is named, others are not', () => {
  // Inside the checkout, so that vitest is found from there.
  mkdirSync('out/test', { recursive: true });
  const folder = mkdtempSync(path.resolve('out/test/flaky-'));
  const program = `
    import { expect, it } from 'vitest';
    let tries = 0;
    it('comes round', { retry: 1 }, () => expect(++tries).toBe(2));
    it('holds', { retry: 1 }, () => undefined);
    it('never holds', { retry: 1 }, () => expect(1).toBe(2));`;
  writeFileSync(path.join(folder, 'some.test.ts'), program);
  const report = path.join(folder, 'report.json');
  const vitest = path.resolve('node_modules/.bin/vitest');
  const args = ['run', '--root', folder, '--reporter=json', `--outputFile.json=${report}`];
  expect(() => execFileSync(vitest, args, { stdio: 'pipe' })).toThrow();
  const { testResults } = JSON.parse(readFileSync(report, 'utf8')) as {
    testResults: ReportedTests[];
  };
  rmSync(folder, { recursive: true, force: true });
  expect(flakyTests(testResults)).toEqual(['comes round']);
});
