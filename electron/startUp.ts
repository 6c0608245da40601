import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import type { RefusalCode } from '#core/contracts/ipc.ts';
import { refuse, succeed, type Result } from '#core/result.ts';
import type { TerminalConfig } from './config.ts';
import { createFileDeviceSecret } from './identity/deviceSecret.ts';
import { enrolTerminal } from './identity/enrolment.ts';
import { openKeyFile, type KeyFile } from './identity/keyFile.ts';
import { readIdentity, type TerminalIdentity } from './identity/terminalIdentity.ts';
import type { Logger } from './log.ts';
import { createQuietLogger } from './quietLogger.ts';
import { openSpool } from './spool/openSpool.ts';
import { spoolRefusalOf } from './spool/guard.ts';
import type { Spool, SpoolRefusal } from './spool/spool.ts';

/** What must be there before anyone can be served: who this terminal is, and where it keeps what must not be lost. */
export interface Foundations {
  readonly deviceSecret: Buffer;
  readonly identity: TerminalIdentity;
  readonly keyFile: KeyFile;
  readonly spool: Spool;
}

/** The files of a terminal, all below its state folder. */
export function statePaths(stateFolder: string) {
  return {
    deviceSecret: path.join(stateFolder, 'device.secret'),
    identity: path.join(stateFolder, 'identity.json'),
    keys: path.join(stateFolder, 'keys.json'),
    spool: path.join(stateFolder, 'spool.db'),
    cache: path.join(stateFolder, 'cache.db'),
    inbox: path.join(stateFolder, 'inbox'),
    log: path.join(stateFolder, 'log', 'terminal.log'),
  };
}

/**
 * Opens what a terminal stands on. Every refusal leaves the files as they are, for a person to look at, and may be tried
 * again: a disk that was full, a record server that was away during enrolment. It is logged when it changes, and again at
 * growing intervals while it lasts. `nowMs` is monotonic.
 */
export function createStartUp(
  config: TerminalConfig,
  logger: Logger,
  onSpoolFault: (code: SpoolRefusal) => void,
  nowMs: () => number,
): () => Promise<Result<Foundations, RefusalCode>> {
  const quiet = createQuietLogger(logger, nowMs);
  return async () => {
    try {
      return await lay(config, quiet, onSpoolFault);
    } catch (cause) {
      const code = spoolRefusalOf(statePaths(config.stateFolder).spool, cause);
      if (code === null) throw cause;
      return refuseStorage(code, quiet, onSpoolFault);
    }
  };
}

function refuseStorage(
  code: SpoolRefusal,
  logger: Logger,
  onSpoolFault: (code: SpoolRefusal) => void,
): Result<never, RefusalCode> {
  logger.log('spoolRefused', { code });
  onSpoolFault(code);
  return refuse('storageFault');
}

async function lay(
  config: TerminalConfig,
  logger: Logger,
  onSpoolFault: (code: SpoolRefusal) => void,
): Promise<Result<Foundations, RefusalCode>> {
  const paths = statePaths(config.stateFolder);
  mkdirSync(path.dirname(paths.log), { recursive: true, mode: 0o700 });
  const port = createFileDeviceSecret(paths.deviceSecret, logger);
  // A new secret is made only for a terminal that has no identity yet: it would make everything sealed under the old one unreadable.
  const secret = existsSync(paths.identity) ? port.read() : port.create();
  if (!secret.ok) {
    logger.log('deviceSecretRefused', { code: secret.code });
    return refuse('storageFault');
  }
  const stamps = { now: () => Date.now(), newId: randomUUID };
  const identity = await identify(config, paths, secret.value, stamps, logger, onSpoolFault);
  if (!identity.ok) return identity;
  const { terminalId } = identity.value;
  const spool = openSpool({
    path: paths.spool,
    terminalId,
    deviceSecret: secret.value,
    create: false,
    onFault: onSpoolFault,
    ...stamps,
  });
  if (!spool.ok) return refuseStorage(spool.code, logger, onSpoolFault);
  const keys = openKeyFile(paths.keys, terminalId, secret.value);
  if (keys.damaged) logger.log('keyFileDamaged', {});
  return succeed({
    deviceSecret: secret.value,
    identity: identity.value,
    keyFile: keys.keyFile,
    spool: spool.value,
  });
}

async function identify(
  config: TerminalConfig,
  paths: ReturnType<typeof statePaths>,
  deviceSecret: Buffer,
  stamps: { now: () => number; newId: () => string },
  logger: Logger,
  onFault: (code: SpoolRefusal) => void,
): Promise<Result<TerminalIdentity, RefusalCode>> {
  const known = readIdentity(paths.identity, deviceSecret);
  if (known.ok) return known;
  if (known.code === 'identityDamaged') {
    logger.log('enrolmentRefused', { code: 'identityDamaged' });
    return refuse('storageFault');
  }
  if (config.enrolmentFile === undefined) return refuse('notEnrolledHere');
  const enrolled = await enrolTerminal({
    enrolmentFile: config.enrolmentFile,
    identityFile: paths.identity,
    deviceSecret,
    spool: { path: paths.spool, onFault, ...stamps },
  });
  if (enrolled.ok) {
    logger.log('terminalEnrolled', {});
    return enrolled;
  }
  logger.log('enrolmentRefused', { code: enrolled.code });
  if (enrolled.code === 'untrusted') return refuse('serverUntrusted');
  return refuse('notEnrolledHere');
}
