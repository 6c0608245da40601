import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { lengthPrefixed, sealSizes } from '#core/contracts/sealing.ts';

/** Where a sealed body belongs; moved to any other place it does not open. `patientId` null: about no patient. */
export interface SealPlace {
  readonly type: string;
  readonly id: string;
  readonly version: number;
  readonly patientId: string | null;
}

/** One patient's data key, open in memory. */
export type DataKey = Buffer;

/** What the service does with the key-encryption key, which never enters the database. */
export interface KeyRing {
  /** Makes a data key and the wrapped form that may be stored. */
  makeDataKey(patientId: string): { key: DataKey; wrapped: Buffer };
  /** Opens a wrapped data key; throws when it was altered or belongs to another patient. */
  unwrapDataKey(patientId: string, wrapped: Uint8Array): DataKey;
  sealBody(key: DataKey, place: SealPlace, json: string): Buffer;
  /** Opens a body; throws when it was altered or stands in another place than it was sealed for. */
  openBody(key: DataKey, place: SealPlace, sealed: Uint8Array): string;
  /** The keyed search token of a text, as a signed 64-bit decimal. */
  searchToken(text: string): string;
}

const info = {
  wrap: 'wardkey/server/data-key-wrap/v1',
  index: 'wardkey/server/search-token/v1',
  body: 'wardkey/server/record-body/v1',
} as const;
const inflateLimitBytes = 64 * 1024 * 1024;

function associatedData(parts: readonly string[]): Uint8Array {
  return lengthPrefixed(parts.map((part) => Buffer.from(part, 'utf8')));
}

function seal(key: Uint8Array, plaintext: Uint8Array, bound: Uint8Array): Buffer {
  const nonce = randomBytes(sealSizes.nonce);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(bound);
  return Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

function open(key: Uint8Array, sealed: Uint8Array, bound: Uint8Array): Buffer {
  if (sealed.length < sealSizes.nonce + sealSizes.tag) throw new Error('a seal is cut short');
  const end = sealed.length - sealSizes.tag;
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, sealSizes.nonce), {
    authTagLength: sealSizes.tag,
  });
  decipher.setAAD(bound).setAuthTag(sealed.subarray(end));
  return Buffer.concat([decipher.update(sealed.subarray(sealSizes.nonce, end)), decipher.final()]);
}

function bodyBinding(place: SealPlace): Uint8Array {
  return associatedData([
    info.body,
    place.type,
    place.id,
    String(place.version),
    place.patientId ?? '',
  ]);
}

/** Builds the key ring from the 32 bytes of the key-encryption key. */
export function createKeyRing(keyEncryptionKey: Uint8Array): KeyRing {
  if (keyEncryptionKey.length !== sealSizes.key) throw new Error('the key must be 32 bytes');
  const derive = (purpose: string) =>
    Buffer.from(hkdfSync('sha256', keyEncryptionKey, Buffer.alloc(0), purpose, sealSizes.key));
  const wrapKey = derive(info.wrap);
  const indexKey = derive(info.index);
  return {
    makeDataKey(patientId) {
      const key = randomBytes(sealSizes.key);
      return { key, wrapped: seal(wrapKey, key, associatedData([info.wrap, patientId])) };
    },
    unwrapDataKey: (patientId, wrapped) =>
      open(wrapKey, wrapped, associatedData([info.wrap, patientId])),
    sealBody: (key, place, json) =>
      seal(key, deflateRawSync(json, { level: 1 }), bodyBinding(place)),
    openBody: (key, place, sealed) =>
      inflateRawSync(open(key, sealed, bodyBinding(place)), {
        maxOutputLength: inflateLimitBytes,
      }).toString('utf8'),
    searchToken: (text) =>
      createHmac('sha256', indexKey).update(text, 'utf8').digest().readBigInt64BE(0).toString(),
  };
}
