import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  randomUUID,
  type KeyObject,
} from 'node:crypto';
import { sealSizes } from '#core/contracts/sealing.ts';
import type { PinParameters } from '#core/contracts/terminal.ts';
import type { OpenRefusal, Slot, VaultAnswer, VaultPayload } from '#core/contracts/vault.ts';
import { refuse, succeed, type Result } from '#core/result.ts';
import { createCache, openCache, type Cache, type CachePlace } from './cacheFile.ts';
import {
  fromBase64Url,
  makeEscrow,
  makeSlot,
  openEscrow,
  openGrace,
  openSlot,
  toBase64Url,
  wipe,
  type OpenKeys,
} from './keys.ts';

/** A vault that is open for one person. */
export interface OpenVault {
  readonly cache: Cache;
  readonly keys: OpenKeys;
  readonly personId: string;
  readonly place: CachePlace;
  readonly inboxKey: KeyObject;
}

type Opened = VaultAnswer<'openBySlot'>;

/** What main learns of an opened cache. */
export function openedAnswer({ cache }: OpenVault): Opened {
  const { cacheId, generation, cursor, feedEpoch, asOfMs, malformed } = cache.meta;
  return { cacheId, generation, cursor, feedEpoch, asOfMs, malformed, filled: cache.filled };
}

function openWith(
  place: CachePlace,
  keys: OpenKeys,
  cacheId: string,
  personId: string,
): Result<OpenVault, OpenRefusal> {
  const cache = openCache(place, keys.cacheKey, cacheId);
  if (!cache.ok) {
    wipe(keys.cacheKey, keys.personKey);
    return cache;
  }
  return succeed(vaultOf(cache.value, keys, personId, place));
}

function vaultOf(cache: Cache, keys: OpenKeys, personId: string, place: CachePlace): OpenVault {
  const inboxKey = createPrivateKey({
    key: Buffer.from(cache.meta.inboxPrivateKey),
    type: 'pkcs8',
    format: 'der',
  });
  return { cache, keys, personId, place, inboxKey };
}

/** Opens by a slot: stretched PIN, badge, device secret and lease must all be right. */
export function openBySlot(
  payload: VaultPayload<'openBySlot'>,
  stretchedPin: Uint8Array,
): Result<OpenVault, OpenRefusal> {
  const { slot, where, badgeSecret, deviceSecret, lease, nowMs } = payload;
  const factors = { stretchedPin, badgeSecret, deviceSecret, lease };
  const keys = openSlot(slot, where.terminalId, factors, nowMs);
  if (!keys.ok) return keys;
  return openWith(where, keys.value, slot.cacheId, slot.personId);
}

/** Makes the slot of an open vault anew; null when it is not this vault's, or the PIN was stretched otherwise. */
export function renewSlot(
  payload: VaultPayload<'slotRenew'>,
  { keys, personId, place, cache }: OpenVault,
  stretched: { readonly pin: Uint8Array; readonly parameters: PinParameters },
): Slot | null {
  const { slot, person, shiftEndsAtMs, badgeSecret, deviceSecret, lease } = payload;
  if (slot.personId !== personId || person.personId !== personId) return null;
  if (slot.cacheId !== cache.meta.cacheId || slot.terminalId !== place.terminalId) return null;
  if (slot.pin.salt !== stretched.parameters.salt) return null;
  const { terminalId, cacheId, keyEpoch, pin } = slot;
  return makeSlot({ terminalId, cacheId, keyEpoch, person, pin, shiftEndsAtMs }, keys, {
    stretchedPin: stretched.pin,
    badgeSecret,
    deviceSecret,
    lease,
  });
}

/** Opens by a grace slot; the session goes on with the signing key that the server knows. */
export function openByGrace(
  payload: VaultPayload<'openByGrace'>,
): Result<{ vault: OpenVault; sessionKey: KeyObject | null }, OpenRefusal> {
  const { grace, where } = payload;
  const resumed = openGrace(grace, payload);
  if (resumed === null) return refuse('wrongFactor');
  const vault = openWith(where, resumed.keys, grace.cacheId, grace.personId);
  if (!vault.ok) return vault;
  const der = resumed.sessionKey;
  const sessionKey =
    der.length === 0 ? null : createPrivateKey({ key: der, type: 'pkcs8', format: 'der' });
  return succeed({ vault: vault.value, sessionKey });
}

interface Released {
  readonly vault: OpenVault;
  readonly answer: VaultAnswer<'openByRelease'>;
}

/** Opens by what the server released; without an escrow a new, empty cache takes the old one's place. */
export function openByRelease(
  payload: VaultPayload<'openByRelease'>,
  stretchedPin: Uint8Array,
): Result<Released, OpenRefusal> {
  if (payload.nowMs >= payload.lease.notAfterMs) return refuse('leaseExpired');
  const personKey = fromBase64Url(payload.personKey);
  if (personKey.length !== sealSizes.key) return refuse('wrongFactor');
  const cache =
    payload.escrow === null
      ? newCache(payload, personKey)
      : escrowedCache(payload, payload.escrow, personKey);
  if (!cache.ok) return cache;
  const { vault, escrow } = cache.value;
  const slot = makeSlot(
    {
      terminalId: payload.where.terminalId,
      cacheId: escrow.cacheId,
      keyEpoch: escrow.keyEpoch,
      person: payload.person,
      pin: payload.pin,
      shiftEndsAtMs: payload.shiftEndsAtMs,
    },
    vault.keys,
    {
      stretchedPin,
      badgeSecret: payload.badgeSecret,
      deviceSecret: payload.deviceSecret,
      lease: payload.lease,
    },
  );
  return succeed({ vault, answer: { ...openedAnswer(vault), slot, escrow } });
}

type WithEscrow = Result<
  { vault: OpenVault; escrow: VaultAnswer<'openByRelease'>['escrow'] },
  OpenRefusal
>;

function escrowedCache(
  payload: VaultPayload<'openByRelease'>,
  escrow: NonNullable<VaultPayload<'openByRelease'>['escrow']>,
  personKey: Buffer,
): WithEscrow {
  const cacheKey = openEscrow(escrow, payload.where.terminalId, payload);
  if (cacheKey === null) return refuse('wrongFactor');
  const keys = { cacheKey, personKey };
  const vault = openWith(payload.where, keys, escrow.cacheId, payload.person.personId);
  return vault.ok ? succeed({ vault: vault.value, escrow }) : vault;
}

function newCache(payload: VaultPayload<'openByRelease'>, personKey: Buffer): WithEscrow {
  const cacheKey = randomBytes(sealSizes.key);
  const cacheId = randomUUID();
  const { privateKey } = generateKeyPairSync('x25519');
  const cache = createCache(payload.where, cacheKey, {
    cacheId,
    inboxPrivateKey: privateKey.export({ type: 'pkcs8', format: 'der' }),
  });
  if (!cache.ok) return cache;
  const keys = { cacheKey, personKey };
  const vault = vaultOf(cache.value, keys, payload.person.personId, payload.where);
  const inboxPublicKey = toBase64Url(
    createPublicKey(privateKey).export({ type: 'spki', format: 'der' }),
  );
  const escrow = makeEscrow(
    { terminalId: payload.where.terminalId, cacheId, keyEpoch: 1, inboxPublicKey },
    cacheKey,
    payload,
  );
  return succeed({ vault, escrow });
}
