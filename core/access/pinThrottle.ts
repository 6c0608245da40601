/** Wrong PINs slow down and then lock. Counted before each check, so that a restart in the middle gives nothing back. */

/** Waits before the next try, by how many have failed in a row; the first three cost nothing. */
const waitsMs = [0, 0, 0, 5_000, 15_000, 60_000, 300_000] as const;
const longestWaitMs = 300_000;

/** So many failed tries in a row lock the person out. */
export const pinTriesToLock = 10;
/** One who is locked out gets one more try after this long: a prankster must not end a nurse's shift. */
const lockLastsMs = 30 * 60_000;

/** What is remembered of one person's tries since the last right PIN. */
export interface PinAttempts {
  readonly failures: number;
  /** Wall clock of the last counted try, epoch ms. */
  readonly lastAtMs: number;
}

export type PinGate =
  | { readonly open: true; readonly triesLeft: number }
  /** `triesLeft` 0: locked. */
  | { readonly open: false; readonly triesLeft: number; readonly retryAtMs: number };

/** Whether a PIN may be tried now. A clock that was set back does not shorten a wait. */
export function pinGate(attempts: PinAttempts | null, nowMs: number): PinGate {
  if (attempts === null) return { open: true, triesLeft: pinTriesToLock };
  const triesLeft = Math.max(0, pinTriesToLock - attempts.failures);
  const waitMs = triesLeft === 0 ? lockLastsMs : (waitsMs[attempts.failures] ?? longestWaitMs);
  const retryAtMs = attempts.lastAtMs + waitMs;
  return nowMs >= retryAtMs
    ? { open: true, triesLeft: Math.max(1, triesLeft) }
    : { open: false, triesLeft, retryAtMs };
}
