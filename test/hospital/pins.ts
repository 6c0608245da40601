import { hkdfSync } from 'node:crypto';
import { hashRaw } from '@node-rs/argon2';
import { sealInfo } from '#core/contracts/sealing.ts';
import type { PinParameters } from '#core/contracts/terminal.ts';

/** What a terminal shows the server instead of the PIN, worked out as the terminal does it (the package's default is Argon2id). */
export async function stretchPin(pin: string, parameters: PinParameters): Promise<Buffer> {
  const salt = Buffer.from(parameters.salt, 'base64url');
  const stretched = await hashRaw(pin, {
    memoryCost: parameters.memoryKib,
    timeCost: parameters.iterations,
    parallelism: parameters.parallelism,
    outputLen: 32,
    salt,
  });
  return Buffer.from(hkdfSync('sha256', stretched, salt, sealInfo.pinProof, 32));
}
