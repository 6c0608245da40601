import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openEncrypted, type EncryptedDatabase } from '#native/sqlite/encryptedDatabase.ts';
import { checkPages, checkWal } from '#native/sqlite/pageCheck.ts';
import { sql } from '#native/sqlite/query.ts';

const key = Buffer.alloc(32, 9);
const frameSize = 24 + 4096;
let folder: string;
let path: string;
let copy: string;
let database: EncryptedDatabase;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'wardkey-pages-'));
  path = join(folder, 'a.db');
  copy = join(folder, 'copy.db');
  const result = openEncrypted(path, key);
  if (!result.ok) throw new Error(result.code);
  database = result.value;
  database.applyScript('CREATE TABLE note(id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT;', 1);
  database.db.transaction(() => {
    for (let i = 0; i < 300; i++) insert('x'.repeat(300));
  });
  database.checkpoint();
});
afterEach(() => {
  database.close();
  rmSync(folder, { recursive: true, force: true });
});

const insert = (text: string) => database.db.run(sql`INSERT INTO note(text) VALUES (${text})`);

/** The files as they lie while the database is open: what a killed process leaves. */
function crashCopy(): void {
  for (const end of ['', '-wal']) {
    if (existsSync(path + end)) copyFileSync(path + end, copy + end);
  }
}

function flip(file: string, at: number): void {
  const bytes = readFileSync(file);
  bytes[at] = (bytes[at] ?? 0) ^ 4;
  writeFileSync(file, bytes);
}

describe('the page check', () => {
  it('finds a sound file sound, with and without committed frames in the WAL', () => {
    crashCopy();
    expect(checkPages(copy, key)).toMatchObject({
      bad: [],
      wal: { state: 'sound', committedFrames: 0 },
    });
    for (let i = 0; i < 5; i++) insert('after the checkpoint');
    crashCopy();
    const report = checkPages(copy, key);
    expect(report.bad).toEqual([]);
    expect(report.wal.state).toBe('sound');
    expect(report.wal.committedFrames).toBeGreaterThanOrEqual(5);
  });

  it('names the page in which one bit was flipped, wherever it was', () => {
    crashCopy();
    const pages = checkPages(copy, key).pages;
    for (const page of [1, 2, 7, pages]) {
      copyFileSync(path, copy);
      flip(copy, (page - 1) * 4096 + 1000);
      expect(checkPages(copy, key).bad).toEqual([page]);
    }
  });

  it('notices two swapped pages', () => {
    crashCopy();
    const bytes = readFileSync(copy);
    const third = Buffer.from(bytes.subarray(2 * 4096, 3 * 4096));
    bytes.copyWithin(2 * 4096, 3 * 4096, 4 * 4096);
    third.copy(bytes, 3 * 4096);
    writeFileSync(copy, bytes);
    expect(checkPages(copy, key).bad).toEqual([3, 4]);
  });

  it('does not accept a page under another key', () => {
    crashCopy();
    expect(checkPages(copy, Buffer.alloc(32, 1)).bad.length).toBeGreaterThan(5);
  });

  it('calls a flipped bit in the WAL damage in every part of a frame, where SQLite would end the log in silence', () => {
    for (let i = 0; i < 20; i++) insert(`row ${i}`);
    crashCopy();
    const whole = readFileSync(`${copy}-wal`);
    const frames = Math.floor((whole.length - 32) / frameSize);
    for (const offset of [0, 4, 8, 13, 17, 22, 24, 2000, 4119]) {
      writeFileSync(`${copy}-wal`, whole);
      flip(`${copy}-wal`, 32 + 9 * frameSize + offset);
      expect(checkWal(copy, key)).toMatchObject({ state: 'damaged', bad: [{ frame: 10 }] });
    }
    expect(frames).toBeGreaterThan(11);
    // What would be lost without the check:
    const lost = openEncrypted(copy, key);
    if (!lost.ok) throw new Error(lost.code);
    const left = lost.value.db.get(sql`SELECT count(*) AS n FROM note WHERE text LIKE 'row %'`);
    lost.value.close();
    expect(Number(left?.['n'])).toBeLessThan(20);
  });

  it('calls a flipped bit in the header of the WAL damage', () => {
    insert('one');
    crashCopy();
    const whole = readFileSync(`${copy}-wal`);
    for (const offset of [0, 3, 10, 16, 23, 24, 31]) {
      writeFileSync(`${copy}-wal`, whole);
      flip(`${copy}-wal`, offset);
      expect(checkWal(copy, key).state).toBe('damaged');
    }
  });

  it('calls a log that was cut in the middle of its last frames a torn tail at most, never damage', () => {
    for (let i = 0; i < 6; i++) insert(`row ${i}`);
    crashCopy();
    const size = readFileSync(`${copy}-wal`).length;
    for (const cut of [1, 2000, 4096, 4100, frameSize, frameSize + 50]) {
      copyFileSync(`${path}-wal`, `${copy}-wal`);
      truncateSync(`${copy}-wal`, size - cut);
      expect(['sound', 'tornTail']).toContain(checkWal(copy, key).state);
    }
    copyFileSync(`${path}-wal`, `${copy}-wal`);
    const last = size - frameSize;
    const bytes = readFileSync(`${copy}-wal`);
    bytes.fill(0, last + 1000, size);
    writeFileSync(`${copy}-wal`, bytes);
    expect(checkWal(copy, key).state).toBe('tornTail');
  });

  it('takes frames left from an older log for what they are', () => {
    // Past SQLite's automatic checkpoint: the next write starts a new log over the old frames.
    const bytes = () => readFileSync(`${path}-wal`);
    while (bytes().length < 1000 * frameSize) insert('x'.repeat(9000));
    const before = bytes().length;
    const sequence = bytes().readUInt32BE(12);
    insert('new log');
    crashCopy();
    expect(readFileSync(`${copy}-wal`).readUInt32BE(12)).toBeGreaterThan(sequence);
    expect(readFileSync(`${copy}-wal`).length).toBe(before);
    expect(checkWal(copy, key)).toMatchObject({ state: 'sound', bad: [] });
    expect(checkPages(copy, key).bad).toEqual([]);
  });

  it('takes what a killed transaction left behind a newer commit for what it is', () => {
    // A process killed in a long transaction leaves its frames; the next one writes over the first of them.
    for (let i = 0; i < 4; i++) insert(`row ${i}`);
    crashCopy();
    const shorter = readFileSync(`${copy}-wal`);
    database.db.transaction(() => {
      for (let i = 0; i < 60; i++) insert('x'.repeat(900));
    });
    crashCopy();
    const longer = readFileSync(`${copy}-wal`);
    // The same log, but its last transaction is of another run: whole frames that continue another chain.
    const first = 32 + Math.floor((shorter.length - 32) / frameSize) * frameSize;
    const lateStart = longer.subarray(first + 2 * frameSize);
    writeFileSync(`${copy}-wal`, Buffer.concat([shorter.subarray(0, first), lateStart]));
    expect(checkWal(copy, key).state).toBe('sound');
    // A torn write over the first of them: the new frame's header, the old frame's page.
    const torn = Buffer.concat([longer.subarray(first, first + 24), lateStart.subarray(24)]);
    writeFileSync(`${copy}-wal`, Buffer.concat([shorter.subarray(0, first), torn]));
    expect(checkWal(copy, key).state).toBe('tornTail');
  });
});
