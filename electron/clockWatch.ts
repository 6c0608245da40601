import { judgeClock } from '#core/access/clockJudge.ts';

/** Whether the wall clock may date entries and end leases. */
export interface ClockWatch {
  /** Judged at this very moment: a clock is not changed on the minute. */
  isSound(): boolean;
  /** The record server's time as far as it is known, else the wall clock's. */
  timeMs(): number;
  /** The record server has told the time: it has the last word. */
  heardServer(serverTimeMs: number): void;
  /** Looks again and remembers the time; to be called every few seconds. */
  look(): void;
}

interface ClockWatchDeps {
  readonly wallMs: () => number;
  /** Monotonic. */
  readonly nowMs: () => number;
  readonly lastSeenMs: () => number | null;
  readonly noteSeen: (wallMs: number) => void;
  readonly onChange: (sound: boolean, byMs: number) => void;
}

/** Judges by the server's time as far as the monotonic clock has carried it since, else by the last time this terminal saw. */
export function createClockWatch(deps: ClockWatchDeps): ClockWatch {
  let heard: { readonly serverTimeMs: number; readonly atMs: number } | null = null;
  let sound = true;
  const serverTime = (): number | null =>
    heard === null ? null : heard.serverTimeMs + deps.nowMs() - heard.atMs;
  const judge = (): number | null => {
    const serverTimeMs = serverTime();
    const verdict = judgeClock({
      nowMs: deps.wallMs(),
      lastSeenMs: deps.lastSeenMs(),
      serverTimeMs,
    });
    const changed = verdict.ok !== sound;
    sound = verdict.ok;
    if (changed) deps.onChange(sound, verdict.ok ? 0 : verdict.byMs);
    return verdict.ok ? verdict.lastSeenMs : null;
  };
  const look = (): void => {
    const seenMs = judge();
    if (seenMs !== null) deps.noteSeen(seenMs);
  };
  look();
  return {
    isSound: () => judge() !== null,
    timeMs: () => serverTime() ?? deps.wallMs(),
    heardServer(serverTimeMs) {
      heard = { serverTimeMs, atMs: deps.nowMs() };
      look();
    },
    look,
  };
}
