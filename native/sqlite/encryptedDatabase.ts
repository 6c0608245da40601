import { closeSync, openSync, readSync } from 'node:fs';
import { Database, type Statement } from '@signalapp/sqlcipher';
import { assert, refuse, succeed, type Result } from '#core/result.ts';
import type { SqlQuery, SqlRow, SqlValue, WritableDb } from './query.ts';
import { storageFaultOf, type StorageFault } from './storageFault.ts';

/** An open SQLCipher file. Give functions its `db`; only the owner holds the rest. */
export interface EncryptedDatabase {
  readonly db: WritableDb;
  userVersion(): number;
  /** Runs one migration in one transaction and moves `user_version` with it. */
  applyScript(script: string, version: number): void;
  /** Folds the WAL into the file and empties it. */
  checkpoint(): void;
  /** SQLCipher's own page check: the pages it complains about, in its words; empty when sound. */
  integrityErrors(): string[];
  close(): void;
}

/** A database without a file: it has no key, for nothing of it is ever written anywhere. */
export type MemoryDatabase = Pick<
  EncryptedDatabase,
  'db' | 'userVersion' | 'applyScript' | 'close'
>;

const plainHeader = Buffer.from('SQLite format 3\0', 'latin1');

/**
 * Opens or creates an encrypted file under a raw 32-byte key. Expected troubles come back as a `StorageFault`; a build of the
 * driver that would not encrypt is a programmer's error and throws, before anything is written under it.
 * The page check (`pageCheck.ts`) belongs before this call: SQLite ends a damaged WAL silently.
 */
export function openEncrypted(
  path: string,
  rawKey: Uint8Array,
): Result<EncryptedDatabase, StorageFault> {
  assert(rawKey.length === 32, 'a raw key has 32 bytes');
  let native: Database | null = null;
  try {
    native = new Database(path);
    unlock(native, rawKey);
    assertEncrypted(native, path);
    return succeed(wrap(native));
  } catch (error) {
    native?.close();
    const fault = storageFaultOf(error);
    if (fault !== null) return refuse(fault);
    throw error;
  }
}

/** Opens an empty database in this process's memory. It ends with its process, and no file ever held a piece of it. */
export function openInMemory(): MemoryDatabase {
  const native = new Database(':memory:');
  // What a sort or a large statement spills would else go to a file.
  native.pragma('temp_store = MEMORY');
  native.pragma('trusted_schema = OFF');
  native.pragma('foreign_keys = ON');
  assert(pragmaValue(native, 'temp_store') === 2, 'temporary tables stay in memory');
  assert(pragmaValue(native, 'journal_mode') === 'memory', 'the journal stays in memory');
  return wrap(native);
}

function unlock(native: Database, rawKey: Uint8Array): void {
  // Otherwise SQLCipher prints its errors on stderr.
  native.pragma('cipher_log_level = NONE');
  native.pragma(`key = "x'${Buffer.from(rawKey).toString('hex')}'"`);
  // The wipe of a key is the end of its process; this setting would double the cost of every read.
  native.pragma('cipher_memory_security = OFF');
  // A process that was just killed may hold its locks for a moment.
  native.pragma('busy_timeout = 2000');
  native.pragma('temp_store = MEMORY');
  native.pragma('trusted_schema = OFF');
  native.pragma('foreign_keys = ON');
  native.pragma('secure_delete = ON');
  native.pragma('journal_mode = WAL');
  native.pragma('synchronous = FULL');
  native.pragma('cache_size = -65536');
}

/** Unknown pragmas are silent in SQLite, so a driver without encryption would look fine: ask for every positive sign. */
function assertEncrypted(native: Database, path: string): void {
  assert(typeof pragmaValue(native, 'cipher_version') === 'string', 'the driver is SQLCipher');
  assert(String(pragmaValue(native, 'cipher_status')) === '1', 'the connection is keyed');
  native.prepare('SELECT count(*) FROM sqlite_master').get();
  assert(pragmaValue(native, 'journal_mode') === 'wal', 'the journal is a WAL');
  assert(pragmaValue(native, 'temp_store') === 2, 'temporary tables stay in memory');
  assert(!headerOf(path).equals(plainHeader), 'the file is not plain SQLite');
}

function pragmaValue(native: Database, name: string): SqlValue | undefined {
  return native.pragma(name, { simple: true });
}

function headerOf(path: string): Buffer {
  const file = openSync(path, 'r');
  try {
    const header = Buffer.alloc(16);
    readSync(file, header, 0, 16, 0);
    return header;
  } finally {
    closeSync(file);
  }
}

function wrap(native: Database): EncryptedDatabase {
  const statements = new Map<string, Statement<{ persistent: true }>>();
  const prepared = (query: SqlQuery): Statement<{ persistent: true }> => {
    let statement = statements.get(query.text);
    if (statement === undefined) {
      statement = native.prepare(query.text, { persistent: true });
      statements.set(query.text, statement);
    }
    return statement;
  };
  const bound = (query: SqlQuery) => query.values as (string | number | null)[];
  const db = {
    all: (query: SqlQuery) => prepared(query).all(bound(query)) as SqlRow[],
    get: (query: SqlQuery) => prepared(query).get(bound(query)) as SqlRow | undefined,
    run: (query: SqlQuery) => prepared(query).run(bound(query)).changes,
    transaction: <Value>(work: () => Value): Value => native.transaction(work)(),
  } as unknown as WritableDb;
  const userVersion = () => Number(pragmaValue(native, 'user_version'));
  return {
    db,
    userVersion,
    applyScript: (script, version) => {
      native.transaction(() => {
        native.exec(script);
        // A pragma takes no bound parameter.
        native.exec(`PRAGMA user_version = ${Math.trunc(version)}`);
      })();
    },
    checkpoint: () => {
      native.pragma('wal_checkpoint(TRUNCATE)');
    },
    integrityErrors: () =>
      native.pragma('cipher_integrity_check').flatMap((row) => Object.values(row).map(String)),
    close: () => {
      statements.clear();
      native.close();
    },
  };
}
