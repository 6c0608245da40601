import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** Whether this user may mount a disk. */
export const mayMount = process.getuid?.() === 0;

/** A disk of its own, small enough to be filled. */
export interface SmallDisk {
  readonly folder: string;
  /** To the last byte. */
  fill(): void;
  remove(): void;
}

/** Mounts it; for who may not, a plain folder, on which nothing that fills the disk is tested. */
export function openSmallDisk(): SmallDisk {
  const folder = mkdtempSync(path.join(tmpdir(), 'wardkey-disk-'));
  if (!mayMount) console.log('a disk that fills up is not tested: mounting a small one needs root');
  if (mayMount) execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=96m', 'wardkey-test', folder]);
  return {
    folder,
    fill() {
      for (let size = 1 << 20; size >= 512; size >>= 1) {
        try {
          for (;;) writeFileSync(path.join(folder, 'filler'), Buffer.alloc(size), { flag: 'a' });
        } catch {
          // Full for pieces of this size: on with smaller ones.
        }
      }
    },
    remove() {
      if (mayMount) execFileSync('umount', ['-l', folder]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
