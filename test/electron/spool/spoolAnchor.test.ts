import {
  copyFileSync,
  existsSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { deriveDeviceKey } from '#electron/identity/deviceSeal.ts';
import { checkWal } from '#native/sqlite/pageCheck.ts';
import { auditDraft, createSpoolFixture, must, type SpoolFixture } from './spoolFixture.ts';

/* What was answered for and then lost its place on the disk: the last commit of the log has no later one to vouch for it. */

let fixture: SpoolFixture;
beforeEach(() => {
  fixture = createSpoolFixture();
});
afterEach(() => fixture.remove());

const parts = ['', '-wal', '-shm', '-anchor'];
const damaged = { ok: false, code: 'spoolDamaged' };
const walHeader = 32;
const frame = 24 + 4096;

/** The files as a power cut leaves them after the last of some writes was answered for. */
function cutOff(writes = 5): void {
  const spool = fixture.mustOpen(true);
  for (let number = 0; number < writes; number += 1) must(spool.append([auditDraft()]));
  for (const part of parts) copyFileSync(fixture.path + part, `${fixture.path}.cut${part}`);
  spool.close();
  putBack();
}

function putBack(): void {
  for (const part of parts) {
    if (part !== '-shm') copyFileSync(`${fixture.path}.cut${part}`, fixture.path + part);
  }
  rmSync(`${fixture.path}-shm`, { force: true });
}

/** Frames of the log, and which of them commit. */
function commits(): readonly number[] {
  const wal = readFileSync(`${fixture.path}-wal`);
  const { committedFrames } = checkWal(fixture.path, key());
  return Array.from({ length: committedFrames }, (_, at) => at).filter(
    (at) => wal.readUInt32BE(walHeader + at * frame + 4) !== 0,
  );
}

const key = () => deriveDeviceKey(fixture.deviceSecret, 'wardkey/spool/v1');

function flipLog(offset: number): void {
  const bytes = readFileSync(`${fixture.path}-wal`);
  bytes[offset] = (bytes[offset] ?? 0) ^ 1;
  writeFileSync(`${fixture.path}-wal`, bytes);
}

describe('the last commit', () => {
  it('is there after a power cut', () => {
    cutOff();
    const spool = fixture.mustOpen();
    expect(spool.head().sequence).toBe(5);
    spool.close();
  });

  it('with one flipped bit anywhere is missed, though it looks like a torn tail, and the files stay as they are', () => {
    cutOff();
    const [beforeLast, last] = commits().slice(-2);
    let looksTorn = 0;
    for (let at = beforeLast! + 1; at <= last!; at += 1) {
      // Page number, commit field, salts, checksum, and places in the page.
      for (const offset of [0, 6, 10, 18, 24, 1_500, frame - 1]) {
        putBack();
        flipLog(walHeader + at * frame + offset);
        if (checkWal(fixture.path, key()).state !== 'damaged') looksTorn += 1;
        const log = readFileSync(`${fixture.path}-wal`);
        for (let opening = 0; opening < 2; opening += 1) {
          expect(fixture.open(), `frame ${at}, byte ${offset}`).toEqual(damaged);
        }
        expect(readFileSync(`${fixture.path}-wal`).equals(log)).toBe(true);
      }
    }
    expect(looksTorn).toBeGreaterThan(0);
    // Without the anchor SQLite ends the log before it, and nobody would know.
    rmSync(`${fixture.path}-anchor`);
    const spool = fixture.mustOpen();
    expect(spool.head().sequence).toBe(4);
    spool.close();
  });

  it('cut off, or gone with the log, is missed', () => {
    cutOff();
    truncateSync(`${fixture.path}-wal`, walHeader + commits().at(-1)! * frame);
    expect(fixture.open()).toEqual(damaged);
    rmSync(`${fixture.path}-wal`);
    expect(fixture.open()).toEqual(damaged);
  });

  it('that nobody was told of may be torn: what was answered for is all there', () => {
    cutOff();
    const spool = fixture.mustOpen();
    must(spool.append([auditDraft()]));
    const log = readFileSync(`${fixture.path}-wal`);
    const main = readFileSync(fixture.path);
    const anchor = readFileSync(`${fixture.path}-anchor`);
    must(spool.append([auditDraft()]));
    const longer = readFileSync(`${fixture.path}-wal`);
    spool.close();
    writeFileSync(fixture.path, main);
    writeFileSync(`${fixture.path}-anchor`, anchor);
    writeFileSync(`${fixture.path}-wal`, longer.subarray(0, log.length + 2_000));
    rmSync(`${fixture.path}-shm`, { force: true });
    const again = fixture.mustOpen();
    expect(again.head().sequence).toBe(6);
    again.close();
  });
});

describe('the anchor', () => {
  it('asks for nothing after a clean end, over any number of lives', () => {
    for (let life = 0; life < 4; life += 1) {
      const spool = fixture.mustOpen(life === 0);
      must(spool.append([auditDraft()]));
      spool.close();
      expect(existsSync(`${fixture.path}-wal`)).toBe(false);
    }
    expect(fixture.mustOpen().head().sequence).toBe(4);
  });

  it('follows a log that begins anew when it has grown', () => {
    cutOff(400);
    const spool = fixture.mustOpen();
    expect(spool.head().sequence).toBe(400);
    for (let number = 0; number < 400; number += 1) must(spool.append([auditDraft()]));
    spool.close();
    expect(fixture.mustOpen().head().sequence).toBe(800);
  });

  it('that is missing, half written or of an earlier moment is no reason to refuse', () => {
    cutOff();
    const anchor = `${fixture.path}-anchor`;
    for (const spoil of [
      () => rmSync(anchor),
      () => truncateSync(anchor, 30),
      () => writeFileSync(anchor, Buffer.alloc(60, 7)),
    ]) {
      putBack();
      spoil();
      const spool = fixture.mustOpen();
      expect(spool.head().sequence).toBe(5);
      spool.close();
    }
  });

  it('does not turn one refusal into another', () => {
    const spool = fixture.mustOpen(true);
    must(spool.append([auditDraft()]));
    expect(spool.acknowledge({ sequence: 1, hash: 'a'.repeat(64) }).ok).toBe(false);
    spool.close();
    for (let opening = 0; opening < 3; opening += 1) {
      expect(fixture.open()).toEqual({ ok: false, code: 'rollback' });
    }
  });
});
