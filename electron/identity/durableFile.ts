import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/** Replaces a file so that after any crash either the old or the new content is there, whole. */
export function writeDurably(path: string, content: string | Uint8Array, mode: number): void {
  const temporary = `${path}.new`;
  // A leftover of a crash may be read-only; it was never the truth.
  rmSync(temporary, { force: true });
  const bytes = typeof content === 'string' ? Buffer.from(content, 'utf8') : content;
  const descriptor = openSync(temporary, 'wx', mode);
  try {
    let written = 0;
    while (written < bytes.length) written += writeSync(descriptor, bytes, written);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  renameSync(temporary, path);
  syncDirectory(dirname(path));
}

/** Makes the names in a directory durable: a file that was fsynced can still lose its name. */
export function syncDirectory(directory: string): void {
  // Windows gives no handle on a directory; NTFS journals the name itself.
  if (process.platform === 'win32') return;
  const descriptor = openSync(directory, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
