import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { sealInfo } from '#core/contracts/sealing.ts';
import type { OfflineSession, RenewReply, SessionGrant } from '#core/contracts/terminal.ts';
import { refuse, succeed } from '#core/result.ts';
import { openKeyFile, type KeyFile } from '#electron/identity/keyFile.ts';
import { createLatencyRecorder } from '#electron/latency.ts';
import { createBadgeKeys } from '#electron/session/badgeKeys.ts';
import { createGraceStore, type GraceStore } from '#electron/session/grace.ts';
import type { LoginDeps, LoginServer, OpenedLogin } from '#electron/session/loginDeps.ts';
import { createLeaseKeeper } from '#electron/session/leaseKeeper.ts';
import { createLogins, type Logins } from '#electron/session/logins.ts';
import type { Spool } from '#electron/spool/spool.ts';
import { unsealBox } from '#electron/vault/sealing.ts';
import { createSpoolFixture, type SpoolFixture } from '#test/electron/spool/spoolFixture.ts';
import { vaultFixture } from '#test/electron/vault/fixture.ts';
import {
  escrowKey,
  intake,
  lease,
  must,
  page,
  person,
  personKeyOf,
  pin,
  spki,
  wardChanges,
  where,
} from '#test/electron/vault/ward.ts';
import { isSignedBy } from '#test/electron/vault/writing.ts';

/* Logins on a real vault process, key file and spool; only the record server's words are played. */

const { start, cachePath, folder } = vaultFixture();
const badge = { technology: 'iso14443-uid', bitLength: 56, hex: '04aabbccddeeff' } as const;
const secret = randomBytes(32);
const hour = 3_600_000;

let wallMs: number;
let isOnline: boolean;
let told: Parameters<LoginServer['openSession']>[0][];
let granted: Pick<SessionGrant, 'lease' | 'shiftEndsAtMs'>;
let preferences: SessionGrant['preferences'];
let spools: SpoolFixture;
let spool: Spool;
let keyFile: KeyFile;
let graces: GraceStore;
let logins: Logins;
let attempt: number;
let serverKnows: (deadlineMs: number) => ReturnType<LoginServer['identify']>;
let serverSays: () => ReturnType<LoginServer['openSession']>;

beforeEach(() => {
  wallMs = Date.UTC(2026, 10, 23, 12);
  isOnline = true;
  told = [];
  preferences = null;
  attempt = 0;
  serverKnows = () =>
    Promise.resolve(
      succeed({ status: 'known', person: person(), pin, retryAtMs: null, triesLeft: 10 }),
    );
  serverSays = () => Promise.resolve(succeed(grant()));
  granted = { lease, shiftEndsAtMs: wallMs + 8 * hour };
  spools = createSpoolFixture();
  spool = spools.mustOpen(true);
  ({ keyFile } = openKeyFile(join(folder(), 'keys.json'), 't1', secret));
  graces = createGraceStore();
  const deps: LoginDeps = {
    server: {
      identify: (_badge, _trust, deadlineMs) => serverKnows(deadlineMs),
      openSession: (request) => {
        told.push(request);
        return serverSays();
      },
    },
    online: () => isOnline,
    serverUntrusted: () => false,
    keyFile,
    get spool() {
      return spool;
    },
    graces,
    badgeKeys: createBadgeKeys(secret),
    deviceSecret: secret.toString('base64url'),
    intakePublicKey: spki(intake.publicKey),
    where: () => where(cachePath()),
    takeVault: () => start(),
    latency: createLatencyRecorder(),
    nowMs: () => wallMs,
    wallMs: () => wallMs,
    timeMs: () => wallMs,
    clockIsSound: () => true,
    onCacheTrouble: (trouble) => {
      throw new Error(`cache trouble: ${trouble}`);
    },
  };
  logins = createLogins(deps);
});
afterEach(() => {
  spool.close();
  spools.remove();
});

const grant = (): SessionGrant => ({
  status: 'granted',
  sessionId: '3c6f2f0e-4d5c-4d1a-9a57-0b9c8f3a1d11',
  token: 'token',
  tokenExpiresAtMs: wallMs + 300_000,
  person: person(),
  escrowKey,
  personKey: personKeyOf('n1'),
  preferences,
  otherSessions: [],
  ...granted,
});

