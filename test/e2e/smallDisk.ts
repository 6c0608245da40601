import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** A disk of its own, small enough to be filled. */
export interface SmallDisk {
  readonly folder: string;
  /** To the last byte. */
  fill(): void;
  remove(): void;
}

export function openSmallDisk(): SmallDisk {
  const folder = mkdtempSync(path.join(tmpdir(), 'wardkey-disk-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=96m', 'wardkey-test', folder]);
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
      execFileSync('umount', ['-l', folder]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
