import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  writeSync,
} from 'node:fs';
import type { WalReport } from './pageCheck.ts';

/*
 * How far a database had come when it last answered for a write, kept beside it in one small file. A log that ends in a
 * frame that does not check out is what a power cut leaves behind the last commit, and also what one flipped bit makes of
 * the last commit itself: only who knows how many frames were committed can tell the two apart.
 *
 * The file is overwritten in place after each commit and not flushed: it may be older than the truth, which says nothing,
 * and never newer, for the commit was flushed before.
 */

/** The anchor of one open database. */
export interface WalAnchor {
  /** A write has been answered for. */
  committed(): void;
  /** Closing folds the log into the file and removes it: call before, and once. */
  closing(): void;
  /** Call after the database was closed. */
  release(): void;
}

const magic = Buffer.from('walanch1', 'latin1');
const saltsBytes = 8;
const positionBytes = magic.length + saltsBytes + 4;
const digestBytes = 32;
/** Fields of the index of the log (sqlite.org/walformat.html, 2.1). */
const index = { bytes: 48, frames: 16, salts: 32 };

const anchorPath = (path: string) => `${path}-anchor`;

/** Follows a database that is open and has its log and index. */
export function followWal(path: string): WalAnchor {
  const anchor = openSync(anchorPath(path), existsSync(anchorPath(path)) ? 'r+' : 'w+', 0o600);
  // Kept open until the end: closing any descriptor of this file would drop the locks that SQLite holds on it.
  let shared: number | null = null;
  const write = (salts: Buffer, frames: number) => {
    const position = Buffer.alloc(positionBytes);
    magic.copy(position);
    salts.copy(position, magic.length);
    position.writeUInt32LE(frames, magic.length + saltsBytes);
    writeSync(anchor, Buffer.concat([position, digestOf(position)]), 0, null, 0);
  };
  return {
    committed() {
      shared ??= openSync(`${path}-shm`, 'r');
      const header = Buffer.alloc(index.bytes);
      if (readSync(shared, header, 0, index.bytes, 0) < index.bytes) return;
      const salts = header.subarray(index.salts, index.salts + saltsBytes);
      write(salts, header.readUInt32LE(index.frames));
    },
    closing() {
      try {
        write(Buffer.alloc(saltsBytes), 0);
        fsyncSync(anchor);
      } catch {
        // Better none than one that asks for a log which the closing is about to fold in.
        rmSync(anchorPath(path), { force: true });
      }
    },
    release() {
      closeSync(anchor);
      if (shared !== null) closeSync(shared);
    },
  };
}

/** Whether commits that were answered for are missing from the log. Ask before SQLite opens the file. */
export function losesCommits(path: string, wal: WalReport): boolean {
  const known = readAnchor(path);
  // No anchor yet, or one that a crash left half written: nothing is known.
  if (known === null || known.frames === 0) return false;
  if (wal.salts === null) return true;
  // A log that was begun anew since: what the former one held is in the file.
  return wal.salts === known.salts && wal.committedFrames < known.frames;
}

function readAnchor(path: string): { readonly salts: string; readonly frames: number } | null {
  if (!existsSync(anchorPath(path))) return null;
  const bytes = readFileSync(anchorPath(path));
  const position = bytes.subarray(0, positionBytes);
  const digest = bytes.subarray(positionBytes, positionBytes + digestBytes);
  if (!position.subarray(0, magic.length).equals(magic) || !digestOf(position).equals(digest)) {
    return null;
  }
  return {
    salts: position.subarray(magic.length, magic.length + saltsBytes).toString('hex'),
    frames: position.readUInt32LE(magic.length + saltsBytes),
  };
}

function digestOf(position: Buffer): Buffer {
  return createHash('sha256').update(position).digest();
}
