import type { ReaderEvent } from '#core/contracts/badge.ts';
import { loadPcscAddon } from './addon.ts';
import { isPresent, noPresence, stepPresence } from './presence.ts';
import type { CardPresence } from './presence.ts';
import { readUid } from './readUid.ts';

/** A card answers in milliseconds; one that needs longer than this is broken, and the user taps again. */
const defaultReadDeadlineMs = 1_000;
/** Bounded so that a lost wake-up of the daemon costs at most this. */
const statusTimeoutMs = 1_000;
const serviceRetryMs = 250;
const hangCheckMs = 1_000;
/** Several bounded waits long: a daemon that has not answered by then will not. */
const hangAfterMs = 5_000;

/** What the PC/SC readers need from their process. */
export interface PcscReadersOptions {
  readonly addonPath: string;
  /** Wall clock, epoch ms with fraction. */
  readonly clock: () => number;
  readonly onEvent: (event: ReaderEvent) => void;
  /** The daemon hangs and holds the watcher: only a new process gets away from it. */
  readonly onHang: () => void;
  readonly readDeadlineMs?: number;
}

/** Running readers. */
export interface PcscReaders {
  /** No event after this; threads end by themselves within about a second. */
  readonly stop: () => void;
}

/** Watches every PC/SC reader and turns what happens there into reader events; survives the daemon's death. */
export function createPcscReaders(options: PcscReadersOptions): PcscReaders {
  const { addonPath, clock, onEvent, onHang, readDeadlineMs = defaultReadDeadlineMs } = options;
  const addon = loadPcscAddon(addonPath);
  let state = noPresence;
  let stopped = false;

  const read = async (reader: string, card: CardPresence, seenAtMs: number) => {
    const { presence, count } = card;
    const isWanted = () => !stopped && isPresent(state, reader, presence);
    const deadlineMs = readDeadlineMs;
    const result = await readUid({ addon, reader, count, deadlineMs, isWanted });
    // The card has left and that was reported: whatever was read belongs to nobody in the field.
    if (!isWanted()) return;
    if (result.ok)
      onEvent({ type: 'badge', reader, presence, badge: result.value, trust: 'B0', seenAtMs });
    else onEvent({ type: 'badgeFault', reader, presence, fault: result.code });
  };

  const handle = addon.watch(
    (event) => {
      if (stopped) return;
      const seenAtMs = clock();
      const step = stepPresence(state, event);
      state = step.state;
      // Read first: the link's thread works while the events below are being sent.
      for (const { reader, card } of step.reads) void read(reader, card, seenAtMs);
      step.events.forEach(onEvent);
    },
    statusTimeoutMs,
    serviceRetryMs,
  );

  const hangCheck = setInterval(() => {
    if (addon.waitingMs(handle) < hangAfterMs) return;
    clearInterval(hangCheck);
    onHang();
  }, hangCheckMs);

  return {
    stop: () => {
      stopped = true;
      clearInterval(hangCheck);
      addon.unwatch(handle);
    },
  };
}
