import {
  createCipheriv,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  randomBytes,
  randomUUID,
  sign,
  type KeyObject,
} from 'node:crypto';
import type { Operation, OperationBody } from '#core/contracts/sync.ts';
import { sealInfo, type SealInfo } from '#core/contracts/sealing.ts';
import type { SessionKey } from '#server/context.ts';

/** A session's signing key as a terminal has it, and as the server knows it. */
export function makeSession(rest: Partial<SessionKey> = {}): {
  readonly privateKey: KeyObject;
  readonly key: SessionKey;
} {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const key = {
    sessionId: randomUUID(),
    personId: 'nurse-1',
    terminalId: 'terminal-ash',
    role: 'nurse' as const,
    publicKey: publicKey.export({ format: 'der', type: 'spki' }),
    openedAtMs: 0,
    endedAtMs: null,
    ...rest,
  };
  return { privateKey, key };
}

/** Seals bytes to the intake key, as `core/contracts/sealing.ts` lays them out. */
export function sealBox(
  intakePublicKey: Buffer,
  plaintext: string,
  info: SealInfo = sealInfo.operationBox,
): string {
  const recipient = createPublicKey({ key: intakePublicKey, format: 'der', type: 'spki' });
  const { privateKey, publicKey } = generateKeyPairSync('x25519');
  const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
  const salt = Buffer.concat([raw, intakePublicKey.subarray(-32)]);
  const secret = diffieHellman({ privateKey, publicKey: recipient });
  const key = Buffer.from(hkdfSync('sha256', secret, salt, info, 32));
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  cipher.setAAD(Buffer.from(info));
  const body = Buffer.concat([cipher.update(plaintext, 'utf8'), cipher.final()]);
  return Buffer.concat([raw, nonce, body, cipher.getAuthTag()]).toString('base64url');
}

/** An operation as a vault makes it. */
export function makeOperation(
  intakePublicKey: Buffer,
  session: { readonly privateKey: KeyObject; readonly key: SessionKey },
  body: Pick<OperationBody, 'patientId' | 'baseVersion' | 'resource'> & Partial<OperationBody>,
): Operation {
  const whole: OperationBody = {
    operationId: randomUUID(),
    sessionId: session.key.sessionId,
    personId: session.key.personId,
    terminalId: session.key.terminalId,
    madeAtMs: Date.now(),
    draftId: null,
    follows: null,
    ...body,
  };
  const signature = sign(null, Buffer.from(JSON.stringify(whole)), session.privateKey);
  const text = JSON.stringify({ body: whole, signature: signature.toString('base64url') });
  return { operationId: whole.operationId, sealed: sealBox(intakePublicKey, text) };
}
