import { randomUUID } from 'node:crypto';
import { pinGate, type PinGate } from '#core/access/pinThrottle.ts';
import type { RefusalCode } from '#core/contracts/ipc.ts';
import type { OpenSessionReply, SessionGrant } from '#core/contracts/terminal.ts';
import type { Slot, VaultAnswer, VaultRefusal } from '#core/contracts/vault.ts';
import type { PinResult } from '#core/session/model.ts';
import { refuse, succeed, type Result } from '#core/result.ts';
import type { LinkRefusal } from '../recordServer/transport.ts';
import type { SpoolRefusal } from '../spool/spool.ts';
import type { VaultClient } from '../vault/vaultClient.ts';
import type { Attempt, LoginDeps } from './loginDeps.ts';
import { sealOfflineSession } from './offlineSession.ts';
import { endsOf, type SessionFacts } from './sessionFacts.ts';
import { isCacheTrouble, refusalOfVault } from './vaultRefusals.ts';

type SlotAnswer = Result<VaultAnswer<'openBySlot'>, VaultRefusal>;

/**
 * Proves a PIN and opens the cache with it. Online the record server has the last word, and the person's slot on this
 * terminal is tried while it is asked; offline the slot alone decides, under an unexpired lease.
 */
export async function unlock(
  deps: LoginDeps,
  attempt: Attempt,
  pin: string,
  gate: PinGate,
): Promise<PinResult> {
  const stretched = await stretchedVault(deps, attempt, pin);
  if (!stretched.ok) return { kind: 'refused', code: refusalOfVault(stretched.code) };
  const vault = stretched.value;
  const slot = deps.keyFile.slotOfBadge(attempt.tap.badgeKey);
  const current = slot !== null && slot.shiftEndsAtMs > deps.wallMs() ? slot : null;
  // Begun before the server is asked, so that a tap does not wait for one after the other.
  const opening = current === null ? null : openBySlot(deps, attempt, vault.client, current);
  const reply = asksServer(deps, attempt)
    ? await askServer(deps, attempt, vault)
    : refuse('unreachable');
  const bySlot = await opening;
  if (reply.ok) {
    return reply.value.status === 'refused'
      ? refusedByServer(deps, attempt, reply.value, bySlot)
      : await acceptGrant(deps, attempt, reply.value, current, bySlot);
  }
  if (reply.code !== 'unreachable' && reply.code !== 'serverFault') {
    discardVault(attempt);
    return { kind: 'refused', code: linkRefusal(reply.code) };
  }
  if (!gate.open) {
    // Let through for the record server's judgement; the slot's own says nothing while the gate is closed.
    discardVault(attempt);
    return closedGate(gate);
  }
  if (slot === null) return { kind: 'refused', code: 'offlineFirstLogin' };
  const answer = bySlot ?? (await openBySlot(deps, attempt, vault.client, slot));
  return acceptOffline(deps, attempt, vault, slot, answer);
}

/** Whether the record server is asked of this attempt, or the slot alone decides. */
export function asksServer(deps: LoginDeps, { serverIsSilent }: Attempt): boolean {
  return deps.online() && !serverIsSilent;
}

function linkRefusal(code: LinkRefusal): RefusalCode {
  if (code === 'untrusted') return 'serverUntrusted';
  return code === 'tooMany' ? 'tooMany' : 'internal';
}

async function askServer(
  deps: LoginDeps,
  { badge, trust }: Attempt,
  { proof, publicKey }: StretchedVault,
): Promise<Result<OpenSessionReply, LinkRefusal>> {
  return await deps.server.openSession({
    badge,
    trust,
    pinProof: proof,
    sessionPublicKey: publicKey,
  });
}

interface StretchedVault {
  readonly client: VaultClient;
  readonly proof: string;
  readonly publicKey: string;
}

async function stretchedVault(
  deps: LoginDeps,
  attempt: Attempt,
  pin: string,
): Promise<Result<StretchedVault, VaultRefusal>> {
  const client = (attempt.vault ??= deps.takeVault());
  const [stretched, key] = await Promise.all([
    client.call('pinStretch', { pin, parameters: attempt.pin }),
    client.call('sessionKeyMake', null),
  ]);
  if (!stretched.ok || !key.ok) discardVault(attempt);
  if (!stretched.ok) return stretched;
  if (!key.ok) return key;
  return succeed({ client, proof: stretched.value.proof, publicKey: key.value.publicKey });
}

