import { createHash } from 'node:crypto';
import * as v from 'valibot';
import { findBreak, type Sha256Hex } from '#core/audit/chain.ts';
import type { AuditEntry } from '#core/contracts/audit.ts';
import type { AuditHead, AuditPushReply } from '#core/contracts/terminal.ts';
import type { Database, Query } from '../postgres/database.ts';
import { raiseAlert } from './serverAudit.ts';

const heldRow = v.object({ sequence: v.number(), hash: v.string() });

type BreakKind = 'auditGap' | 'auditFork' | 'auditAltered' | 'auditForeign';

/** What the server durably holds of a terminal's chain. */
export async function auditHead(query: Query, terminalId: string): Promise<AuditHead> {
  const { rows } = await query('select sequence, hash from audit.lock_head($1)', [terminalId]);
  return v.parse(heldRow, rows[0]);
}

/**
 * Takes a terminal's entries. What continues the chain is durable when this returns; what was sent before is acknowledged
 * again; anything else (gap, fork, altered entry, another terminal's entry) is refused whole and raised.
 */
export async function takeAuditEntries(
  database: Database,
  terminalId: string,
  entries: readonly AuditEntry[],
): Promise<AuditPushReply> {
  return database.transaction(async (query) => {
    // An acknowledgement promises durability: never weaker than a flushed commit, whatever the site configured.
    await query('set local synchronous_commit = on');
    const head = await auditHead(query, terminalId);
    const known = entries.filter((entry) => entry.sequence <= head.sequence);
    const fresh = entries.filter((entry) => entry.sequence > head.sequence);
    const broken =
      (await findContradiction(query, terminalId, known)) ??
      classifyBreak(entries, fresh, head, terminalId);
    const mayPass = broken?.kind === 'auditGap' && (await opensGap(query, terminalId, fresh[0]));
    if (broken && !mayPass) {
      await raiseAlert(query, broken.kind, terminalId, {
        atSequence: broken.sequence,
        heldSequence: head.sequence,
        heldHash: head.hash,
      });
      return { status: 'broken', head };
    }
    const last = fresh.at(-1);
    if (!last) return { status: 'accepted', head };
    await query('select audit.append_terminal($1, $2)', [terminalId, JSON.stringify(fresh)]);
    return { status: 'accepted', head: { sequence: last.sequence, hash: last.hash } };
  });
}

/** Whether an administrator has permitted that lines are missing before this one; see docs/operations.md. */
async function opensGap(
  query: Query,
  terminalId: string,
  next: AuditEntry | undefined,
): Promise<boolean> {
  if (next === undefined) return false;
  const { rows } = await query('select audit.open_gap($1,$2,$3) as opened', [
    terminalId,
    next.sequence,
    next.previousHash,
  ]);
  return v.parse(v.object({ opened: v.boolean() }), rows[0]).opened;
}

/** An entry that says otherwise than the one held under its sequence: the terminal was forked or rolled back. */
async function findContradiction(
  query: Query,
  terminalId: string,
  known: readonly AuditEntry[],
): Promise<{ kind: BreakKind; sequence: number } | null> {
  if (known.length === 0) return null;
  const sequences = known.map((entry) => entry.sequence);
  const { rows } = await query('select sequence, hash from audit.held_hashes($1,$2,$3)', [
    terminalId,
    Math.min(...sequences),
    Math.max(...sequences),
  ]);
  const held = new Map(v.parse(v.array(heldRow), rows).map((row) => [row.sequence, row.hash]));
  for (const entry of known) {
    if (held.get(entry.sequence) !== entry.hash)
      return { kind: 'auditFork', sequence: entry.sequence };
  }
  return null;
}

function classifyBreak(
  all: readonly AuditEntry[],
  fresh: readonly AuditEntry[],
  head: AuditHead,
  terminalId: string,
): { kind: BreakKind; sequence: number } | null {
  const foreign = all.find((entry) => entry.terminalId !== terminalId);
  if (foreign) return { kind: 'auditForeign', sequence: foreign.sequence };
  const first = all[0];
  if (!first) return null;
  // The sending must hold in itself, the part already held included, and then continue the head.
  const inside = findBreak(
    all,
    { sequence: first.sequence - 1, hash: first.previousHash },
    sha256Hex,
  );
  if (inside !== null) return { kind: 'auditAltered', sequence: inside };
  const next = fresh[0];
  if (!next) return null;
  if (next.sequence !== head.sequence + 1) return { kind: 'auditGap', sequence: next.sequence };
  if (next.previousHash !== head.hash) return { kind: 'auditFork', sequence: next.sequence };
  return null;
}

const sha256Hex: Sha256Hex = (bytes) => createHash('sha256').update(bytes).digest('hex');
