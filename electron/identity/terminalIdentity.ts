import { createHash, X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import * as v from 'valibot';
import { enrolReplySchema } from '#core/contracts/terminal.ts';
import { refuse, succeed, type Result } from '#core/result.ts';
import { openOnDevice, sealToDevice } from './deviceSeal.ts';
import { writeDurably } from './durableFile.ts';

/** What this terminal is: its name and ward, and how it proves itself to the record server. */
export interface TerminalIdentity {
  readonly serverUrl: string;
  readonly terminalId: string;
  readonly terminalName: string;
  readonly wardId: string;
  readonly wardName: string;
  readonly place: string;
  readonly certificatePem: string;
  readonly authorityPem: string;
  readonly intakePublicKey: string;
  readonly privateKeyPem: string;
}

/** Why a terminal does not know who it is. */
export type IdentityRefusal = 'notEnrolled' | 'identityDamaged';

const fileSchema = v.strictObject({
  version: v.literal(1),
  facts: v.strictObject({
    serverUrl: v.pipe(v.string(), v.url()),
    ...enrolReplySchema.entries,
  }),
  sealedPrivateKey: v.string(),
});

const keyUse = 'wardkey/terminal-key/v1';

/** Reads the identity; its private key opens only with this machine's device secret. */
export function readIdentity(
  path: string,
  deviceSecret: Uint8Array,
): Result<TerminalIdentity, IdentityRefusal> {
  if (statSync(path, { throwIfNoEntry: false }) === undefined) return refuse('notEnrolled');
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return refuse('identityDamaged');
  }
  const parsed = v.safeParse(fileSchema, content);
  if (!parsed.success) return refuse('identityDamaged');
  const { sealedPrivateKey, facts } = parsed.output;
  const opened = openOnDevice(deviceSecret, keyUse, [facts.terminalId], sealedPrivateKey);
  if (!opened.ok) return refuse('identityDamaged');
  return succeed({ ...facts, privateKeyPem: opened.value.toString('utf8') });
}

/** Keeps an identity durably, its private key sealed to this machine. */
export function writeIdentity(
  path: string,
  deviceSecret: Uint8Array,
  identity: TerminalIdentity,
): void {
  const { privateKeyPem, ...facts } = identity;
  const plain = Buffer.from(privateKeyPem, 'utf8');
  const sealedPrivateKey = sealToDevice(deviceSecret, keyUse, [identity.terminalId], plain);
  plain.fill(0);
  writeDurably(path, JSON.stringify({ version: 1, facts, sealedPrivateKey }), 0o600);
}

/** When the terminal's certificate ends, epoch ms; ask for the next one hours before. */
export function certificateEndsAtMs(identity: TerminalIdentity): number {
  return Date.parse(new X509Certificate(identity.certificatePem).validTo);
}

/** SHA-256 over the certificate itself, lower-case hex: how an authority is pinned and named. */
export function certificateFingerprint(pem: string): string {
  return createHash('sha256').update(new X509Certificate(pem).raw).digest('hex');
}
