import { readFileSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Escrow } from '#core/contracts/vault.ts';
import { createLatencyRecorder } from '#electron/latency.ts';
import { createBadgeKeys } from '#electron/session/badgeKeys.ts';
import { createGraceStore, type GraceStore } from '#electron/session/grace.ts';
import type { OpenedLogin } from '#electron/session/loginDeps.ts';
import { createWorkspaces, type Workspaces } from '#electron/session/workspaces.ts';
import type { Spool } from '#electron/spool/spool.ts';
import type { WorkspacePage } from '#electron/views/stage.ts';
import { createSpoolFixture, type SpoolFixture } from '#test/electron/spool/spoolFixture.ts';
import { vaultFixture } from '#test/electron/vault/fixture.ts';
import type { ForkedVault } from '#test/electron/vault/vaultClient.ts';
import {
  graceSecret,
  must,
  now,
  openByRelease,
  page as feedPage,
  person,
  wardChanges,
  where,
} from '#test/electron/vault/ward.ts';

/* Openings on a real vault process and spool; the page alone is played: it paints whatever it is given. */

const { start, cachePath } = vaultFixture();
const badge = { technology: 'iso14443-uid', bitLength: 56, hex: '04aabbccddeeff' } as const;
const badgeKeys = createBadgeKeys(Buffer.alloc(32, 7));
const deviceSecret = Buffer.alloc(32, 7).toString('base64url');
const facts = {
  sessionId: 's1',
  person: person(),
  badge,
  shiftEndsAtMs: now + 3_600_000,
  leaseNotAfterMs: now + 3_600_000,
  token: null,
  otherSessions: [],
};
const session = {
  sessionId: 's1',
  attempt: 1,
  person: person(),
  badgeKey: 'badge-1',
  openedAtMs: 0,
  ends: { leaseAtMs: Infinity, shiftAtMs: Infinity },
};

let spools: SpoolFixture;
let spool: Spool;
let graces: GraceStore;
let workspaces: Workspaces;
let claimed: OpenedLogin | null;
let damagedVaults: number;
let pageIsGone: boolean;
let next: ForkedVault | null;
let escrow: Escrow;

const makePage = (): WorkspacePage => ({
  layer: { contents: { isDestroyed: () => true } } as never,
  ready: Promise.resolve(!pageIsGone),
  isGone: () => pageIsGone,
  push: (topic, message) => {
    if (topic === 'workspaceBegin') workspaces.painted((message as { token: string }).token);
  },
});

beforeEach(() => {
  spools = createSpoolFixture();
  spool = spools.mustOpen(true);
  graces = createGraceStore();
  claimed = null;
  damagedVaults = 0;
  pageIsGone = false;
  next = null;
  workspaces = createWorkspaces({
    stage: {
      takeSpare: makePage,
      raiseWorkspace: () => undefined,
      destroyWorkspace: () => Promise.resolve(),
    },
    takeVault: () => next ?? start(),
    prepareSpares: () => undefined,
    clearClipboards: () => undefined,
    claimLogin: () => claimed,
    graces,
    graceMs: 600_000,
    badgeKeys,
    deviceSecret,
    where: () => where(cachePath()),
    wardId: 'ward-7',
    spool,
    onAppended: () => undefined,
    latency: createLatencyRecorder(),
    logger: { log: () => undefined },
    nowMs: () => now,
    wallMs: () => now,
    freshness: () => ({
      asOfMs: now,
      online: true,
      unsentOperations: 0,
      conflicts: 0,
      rejected: 0,
      malformed: 0,
      filling: null,
    }),
    surroundings: () => ({
      terminalName: 'A',
      wardName: 'Ward 7',
      language: 'en',
      theme: 'light',
      leaveHint: 'secondTap',
    }),
    onOpened: () => undefined,
    onClosing: () => undefined,
  });
});
afterEach(() => {
  spool.close();
  spools.remove();
});

/** A vault with a filled cache, opened for a person whose PIN was right. */
async function unlocked(): Promise<ForkedVault> {
  const vault = start(undefined, () => (damagedVaults += 1));
  const opened = await openByRelease(vault, cachePath());
  ({ escrow } = opened);
  await must(vault.call('feedApply', feedPage(wardChanges(3, 40), 'c1', true)));
  claimed = { facts, vault, ...opened };
  return vault;
}

it('a sound one shows its board', async () => {
  await unlocked();
  expect(await workspaces.open(1, session, 'pin')).toBeNull();
  expect(damagedVaults).toBe(0);
});

it('that loses its vault says so: nothing is wrong with the records', async () => {
  const vault = await unlocked();
  vault.process.kill('SIGKILL');
  expect(await workspaces.open(1, session, 'pin')).toBe('processLost');
  expect(damagedVaults).toBe(0);
});

it('within the grace that loses its vault says so, too', async () => {
  const vault = await unlocked();
  const badgeSecret = badgeKeys.secretOf(badge);
  const slot = await must(vault.call('graceSeal', { graceSecret, badgeSecret, deviceSecret }));
  await must(vault.call('close', null));
  graces.put('badge-1', { slot, graceSecret, facts, untilMs: now + 1 });
  next = start();
  next.process.kill('SIGKILL');
  expect(await workspaces.open(1, session, 'grace')).toBe('processLost');
});

it('that loses its page says so', async () => {
  await unlocked();
  pageIsGone = true;
  expect(await workspaces.open(1, session, 'pin')).toBe('processLost');
});

it('whose records do not hold says that, and the vault is known to be damaged', async () => {
  const vault = await unlocked();
  await must(vault.call('close', null));
  const bytes = readFileSync(cachePath());
  // Every page but the first few, which an opening reads.
  for (let at = 4096 * 8 + 100; at < bytes.length; at += 4096) bytes[at] = (bytes[at] ?? 0) ^ 16;
  const again = start(undefined, () => (damagedVaults += 1));
  const released = await openByRelease(again, cachePath(), { escrow });
  writeFileSync(cachePath(), bytes);
  claimed = { facts, vault: again, ...released };
  expect(await workspaces.open(1, session, 'pin')).toBe('cacheDamaged');
  expect(damagedVaults).toBe(1);
});
