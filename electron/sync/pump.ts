import { backOffMs } from '#electron/recordServer/backOff.ts';

/** How one turn of work ended. `retry`: the same again after a while. */
export type Turn = 'done' | 'retry';

/** One kind of work that must never run twice at once: woken by events, repeated until it is done. */
export interface Pump {
  /** There is something to do. During a back-off it waits its turn. */
  wake(): void;
  /** The way is free again: no more waiting. */
  wakeNow(): void;
  /** Runs something between two turns, never beside one. */
  between<Value>(work: () => Promise<Value>): Promise<Value>;
  /** Ends after the turn that is running. */
  stop(): Promise<void>;
}

/** Makes a pump; `onUnexpected` hears exceptions, which count as `retry`. */
export function createPump(
  turn: () => Promise<Turn>,
  options: { readonly random: () => number; readonly onUnexpected: (cause: unknown) => void },
): Pump {
  let wanted = false;
  let running = false;
  let stopped = false;
  let attempt = 0;
  let timer: NodeJS.Timeout | null = null;
  let line: Promise<unknown> = Promise.resolve();

  const inLine = <Value>(work: () => Promise<Value>): Promise<Value> => {
    const result = line.then(work);
    line = result.catch(() => undefined);
    return result;
  };
  const run = async (): Promise<void> => {
    while (wanted && !stopped) {
      wanted = false;
      const end = await inTurn(turn).catch((cause: unknown): Turn => {
        options.onUnexpected(cause);
        return 'retry';
      });
      if (end === 'retry') {
        wanted = true;
        timer = setTimeout(resume, backOffMs(attempt, options.random()));
        attempt += 1;
        return;
      }
      attempt = 0;
    }
  };
  const start = () => {
    if (running || stopped || timer !== null) return;
    running = true;
    void inLine(run).finally(() => {
      running = false;
      // Woken in the very moment it ended.
      if (wanted) start();
    });
  };
  const resume = () => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    start();
  };
  return {
    wake() {
      wanted = true;
      start();
    },
    wakeNow() {
      wanted = true;
      attempt = 0;
      resume();
    },
    between: inLine,
    async stop() {
      stopped = true;
      if (timer !== null) clearTimeout(timer);
      timer = null;
      await line;
    },
  };
}

/** Two kinds of work of which the second must wait for the first. */
export function oneAfterOther(...turns: readonly (() => Promise<Turn>)[]): () => Promise<Turn> {
  return async () => {
    for (const turn of turns) if ((await turn()) === 'retry') return 'retry';
    return 'done';
  };
}

/** As a promise whatever happens: a turn that throws at once is a turn that failed. */
async function inTurn(turn: () => Promise<Turn>): Promise<Turn> {
  return await turn();
}
