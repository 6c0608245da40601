import { createHash } from 'node:crypto';
import * as v from 'valibot';
import { chainStart, findBreak, sealEntry, type Sha256Hex } from '#core/audit/chain.ts';
import { auditEntrySchema, type AuditDraft, type AuditEntry } from '#core/contracts/audit.ts';
import type { AuditHead } from '#core/contracts/terminal.ts';
import { assert } from '#core/result.ts';
import { sql, type ReadableDb, type WritableDb } from '#native/sqlite/query.ts';
import { readNumber, readText } from '#native/sqlite/row.ts';
import { SpoolFailure } from './spool.ts';

/**
 * Lines that the server has stay this long, so that one restored from a backup can be given them again: by age, for backups go
 * by days, and by number at either end. A ward terminal writes some thousand a day.
 */
const keptMs = 30 * 86_400_000;
const keptAtLeast = 5_000;
const keptAtMost = 100_000;

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

/** The lines that are still here, oldest first, whether the server has them or not. */
export function keptEntries(db: ReadableDb, limit: number): AuditEntry[] {
  return entriesAfter(db, -1, limit);
}

/**
 * Whether the kept lines form one unbroken chain that ends where the chain row says. Of those that the server has acknowledged
 * the last few thousand are looked at: the server compares any that it is sent again, and the terminal must start.
 */
export function chainHolds(db: ReadableDb): boolean {
  const chain = readChain(db);
  const first = db.get(sql`SELECT min(sequence) AS sequence FROM audit`);
  const firstSequence = typeof first?.['sequence'] === 'number' ? first['sequence'] : null;
  if (firstSequence === null) return chain.sequence === 0 && chain.hash === chainStart;
  if (firstSequence > chain.acknowledged + 1) return false;
  let before: { sequence: number; hash: string } | null = null;
  for (let from = Math.max(firstSequence - 1, chain.acknowledged - keptAtLeast); ;) {
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

/**
 * Compares the server's head with the chain. `otherHistory`: it is not of this chain, and nothing is appended any more.
 * `behindKept`: it lies before the lines that are still here, so nobody can tell; the chain goes on.
 */
export function acknowledgeHead(
  db: WritableDb,
  head: AuditHead,
  nowMs: number,
): { behindBy: number } | 'behindKept' | 'otherHistory' {
  const chain = readChain(db);
  const known = hashAt(db, head.sequence, chain);
  if (known === 'gone') return 'behindKept';
  if (known !== head.hash) {
    db.run(sql`UPDATE chain SET broken = 1 WHERE only = 1`);
    return 'otherHistory';
  }
  db.run(sql`UPDATE chain SET acknowledged = ${head.sequence} WHERE only = 1`);
  letGo(db, head.sequence, nowMs);
  return { behindBy: Math.max(0, chain.acknowledged - head.sequence) };
}

/** Drops acknowledged lines that are old enough, from the front. */
function letGo(db: WritableDb, acknowledged: number, nowMs: number): void {
  // The walk stops at the first line that is young enough; nearly always that is the first of all.
  const young = db.get(
    sql`SELECT sequence FROM audit
        WHERE json_extract(entry, '$.recordedAtMs') >= ${nowMs - keptMs} ORDER BY sequence LIMIT 1`,
  );
  const oldUntil = young === undefined ? acknowledged : readNumber(young, 'sequence') - 1;
  const until = Math.max(oldUntil, acknowledged - keptAtMost);
  db.run(sql`DELETE FROM audit WHERE sequence <= ${Math.min(until, acknowledged - keptAtLeast)}`);
}

/** The hash of a line, null where the chain has none; `gone` when it was let go. */
function hashAt(db: ReadableDb, sequence: number, chain: ChainState): string | null {
  if (sequence > chain.sequence) return null;
  if (chain.sequence === 0) return chainStart;
  const row = db.get(sql`SELECT hash FROM audit WHERE sequence = ${sequence}`);
  if (row !== undefined) return readText(row, 'hash');
  // The first line that is left still names the one before it.
  const [first] = keptEntries(db, 1);
  return first?.sequence === sequence + 1 ? first.previousHash : 'gone';
}
