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
  return scanWal(path, () => authenticationKey(path, rawKey)).report;
}

/** Checks every page and the WAL: about 2 ms a megabyte; names the damage after an opening or a statement was `suspect`. */
export function checkPages(path: string, rawKey: Uint8Array): PageReport {
  const key = authenticationKey(path, rawKey);
  const { report, replaced } = scanWal(path, () => key);
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

/** A look at the pages of a database that is open, a few at a time. */
export interface PageWalk {
  /** Looks at pages from `first` on (from 1): whether all hold, and where to go on; null at the end of the file. */
  check(first: number, count: number): { readonly sound: boolean; readonly next: number | null };
  /** Call only after the database was closed. */
  close(): void;
}

/**
 * Walks the pages of a database that this very process has open: nothing is written meanwhile. The file stays open until the
 * end, since closing any descriptor of it would drop the locks that SQLite holds on it.
 */
export function walkPages(path: string, rawKey: Uint8Array): PageWalk {
  const file = openSync(path, 'r');
  const salt = Buffer.alloc(saltSize);
  const key = readSync(file, salt, 0, saltSize, 0) < saltSize ? null : keyOfSalt(rawKey, salt);
  return {
    check(first, count) {
      if (key === null) return { sound: false, next: null };
      const chunk = Buffer.alloc(pageSize * count);
      const read = readSync(file, chunk, 0, chunk.length, (first - 1) * pageSize);
      const bad: number[] = [];
      for (let at = 0; at < read; at += pageSize) {
        const number = first + at / pageSize;
        const page = chunk.subarray(at, Math.min(at + pageSize, read));
        if (!isAuthentic(key, page, number)) bad.push(number);
      }
      const replaced = bad.length === 0 ? nothingReplaced : scanWal(path, () => key).replaced;
      const sound = bad.every((number) => replaced.has(number));
      return { sound, next: read < chunk.length ? null : first + count };
    },
    close() {
      closeSync(file);
      key?.fill(0);
    },
  };
}

/** SQLCipher's page HMAC key: PBKDF2-SHA512 of the raw key over the file's salt with a mask, two rounds. */
function authenticationKey(path: string, rawKey: Uint8Array): Buffer | null {
  if (!existsSync(path)) return null;
  const file = openSync(path, 'r');
  try {
    const salt = Buffer.alloc(saltSize);
    if (readSync(file, salt, 0, saltSize, 0) < saltSize) return null;
    return keyOfSalt(rawKey, salt);
  } finally {
    closeSync(file);
  }
}

function keyOfSalt(rawKey: Uint8Array, salt: Buffer): Buffer {
  const masked = salt.map((byte) => byte ^ 0x3a);
  return pbkdf2Sync(rawKey, masked, 2, 32, 'sha512');
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

function scanWal(path: string, readKey: () => Buffer | null): WalScan {
  const empty = (state: WalReport['state'], bad: WalReport['bad'] = []): WalScan => ({
    report: { state, committedFrames: 0, bad },
    replaced: nothingReplaced,
  });
  const walPath = `${path}-wal`;
  if (!existsSync(walPath)) return empty('absent');
  const wal = readFileSync(walPath);
  if (wal.length < walHeaderSize + frameSize) return empty('sound');
  const key = readKey();
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

/** One frame of the log with its place in the chain of checksums. */
interface Frame {
  readonly page: number;
  readonly commits: boolean;
  readonly ofThisLog: boolean;
  readonly stored: Sums;
  readonly computed: Sums;
  readonly authentic: boolean;
}

type Sums = readonly [number, number];

const sameSums = (a: Sums, b: Sums) => a[0] === b[0] && a[1] === b[1];

interface Log {
  readonly wal: Buffer;
  readonly key: Buffer;
  readonly bigEndian: boolean;
}

function frameAt({ wal, key, bigEndian }: Log, number: number, before: Sums): Frame | null {
  const at = walHeaderSize + (number - 1) * frameSize;
  if (at + frameSize > wal.length) return null;
  const body = wal.subarray(at + frameHeaderSize, at + frameSize);
  const head = walChecksum(wal.subarray(at, at + 8), bigEndian, before);
  const page = wal.readUInt32BE(at);
  return {
    page,
    commits: wal.readUInt32BE(at + 4) !== 0,
    ofThisLog: wal.subarray(at + 8, at + 16).equals(wal.subarray(16, 24)),
    stored: [wal.readUInt32BE(at + 16), wal.readUInt32BE(at + 20)],
    computed: walChecksum(body, bigEndian, head),
    authentic: isAuthentic(key, body, page),
  };
}

function walkFrames(wal: Buffer, key: Buffer, bigEndian: boolean, headerSums: Sums): WalScan {
  const log = { wal, key, bigEndian };
  const replaced = new Set<number>();
  let sums = headerSums;
  let committedFrames = 0;
  let pending: number[] = [];
  for (let number = 1; ; number++) {
    const frame = frameAt(log, number, sums);
    if (frame === null) {
      return { report: { state: 'sound', committedFrames, bad: [] }, replaced };
    }
    if (!frame.ofThisLog || !frame.authentic || !sameSums(frame.computed, frame.stored)) {
      const state = judgeBreak(log, number, frame, sums);
      const bad = state === 'sound' ? [] : [{ frame: number, page: frame.page }];
      return { report: { state, committedFrames, bad }, replaced };
    }
    sums = frame.computed;
    pending.push(frame.page);
    if (frame.commits) {
      pending.forEach((page) => replaced.add(page));
      pending = [];
      committedFrames = number;
    }
  }
}

/**
 * Why the chain of checksums ends at a frame. Behind it may lie an older log (other salts), the rest of a transaction that a
 * killed process never finished and a later one partly overwrote (whole frames that continue another chain), or a torn write.
 * Only where the chain of this very frame goes on past it, over two commits or more, was the frame good once: the first of
 * two commits had been flushed before the second was written, so no crash can have torn it.
 */
function judgeBreak(log: Log, number: number, frame: Frame, before: Sums): WalReport['state'] {
  const goesOn = (from: Sums) => commitsAfter(log, number, from) + Number(frame.commits) >= 2;
  const changedBesideTheBody = sameSums(frame.computed, frame.stored)
    ? !frame.ofThisLog
    : commitsAfter(log, number, frame.computed) > 0;
  if (changedBesideTheBody && goesOn(frame.computed)) return 'damaged';
  const changedWithin = !frame.authentic || commitFieldWasFlipped(log, number, frame, before);
  if (changedWithin && goesOn(frame.stored)) return 'damaged';
  return frame.ofThisLog && !frame.authentic ? 'tornTail' : 'sound';
}

/** How many commits follow a frame in an unbroken chain. */
function commitsAfter(log: Log, number: number, from: Sums): number {
  let commits = 0;
  let sums = from;
  for (let next = number + 1; ; next++) {
    const frame = frameAt(log, next, sums);
    if (frame?.authentic !== true || !frame.ofThisLog) return commits;
    if (!sameSums(frame.computed, frame.stored)) return commits;
    sums = frame.computed;
    if (frame.commits) commits++;
  }
}

/** The page's HMAC does not cover the commit field: try whether any one bit of it makes the checksum right. */
function commitFieldWasFlipped(log: Log, number: number, frame: Frame, before: Sums): boolean {
  const at = walHeaderSize + (number - 1) * frameSize;
  const body = log.wal.subarray(at + frameHeaderSize, at + frameSize);
  const head = Buffer.from(log.wal.subarray(at, at + 8));
  for (let bit = 0; bit < 32; bit++) {
    const field = head.readUInt32BE(4);
    head.writeUInt32BE((field ^ (1 << bit)) >>> 0, 4);
    const sums = walChecksum(body, log.bigEndian, walChecksum(head, log.bigEndian, before));
    if (sameSums(sums, frame.stored)) return true;
    head.writeUInt32BE(field, 4);
  }
  return false;
}
