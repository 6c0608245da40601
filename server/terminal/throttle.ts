import * as v from 'valibot';
import { pinGate, type PinAttempts } from '#core/access/pinThrottle.ts';
import type { Query } from '../postgres/database.ts';

/** What is counted: one person's wrong PINs anywhere, and on one terminal anybody's wrong PINs and unknown badges. */
export type ThrottleKind = 'personPin' | 'terminalPin' | 'terminalBadge';

/** Whether something may be tried, and when again. */
export interface Gate {
  readonly open: boolean;
  readonly triesLeft: number;
  readonly retryAtMs: number | null;
}

/** A terminal forgets its failures after this long without one. */
const terminalWindowMs = 10 * 60_000;
const terminalLimit: Readonly<Record<'terminalPin' | 'terminalBadge', number>> = {
  terminalPin: 25,
  terminalBadge: 15,
};
const terminalPauseMs = 60_000;

const attemptsRow = v.object({ failures: v.number(), last_ms: v.number() });

/** Reads a count and holds its row until the transaction ends, so that tries made at once are counted one by one. */
export async function lockAttempts(
  query: Query,
  kind: ThrottleKind,
  subject: string,
): Promise<PinAttempts | null> {
  await query(
    `insert into terminal.throttles (kind, subject, failures, last_failure_at) values ($1,$2,0,'epoch')
     on conflict do nothing`,
    [kind, subject],
  );
  const { rows } = await query(
    `select failures, extract(epoch from last_failure_at)::float8 * 1000 as last_ms
     from terminal.throttles where kind = $1 and subject = $2 for update`,
    [kind, subject],
  );
  return toAttempts(rows[0]);
}

/** Reads a count without holding it. */
export async function readAttempts(
  query: Query,
  kind: ThrottleKind,
  subject: string,
): Promise<PinAttempts | null> {
  const { rows } = await query(
    `select failures, extract(epoch from last_failure_at)::float8 * 1000 as last_ms
     from terminal.throttles where kind = $1 and subject = $2`,
    [kind, subject],
  );
  return rows[0] ? toAttempts(rows[0]) : null;
}

/** Counts a failure; a terminal's count starts afresh after a quiet while, a person's only by a right PIN. */
export async function countFailure(
  query: Query,
  kind: ThrottleKind,
  subject: string,
  nowMs: number,
): Promise<void> {
  await query(
    `insert into terminal.throttles as t (kind, subject, failures, last_failure_at)
       values ($1, $2, 1, to_timestamp($3::float8/1000))
     on conflict (kind, subject) do update set last_failure_at = excluded.last_failure_at,
       failures = case when $1 <> 'personPin'
         and t.last_failure_at < excluded.last_failure_at - make_interval(secs => $4) then 1 else t.failures + 1 end`,
    [kind, subject, nowMs, terminalWindowMs / 1000],
  );
}

/** Forgets a person's wrong PINs: after a right one, or by the help desk. */
export async function clearFailures(query: Query, personId: string): Promise<void> {
  await query(`delete from terminal.throttles where kind = 'personPin' and subject = $1`, [
    personId,
  ]);
}

/** Whether this person's PIN may be tried now. */
export function personGate(attempts: PinAttempts | null, nowMs: number): Gate {
  const gate = pinGate(attempts, nowMs);
  return gate.open ? { ...gate, retryAtMs: null } : gate;
}

/** Whether this terminal may go on trying. */
export function terminalGate(
  kind: 'terminalPin' | 'terminalBadge',
  attempts: PinAttempts | null,
  nowMs: number,
): Gate {
  const limit = terminalLimit[kind];
  if (!attempts || nowMs - attempts.lastAtMs >= terminalWindowMs)
    return { open: true, triesLeft: limit, retryAtMs: null };
  const retryAtMs = attempts.lastAtMs + terminalPauseMs;
  if (attempts.failures < limit || nowMs >= retryAtMs)
    return { open: true, triesLeft: Math.max(1, limit - attempts.failures), retryAtMs: null };
  return { open: false, triesLeft: 0, retryAtMs };
}

function toAttempts(row: unknown): PinAttempts | null {
  const { failures, last_ms: lastAtMs } = v.parse(attemptsRow, row);
  return failures === 0 ? null : { failures, lastAtMs };
}
