import { hashRaw } from '@node-rs/argon2';
import { personBinding, sealInfo, sealSizes, type SealBinding } from '#core/contracts/sealing.ts';
import type { Lease, Person, PinParameters } from '#core/contracts/terminal.ts';
import type { Escrow, GraceSlot, Slot } from '#core/contracts/vault.ts';
import { refuse, succeed, type Result } from '#core/result.ts';
import { deriveKey, joinParts, seal, unseal } from './sealing.ts';

/** The two keys that every way in leads to: the cache's and the person's own. */
export interface OpenKeys {
  readonly cacheKey: Buffer;
  readonly personKey: Buffer;
}

/** Decodes base64url. */
export function fromBase64Url(text: string): Buffer {
  return Buffer.from(text, 'base64url');
}

/** Encodes base64url without padding. */
export function toBase64Url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url');
}

/** Overwrites key buffers. The end of the process is the real wipe; this only shortens the wait. */
export function wipe(...buffers: readonly (Uint8Array | null)[]): void {
  for (const buffer of buffers) buffer?.fill(0);
}

/** Stretches a PIN by Argon2id (the package's default, held by a test vector): the one slow step of a login. */
export async function stretchPin(pin: string, parameters: PinParameters): Promise<Buffer> {
  return hashRaw(pin, {
    salt: fromBase64Url(parameters.salt),
    memoryCost: parameters.memoryKib,
    timeCost: parameters.iterations,
    parallelism: parameters.parallelism,
    outputLen: sealSizes.key,
  });
}

/** What the server is shown instead of the PIN. */
export function pinProof(stretched: Uint8Array, parameters: PinParameters): string {
  return toBase64Url(deriveKey(stretched, sealInfo.pinProof, fromBase64Url(parameters.salt)));
}

/** What a login has to bring together. */
export interface SlotFactors {
  readonly stretchedPin: Uint8Array;
  readonly badgeSecret: string;
  readonly deviceSecret: string;
  readonly lease: Lease;
}

type SlotHead = Omit<Slot, 'sealed'>;

function slotBinding(slot: SlotHead): SealBinding {
  return [
    sealInfo.slot,
    String(slot.version),
    slot.terminalId,
    slot.cacheId,
    String(slot.keyEpoch),
    String(slot.leaseEpoch),
    slot.personId,
    String(slot.notAfterMs),
    slot.pin.salt,
    String(slot.pin.memoryKib),
    String(slot.pin.iterations),
    String(slot.pin.parallelism),
    slot.person.personId,
    slot.person.displayName,
    slot.person.role,
    slot.person.trust,
    String(slot.shiftEndsAtMs),
  ];
}

function slotKey(pin: PinParameters, factors: SlotFactors): Buffer {
  const material = joinParts([
    factors.stretchedPin,
    fromBase64Url(factors.badgeSecret),
    fromBase64Url(factors.deviceSecret),
    fromBase64Url(factors.lease.secret),
  ]);
  return deriveKey(material, sealInfo.slot, fromBase64Url(pin.salt));
}

function packKeys(keys: OpenKeys): Buffer {
  return Buffer.concat([keys.cacheKey, keys.personKey]);
}

function unpackKeys(plain: Buffer | null): OpenKeys | null {
  if (plain?.length !== 2 * sealSizes.key) return null;
  return { cacheKey: plain.subarray(0, sealSizes.key), personKey: plain.subarray(sealSizes.key) };
}

/** Makes a person's slot on this terminal. It ends with the lease. */
export function makeSlot(
  head: {
    readonly terminalId: string;
    readonly cacheId: string;
    readonly keyEpoch: number;
    readonly person: Person;
    readonly pin: PinParameters;
    readonly shiftEndsAtMs: number;
  },
  keys: OpenKeys,
  factors: SlotFactors,
): Slot {
  const slot: SlotHead = {
    version: 1,
    ...head,
    leaseEpoch: factors.lease.epoch,
    personId: head.person.personId,
    notAfterMs: factors.lease.notAfterMs,
  };
  const key = slotKey(head.pin, factors);
  const sealed = toBase64Url(seal(key, packKeys(keys), slotBinding(slot)));
  wipe(key);
  return { ...slot, sealed };
}

/**
 * Opens a slot. An expired or replaced lease is said before anything is tried, so that it is not mistaken for a wrong PIN;
 * every other mismatch, an edited field of the slot included, is one answer: `wrongFactor`.
 */
export function openSlot(
  slot: Slot,
  terminalId: string,
  factors: SlotFactors,
  nowMs: number,
): Result<OpenKeys, 'wrongFactor' | 'leaseExpired'> {
  const { lease } = factors;
  if (nowMs >= slot.notAfterMs || nowMs >= lease.notAfterMs) return refuse('leaseExpired');
  if (lease.epoch !== slot.leaseEpoch) return refuse('leaseExpired');
  if (slot.terminalId !== terminalId || slot.person.personId !== slot.personId) {
    return refuse('wrongFactor');
  }
  const key = slotKey(slot.pin, factors);
  const keys = unpackKeys(unseal(key, fromBase64Url(slot.sealed), slotBinding(slot)));
  wipe(key);
  return keys === null ? refuse('wrongFactor') : succeed(keys);
}

