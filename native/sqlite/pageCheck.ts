import { createHmac, pbkdf2Sync, timingSafeEqual } from 'node:crypto';
import { closeSync, existsSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';

/*
 * An independent check of a SQLCipher 4 file and its WAL with node:crypto alone, done before SQLite opens them: SQLite ends a
 * WAL silently at the first bad frame, so one flipped bit would quietly lose everything committed after it.
 */

const pageSize = 4096;
const reserve = 80;
const ivSize = 16;
const saltSize = 16;
const walHeaderSize = 32;
const frameHeaderSize = 24;
const frameSize = frameHeaderSize + pageSize;

/** What a WAL holds. `tornTail` is what a crash leaves behind the last commit; `damaged` is a change no crash makes. */
export interface WalReport {
  readonly state: 'absent' | 'sound' | 'tornTail' | 'damaged';
  /** Frames up to the last commit. */
  readonly committedFrames: number;
  /** Frame number (from 1) and page of each frame that does not check out. */
  readonly bad: readonly { frame: number; page: number }[];
}

/** What a file and its WAL hold together. */
export interface PageReport {
  readonly pages: number;
  /** Pages whose HMAC is wrong and which no committed WAL frame replaces. */
  readonly bad: readonly number[];
  readonly wal: WalReport;
}

/** Checks only the WAL: cheap, for every opening. `rawKey` is SQLCipher's raw key. */
export function checkWal(path: string, rawKey: Uint8Array): WalReport {
  return scanWal(path, rawKey).report;
}

/** Checks every page and the WAL: about 2 ms a megabyte; names the damage after an opening or a statement was `suspect`. */
export function checkPages(path: string, rawKey: Uint8Array): PageReport {
  const { report, replaced } = scanWal(path, rawKey);
  const key = authenticationKey(path, rawKey);
  const bad: number[] = [];
  let pages = 0;
  if (key !== null) {
    const file = openSync(path, 'r');
    try {
      const size = fstatSync(file).size;
      pages = Math.ceil(size / pageSize);
      const chunk = Buffer.alloc(pageSize * 256);
      for (let first = 1; first <= pages; first += 256) {
        const read = readSync(file, chunk, 0, chunk.length, (first - 1) * pageSize);
        for (let at = 0; at < read; at += pageSize) {
          const number = first + at / pageSize;
          const page = chunk.subarray(at, Math.min(at + pageSize, read));
          if (!isAuthentic(key, page, number) && !replaced.has(number)) bad.push(number);
        }
      }
    } finally {
      closeSync(file);
    }
  }
  return { pages, bad, wal: report };
}

/** SQLCipher's page HMAC key: PBKDF2-SHA512 of the raw key over the file's salt with a mask, two rounds. */
function authenticationKey(path: string, rawKey: Uint8Array): Buffer | null {
  if (!existsSync(path)) return null;
  const file = openSync(path, 'r');
  try {
    const salt = Buffer.alloc(saltSize);
    if (readSync(file, salt, 0, saltSize, 0) < saltSize) return null;
    return pbkdf2Sync(
      rawKey,
      salt.map((byte) => byte ^ 0x3a),
      2,
      32,
      'sha512',
    );
  } finally {
    closeSync(file);
  }
}

function isAuthentic(key: Buffer, page: Buffer, number: number): boolean {
  if (page.length < pageSize) return false;
  // A page of zeros was allocated and never written; SQLCipher reads it as empty.
  if (page.every((byte) => byte === 0)) return true;
  const label = Buffer.alloc(4);
  label.writeUInt32LE(number);
  const authenticated = page.subarray(number === 1 ? saltSize : 0, pageSize - reserve + ivSize);
  const expected = createHmac('sha512', key).update(authenticated).update(label).digest();
  return timingSafeEqual(expected, page.subarray(pageSize - reserve + ivSize));
}

/** SQLite's WAL checksum over 8-byte groups, continued from `before`. */
function walChecksum(
  bytes: Buffer,
  bigEndian: boolean,
  before: readonly [number, number],
): [number, number] {
  let [first, second] = before;
  for (let at = 0; at < bytes.length; at += 8) {
    const left = bigEndian ? bytes.readUInt32BE(at) : bytes.readUInt32LE(at);
    const right = bigEndian ? bytes.readUInt32BE(at + 4) : bytes.readUInt32LE(at + 4);
    first = (first + left + second) >>> 0;
    second = (second + right + first) >>> 0;
  }
  return [first, second];
}

interface WalScan {
  readonly report: WalReport;
  /** Pages that a committed frame replaces. */
  readonly replaced: ReadonlySet<number>;
}

const nothingReplaced: ReadonlySet<number> = new Set<number>();

function scanWal(path: string, rawKey: Uint8Array): WalScan {
  const empty = (state: WalReport['state'], bad: WalReport['bad'] = []): WalScan => ({
    report: { state, committedFrames: 0, bad },
    replaced: nothingReplaced,
  });
  const walPath = `${path}-wal`;
  if (!existsSync(walPath)) return empty('absent');
  const wal = readFileSync(walPath);
  if (wal.length < walHeaderSize + frameSize) return empty('sound');
  const key = authenticationKey(path, rawKey);
  if (key === null) return empty('damaged');
  const magic = wal.readUInt32BE(0);
  const bigEndian = magic === 0x377f0683;
  const sums = walChecksum(wal.subarray(0, 24), bigEndian, [0, 0]);
  const headerHolds = sums[0] === wal.readUInt32BE(24) && sums[1] === wal.readUInt32BE(28);
  // The header is one small write: a crash leaves the old one or the new one, never a mixture over whole frames.
  if (!headerHolds || (!bigEndian && magic !== 0x377f0682)) {
    return empty('damaged', [{ frame: 0, page: 0 }]);
  }
  return walkFrames(wal, key, bigEndian, sums);
}

function walkFrames(
  wal: Buffer,
  key: Buffer,
  bigEndian: boolean,
  headerSums: [number, number],
): WalScan {
  const salts = wal.subarray(16, 24);
  const replaced = new Set<number>();
  const bad: { frame: number; page: number }[] = [];
  let sums = headerSums;
  let chainHolds = true;
  let livesAfterBreak = false;
  let committedFrames = 0;
  let pending: number[] = [];
  for (let at = walHeaderSize, frame = 1; at + frameSize <= wal.length; at += frameSize, frame++) {
    const page = wal.readUInt32BE(at);
    const ofThisLog = wal.subarray(at + 8, at + 16).equals(salts);
    const body = wal.subarray(at + frameHeaderSize, at + frameSize);
    if (chainHolds) {
      sums = walChecksum(wal.subarray(at, at + 8), bigEndian, sums);
      sums = walChecksum(body, bigEndian, sums);
      chainHolds =
        ofThisLog &&
        sums[0] === wal.readUInt32BE(at + 16) &&
        sums[1] === wal.readUInt32BE(at + 20) &&
        isAuthentic(key, body, page);
      if (chainHolds) {
        pending.push(page);
        if (wal.readUInt32BE(at + 4) !== 0) {
          pending.forEach((number) => replaced.add(number));
          pending = [];
          committedFrames = frame;
        }
        continue;
      }
      bad.push({ frame, page });
      continue;
    }
    // Behind the break: frames of an older log are normal, but a good frame of this log proves that the break came later.
    if (ofThisLog && isAuthentic(key, body, page)) livesAfterBreak = true;
  }
  const stale = bad[0] !== undefined && !livesAfterBreak && !belongs(wal, bad[0].frame, salts);
  const state = livesAfterBreak ? 'damaged' : bad.length === 0 || stale ? 'sound' : 'tornTail';
  return {
    report: { state, committedFrames, bad: state === 'sound' ? [] : bad },
    replaced,
  };
}

function belongs(wal: Buffer, frame: number, salts: Buffer): boolean {
  const at = walHeaderSize + (frame - 1) * frameSize;
  return wal.subarray(at + 8, at + 16).equals(salts);
}
