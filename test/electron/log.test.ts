import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createLogger, createRotatingFile } from '#electron/log.ts';
import { logEvents } from '#electron/logEvents.ts';

const lines: string[] = [];
const logger = createLogger([(line) => lines.push(line)], () => 0);
const secrets = [
  '04A1B2C3D4E5F6',
  'iso14443-uid:56:04a1b2c3d4e5f6',
  'MRN 0012345',
  'Smith, Jane',
  'a'.repeat(64),
  'c2VjcmV0IGtleSBieXRlcw',
  "SELECT * FROM patient WHERE name = 'x'",
];

it('no field of any event takes a badge number, a record number, a name or a key', () => {
  lines.length = 0;
  for (const event of Object.keys(logEvents) as (keyof typeof logEvents)[]) {
    for (const secret of secrets) {
      const fields = Object.fromEntries(
        Object.keys(logEvents[event].fields).map((name) => [name, secret]),
      );
      // Fields that the event does not have must not get through either.
      logger.log(event, { ...fields, extra: secret });
    }
  }
  expect(lines.length).toBe(Object.keys(logEvents).length * secrets.length);
  const text = lines.join('');
  for (const secret of secrets) expect(text).not.toContain(secret.slice(0, 9));
});

it('an error is told by its class, its system code and our own files, never by its message', () => {
  lines.length = 0;
  const error = Object.assign(new TypeError(`bad value ${secrets.join('\n    at ')}`), {
    code: 'ENOSPC',
  });
  logger.log('unexpected', { where: 'sync' }, error);
  logger.log('unexpected', { where: 'sync' }, 'just 04A1B2C3D4E5F6');
  const [first, second] = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(first).toMatchObject({
    at: '1970-01-01T00:00:00.000Z',
    level: 'error',
    event: 'unexpected',
    where: 'sync',
    cause: { name: 'TypeError', code: 'ENOSPC' },
  });
  expect(second?.['cause']).toEqual({ name: 'unknown' });
  for (const secret of secrets) expect(lines.join('')).not.toContain(secret);
});

it('a sink that fails does not keep the line from the others', () => {
  const got: string[] = [];
  const broken = () => {
    throw new Error('disk full');
  };
  createLogger([broken, (line) => got.push(line)], () => 0).log('storageRecovered', {});
  expect(got).toHaveLength(1);
});

it('a full log file moves aside and only so many are kept, readable by their owner alone', () => {
  const folder = mkdtempSync(join(tmpdir(), 'wardkey-log-'));
  const file = join(folder, 'main.log');
  const write = createRotatingFile(file, 100, 2);
  for (let number = 0; number < 20; number += 1) write(`${String(number).padEnd(39)}\n`);
  expect(readdirSync(folder).sort()).toEqual(['main.log', 'main.log.1', 'main.log.2']);
  expect(readFileSync(file, 'utf8')).toContain('19');
  expect(statSync(file).size).toBeLessThanOrEqual(100);
  expect(statSync(file).mode & 0o077).toBe(0);
  // A second start goes on in the same file.
  createRotatingFile(file, 100, 2)('more\n');
  expect(readFileSync(file, 'utf8')).toMatch(/19\s+\nmore/);
  rmSync(folder, { recursive: true });
});