type EscrowHead = Omit<Escrow, 'sealed'>;

function escrowBinding(escrow: EscrowHead): SealBinding {
  return [
    sealInfo.escrow,
    String(escrow.version),
    escrow.terminalId,
    escrow.cacheId,
    String(escrow.keyEpoch),
    escrow.inboxPublicKey,
  ];
}

function escrowKeyOf(escrowKey: string, deviceSecret: string): Buffer {
  const material = joinParts([fromBase64Url(escrowKey), fromBase64Url(deviceSecret)]);
  return deriveKey(material, sealInfo.escrow);
}

/** Seals the cache key for whoever the server lets in on this machine. */
export function makeEscrow(
  head: Omit<EscrowHead, 'version'>,
  cacheKey: Uint8Array,
  secrets: { readonly escrowKey: string; readonly deviceSecret: string },
): Escrow {
  const escrow: EscrowHead = { version: 1, ...head };
  const key = escrowKeyOf(secrets.escrowKey, secrets.deviceSecret);
  const sealed = toBase64Url(seal(key, cacheKey, escrowBinding(escrow)));
  wipe(key);
  return { ...escrow, sealed };
}

/** Opens an escrow: the cache key, or null when a secret or any field is wrong. */
export function openEscrow(
  escrow: Escrow,
  terminalId: string,
  secrets: { readonly escrowKey: string; readonly deviceSecret: string },
): Buffer | null {
  if (escrow.terminalId !== terminalId) return null;
  const key = escrowKeyOf(secrets.escrowKey, secrets.deviceSecret);
  const cacheKey = unseal(key, fromBase64Url(escrow.sealed), escrowBinding(escrow));
  wipe(key);
  return cacheKey?.length === sealSizes.key ? cacheKey : null;
}

/** The secrets of a tap within the grace. */
export interface GraceFactors {
  readonly graceSecret: string;
  readonly badgeSecret: string;
  readonly deviceSecret: string;
}

function graceKey(factors: GraceFactors): Buffer {
  const material = joinParts([
    fromBase64Url(factors.graceSecret),
    fromBase64Url(factors.badgeSecret),
    fromBase64Url(factors.deviceSecret),
  ]);
  return deriveKey(material, sealInfo.grace);
}

/** What a resumed session goes on with: its keys, and the key that the server knows to sign its operations. */
export interface GraceKeys {
  readonly keys: OpenKeys;
  /** PKCS#8 DER; empty when the session never made one. */
  readonly sessionKey: Buffer;
}

/** Seals the way back in without a PIN; it is kept in memory only. */
export function makeGrace(
  head: { readonly personId: string; readonly cacheId: string },
  { keys, sessionKey }: GraceKeys,
  factors: GraceFactors,
): GraceSlot {
  const key = graceKey(factors);
  const binding: SealBinding = [sealInfo.grace, head.personId, head.cacheId];
  const plain = Buffer.concat([packKeys(keys), sessionKey]);
  const sealed = toBase64Url(seal(key, plain, binding));
  wipe(key, plain);
  return { ...head, sealed };
}

/** Opens a grace slot; null when a secret is wrong or it is another person's. */
export function openGrace(grace: GraceSlot, factors: GraceFactors): GraceKeys | null {
  const key = graceKey(factors);
  const binding: SealBinding = [sealInfo.grace, grace.personId, grace.cacheId];
  const plain = unseal(key, fromBase64Url(grace.sealed), binding);
  wipe(key);
  if (plain === null) return null;
  const keys = unpackKeys(plain.subarray(0, 2 * sealSizes.key));
  return keys === null ? null : { keys, sessionKey: plain.subarray(2 * sealSizes.key) };
}

type PersonInfo = typeof sealInfo.draft | typeof sealInfo.ownOperation;

/** Seals a text to a person: drafts, and the own copy of an unsent operation. */
export function sealForPerson(
  personKey: Uint8Array,
  personId: string,
  info: PersonInfo,
  text: string,
): string {
  const key = deriveKey(personKey, info);
  return toBase64Url(seal(key, Buffer.from(text, 'utf8'), personBinding(info, personId)));
}

/** Opens what was sealed to a person; null for anybody else's. */
export function openForPerson(
  personKey: Uint8Array,
  personId: string,
  info: PersonInfo,
  sealed: string,
): string | null {
  const key = deriveKey(personKey, info);
  const plain = unseal(key, fromBase64Url(sealed), personBinding(info, personId));
  return plain === null ? null : plain.toString('utf8');
}
