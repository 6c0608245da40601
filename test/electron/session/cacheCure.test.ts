import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { TerminalHealth } from '#core/contracts/ipc.ts';
import type { VaultAnswer } from '#core/contracts/vault.ts';
import { openKeyFile, type KeyFile } from '#electron/identity/keyFile.ts';
import { createCacheCure } from '#electron/session/cacheCure.ts';
import { createGraceStore, type GraceStore } from '#electron/session/grace.ts';
import { createWarnings } from '#electron/session/warnings.ts';
import type { Spool } from '#electron/spool/spool.ts';
import { readBoard, readSection } from '#electron/vault/cacheRead.ts';
import { openEscrow } from '#electron/vault/keys.ts';
import type { VaultClient } from '#electron/vault/vaultClient.ts';
import { openEncrypted } from '#native/sqlite/encryptedDatabase.ts';
import { createSpoolFixture, type SpoolFixture } from '#test/electron/spool/spoolFixture.ts';
import { vaultFixture } from '#test/electron/vault/fixture.ts';
import {
  badgeSecretOf,
  deviceSecret,
  escrowKey,
  graceSecret,
  must,
  now,
  openByRelease,
  page,
  person,
  wardChanges,
} from '#test/electron/vault/ward.ts';

/* One page of one chart is damaged: nothing that an opening looks at. Real vaults, key file, graces and spool. */

const { start, cachePath, folder } = vaultFixture();
const pageSize = 4096;
let spools: SpoolFixture;
let spool: Spool;
let keyFile: KeyFile;
let graces: GraceStore;
let health: TerminalHealth;
let toldOfEnds: number;
let closedVaults: VaultClient[];
let diskTroubles: unknown[];

beforeEach(() => {
  spools = createSpoolFixture();
  spool = spools.mustOpen(true);
  ({ keyFile } = openKeyFile(join(folder(), 'keys.json'), 't1', randomBytes(32)));
  graces = createGraceStore();
  health = { reader: 'ready', server: 'connected', storage: 'ok', clock: 'ok' };
  toldOfEnds = 0;
  closedVaults = [];
  diskTroubles = [];
});
afterEach(() => {
  spool.close();
  spools.remove();
});

const cure = (keys: Pick<KeyFile, 'dropCache'> = keyFile): ((vault: VaultClient) => void) =>
  createCacheCure({
    warnings: createWarnings({
      view: { health: () => health, setHealth: (part) => (health = { ...health, ...part }) },
      spool,
      logger: { log: () => undefined },
      notice: () => undefined,
    }),
    keyFile: keys,
    graces,
    onSessionsOver: () => (toldOfEnds += 1),
    closeSessionOf: (vault) => closedVaults.push(vault),
    onDiskTrouble: (cause) => diskTroubles.push(cause),
  });

/** A filled ward whose slot, escrow and one grace are kept as the terminal keeps them. */
async function filledWard(): Promise<VaultAnswer<'openByRelease'>> {
  const vault = start();
  const opened = await openByRelease(vault, cachePath());
  await must(vault.call('feedApply', page(wardChanges(3, 150), 'c1', true)));
  const factors = { graceSecret, badgeSecret: badgeSecretOf('n1'), deviceSecret };
  const slot = await must(vault.call('graceSeal', factors));
  const facts = {
    sessionId: 'former',
    person: person(),
    badge: { technology: 'iso14443-uid', bitLength: 56, hex: '04aabbccddeeff' } as const,
    shiftEndsAtMs: now,
    leaseNotAfterMs: now,
    token: null,
    otherSessions: [],
  };
  graces.put('badge-1', { slot, graceSecret, facts, untilMs: now });
  await must(vault.call('close', null));
  await vault.kill();
  keyFile.putEscrow(opened.escrow);
  keyFile.putSlot(opened.slot, 'badge-1');
  return opened;
}

/** Flips one bit in a page that the results of the second patient need and the board does not. */
function damageOneChart(opened: VaultAnswer<'openByRelease'>): void {
  const key = openEscrow(opened.escrow, 't1', { escrowKey, deviceSecret })!;
  const whole = readFileSync(cachePath());
  const reads = (what: 'board' | 'results'): boolean => {
    const database = openEncrypted(cachePath(), key);
    if (!database.ok) return false;
    const { db } = database.value;
    try {
      if (what === 'board') readBoard(db, 'Ward 7', { personId: 'n1', nowMs: now });
      else readSection(db, 'p2', 'results', 0);
      return true;
    } catch {
      return false;
    } finally {
      database.value.close();
    }
  };
  for (let number = 3; number < whole.length / pageSize; number++) {
    const damaged = Buffer.from(whole);
    const at = (number - 1) * pageSize + 2048;
    damaged[at] = (damaged[at] ?? 0) ^ 16;
    writeFileSync(cachePath(), damaged);
    if (!reads('results') && reads('board')) return;
  }
  throw new Error('no page is of that chart alone');
}

it('a page found damaged in an open session ends it, is told and logged, and costs one new filling', async () => {
  const opened = await filledWard();
  damageOneChart(opened);
  let found = 0;
  const vault = start(undefined, () => {
    found += 1;
    cure()(vault);
  });
  // Nothing that an opening or the board needs is wrong: without a cure this would begin anew at each login.
  await openByRelease(vault, cachePath(), { escrow: keyFile.escrow() });
  const board = { personId: 'n1', nowMs: now };
  expect((await must(vault.call('boardRead', board))).rows).toHaveLength(3);
  expect(found).toBe(0);
  const section = { patientId: 'p2', section: 'results', offset: 0 } as const;
  const damaged = { ok: false, code: 'cacheDamaged' };
  expect(await vault.call('chartSectionRead', section)).toEqual(damaged);
  expect(await vault.call('boardRead', board)).toEqual(damaged);
  expect(found).toBe(1);
  expect(closedVaults).toEqual([vault]);
  expect(toldOfEnds).toBe(1);
  expect(graces.holds('former')).toBe(false);
  expect([keyFile.escrow(), keyFile.slotOfBadge('badge-1')]).toEqual([null, null]);
  expect(health.storage).toBe('cacheRebuilt');
  expect(spool.unsent(10)).toMatchObject([
    { action: 'tamper', subject: 'cache', reason: 'cacheDamaged' },
  ]);
  await vault.kill();

  const next = start();
  const again = await openByRelease(next, cachePath(), { escrow: keyFile.escrow() });
  expect(again.cursor).toBeNull();
  await must(next.call('feedApply', page(wardChanges(3, 150), 'c1', true)));
  expect((await must(next.call('chartSectionRead', section))).items.length).toBeGreaterThan(0);
});

it('a key file that cannot be written does not keep the session open', async () => {
  await filledWard();
  const vault = start();
  const full = Object.assign(new Error('full'), { code: 'ENOSPC' });
  const dropCache = () => {
    throw full;
  };
  cure({ dropCache })(vault);
  expect(closedVaults).toEqual([vault]);
  expect(diskTroubles).toEqual([full]);
});