async function openBySlot(
  deps: LoginDeps,
  attempt: Attempt,
  vault: VaultClient,
  slot: Slot,
): Promise<SlotAnswer> {
  const lease = deps.keyFile.lease(slot.leaseEpoch, deps.wallMs());
  if (!lease.ok) return { ok: false, code: 'leaseExpired' };
  const startedAtMs = deps.nowMs();
  const opened = await vault.call('openBySlot', {
    where: deps.where(),
    slot,
    badgeSecret: deps.badgeKeys.secretOf(attempt.badge),
    deviceSecret: deps.deviceSecret,
    lease: lease.value,
    nowMs: deps.wallMs(),
  });
  if (opened.ok) deps.latency.record('vaultOpen', deps.nowMs() - startedAtMs);
  return opened;
}

function refusedByServer(
  deps: LoginDeps,
  attempt: Attempt,
  reply: Extract<OpenSessionReply, { status: 'refused' }>,
  bySlot: SlotAnswer | null,
): PinResult {
  // The slot opened although the server refuses (a person disabled a minute ago): that vault must not live on.
  if (bySlot?.ok) discardVault(attempt);
  if (reply.code === 'pinWrong')
    return { kind: 'wrong', triesLeft: reply.triesLeft, retryAtMs: reply.retryAtMs };
  if (reply.code === 'pinThrottled')
    return { kind: 'throttled', retryAtMs: reply.retryAtMs ?? deps.wallMs() };
  if (reply.code !== 'pinLocked') deps.keyFile.dropSlot(attempt.person.personId);
  return { kind: 'refused', code: reply.code };
}

async function acceptGrant(
  deps: LoginDeps,
  attempt: Attempt,
  grant: SessionGrant,
  slot: Slot | null,
  bySlot: SlotAnswer | null,
): Promise<PinResult> {
  attempt.sessionId = grant.sessionId;
  // From now on the server holds it open, whatever becomes of this attempt.
  if (!deps.spool.openSessions.begin(grant.sessionId).ok) {
    discardVault(attempt);
    return { kind: 'refused', code: 'storageFault' };
  }
  deps.keyFile.putLease(grant.lease);
  const { person, preferences } = grant;
  if (preferences !== null) deps.spool.preferences.receive(person.personId, preferences);
  const facts = factsOf(attempt, grant);
  if (bySlot?.ok) {
    if (slot !== null && !(await renewSlot(deps, attempt, grant, slot))) {
      discardVault(attempt);
      return { kind: 'refused', code: 'internal' };
    }
    return take(deps, attempt, facts, bySlot.value);
  } else if (bySlot !== null && isCacheTrouble(bySlot.code)) {
    deps.onCacheTrouble(bySlot.code);
    deps.keyFile.dropCache();
  }
  return await openByRelease(deps, attempt, grant, facts);
}

/** A slot that would gain less than this by a newer lease is left as it is. */
const worthRenewingMs = 10 * 60_000;

/**
 * Lets the slot last as long as the new lease and shift. The vault that it has just opened makes it anew, so that the session
 * keeps the signing key that the server was told of.
 */
async function renewSlot(
  deps: LoginDeps,
  attempt: Attempt,
  grant: SessionGrant,
  slot: Slot,
): Promise<boolean> {
  const { lease, person, shiftEndsAtMs } = grant;
  const isCurrent =
    slot.leaseEpoch === lease.epoch &&
    slot.shiftEndsAtMs === shiftEndsAtMs &&
    lease.notAfterMs - slot.notAfterMs < worthRenewingMs;
  if (isCurrent) return true;
  const renewed = await attempt.vault?.call('slotRenew', {
    slot,
    person,
    shiftEndsAtMs,
    badgeSecret: deps.badgeKeys.secretOf(attempt.badge),
    deviceSecret: deps.deviceSecret,
    lease,
  });
  if (!renewed?.ok) return false;
  deps.keyFile.putSlot(renewed.value, attempt.tap.badgeKey);
  return true;
}

async function openByRelease(
  deps: LoginDeps,
  attempt: Attempt,
  grant: SessionGrant,
  facts: SessionFacts,
): Promise<PinResult> {
  const { vault } = attempt;
  if (vault === null) return { kind: 'refused', code: 'internal' };
  const open = async (): Promise<Result<VaultAnswer<'openByRelease'>, VaultRefusal>> =>
    await vault.call('openByRelease', {
      where: deps.where(),
      escrow: deps.keyFile.escrow(),
      escrowKey: grant.escrowKey,
      personKey: grant.personKey,
      person: grant.person,
      pin: attempt.pin,
      shiftEndsAtMs: grant.shiftEndsAtMs,
      badgeSecret: deps.badgeKeys.secretOf(attempt.badge),
      deviceSecret: deps.deviceSecret,
      lease: grant.lease,
      nowMs: deps.wallMs(),
    });
  let opened = await open();
  if (!opened.ok && (isCacheTrouble(opened.code) || opened.code === 'wrongFactor')) {
    // The cache is disposable: what cannot be opened is made anew and filled again from the server.
    deps.onCacheTrouble(isCacheTrouble(opened.code) ? opened.code : 'cacheDamaged');
    deps.keyFile.dropCache();
    opened = await open();
  }
  if (!opened.ok) {
    discardVault(attempt);
    return { kind: 'refused', code: refusalOfVault(opened.code) };
  }
  deps.keyFile.putEscrow(opened.value.escrow);
  deps.keyFile.putSlot(opened.value.slot, attempt.tap.badgeKey);
  return take(deps, attempt, facts, opened.value);
}