async function logIn(typed = '123456') {
  attempt += 1;
  const tap = { reader: 'r', presence: attempt, badgeKey: 'badge-1', atMs: 0 };
  const identified = await logins.identify(attempt, tap, { badge, trust: 'B0', seenAtMs: 0 });
  if (identified.kind !== 'pin') return { identified, result: null };
  return { identified, result: await logins.checkPin(attempt, typed) };
}

async function open(): Promise<OpenedLogin> {
  const { identified, result } = await logIn();
  expect([identified.kind, result?.kind]).toEqual(['pin', 'accepted']);
  const opened = logins.claim(attempt);
  if (opened === null) throw new Error('nothing was opened');
  return opened;
}

async function leave({ vault }: OpenedLogin): Promise<void> {
  await must(vault.call('close', null));
  await vault.kill();
}

async function firstLogin(): Promise<void> {
  const first = await open();
  await must(first.vault.call('feedApply', page(wardChanges(1), 'c1', true)));
  await leave(first);
}

it('a lease of the next epoch shuts out every older slot, even of who was never heard to be gone', async () => {
  await firstLogin();
  isOnline = false;
  keyFile.putLease({ ...lease, epoch: lease.epoch + 1 });
  expect((await logIn()).identified).toEqual({ kind: 'refused', code: 'leaseExpired' });
});

it('a slot of a person whose role treats nobody opens nothing, and the refusal names her', async () => {
  await firstLogin();
  isOnline = false;
  const slot = keyFile.slotOfBadge('badge-1');
  if (slot === null) throw new Error('no slot');
  keyFile.putSlot({ ...slot, person: { ...slot.person, role: 'other' } }, 'badge-1');
  expect((await logIn()).identified).toEqual({
    kind: 'refused',
    code: 'roleRefused',
    personId: 'n1',
  });
});

it('a session that is ended while it is being opened lets nobody in and leaves no slot', async () => {
  await firstLogin();
  graces.dropSession(grant().sessionId);
  expect((await logIn()).result).toEqual({ kind: 'refused', code: 'internal' });
  expect(logins.claim(attempt)).toBeNull();
  expect(keyFile.slotOfBadge('badge-1')).toBeNull();
});

it('an offline login leaves its proof for the record server on disk, readable by nobody else', async () => {
  await firstLogin();
  isOnline = false;
  const opened = await open();
  spool.close();
  spool = spools.mustOpen();
  const [kept] = spool.offlineSessions.waiting();
  expect(kept).toMatchObject({ sessionId: opened.facts.sessionId, personId: 'n1' });
  expect(opened.facts.token).toBeNull();
  const box = Buffer.from(kept?.sealed ?? '', 'base64url');
  expect(unsealBox(intake.privateKey, box, sealInfo.operationBox)).toBeNull();
  const plain = unsealBox(intake.privateKey, box, sealInfo.offlineSession);
  const proof = JSON.parse(String(plain)) as OfflineSession;
  expect(proof).toMatchObject({
    sessionId: opened.facts.sessionId,
    terminalId: 't1',
    personId: 'n1',
    badge,
    pinSalt: pin.salt,
    pinProof: told[0]?.pinProof,
    openedAtMs: wallMs,
  });
  expect(await isSignedBy(opened.vault, proof.sessionPublicKey)).toBe(true);
});

it('without a spool that keeps the proof nobody gets in', async () => {
  await firstLogin();
  isOnline = false;
  const whole = spool;
  const full = { ...whole.offlineSessions, keep: () => refuse('diskFull' as const) };
  spool = { ...whole, offlineSessions: full };
  expect((await logIn()).result).toEqual({ kind: 'refused', code: 'storageFault' });
  spool = whole;
  expect(logins.claim(attempt)).toBeNull();
});

it('a granted session is the attempt’s as long as it lasts, and its end is owed to the server from then on', async () => {
  const { sessionId } = grant();
  expect((await logIn()).result?.kind).toBe('accepted');
  expect(spool.openSessions.known()).toEqual([sessionId]);
  expect(logins.holds(sessionId)).toBe(true);
  // Another person's tap came first: this one never opens.
  logins.drop(attempt);
  expect(logins.holds(sessionId)).toBe(false);
  expect(spool.openSessions.known()).toEqual([sessionId]);
});

it('a wrong PIN and a lease that is over leave no proof and let nobody in', async () => {
  await firstLogin();
  isOnline = false;
  expect((await logIn('654321')).result).toMatchObject({ kind: 'wrong' });
  wallMs = lease.notAfterMs;
  expect((await logIn()).identified).toEqual({ kind: 'refused', code: 'leaseExpired' });
  expect(spool.offlineSessions.waiting()).toEqual([]);
});

