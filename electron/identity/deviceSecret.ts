import { randomBytes } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import type { Logger } from '#electron/log.ts';
import { refuse, succeed, type Result } from '#core/result.ts';
import { writeDurably } from './durableFile.ts';

/** Why there is no device secret to work with. */
export type DeviceSecretRefusal =
  'deviceSecretMissing' | 'deviceSecretExposed' | 'deviceSecretDamaged';

/** The factor that never leaves this machine. A TPM implements this; a file does where there is none. */
export interface DeviceSecretPort {
  /** 32 bytes; the caller overwrites its copy when it is done. */
  read(): Result<Buffer, DeviceSecretRefusal>;
  /** Makes the secret of a new terminal. Never called where one exists: everything sealed under it would be lost. */
  create(): Result<Buffer, DeviceSecretRefusal>;
}

const secretBytes = 32;

/** The secret in a file that only its owner may read. Weaker than a TPM: whoever copies the disk as root has it. */
export function createFileDeviceSecret(path: string, logger: Logger): DeviceSecretPort {
  let warned = false;
  const read = (): Result<Buffer, DeviceSecretRefusal> => {
    const status = statSync(path, { throwIfNoEntry: false });
    if (status === undefined) return refuse('deviceSecretMissing');
    // Windows has no such bits; the profile's own access list stands in for them there.
    if (process.platform !== 'win32' && (status.mode & 0o377) !== 0) {
      return refuse('deviceSecretExposed');
    }
    const secret = readFileSync(path);
    if (secret.length !== secretBytes) return refuse('deviceSecretDamaged');
    if (!warned) logger.log('deviceSecretInFile', {});
    warned = true;
    return succeed(secret);
  };
  return {
    read,
    create() {
      const known = read();
      if (known.ok || known.code !== 'deviceSecretMissing') return known;
      const secret = randomBytes(secretBytes);
      writeDurably(path, secret, 0o400);
      secret.fill(0);
      return read();
    },
  };
}
