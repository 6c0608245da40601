import {
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  verify,
} from 'node:crypto';
import * as v from 'valibot';
import { sealInfo, sealSizes, x25519SpkiPrefix } from '#core/contracts/sealing.ts';
import { offlineSessionSchema, type OfflineSession } from '#core/contracts/terminal.ts';
import { operationBodySchema, type OperationBody } from '#core/contracts/sync.ts';
import { refuse, succeed, type Result } from '#core/result.ts';
import { secretFile } from '../identity/secretFile.ts';

/** An operation out of its box, its signature not checked yet: that needs the key of the session it names. */
export interface OpenedOperation {
  readonly body: OperationBody;
  /** Whether this Ed25519 key (SPKI DER) signed the very bytes of the body. */
  signedBy(publicKey: Uint8Array): boolean;
}

/** Why a box gives nothing. */
export type BoxRefusal = 'unreadable' | 'malformed';

/** The server's end of the boxes that terminals seal: terminals hold the public half, so a stolen disk opens none of them. */
export interface IntakeKey {
  /** SPKI DER; handed out at enrolment. */
  readonly publicKey: Buffer;
  open(sealed: string): Result<OpenedOperation, BoxRefusal>;
  openOfflineSession(sealed: string): Result<OfflineSession, BoxRefusal>;
}

type BoxInfo = typeof sealInfo.operationBox | typeof sealInfo.offlineSession;

const envelopeSchema = v.strictObject({
  body: v.looseObject({}),
  signature: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{86}$/)),
});

/** Reads the intake key from its file, readable by the service alone, or makes it once. */
export function loadIntakeKey(path: string): IntakeKey {
  const der = secretFile(path, () =>
    generateKeyPairSync('x25519').privateKey.export({ format: 'der', type: 'pkcs8' }),
  );
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const publicKey = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  const publicRaw = publicKey.subarray(-sealSizes.x25519Public);

  function unseal(box: Buffer, info: BoxInfo): Buffer {
    const ephemeralRaw = box.subarray(0, sealSizes.x25519Public);
    const nonceEnd = sealSizes.x25519Public + sealSizes.nonce;
    const tagStart = box.length - sealSizes.tag;
    if (tagStart < nonceEnd) throw new Error('cut short');
    const ephemeral = createPublicKey({
      key: Buffer.concat([Buffer.from(x25519SpkiPrefix), ephemeralRaw]),
      format: 'der',
      type: 'spki',
    });
    const key = hkdfSync(
      'sha256',
      diffieHellman({ privateKey, publicKey: ephemeral }),
      Buffer.concat([ephemeralRaw, publicRaw]),
      info,
      sealSizes.key,
    );
    const decipher = createDecipheriv(
      'aes-256-gcm',
      Buffer.from(key),
      box.subarray(sealSizes.x25519Public, nonceEnd),
      { authTagLength: sealSizes.tag },
    );
    decipher.setAAD(Buffer.from(info)).setAuthTag(box.subarray(tagStart));
    return Buffer.concat([decipher.update(box.subarray(nonceEnd, tagStart)), decipher.final()]);
  }

  function read<Schema extends v.GenericSchema>(
    sealed: string,
    info: BoxInfo,
    schema: Schema,
  ): Result<v.InferOutput<Schema>, BoxRefusal> {
    let text: string;
    try {
      text = unseal(Buffer.from(sealed, 'base64url'), info).toString('utf8');
    } catch {
      return refuse('unreadable');
    }
    const content = v.safeParse(schema, parseJson(text));
    return content.success ? succeed(content.output) : refuse('malformed');
  }

  return {
    publicKey,
    openOfflineSession: (sealed) => read(sealed, sealInfo.offlineSession, offlineSessionSchema),
    open(sealed) {
      const envelope = read(sealed, sealInfo.operationBox, envelopeSchema);
      if (!envelope.ok) return envelope;
      const body = v.safeParse(operationBodySchema, envelope.value.body);
      if (!body.success) return refuse('malformed');
      // JSON keeps its keys' order, so this is what the author's JSON.stringify(body) gave.
      const signedBytes = Buffer.from(JSON.stringify(envelope.value.body), 'utf8');
      const signature = Buffer.from(envelope.value.signature, 'base64url');
      return succeed({
        body: body.output,
        signedBy(sessionKey) {
          try {
            const key = createPublicKey({
              key: Buffer.from(sessionKey),
              format: 'der',
              type: 'spki',
            });
            return key.asymmetricKeyType === 'ed25519' && verify(null, signedBytes, key, signature);
          } catch {
            return false;
          }
        },
      });
    },
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
