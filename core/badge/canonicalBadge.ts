import * as v from 'valibot';
import { canonicalBadgeSchema } from '../contracts/badge.ts';
import type { BadgeFault, BadgeTechnology, CanonicalBadge } from '../contracts/badge.ts';
import { refuse, succeed } from '../result.ts';
import type { Result } from '../result.ts';

/** Single, double and triple size of ISO 14443, and the 8 bytes of ISO 15693 and FeliCa that readers give the same way. */
const uidByteLengths: readonly number[] = [4, 7, 8, 10];

/** ISO 14443-3: a single-size UID that starts so is drawn anew at each power-up and names nobody. */
const randomUidFirstByte = 0x08;

const labelHexDigits = 4;

/**
 * Builds the canonical badge of raw bits: big-endian, right-aligned in whole bytes, so that 26 bits are 4 bytes.
 * Refuses bits beyond the stated length: they would give one badge two names.
 */
export function buildBadge(
  technology: BadgeTechnology,
  bitLength: number,
  bytes: Uint8Array,
): Result<CanonicalBadge, 'badgeMalformed'> {
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return checkBadge({ technology, bitLength, hex });
}

/** The canonical badge of a card's UID as PC/SC readers give it; what cannot name a person is refused. */
export function badgeFromUid(
  uid: Uint8Array,
): Result<CanonicalBadge, Extract<BadgeFault, 'emptyUid' | 'randomUid' | 'readError'>> {
  if (uid.every((byte) => byte === 0)) return refuse('emptyUid');
  if (!uidByteLengths.includes(uid.length)) return refuse('readError');
  if (uid.length === 4 && uid[0] === randomUidFirstByte) return refuse('randomUid');
  const badge = buildBadge('iso14443-uid', uid.length * 8, uid);
  return badge.ok ? badge : refuse('readError');
}

/** The one text of a badge, `technology:bitLength:hex`: input of the keyed hash, never stored or logged itself. */
export function renderBadge(badge: CanonicalBadge): string {
  return `${badge.technology}:${badge.bitLength}:${badge.hex}`;
}

/** Reads what `renderBadge` wrote, and nothing else: any other spelling of a badge is refused. */
export function parseBadge(text: string): Result<CanonicalBadge, 'badgeMalformed'> {
  const match = /^([a-z0-9-]+):([1-9][0-9]{0,2}):([0-9a-f]+)$/.exec(text);
  if (!match) return refuse('badgeMalformed');
  return checkBadge({ technology: match[1], bitLength: Number(match[2]), hex: match[3] });
}

/** What may be shown of a badge: its last digits, enough to tell two badges on a desk apart. */
export function maskedBadgeLabel(badge: CanonicalBadge): string {
  // A short badge hides at least half of itself.
  const shown = Math.min(labelHexDigits, Math.floor(badge.hex.length / 2));
  return `••••${badge.hex.slice(badge.hex.length - shown)}`;
}

function checkBadge(candidate: unknown): Result<CanonicalBadge, 'badgeMalformed'> {
  const parsed = v.safeParse(canonicalBadgeSchema, candidate);
  if (!parsed.success) return refuse('badgeMalformed');
  const { bitLength, hex } = parsed.output;
  if (hex.length !== Math.ceil(bitLength / 8) * 2) return refuse('badgeMalformed');
  const spareBits = (8 - (bitLength % 8)) % 8;
  const firstByte = Number.parseInt(hex.slice(0, 2), 16);
  if (firstByte >> (8 - spareBits) !== 0) return refuse('badgeMalformed');
  return succeed(parsed.output);
}
