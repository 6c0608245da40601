import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  hkdfSync,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto';
import type { CanonicalBadge } from '#core/contracts/badge.ts';
import { lengthPrefixed, sealSizes } from '#core/contracts/sealing.ts';

/** What the service can do with its keys; the keys themselves stay inside, and outside the database. */
export interface ServiceKeys {
  /** The only form in which a badge id is stored. */
  badgeHash(badge: CanonicalBadge): Buffer;
  /** The only form in which an enrolment token is stored. */
  tokenHash(token: string): Buffer;
  /** What is stored to check a PIN proof: worthless to whoever has the database alone. */
  pinVerifier(personId: string, pinProof: Uint8Array): Buffer;
  /** Seals a small secret for the database, bound to its place so that rows cannot be exchanged. */
  wrap(place: string, secret: Uint8Array): Buffer;
  /** Opens what `wrap` sealed; throws when it was altered or moved. */
  unwrap(place: string, wrapped: Uint8Array): Buffer;
}

/** Derives one key per purpose from the service's root secret. */
export function createServiceKeys(root: Uint8Array): ServiceKeys {
  const derive = (info: string): Buffer =>
    Buffer.from(hkdfSync('sha256', root, Buffer.alloc(0), info, sealSizes.key));
  const badgeKey = derive('wardkey/server/badge-hash/v1');
  const tokenKey = derive('wardkey/server/enrolment-token/v1');
  const pinKey = derive('wardkey/server/pin-verifier/v1');
  const wrapKey = derive('wardkey/server/wrap/v1');
  return {
    badgeHash: (badge) =>
      keyedHash(badgeKey, [badge.technology, String(badge.bitLength), badge.hex]),
    tokenHash: (token) => keyedHash(tokenKey, [token]),
    pinVerifier: (personId, pinProof) => keyedHash(pinKey, [personId, pinProof]),
    wrap: (place, secret) => {
      const nonce = randomBytes(sealSizes.nonce);
      const cipher = createCipheriv('aes-256-gcm', wrapKey, nonce).setAAD(Buffer.from(place));
      return Buffer.concat([nonce, cipher.update(secret), cipher.final(), cipher.getAuthTag()]);
    },
    unwrap: (place, wrapped) => {
      const nonce = wrapped.subarray(0, sealSizes.nonce);
      const body = wrapped.subarray(sealSizes.nonce, wrapped.length - sealSizes.tag);
      const decipher = createDecipheriv('aes-256-gcm', wrapKey, nonce, {
        authTagLength: sealSizes.tag,
      });
      decipher.setAAD(Buffer.from(place));
      decipher.setAuthTag(wrapped.subarray(wrapped.length - sealSizes.tag));
      return Buffer.concat([decipher.update(body), decipher.final()]);
    },
  };
}

/** Compares secrets without telling by time where they differ. */
export function sameSecret(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}

function keyedHash(key: Buffer, parts: readonly (string | Uint8Array)[]): Buffer {
  const bytes = parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part));
  return createHmac('sha256', key).update(lengthPrefixed(bytes)).digest();
}
