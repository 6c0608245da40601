/** A wall clock may not be trusted alone: it dates audit entries and ends leases. */

/** The time service corrects by this much in ordinary life. */
const clockToleranceMs = 120_000;

/** A terminal that was off this long must hear the time from the record server first. */
const clockSilenceMs = 14 * 24 * 3_600_000;

export type ClockVerdict =
  | { readonly ok: true; /** What to remember as last seen. */ readonly lastSeenMs: number }
  | { readonly ok: false; readonly byMs: number };

/** Judges `nowMs` by the record server's time when it is known, else by the last time this terminal saw. */
export function judgeClock(known: {
  readonly nowMs: number;
  readonly lastSeenMs: number | null;
  readonly serverTimeMs: number | null;
}): ClockVerdict {
  const { nowMs, lastSeenMs, serverTimeMs } = known;
  if (serverTimeMs !== null) {
    const byMs = nowMs - serverTimeMs;
    return Math.abs(byMs) <= clockToleranceMs
      ? { ok: true, lastSeenMs: nowMs }
      : { ok: false, byMs };
  }
  if (lastSeenMs === null) return { ok: true, lastSeenMs: nowMs };
  const byMs = nowMs - lastSeenMs;
  if (byMs < -clockToleranceMs || byMs > clockSilenceMs) return { ok: false, byMs };
  return { ok: true, lastSeenMs: Math.max(nowMs, lastSeenMs) };
}