const minute = 60_000;
/** Nine wrong PINs offline, as fast as they may be typed. */
async function mistypeToTheLast(): Promise<void> {
  granted = { ...granted, lease: { ...lease, notAfterMs: wallMs + 8 * hour } };
  await firstLogin();
  isOnline = false;
  for (let tries = 0; tries < 9; tries += 1) {
    wallMs += 5 * minute;
    expect((await logIn('654321')).result).toMatchObject({ triesLeft: 9 - tries });
  }
  wallMs += 5 * minute;
}

it('ten wrong PINs lock for half an hour, counted over a restart; then the right one opens', async () => {
  await mistypeToTheLast();
  spool.close();
  spool = spools.mustOpen();
  expect((await logIn('654321')).result).toEqual({ kind: 'refused', code: 'pinLocked' });
  wallMs += 30 * minute - 1;
  expect((await logIn()).identified).toEqual({ kind: 'refused', code: 'pinLocked' });
  wallMs += 1;
  await leave(await open());
  expect(spool.pinAttempts.read('n1')).toBeNull();
});

it('a lock of this terminal keeps nobody out whom the record server lets in, and holds when it does not answer', async () => {
  await mistypeToTheLast();
  await logIn('654321');
  isOnline = true;
  serverSays = () => Promise.resolve(refuse('unreachable'));
  expect((await logIn()).result).toEqual({ kind: 'refused', code: 'pinLocked' });
  serverSays = () => Promise.resolve(succeed(grant()));
  await leave(await open());
});

it('a try that nobody checked is not counted', async () => {
  await firstLogin();
  isOnline = false;
  await logIn('654321');
  const before = spool.pinAttempts.read('n1');
  isOnline = true;
  for (const code of ['untrusted', 'terminalRefused'] as const) {
    serverSays = () => Promise.resolve(refuse(code));
    expect((await logIn('654321')).result?.kind).toBe('refused');
    expect(spool.pinAttempts.read('n1')).toEqual(before);
  }
});

it('a PIN that must wait is not called wrong, by the record server or here', async () => {
  await firstLogin();
  const reply = { status: 'refused', code: 'pinThrottled', triesLeft: 10 } as const;
  const retryAtMs = wallMs + minute;
  serverSays = () => Promise.resolve(succeed({ ...reply, retryAtMs }));
  expect((await logIn()).result).toEqual({ kind: 'throttled', retryAtMs });
  expect(spool.pinAttempts.read('n1')).toBeNull();
  isOnline = false;
  for (let tries = 0; tries < 3; tries += 1) await logIn('654321');
  const here = { kind: 'throttled', retryAtMs: wallMs + 5_000 };
  expect((await logIn()).result).toEqual(here);
});

it('a terminal that the record server holds back says so', async () => {
  await firstLogin();
  const refused = { kind: 'refused', code: 'tooMany' };
  serverSays = () => Promise.resolve(refuse('tooMany'));
  expect((await logIn()).result).toEqual(refused);
  serverKnows = () => Promise.resolve(refuse('tooMany'));
  expect((await logIn()).identified).toEqual(refused);
});

it('a record server that hangs keeps nobody out who has a slot, and is asked once for each tap', async () => {
  await firstLogin();
  await leave(await open());
  const asked = told.length;
  const silence = async (deadlineMs: number) => {
    await new Promise((resolve) => setTimeout(resolve, deadlineMs));
    return refuse('unreachable' as const);
  };
  serverKnows = silence;
  serverSays = () => silence(60_000);
  const begunAtMs = performance.now();
  const { identified, result } = await logIn();
  expect(performance.now() - begunAtMs).toBeLessThan(4_000);
  expect(identified).toMatchObject({ kind: 'pin', reason: 'offline' });
  expect([result?.kind, told.length]).toEqual(['accepted', asked]);
  expect(spool.offlineSessions.waiting()).toHaveLength(1);
});

