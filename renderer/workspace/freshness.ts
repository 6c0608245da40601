import type { Freshness } from '#core/contracts/clinical.ts';

/** Older than this, a value on the screen may be taken for current when it is not. */
export const staleAfterMs = 2 * 60_000;

/** How old what is shown is: `stale` and `offline` warn, `never` says that there is nothing yet. */
export function freshnessTone(
  freshness: Freshness,
  nowMs: number,
): 'fresh' | 'stale' | 'offline' | 'never' {
  if (freshness.asOfMs === null) return 'never';
  if (!freshness.online) return 'offline';
  return nowMs - freshness.asOfMs > staleAfterMs ? 'stale' : 'fresh';
}
