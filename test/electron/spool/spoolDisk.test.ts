import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  auditDraft,
  createSpoolFixture,
  must,
  spoolWrite,
  type SpoolFixture,
} from './spoolFixture.ts';

const mayMount = process.getuid?.() === 0;
if (!mayMount) console.log('full and read-only disks are not tested: mounting one needs root');

let directory: string;
let fixture: SpoolFixture;

/** Fills the disk to the last byte. */
function fillDisk(): string {
  const filler = join(directory, 'filler');
  for (let size = 1 << 20; size >= 512; size >>= 1) {
    for (;;) {
      try {
        writeFileSync(filler, Buffer.alloc(size), { flag: 'a' });
      } catch {
        break;
      }
    }
  }
  return filler;
}

describe.runIf(mayMount)('a small disk', () => {
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'wardkey-disk-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'wardkey-test', directory]);
    fixture = createSpoolFixture(directory);
  });
  afterEach(() => {
    execFileSync('umount', ['-l', directory]);
    rmSync(directory, { recursive: true, force: true });
  });

  it('a full disk refuses by its code, keeps what it has, and takes again when there is room', () => {
    const spool = fixture.mustOpen(true);
    const first = must(spool.append([auditDraft()])).at(-1)!;
    const filler = fillDisk();
    let refused = spool.append([auditDraft()]);
    for (let number = 0; refused.ok && number < 200; number += 1)
      refused = spool.append([auditDraft()]);
    expect(refused).toEqual({ ok: false, code: 'diskFull' });
    expect(spool.commitWrite(spoolWrite(2))).toEqual({ ok: false, code: 'diskFull' });
    expect(fixture.faults).toContain('diskFull');
    const headWhenFull = spool.head();
    expect(headWhenFull.sequence).toBeGreaterThanOrEqual(first.sequence);
    rmSync(filler);
    const [next] = must(spool.append([auditDraft()]));
    expect(next?.sequence).toBe(headWhenFull.sequence + 1);
    spool.close();
    expect(fixture.mustOpen().head().sequence).toBe(headWhenFull.sequence + 1);
  });

  it('a full disk at start refuses to make a spool', () => {
    fillDisk();
    expect(fixture.open(true)).toEqual({ ok: false, code: 'diskFull' });
  });

  it('a disk that has turned read-only refuses by its code, and serves again once it is writable', () => {
    const spool = fixture.mustOpen(true);
    must(spool.append([auditDraft()]));
    spool.close();
    execFileSync('mount', ['-o', 'remount,ro', directory]);
    expect(fixture.open()).toEqual({ ok: false, code: 'readOnly' });
    execFileSync('mount', ['-o', 'remount,rw', directory]);
    const again = fixture.mustOpen();
    expect(again.head().sequence).toBe(1);
    again.close();
  });

  it.each(['closed', 'killed'])(
    'that was full and is read-only at the next start of a %s program is a disk in trouble, not a damaged spool',
    (how) => {
      const spool = fixture.mustOpen(true);
      const filler = fillDisk();
      for (let number = 0; number < 200 && spool.append([auditDraft()]).ok; number += 1);
      rmSync(filler);
      must(spool.append([auditDraft()]));
      const { sequence } = spool.head();
      const left = ['', '-wal'].map((part) => fixture.path + part).map(named);
      spool.close();
      if (how === 'killed') for (const { name, bytes } of left) writeFileSync(name, bytes);
      execFileSync('mount', ['-o', 'remount,ro', directory]);
      expect(fixture.open()).toEqual({ ok: false, code: 'readOnly' });
      execFileSync('mount', ['-o', 'remount,rw', directory]);
      const again = fixture.mustOpen();
      expect(again.head().sequence).toBe(sequence);
      again.close();
    },
  );
});

function named(name: string): { name: string; bytes: Buffer } {
  return { name, bytes: readFileSync(name) };
}
