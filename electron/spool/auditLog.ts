import { createHash } from 'node:crypto';
import * as v from 'valibot';
import { chainStart, findBreak, sealEntry, type Sha256Hex } from '#core/audit/chain.ts';
import { auditEntrySchema, type AuditDraft, type AuditEntry } from '#core/contracts/audit.ts';
import type { AuditHead } from '#core/contracts/terminal.ts';
import { assert } from '#core/result.ts';
import { sql, type ReadableDb, type WritableDb } from '#native/sqlite/query.ts';
import { readNumber, readText } from '#native/sqlite/row.ts';
import { SpoolFailure } from './spool.ts';

/** Lines that the server has stay this many more, so that one restored from a backup can be given them again. */
const keptAcknowledged = 5_000;

const sha256: Sha256Hex = (bytes) => createHash('sha256').update(bytes).digest('hex');
const storedEntrySchema = v.pipe(v.string(), v.parseJson(), auditEntrySchema);

/** What stands outside the chain: the clock and fresh ids. */
export interface EntryStamps {
  readonly now: () => number;
  readonly newId: () => string;
}

interface ChainState {
  readonly terminalId: string;
  readonly sequence: number;
  readonly hash: string;
  readonly acknowledged: number;
  readonly broken: boolean;
}

/** Where the chain stands. */
export function readChain(db: ReadableDb): ChainState {
  const row = db.get(
    sql`SELECT terminal_id, sequence, hash, acknowledged, broken FROM chain WHERE only = 1`,
  );
  assert(row !== undefined, 'a spool has its chain row');
  return {
    terminalId: readText(row, 'terminal_id'),
    sequence: readNumber(row, 'sequence'),
    hash: readText(row, 'hash'),
    acknowledged: readNumber(row, 'acknowledged'),
    broken: readNumber(row, 'broken') === 1,
  };
}

/** Starts the chain of a new spool. */
export function startChain(db: WritableDb, terminalId: string): void {
  db.run(
    sql`INSERT INTO chain (only, terminal_id, sequence, hash, acknowledged)
        VALUES (1, ${terminalId}, 0, ${chainStart}, 0)`,
  );
}

/** Links drafts into the chain; the caller holds the transaction. */
export function appendEntries(
  db: WritableDb,
  drafts: readonly AuditDraft[],
  stamps: EntryStamps,
): AuditEntry[] {
  const chain = readChain(db);
  if (chain.broken) throw new SpoolFailure('rollback');
  let { sequence, hash } = chain;
  const entries: AuditEntry[] = [];
  for (const draft of drafts) {
    const entry = sealEntry(
      {
        ...draft,
        sequence: sequence + 1,
        entryId: stamps.newId(),
        terminalId: chain.terminalId,
        recordedAtMs: stamps.now(),
        previousHash: hash,
      },
      sha256,
    );
    ({ sequence, hash } = entry);
    db.run(
      sql`INSERT INTO audit (sequence, hash, entry)
          VALUES (${sequence}, ${hash}, ${JSON.stringify(entry)})`,
    );
    db.run(sql`UPDATE chain SET sequence = ${sequence}, hash = ${hash} WHERE only = 1`);
    entries.push(entry);
  }
  return entries;
}

/** Lines that the server does not have, oldest first. */
export function unsentEntries(db: ReadableDb, limit: number): AuditEntry[] {
  return entriesAfter(db, readChain(db).acknowledged, limit);
}

function entriesAfter(db: ReadableDb, sequence: number, limit: number): AuditEntry[] {
  return db
    .all(sql`SELECT entry FROM audit WHERE sequence > ${sequence} ORDER BY sequence LIMIT ${limit}`)
    .map((row) => v.parse(storedEntrySchema, readText(row, 'entry')));
}

/** The last line about a session's beginning or end; null when none is kept. */
export function lastSessionEntry(db: ReadableDb): AuditEntry | null {
  const row = db.get(
    sql`SELECT entry FROM audit WHERE json_extract(entry, '$.action') IN ('login', 'logout', 'lock')
        ORDER BY sequence DESC LIMIT 1`,
  );
  return row === undefined ? null : v.parse(storedEntrySchema, readText(row, 'entry'));
}

/** Whether the kept lines form one unbroken chain that ends where the chain row says. */
export function chainHolds(db: ReadableDb): boolean {
  const chain = readChain(db);
  const first = db.get(sql`SELECT min(sequence) AS sequence FROM audit`);
  const firstSequence = typeof first?.['sequence'] === 'number' ? first['sequence'] : null;
  if (firstSequence === null) return chain.sequence === 0 && chain.hash === chainStart;
  if (firstSequence > chain.acknowledged + 1) return false;
  let before: { sequence: number; hash: string } | null = null;
  for (let from = firstSequence - 1; ;) {
    const entries = entriesAfter(db, from, 1_000);
    const head = entries[0];
    if (head === undefined) break;
    before ??= { sequence: head.sequence - 1, hash: head.previousHash };
    if (before.sequence === 0 && before.hash !== chainStart) return false;
    if (findBreak(entries, before, sha256) !== null) return false;
    const last: AuditEntry = entries.at(-1) ?? head;
    before = { sequence: last.sequence, hash: last.hash };
    from = last.sequence;
  }
  return before?.sequence === chain.sequence && before.hash === chain.hash;
}

/** Compares the server's head with the chain; null = it is not of this chain. */
export function acknowledgeHead(db: WritableDb, head: AuditHead): { behindBy: number } | null {
  const chain = readChain(db);
  if (hashAt(db, head.sequence) !== head.hash) {
    db.run(sql`UPDATE chain SET broken = 1 WHERE only = 1`);
    return null;
  }
  db.run(sql`UPDATE chain SET acknowledged = ${head.sequence} WHERE only = 1`);
  db.run(sql`DELETE FROM audit WHERE sequence <= ${head.sequence - keptAcknowledged}`);
  return { behindBy: Math.max(0, chain.acknowledged - head.sequence) };
}

function hashAt(db: ReadableDb, sequence: number): string | null {
  if (sequence === 0) {
    const first = db.get(sql`SELECT sequence FROM audit WHERE sequence = 1`);
    // A server that holds nothing can be given everything only while the first line is still here.
    const whole = first !== undefined || readChain(db).sequence === 0;
    return whole ? chainStart : null;
  }
  const row = db.get(sql`SELECT hash FROM audit WHERE sequence = ${sequence}`);
  return row === undefined ? null : readText(row, 'hash');
}
