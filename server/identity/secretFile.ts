import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readFileSync, statSync, writeSync } from 'node:fs';

/** Reads a secret that only its owner may read, or makes it once. A file that others could read is refused: it may be known. */
export function secretFile(path: string, make: () => Buffer = () => randomBytes(32)): Buffer {
  const existing = readSecret(path);
  if (existing) return existing;
  const secret = make();
  let file: number;
  try {
    // `wx`: of two services starting at once only one makes the secret, the other reads it.
    file = openSync(path, 'wx', 0o400);
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw error;
    return readSecret(path) ?? secretFile(path, make);
  }
  try {
    writeSync(file, secret);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  return secret;
}

function readSecret(path: string): Buffer | null {
  try {
    if ((statSync(path).mode & 0o077) !== 0)
      throw new Error(`secret file is open to others: ${path}`);
    const secret = readFileSync(path);
    if (secret.length < 32) throw new Error(`secret file is too short: ${path}`);
    return secret;
  } catch (error) {
    if (isCode(error, 'ENOENT')) return null;
    throw error;
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
