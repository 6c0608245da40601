import { createHmac } from 'node:crypto';
import type { CanonicalBadge } from '#core/contracts/badge.ts';
import { deriveDeviceKey } from '../identity/deviceSeal.ts';

/** Turns badge ids into what may be kept: a keyed hash to recognise one, and the bytes it adds to a slot's key. */
export interface BadgeKeys {
  /** Names a badge on this terminal; another terminal's name for it is another. */
  nameOf(badge: CanonicalBadge): string;
  /** The badge's share of a slot's key, base64url. For B0 badges it is public and adds nothing: the PIN and lease do the work. */
  secretOf(badge: CanonicalBadge): string;
}

/** Keyed by the device secret, so that a list of names read off a disk cannot be matched with badge numbers. */
export function createBadgeKeys(deviceSecret: Uint8Array): BadgeKeys {
  const nameKey = deriveDeviceKey(deviceSecret, 'wardkey/badge-name/v1');
  const secretKey = deriveDeviceKey(deviceSecret, 'wardkey/badge-secret/v1');
  const text = (badge: CanonicalBadge): string =>
    `${badge.technology}:${badge.bitLength}:${badge.hex}`;
  return {
    nameOf: (badge) => createHmac('sha256', nameKey).update(text(badge)).digest('base64url'),
    secretOf: (badge) => createHmac('sha256', secretKey).update(text(badge)).digest('base64url'),
  };
}
