import {
  createCipheriv,
  createDecipheriv,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  randomBytes,
  type KeyObject,
} from 'node:crypto';
import {
  lengthPrefixed,
  sealSizes,
  x25519SpkiPrefix,
  type sealInfo,
  type SealBinding,
  type SealInfo,
} from '#core/contracts/sealing.ts';

const noSalt = new Uint8Array(0);

/** HKDF-SHA256 with one of the fixed purposes. */
export function deriveKey(material: Uint8Array, info: SealInfo, salt: Uint8Array = noSalt): Buffer {
  return Buffer.from(hkdfSync('sha256', material, salt, info, sealSizes.key));
}

/** Bytes of a list of texts and byte strings such that no two lists give the same bytes. */
export function joinParts(parts: readonly (string | Uint8Array)[]): Uint8Array {
  return lengthPrefixed(
    parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'utf8') : part)),
  );
}

function encrypt(key: Uint8Array, plain: Uint8Array, associated: Uint8Array): Buffer {
  const nonce = randomBytes(sealSizes.nonce);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  cipher.setAAD(associated);
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

function decrypt(key: Uint8Array, sealed: Uint8Array, associated: Uint8Array): Buffer | null {
  if (sealed.length < sealSizes.nonce + sealSizes.tag) return null;
  const nonce = sealed.subarray(0, sealSizes.nonce);
  const tag = sealed.subarray(sealed.length - sealSizes.tag);
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: sealSizes.tag });
  decipher.setAAD(associated);
  decipher.setAuthTag(tag);
  const body = sealed.subarray(sealSizes.nonce, sealed.length - sealSizes.tag);
  try {
    return Buffer.concat([decipher.update(body), decipher.final()]);
  } catch {
    // Node says no more than that the tag is wrong: the refusal is the whole story.
    return null;
  }
}

/** Seals bytes under a key, bound to texts that the opener must know. */
export function seal(key: Uint8Array, plain: Uint8Array, binding: SealBinding): Buffer {
  return encrypt(key, plain, joinParts(binding));
}

/** Opens a seal; null when the key, the binding or a single bit is wrong. */
export function unseal(key: Uint8Array, sealed: Uint8Array, binding: SealBinding): Buffer | null {
  return decrypt(key, sealed, joinParts(binding));
}

type BoxInfo =
  typeof sealInfo.operationBox | typeof sealInfo.offlineSession | typeof sealInfo.inboxBox;

function rawPublic(key: KeyObject): Buffer {
  return key.export({ type: 'spki', format: 'der' }).subarray(-sealSizes.x25519Public);
}

function publicOf(spki: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.from(spki), type: 'spki', format: 'der' });
}

function boxKey(shared: Buffer, ephemeral: Buffer, recipient: Buffer, info: BoxInfo): Buffer {
  return deriveKey(shared, info, Buffer.concat([ephemeral, recipient]));
}

/** Seals to a public key (SPKI DER): only the holder of the private half opens it. */
export function sealBox(recipientSpki: Uint8Array, plain: Uint8Array, info: BoxInfo): Buffer {
  const recipient = publicOf(recipientSpki);
  const { publicKey, privateKey } = generateKeyPairSync('x25519');
  const ephemeral = rawPublic(publicKey);
  const shared = diffieHellman({ privateKey, publicKey: recipient });
  const key = boxKey(shared, ephemeral, rawPublic(recipient), info);
  return Buffer.concat([ephemeral, encrypt(key, plain, Buffer.from(info))]);
}

/** Opens a sealed box; null when it was not made for this key and purpose, or was changed. */
export function unsealBox(privateKey: KeyObject, sealed: Uint8Array, info: BoxInfo): Buffer | null {
  if (sealed.length < sealSizes.x25519Public) return null;
  const ephemeral = Buffer.from(sealed.subarray(0, sealSizes.x25519Public));
  const sender = publicOf(Buffer.concat([Buffer.from(x25519SpkiPrefix), ephemeral]));
  let shared: Buffer;
  try {
    shared = diffieHellman({ privateKey, publicKey: sender });
  } catch {
    // A point of small order gives no shared secret.
    return null;
  }
  const key = boxKey(shared, ephemeral, rawPublic(createPublicKey(privateKey)), info);
  return decrypt(key, sealed.subarray(sealSizes.x25519Public), Buffer.from(info));
}
