import type { Workspace } from './workspace.ts';

interface CacheCheckDeps {
  readonly isOpen: (workspace: CheckedWorkspace) => boolean;
  /** Monotonic. */
  readonly nowMs: () => number;
  readonly pause: (durationMs: number) => Promise<void>;
}

/** An open workspace as far as the check goes. */
export type CheckedWorkspace = Pick<Workspace, 'vault' | 'cacheId'>;

/** Long after the board is up. */
const beginAfterMs = 5_000;
/** A quarter of a megabyte, well under a millisecond: a chart that is opened meanwhile does not feel it. */
const pagesAtOnce = 64;
const betweenMs = 100;
const againAfterMs = 6 * 3_600_000;

/**
 * Looks over the whole cache while somebody works, for only then is its key anywhere: SQLite reads a page when it is needed,
 * so damage could lie in wait for the one chart that needs it. Goes on where the last session ended, and begins anew some
 * hours after a whole pass. What it finds the vault itself reports (`onDamaged` of its client).
 */
export function createCacheCheck(
  deps: CacheCheckDeps,
): (workspace: CheckedWorkspace) => Promise<void> {
  let pass = { cacheId: '', next: 1, endedAtMs: -Infinity };
  return async (workspace) => {
    const { cacheId, vault } = workspace;
    if (pass.cacheId !== cacheId) pass = { cacheId, next: 1, endedAtMs: -Infinity };
    await deps.pause(beginAfterMs);
    while (deps.isOpen(workspace) && deps.nowMs() - pass.endedAtMs >= againAfterMs) {
      const answer = await vault.call('pagesCheck', { first: pass.next, count: pagesAtOnce });
      if (!answer.ok) return;
      const { next } = answer.value;
      pass = { cacheId, next: next ?? 1, endedAtMs: next === null ? deps.nowMs() : -Infinity };
      await deps.pause(betweenMs);
    }
  };
}
