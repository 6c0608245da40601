import type { Logger } from './log.ts';

const firstWaitMs = 60_000;
const longestWaitMs = 3_600_000;

/**
 * For what is tried again and again: a line that says the same as the last of its event is passed on after a minute, then
 * two, then four, up to an hour, so that a night without a disk leaves a dozen lines and not thousands. A line that says
 * something else, or comes back after it had stayed away for a minute, is news. `nowMs` is monotonic.
 */
export function createQuietLogger(logger: Logger, nowMs: () => number): Logger {
  interface Said {
    readonly text: string;
    readonly dueMs: number;
    readonly waitMs: number;
    heardMs: number;
  }
  const lastOf = new Map<string, Said>();
  return {
    log(event, fields, cause) {
      const atMs = nowMs();
      const text = JSON.stringify(fields);
      const last = lastOf.get(event);
      const isNews = last?.text !== text || atMs - last.heardMs > firstWaitMs;
      if (!isNews && atMs < last.dueMs) {
        last.heardMs = atMs;
        return;
      }
      const waitMs = isNews ? firstWaitMs : Math.min(last.waitMs * 2, longestWaitMs);
      lastOf.set(event, { text, dueMs: atMs + waitMs, waitMs, heardMs: atMs });
      logger.log(event, fields, cause);
    },
  };
}