function acceptOffline(
  deps: LoginDeps,
  attempt: Attempt,
  vault: StretchedVault,
  slot: Slot,
  bySlot: SlotAnswer,
): PinResult {
  if (!bySlot.ok) {
    if (bySlot.code === 'wrongFactor') return wrongOffline(deps, attempt);
    discardVault(attempt);
    return { kind: 'refused', code: refusalOfVault(bySlot.code) };
  }
  if (!deps.clockIsSound()) {
    discardVault(attempt);
    return { kind: 'refused', code: 'clockJumped' };
  }
  const facts: SessionFacts = {
    sessionId: randomUUID(),
    person: slot.person,
    badge: attempt.badge,
    shiftEndsAtMs: Math.max(slot.shiftEndsAtMs, slot.notAfterMs),
    leaseNotAfterMs: slot.notAfterMs,
    token: null,
    otherSessions: [],
  };
  attempt.sessionId = facts.sessionId;
  if (!keepProof(deps, attempt, vault, facts).ok) {
    discardVault(attempt);
    return { kind: 'refused', code: 'storageFault' };
  }
  return take(deps, attempt, facts, bySlot.value);
}

/** On disk before anything of the session is: without it the record server would never accept what is charted in it. */
function keepProof(
  deps: LoginDeps,
  { badge, trust, pin, person }: Attempt,
  { proof, publicKey }: StretchedVault,
  { sessionId }: SessionFacts,
): Result<null, SpoolRefusal> {
  const { personId } = person;
  const session = {
    sessionId,
    terminalId: deps.where().terminalId,
    personId,
    badge,
    trust,
    pinSalt: pin.salt,
    pinProof: proof,
    sessionPublicKey: publicKey,
    openedAtMs: Math.round(deps.wallMs()),
  };
  const sealed = sealOfflineSession(session, deps.intakePublicKey);
  return deps.spool.offlineSessions.keep({ sessionId, personId, sealed });
}

function wrongOffline(deps: LoginDeps, attempt: Attempt): PinResult {
  const gate = pinGate(deps.spool.pinAttempts.read(attempt.person.personId), deps.wallMs());
  const { triesLeft } = gate;
  if (triesLeft === 0) return { kind: 'refused', code: 'pinLocked' };
  return { kind: 'wrong', triesLeft, retryAtMs: gate.open ? null : gate.retryAtMs };
}

/** What a person hears whose PIN may not be tried now. */
export function closedGate({ triesLeft, retryAtMs }: PinGate & { open: false }): PinResult {
  return triesLeft === 0
    ? { kind: 'refused', code: 'pinLocked' }
    : { kind: 'throttled', retryAtMs };
}

function take(
  deps: LoginDeps,
  attempt: Attempt,
  facts: SessionFacts,
  opened: VaultAnswer<'openBySlot'>,
): PinResult {
  const { vault } = attempt;
  if (vault === null) return { kind: 'refused', code: 'internal' };
  const { asOfMs, cursor, feedEpoch, cacheId, generation, malformed, filled } = opened;
  const position = { asOfMs, cursor, feedEpoch, cacheId, generation, malformed, filled };
  attempt.opened = { facts, vault, ...position };
  return { kind: 'accepted', sessionId: facts.sessionId, ends: endsOf(facts, deps) };
}

function factsOf(attempt: Attempt, grant: SessionGrant): SessionFacts {
  return {
    sessionId: grant.sessionId,
    person: grant.person,
    badge: attempt.badge,
    shiftEndsAtMs: grant.shiftEndsAtMs,
    leaseNotAfterMs: grant.lease.notAfterMs,
    token: { value: grant.token, expiresAtMs: grant.tokenExpiresAtMs },
    otherSessions: grant.otherSessions,
  };
}

function discardVault(attempt: Attempt): void {
  void attempt.vault?.kill();
  attempt.vault = null;
}
