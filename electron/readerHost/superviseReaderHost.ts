import * as v from 'valibot';
import { readerEventSchema } from '#core/contracts/badge.ts';
import type { ReaderEvent } from '#core/contracts/badge.ts';
import { admitReaderEvent, closeReaderLedger, emptyReaderLedger } from './readerLedger.ts';

const firstRestartMs = 250;
const longestRestartMs = 5_000;
/** A host that ran this long was well: its death starts the back-off anew. */
const stableAfterMs = 10_000;

/** A started reader host, whatever kind of process it is. */
export interface ReaderHostChild {
  readonly onMessage: (listener: (message: unknown) => void) => void;
  readonly onExit: (listener: (exitCode: number) => void) => void;
  readonly kill: () => void;
}

/** What supervision needs. */
export interface ReaderHostSupervision {
  readonly spawn: () => ReaderHostChild;
  readonly onEvent: (event: ReaderEvent) => void;
  /** For the log: the host died, and how many restarts there were before. */
  readonly onDeath?: (death: { readonly exitCode: number; readonly restarts: number }) => void;
}

/** The running supervision. */
export interface SupervisedReaderHost {
  readonly stop: () => void;
  readonly counts: () => { readonly restarts: number; readonly invalidMessages: number };
}

/**
 * Keeps a reader host running: restarts it with back-off, and the moment it dies reports every card and reader gone and the
 * service down. What it says is checked; what does not fit the contract is dropped and counted.
 */
export function superviseReaderHost(supervision: ReaderHostSupervision): SupervisedReaderHost {
  const { spawn, onEvent, onDeath } = supervision;
  let ledger = emptyReaderLedger;
  let child: ReaderHostChild | null = null;
  let restartTimer: NodeJS.Timeout | undefined;
  let restartMs = firstRestartMs;
  let restarts = 0;
  let invalidMessages = 0;
  let stopped = false;

  const receive = (message: unknown) => {
    const parsed = v.safeParse(readerEventSchema, message);
    if (!parsed.success) {
      invalidMessages += 1;
      return;
    }
    const admitted = admitReaderEvent(ledger, parsed.output);
    ledger = admitted.ledger;
    onEvent(admitted.event);
  };

  const bury = (exitCode: number, livedMs: number) => {
    child = null;
    onDeath?.({ exitCode, restarts });
    const closed = closeReaderLedger(ledger, 'READER_HOST_EXITED');
    ledger = closed.ledger;
    closed.events.forEach(onEvent);
    if (livedMs >= stableAfterMs) restartMs = firstRestartMs;
    // A listener may have stopped the supervision on hearing of the death.
    if (stopped) return;
    restartTimer = setTimeout(restart, restartMs);
    restartMs = Math.min(restartMs * 2, longestRestartMs);
  };

  const start = () => {
    const startedAtMs = performance.now();
    const started = spawn();
    child = started;
    // A dead host's last messages may still arrive; its cards have been reported gone.
    started.onMessage((message) => {
      if (child === started) receive(message);
    });
    started.onExit((exitCode) => {
      if (child === started) bury(exitCode, performance.now() - startedAtMs);
    });
  };

  const restart = () => {
    restarts += 1;
    start();
  };

  start();
  return {
    stop: () => {
      if (stopped) return;
      stopped = true;
      clearTimeout(restartTimer);
      const last = child;
      child = null;
      last?.kill();
    },
    counts: () => ({ restarts, invalidMessages }),
  };
}