it('says why it asks for the PIN: new on this terminal, the way back ended, or a new shift', async () => {
  expect((await logIn()).identified).toMatchObject({ kind: 'pin', reason: 'newTerminal' });
  await leave(logins.claim(attempt)!);
  const opened = await open();
  const { facts, cacheId } = opened;
  const slot = { personId: 'n1', cacheId, sealed: 'sealed' };
  const kept = { ...facts, leaseNotAfterMs: Infinity };
  const grace = { slot, graceSecret: 'secret', facts: kept, untilMs: wallMs + 10 * minute };
  await leave(opened);
  graces.put('badge-1', grace);
  const tap = async () => {
    attempt += 1;
    const card = { reader: 'r', presence: attempt, badgeKey: 'badge-1', atMs: 0 };
    return await logins.identify(attempt, card, { badge, trust: 'B0', seenAtMs: 0 });
  };
  wallMs += 10 * minute - 1;
  expect(await tap()).toMatchObject({ kind: 'grace', sessionId: facts.sessionId });
  wallMs += 1;
  expect(await tap()).toMatchObject({ kind: 'pin', reason: 'graceEnded' });
  wallMs = facts.shiftEndsAtMs - minute;
  graces.put('badge-1', { ...grace, untilMs: wallMs + 10 * minute });
  wallMs = facts.shiftEndsAtMs;
  expect(await tap()).toMatchObject({ kind: 'pin', reason: 'newShift' });
});

it('a login under a newer lease or shift makes the slot last longer and signs by the key the server knows', async () => {
  await firstLogin();
  const later = { ...lease, notAfterMs: lease.notAfterMs + 2 * hour };
  granted = { lease: later, shiftEndsAtMs: granted.shiftEndsAtMs + hour };
  const second = await open();
  expect(await isSignedBy(second.vault, told[1]?.sessionPublicKey ?? '')).toBe(true);
  expect(keyFile.slotOfBadge('badge-1')).toMatchObject({
    notAfterMs: later.notAfterMs,
    shiftEndsAtMs: granted.shiftEndsAtMs,
  });
  await leave(second);
  isOnline = false;
  wallMs = lease.notAfterMs + hour;
  await leave(await open());
});

it('an open session keeps its lease and slot young, until its person is shut out', async () => {
  await firstLogin();
  const opened = await open();
  let renewals = 0;
  const ends: number[] = [];
  const keep = createLeaseKeeper({
    server: {
      renewSession: () => {
        renewals += 1;
        const tokenExpiresAtMs = wallMs + 300_000;
        const younger = { ...lease, notAfterMs: wallMs + 8 * hour };
        const reply = { status: 'granted', token: 'next', tokenExpiresAtMs, lease: younger };
        return Promise.resolve(succeed(reply as Extract<RenewReply, { status: 'granted' }>));
      },
    },
    online: () => isOnline,
    keyFile,
    badgeKeys: createBadgeKeys(secret),
    deviceSecret: secret.toString('base64url'),
    wallMs: () => wallMs,
    onRenewed: (facts) => ends.push(facts.leaseNotAfterMs),
  });
  const session = {
    sessionId: opened.facts.sessionId,
    attempt,
    person: opened.facts.person,
    badgeKey: 'badge-1',
    openedAtMs: 0,
    ends: { leaseAtMs: 0, shiftAtMs: 0 },
  };
  const workspace = { session, vault: opened.vault, facts: opened.facts, closing: false };
  await keep(workspace);
  wallMs += hour / 2;
  isOnline = false;
  await keep(workspace);
  expect(renewals).toBe(0);
  isOnline = true;
  await keep(workspace);
  await keep(workspace);
  expect(renewals).toBe(1);
  const leaseEnd = wallMs + 8 * hour;
  expect(workspace.facts).toMatchObject({ leaseNotAfterMs: leaseEnd, token: { value: 'next' } });
  expect(ends).toEqual([leaseEnd]);
  expect(keyFile.slotOfBadge('badge-1')?.notAfterMs).toBe(leaseEnd);
  keyFile.dropSlot('n1');
  wallMs += hour;
  await keep(workspace);
  expect(keyFile.slotOfBadge('badge-1')).toBeNull();
  await leave(opened);
});

it('how a person likes her screens comes with the login, and is here when the record server is not', async () => {
  preferences = { language: 'fr', theme: 'dark', savedAtMs: 5 };
  await firstLogin();
  expect(spool.preferences.read('n1')).toEqual(preferences);
  spool.preferences.choose('n1', { theme: 'light' }, 9);
  await leave(await open());
  // The server has not heard of it yet: what she chose here last stays.
  expect(spool.preferences.read('n1')).toMatchObject({ language: 'fr', theme: 'light' });
  isOnline = false;
  await leave(await open());
  expect(spool.preferences.read('n1')).toMatchObject({ language: 'fr', theme: 'light' });
});
