/** A clock for "how long since": never set back, and it goes on while the machine sleeps. */
interface SteadyClock {
  /** ms; its zero means nothing. */
  readonly nowMs: () => number;
  /** How long the machine has slept since this clock was made. */
  readonly sleptMs: () => number;
}

interface SteadyClockDeps {
  /** Counts only while the machine runs (CLOCK_MONOTONIC on Linux). */
  readonly runningMs: () => number;
  /** Counts since the machine was started, asleep or not; nobody sets it. */
  readonly uptimeMs: () => number;
}

/** Both sources are read one after the other, and the second in steps of 10 ms: less than this is no sleep. */
const noiseMs = 1_000;

/** Adds to the running clock what the machine's age has gained on it. */
export function createSteadyClock({ runningMs, uptimeMs }: SteadyClockDeps): SteadyClock {
  const startedAtMs = uptimeMs() - runningMs();
  let slept = 0;
  const sleptMs = (): number => {
    const gainedMs = uptimeMs() - runningMs() - startedAtMs;
    if (gainedMs > slept + noiseMs) slept = gainedMs;
    return slept;
  };
  return { sleptMs, nowMs: () => runningMs() + sleptMs() };
}

/** What the system tells of a machine that goes to sleep or comes back, where it has a service for that. */
type PowerEvent = 'suspend' | 'resume' | 'lock-screen' | 'unlock-screen';

interface SleepWatchDeps {
  readonly clock: SteadyClock;
  readonly onPower: (event: PowerEvent, listener: () => void) => void;
  /** The machine goes away, or was away: what is open is to be closed. */
  readonly onAway: () => void;
}

/** How often it is looked for a sleep that nobody announced. */
const lookMs = 1_000;

/** Hears of every sleep of the machine: from the system, before it; and from the clock, at the first second after it. */
export function watchSleep({ clock, onPower, onAway }: SleepWatchDeps): { stop(): void } {
  onPower('suspend', onAway);
  onPower('lock-screen', onAway);
  let knownMs = clock.sleptMs();
  const look = (): void => {
    const sleptMs = clock.sleptMs();
    if (sleptMs > knownMs) onAway();
    knownMs = sleptMs;
  };
  onPower('resume', look);
  onPower('unlock-screen', look);
  const timer = setInterval(look, lookMs);
  return { stop: () => clearInterval(timer) };
}
