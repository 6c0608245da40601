import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import * as v from 'valibot';
import { enrolReplySchema } from '#core/contracts/terminal.ts';
import { refuse, succeed, type Result } from '#core/result.ts';
import type { RecordServer } from '#electron/recordServer/recordServer.ts';
import { createTransport, type LinkRefusal } from '#electron/recordServer/transport.ts';
import { openSpool, type SpoolOptions } from '#electron/spool/openSpool.ts';
import type { SpoolRefusal } from '#electron/spool/spool.ts';
import { certifiesKey, createSigningRequest, createTerminalKey } from './signingRequest.ts';
import {
  certificateFingerprint,
  writeIdentity,
  type TerminalIdentity,
} from './terminalIdentity.ts';

/** Why a terminal could not be enrolled, or its certificate not renewed. */
export type EnrolmentRefusal = 'enrolmentFileInvalid' | 'replyInvalid' | LinkRefusal | SpoolRefusal;

/** What IT puts on a new terminal: where the record server is, how to know it, and a token that serves once. */
const enrolmentFileSchema = v.object({
  serverUrl: v.pipe(v.string(), v.url(), v.startsWith('https://')),
  caPem: v.string(),
  token: v.string(),
});

export interface EnrolmentOptions {
  readonly enrolmentFile: string;
  readonly identityFile: string;
  readonly deviceSecret: Uint8Array;
  /** Everything of the spool but what enrolment itself decides. */
  readonly spool: Omit<SpoolOptions, 'terminalId' | 'deviceSecret' | 'create'>;
}

/**
 * Makes this machine a terminal of the record server. The spool is there before the identity: an enrolled terminal without
 * its spool has lost it, and refuses to serve.
 */
export async function enrolTerminal(
  options: EnrolmentOptions,
): Promise<Result<TerminalIdentity, EnrolmentRefusal>> {
  const file = readEnrolmentFile(options.enrolmentFile);
  if (file === null) return refuse('enrolmentFileInvalid');
  const privateKeyPem = createTerminalKey();
  const csrPem = await createSigningRequest(privateKeyPem);
  const transport = createTransport({ serverUrl: file.serverUrl, authorityPem: file.caPem });
  const reply = await transport.call({
    method: 'POST',
    path: '/enrol',
    body: { token: file.token, csrPem },
    schema: enrolReplySchema,
    deadlineMs: 15_000,
  });
  transport.close();
  if (!reply.ok) return reply;
  const identity = { ...reply.value, serverUrl: file.serverUrl, privateKeyPem };
  // Another authority in the reply would quietly replace the one that IT pinned.
  const pinned = certificateFingerprint(file.caPem) === fingerprintOrNull(identity.authorityPem);
  if (!pinned || !certifiesKey(identity.certificatePem, privateKeyPem)) {
    return refuse('replyInvalid');
  }
  const spool = makeSpool(options, identity.terminalId);
  if (!spool.ok) return spool;
  writeIdentity(options.identityFile, options.deviceSecret, identity);
  forget(options.enrolmentFile);
  return succeed(identity);
}

/** The token in it has served. Where the folder is IT's alone (/etc) the file stays: it opens nothing any more. */
function forget(enrolmentFile: string): void {
  try {
    rmSync(enrolmentFile, { force: true });
  } catch {
    // The terminal is enrolled: that it may not tidy up is no reason to keep it from serving.
  }
}

/** Asks for the next certificate of the same key and keeps it; see `certificateEndsAtMs`. */
export async function renewTerminalCertificate(
  server: RecordServer,
  identityFile: string,
  deviceSecret: Uint8Array,
  identity: TerminalIdentity,
): Promise<Result<TerminalIdentity, EnrolmentRefusal>> {
  const reply = await server.renewCertificate(await createSigningRequest(identity.privateKeyPem));
  if (!reply.ok) return reply;
  const { certificatePem } = reply.value;
  if (!certifiesKey(certificatePem, identity.privateKeyPem)) return refuse('replyInvalid');
  const renewed = { ...identity, certificatePem };
  writeIdentity(identityFile, deviceSecret, renewed);
  return succeed(renewed);
}

function readEnrolmentFile(path: string): v.InferOutput<typeof enrolmentFileSchema> | null {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return null;
  }
  const parsed = v.safeParse(enrolmentFileSchema, content);
  return parsed.success && fingerprintOrNull(parsed.output.caPem) !== null ? parsed.output : null;
}

function fingerprintOrNull(pem: string): string | null {
  try {
    return certificateFingerprint(pem);
  } catch {
    return null;
  }
}

/** A spool of an earlier enrolment is set aside whole: it may hold lines that nobody else has. */
function makeSpool(options: EnrolmentOptions, terminalId: string): Result<null, SpoolRefusal> {
  const { path, now } = options.spool;
  const suffix = `.before-${now()}`;
  for (const part of ['', '-wal', '-shm']) {
    if (existsSync(`${path}${part}`)) renameSync(`${path}${part}`, `${path}${suffix}${part}`);
  }
  const { deviceSecret } = options;
  const opened = openSpool({ ...options.spool, terminalId, deviceSecret, create: true });
  if (!opened.ok) return opened;
  opened.value.close();
  return succeed(null);
}
