import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  openEncrypted,
  openInMemory,
  type EncryptedDatabase,
} from '#native/sqlite/encryptedDatabase.ts';
import { migrate } from '#native/sqlite/migrations.ts';
import { sql } from '#native/sqlite/query.ts';
import { storageFaultOf } from '#native/sqlite/storageFault.ts';

const key = Buffer.alloc(32, 7);
let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'wardkey-sqlite-'));
  path = join(folder, 'a.db');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function opened(rawKey: Uint8Array = key): EncryptedDatabase {
  const result = openEncrypted(path, rawKey);
  if (!result.ok) throw new Error(result.code);
  return result.value;
}

const first = {
  version: 1,
  script: 'CREATE TABLE note(id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT;',
};
const second = {
  version: 2,
  script: "ALTER TABLE note ADD COLUMN author TEXT NOT NULL DEFAULT '';",
};

describe('a database without a file', () => {
  it('works like one with a file, leaves nothing anywhere and is nobody else’s', () => {
    const before = process.cwd();
    process.chdir(folder);
    try {
      const [one, other] = [openInMemory(), openInMemory()];
      migrate(one, [first]);
      one.db.transaction(() => {
        for (let round = 0; round < 2_000; round += 1)
          one.db.run(sql`INSERT INTO note(text) VALUES (${'marker'.repeat(100)})`);
      });
      expect(one.db.all(sql`SELECT text FROM note ORDER BY text DESC`)).toHaveLength(2_000);
      expect(other.userVersion()).toBe(0);
      expect(readdirSync(folder)).toEqual([]);
      one.close();
      other.close();
    } finally {
      process.chdir(before);
    }
  });
});

describe('the encrypted driver', () => {
  it('keeps what was written and shows none of it in the file', () => {
    const database = opened();
    migrate(database, [first]);
    database.db.run(sql`INSERT INTO note(text) VALUES (${'marker-of-the-patient'})`);
    const wal = readFileSync(`${path}-wal`);
    database.close();
    expect(readFileSync(path).includes('marker-of-the-patient')).toBe(false);
    expect(wal.includes('marker-of-the-patient')).toBe(false);
    expect(readFileSync(path).subarray(0, 15).toString('latin1')).not.toBe('SQLite format 3');
    const again = opened();
    expect(again.db.all(sql`SELECT text FROM note`)).toEqual([{ text: 'marker-of-the-patient' }]);
    again.close();
  });

  it('binds values apart from the text, so that a value is never read as SQL', () => {
    const database = opened();
    migrate(database, [first]);
    const attack = "x'); DROP TABLE note; --";
    database.db.run(sql`INSERT INTO note(text) VALUES (${attack})`);
    expect(database.db.get(sql`SELECT text FROM note WHERE text = ${attack}`)).toEqual({
      text: attack,
    });
    database.close();
  });

  it('calls a wrong key suspect', () => {
    const database = opened();
    migrate(database, [first]);
    database.close();
    expect(openEncrypted(path, Buffer.alloc(32, 8))).toEqual({ ok: false, code: 'suspect' });
  });

  it('does not open a plain SQLite file, and does not turn it into one', () => {
    writeFileSync(path, Buffer.concat([Buffer.from('SQLite format 3\0'), Buffer.alloc(4080)]));
    expect(openEncrypted(path, key)).toEqual({ ok: false, code: 'suspect' });
  });

  it('says readOnly when the place cannot be written', () => {
    path = join(folder, 'missing', 'a.db');
    expect(openEncrypted(path, key)).toEqual({ ok: false, code: 'readOnly' });
  });

  it('says full when the disk is full, and keeps what was there', () => {
    const database = opened();
    migrate(database, [first, { version: 2, script: 'PRAGMA max_page_count = 4;' }]);
    let fault: string | null = null;
    try {
      database.db.transaction(() =>
        database.db.run(sql`INSERT INTO note(text) VALUES (${'x'.repeat(40_000)})`),
      );
    } catch (error) {
      fault = storageFaultOf(error);
    }
    expect(fault).toBe('full');
    expect(database.db.get(sql`SELECT count(*) AS n FROM note`)).toEqual({ n: 0 });
    database.close();
  });

  it('undoes a transaction that throws', () => {
    const database = opened();
    migrate(database, [first]);
    expect(() =>
      database.db.transaction(() => {
        database.db.run(sql`INSERT INTO note(text) VALUES (${'half'})`);
        throw new Error('stop');
      }),
    ).toThrow('stop');
    expect(database.db.get(sql`SELECT count(*) AS n FROM note`)).toEqual({ n: 0 });
    database.close();
  });
});

describe('migrations', () => {
  it('bring the version before to the newest and keep its rows', () => {
    let database = opened();
    expect(migrate(database, [first])).toEqual({ ok: true, value: { from: 0, to: 1 } });
    database.db.run(sql`INSERT INTO note(text) VALUES (${'old'})`);
    database.close();
    database = opened();
    expect(migrate(database, [first, second])).toEqual({ ok: true, value: { from: 1, to: 2 } });
    expect(database.db.all(sql`SELECT text, author FROM note`)).toEqual([
      { text: 'old', author: '' },
    ]);
    database.close();
  });

  it('refuse a database from the future and leave it alone', () => {
    const database = opened();
    migrate(database, [first, second]);
    expect(migrate(database, [first])).toEqual({ ok: false, code: 'fromFuture' });
    expect(database.userVersion()).toBe(2);
    database.close();
  });

  it('leave the version before whole when a step fails', () => {
    const database = opened();
    migrate(database, [first]);
    const broken = {
      version: 2,
      script: 'CREATE TABLE half(id INTEGER) STRICT; CREATE TABLE note(id INTEGER) STRICT;',
    };
    expect(() => migrate(database, [first, broken])).toThrow();
    expect(database.userVersion()).toBe(1);
    expect(database.db.all(sql`SELECT name FROM sqlite_master WHERE name = ${'half'}`)).toEqual([]);
    database.close();
  });

  it('must be strictly increasing', () => {
    const database = opened();
    expect(() => migrate(database, [second, first, second])).toThrow('strictly increasing');
    database.close();
  });
});
