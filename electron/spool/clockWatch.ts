import { judgeClock, type ClockVerdict } from '#core/access/clockJudge.ts';
import type { Logger } from '#electron/log.ts';
import type { Spool } from './spool.ts';

/** Judges the wall clock by the spool's memory, or by the server's word, and remembers a good one. */
export function watchClock(
  spool: Spool,
  logger: Logger,
  nowMs: number,
  serverTimeMs: number | null,
): ClockVerdict {
  const verdict = judgeClock({ nowMs, lastSeenMs: spool.lastSeenMs(), serverTimeMs });
  if (verdict.ok) spool.noteSeen(verdict.lastSeenMs);
  else logger.log('clockJumped', { byMs: verdict.byMs });
  return verdict;
}
