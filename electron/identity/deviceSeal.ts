import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { refuse, succeed, type Result } from '#core/result.ts';

const nonceBytes = 12;
const tagBytes = 16;

/** A 32-byte key for one use, derived from the device secret. */
export function deriveDeviceKey(deviceSecret: Uint8Array, use: string): Buffer {
  return Buffer.from(hkdfSync('sha256', deviceSecret, Buffer.alloc(0), use, 32));
}

/** Seals bytes to this machine, bound to `associated`: AES-256-GCM, nonce || ciphertext || tag, base64url. */
export function sealToDevice(
  deviceSecret: Uint8Array,
  use: string,
  associated: readonly (string | number)[],
  plain: Uint8Array,
): string {
  const key = deriveDeviceKey(deviceSecret, use);
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(associatedBytes(use, associated));
  const sealed = Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  key.fill(0);
  return sealed.toString('base64url');
}

/** Opens what `sealToDevice` sealed for the same use and associated data. */
export function openOnDevice(
  deviceSecret: Uint8Array,
  use: string,
  associated: readonly (string | number)[],
  sealed: string,
): Result<Buffer, 'wrongSeal'> {
  const bytes = Buffer.from(sealed, 'base64url');
  if (bytes.length < nonceBytes + tagBytes) return refuse('wrongSeal');
  const key = deriveDeviceKey(deviceSecret, use);
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, nonceBytes), {
    authTagLength: tagBytes,
  })
    .setAAD(associatedBytes(use, associated))
    .setAuthTag(bytes.subarray(-tagBytes));
  try {
    const plain = decipher.update(bytes.subarray(nonceBytes, -tagBytes));
    return succeed(Buffer.concat([plain, decipher.final()]));
  } catch {
    return refuse('wrongSeal');
  } finally {
    key.fill(0);
  }
}

/** JSON of an array separates its parts unambiguously. */
function associatedBytes(use: string, associated: readonly (string | number)[]): Buffer {
  return Buffer.from(JSON.stringify([use, ...associated]), 'utf8');
}
