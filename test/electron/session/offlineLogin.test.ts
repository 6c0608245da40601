import { createPublicKey, randomBytes, verify } from 'node:crypto';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { sealInfo } from '#core/contracts/sealing.ts';
import type { OfflineSession, RenewReply, SessionGrant } from '#core/contracts/terminal.ts';
import { refuse, succeed } from '#core/result.ts';
import { openKeyFile, type KeyFile } from '#electron/identity/keyFile.ts';
import { createBadgeKeys } from '#electron/session/badgeKeys.ts';
import { createGraceStore } from '#electron/session/grace.ts';
import type { LoginDeps, LoginServer, OpenedLogin } from '#electron/session/loginDeps.ts';
import { createLeaseKeeper } from '#electron/session/leaseKeeper.ts';
import { createLogins, type Logins } from '#electron/session/logins.ts';
import { judgeOfflineReply } from '#electron/session/offlineSession.ts';
import type { Spool } from '#electron/spool/spool.ts';
import { unsealBox } from '#electron/vault/sealing.ts';
import { createSpoolFixture, type SpoolFixture } from '#test/electron/spool/spoolFixture.ts';
import { vaultFixture } from '#test/electron/vault/fixture.ts';
import {
  escrowKey,
  intake,
  lease,
  must,
  order,
  page,
  person,
  personKeyOf,
  pin,
  spki,
  wardChanges,
  where,
} from '#test/electron/vault/ward.ts';
import { openOperation } from '#test/electron/vault/writing.ts';

/* Logins on a real vault process, key file and spool; only the record server's words are played. */

const { start, cachePath, folder } = vaultFixture();
const badge = { technology: 'iso14443-uid', bitLength: 56, hex: '04aabbccddeeff' } as const;
const secret = randomBytes(32);
const hour = 3_600_000;

let wallMs: number;
let isOnline: boolean;
let told: Parameters<LoginServer['openSession']>[0][];
let granted: Pick<SessionGrant, 'lease' | 'shiftEndsAtMs'>;
let spools: SpoolFixture;
let spool: Spool;
let keyFile: KeyFile;
let logins: Logins;
let attempt: number;

beforeEach(() => {
  wallMs = Date.UTC(2026, 10, 23, 12);
  isOnline = true;
  told = [];
  attempt = 0;
  granted = { lease, shiftEndsAtMs: wallMs + 8 * hour };
  spools = createSpoolFixture();
  spool = spools.mustOpen(true);
  ({ keyFile } = openKeyFile(join(folder(), 'keys.json'), 't1', secret));
  const deps: LoginDeps = {
    server: {
      identify: () =>
        Promise.resolve(
          succeed({ status: 'known', person: person(), pin, retryAtMs: null, triesLeft: 10 }),
        ),
      openSession: (request) => {
        told.push(request);
        return Promise.resolve(succeed(grant()));
      },
    },
    online: () => isOnline,
    serverUntrusted: () => false,
    keyFile,
    get spool() {
      return spool;
    },
    graces: createGraceStore(),
    badgeKeys: createBadgeKeys(secret),
    deviceSecret: secret.toString('base64url'),
    intakePublicKey: spki(intake.publicKey),
    where: () => where(cachePath()),
    takeVault: () => start(),
    nowMs: () => wallMs,
    wallMs: () => wallMs,
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

/** Whether what this login charts is signed by a key. */
async function isSignedBy({ vault }: OpenedLogin, publicKey: string): Promise<boolean> {
  const note = { text: 'signed', corrects: null };
  const prepared = await must(
    vault.call('notePrepare', { ...order(), patientId: 'p1', draftId: null, note }),
  );
  const { body, signature } = openOperation(prepared.operations[0]!.operation.sealed);
  const key = createPublicKey({
    key: Buffer.from(publicKey, 'base64url'),
    type: 'spki',
    format: 'der',
  });
  const bytes = Buffer.from(JSON.stringify(body));
  return verify(null, bytes, key, Buffer.from(signature, 'base64url'));
}

async function firstLogin(): Promise<void> {
  const first = await open();
  await must(first.vault.call('feedApply', page(wardChanges(1), 'c1', true)));
  await leave(first);
}

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
  expect(await isSignedBy(opened, proof.sessionPublicKey)).toBe(true);
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

it('a wrong PIN and a lease that is over leave no proof and let nobody in', async () => {
  await firstLogin();
  isOnline = false;
  expect((await logIn('654321')).result).toMatchObject({ kind: 'wrong' });
  wallMs = lease.notAfterMs;
  expect((await logIn()).identified).toEqual({ kind: 'refused', code: 'leaseExpired' });
  expect(spool.offlineSessions.waiting()).toEqual([]);
});

it('a login under a newer lease or shift makes the slot last longer and signs by the key the server knows', async () => {
  await firstLogin();
  const later = { ...lease, notAfterMs: lease.notAfterMs + 2 * hour };
  granted = { lease: later, shiftEndsAtMs: granted.shiftEndsAtMs + hour };
  const second = await open();
  expect(await isSignedBy(second, told[1]?.sessionPublicKey ?? '')).toBe(true);
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
  });
  const session = {
    sessionId: opened.facts.sessionId,
    attempt,
    person: opened.facts.person,
    badgeKey: 'badge-1',
    openedAtMs: 0,
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
  expect(keyFile.slotOfBadge('badge-1')?.notAfterMs).toBe(leaseEnd);
  keyFile.dropSlot('n1');
  wallMs += hour;
  await keep(workspace);
  expect(keyFile.slotOfBadge('badge-1')).toBeNull();
  await leave(opened);
});

it('what the record server says of an offline login ends the session, and the slot only of who was shut out', () => {
  const verdictOf = (over: 'sessionEnded' | 'personDisabled' | 'badgeRevoked' | null) =>
    judgeOfflineReply({ status: 'registered', over });
  expect(verdictOf(null)).toEqual({ endSession: false, dropSlot: false });
  expect(verdictOf('sessionEnded')).toEqual({ endSession: true, dropSlot: false });
  expect(verdictOf('personDisabled')).toEqual({ endSession: true, dropSlot: true });
  expect(judgeOfflineReply({ status: 'refused', code: 'pinWrong' })).toEqual({
    endSession: true,
    dropSlot: true,
  });
});
