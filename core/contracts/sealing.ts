/*
 * The byte layouts of everything that is sealed on one side and opened on another. Pure constants and layouts: each side
 * does the cryptography itself (node:crypto, with primitives that Electron's BoringSSL has too).
 *
 * Seal (symmetric):    nonce (12) || ciphertext || tag (16), AES-256-GCM.
 * Sealed box (to a public key):
 *                      ephemeral X25519 public key (32, raw) || nonce (12) || ciphertext || tag (16), AES-256-GCM;
 *                      key = HKDF-SHA256(ikm = shared secret, salt = ephemeralPublicRaw || recipientPublicRaw, info, 32);
 *                      associated data = UTF-8 of info.
 * PIN proof:           HKDF-SHA256(ikm = Argon2id(PIN), salt = the PIN salt's bytes, info, 32).
 * Argon2id:            version 1.3, 32 bytes out, the salt's decoded bytes, no secret, no associated data.
 * On the wire bytes are base64url without padding. Plaintexts are UTF-8 JSON.
 */

/** Sizes of the parts, in bytes. */
export const sealSizes = {
  key: 32,
  nonce: 12,
  tag: 16,
  /** A raw X25519 public key: the last 32 bytes of its SPKI DER. */
  x25519Public: 32,
} as const;

/** The 12 bytes of SPKI DER before a raw X25519 public key (RFC 8410). */
export const x25519SpkiPrefix: readonly number[] = [
  0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x6e, 0x03, 0x21, 0x00,
];

/** HKDF `info` of every key, one per purpose: a key made for one thing opens nothing else. */
export const sealInfo = {
  /** Sealed box to the server's intake key: JSON `{ body, signature }` of an operation. */
  operationBox: 'wardkey/operation-box/v1',
  /** Sealed box to the server's intake key: JSON of an `OfflineSession`. */
  offlineSession: 'wardkey/offline-session/v1',
  /** Sealed box to a cache's inbox key: JSON of an `InboxPage`. */
  inboxBox: 'wardkey/inbox-box/v1',
  /** What the server is shown instead of the PIN. */
  pinProof: 'wardkey/pin-proof/v1',
  /** Key of a slot. */
  slot: 'wardkey/slot/v1',
  /** Key of the escrow. */
  escrow: 'wardkey/escrow/v1',
  /** Key of a grace slot. */
  grace: 'wardkey/grace/v1',
  /** From a person key: key of this person's drafts. */
  draft: 'wardkey/draft/v1',
  /** From a person key: key of this person's own copy of an unsent operation. */
  ownOperation: 'wardkey/own-operation/v1',
} as const;
export type SealInfo = (typeof sealInfo)[keyof typeof sealInfo];

/** Joins parts so that no two different lists give the same bytes: each is preceded by its length, 4 bytes big-endian. */
export function lengthPrefixed(parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((size, part) => size + 4 + part.length, 0));
  const view = new DataView(joined.buffer);
  let at = 0;
  for (const part of parts) {
    view.setUint32(at, part.length);
    joined.set(part, at + 4);
    at += 4 + part.length;
  }
  return joined;
}

/**
 * The texts that a seal is bound to, in order; the associated data is `lengthPrefixed` of their UTF-8.
 * Numbers go in as decimal digits.
 */
export type SealBinding = readonly [info: SealInfo, ...texts: string[]];

/** What a draft or an own operation is bound to: whoever holds the ciphertext cannot pass it off as another person's. */
export function personBinding(
  info: typeof sealInfo.draft | typeof sealInfo.ownOperation,
  personId: string,
): SealBinding {
  return [info, personId];
}
