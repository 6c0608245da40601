import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { TerminalConfig } from '#electron/config.ts';
import { createFileDeviceSecret } from '#electron/identity/deviceSecret.ts';
import { writeIdentity } from '#electron/identity/terminalIdentity.ts';
import { createLogger } from '#electron/log.ts';
import type { SpoolRefusal } from '#electron/spool/spool.ts';
import { createStartUp, statePaths } from '#electron/startUp.ts';
import { must } from './spool/spoolFixture.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'wardkey-start-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** An enrolled terminal whose spool is gone, and its start as the program tries it every five seconds. */
function refusedStart() {
  const paths = statePaths(folder);
  const silent = { log: () => undefined };
  const secret = must(createFileDeviceSecret(paths.deviceSecret, silent).create());
  writeIdentity(paths.identity, secret, {
    serverUrl: 'https://record.example',
    terminalId: 'terminal-a',
    terminalName: 'A',
    wardId: 'ward-1',
    wardName: 'Ward 1',
    place: 'Corridor',
    certificatePem: '',
    authorityPem: '',
    intakePublicKey: 'aW50YWtl',
    privateKeyPem: '',
  });
  const lines: Record<string, unknown>[] = [];
  let nowMs = 0;
  const logger = createLogger(
    [(line) => lines.push(JSON.parse(line) as Record<string, unknown>)],
    () => 0,
  );
  const faults: SpoolRefusal[] = [];
  const config = { stateFolder: folder } as TerminalConfig;
  const start = createStartUp(
    config,
    logger,
    (code) => faults.push(code),
    () => nowMs,
  );
  return {
    paths,
    lines,
    faults,
    refusals: () => lines.filter((line) => line['event'] === 'spoolRefused'),
    tryFor: async (durationMs: number) => {
      for (const endMs = nowMs + durationMs; nowMs < endMs; nowMs += 5_000) {
        expect(await start()).toEqual({ ok: false, code: 'storageFault' });
      }
    },
  };
}

it('a start that stays refused is logged at growing intervals, and shown every time', async () => {
  const { lines, faults, refusals, tryFor } = refusedStart();
  await tryFor(50_000);
  expect(refusals()).toMatchObject([{ code: 'spoolDamaged' }]);
  await tryFor(3_600_000 - 50_000);
  // At 0, 1, 3, 7, 15 and 31 minutes.
  expect(refusals()).toHaveLength(6);
  await tryFor(8 * 3_600_000);
  // At 63 minutes and every hour from then on.
  expect(refusals()).toHaveLength(6 + 8);
  expect(faults).toHaveLength((9 * 3_600_000) / 5_000);
  expect(lines).toHaveLength(2 * refusals().length);
});

it('a refusal that changes is logged at once, and so is one that comes back', async () => {
  const { paths, lines, refusals, tryFor } = refusedStart();
  const identity = readFileSync(paths.identity);
  await tryFor(10_000);
  writeFileSync(paths.identity, '{');
  await tryFor(5_000);
  expect(lines.at(-1)).toMatchObject({ event: 'enrolmentRefused', code: 'identityDamaged' });
  await tryFor(60_000);
  expect(refusals()).toHaveLength(1);
  writeFileSync(paths.identity, identity);
  await tryFor(10_000);
  expect(refusals()).toHaveLength(2);
});
