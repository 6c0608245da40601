import type { ReaderEvent } from '#core/contracts/badge.ts';

/**
 * What the current reader host has said is there. Two things need it: a host that dies takes its readers and cards along,
 * and its successor counts presences from one again while a presence must name one stay for as long as the terminal runs.
 */
export interface ReaderLedger {
  /** Presences of former hosts: added to every number of the current one. */
  readonly presenceOffset: number;
  readonly lastPresence: number;
  readonly serviceUp: boolean | null;
  readonly readers: ReadonlySet<string>;
  /** Cards in the field that were reported, by reader. */
  readonly present: ReadonlyMap<string, number>;
}

/** Nothing said yet. */
export const emptyReaderLedger: ReaderLedger = {
  presenceOffset: 0,
  lastPresence: 0,
  serviceUp: null,
  readers: new Set(),
  present: new Map(),
};

/** Takes an event of the current host in and numbers it for the terminal. */
export function admitReaderEvent(
  ledger: ReaderLedger,
  event: ReaderEvent,
): { readonly ledger: ReaderLedger; readonly event: ReaderEvent } {
  if (event.type === 'service') return { ledger: { ...ledger, serviceUp: event.up }, event };
  if (event.type === 'readerAdded' || event.type === 'readerRemoved') {
    const readers = new Set(ledger.readers);
    if (event.type === 'readerAdded') readers.add(event.reader);
    else readers.delete(event.reader);
    return { ledger: { ...ledger, readers }, event };
  }
  const presence = event.presence + ledger.presenceOffset;
  const present = new Map(ledger.present);
  if (event.type !== 'removed') present.set(event.reader, presence);
  else if (present.get(event.reader) === presence) present.delete(event.reader);
  const lastPresence = Math.max(ledger.lastPresence, presence);
  return { ledger: { ...ledger, present, lastPresence }, event: { ...event, presence } };
}

/** The host is gone: every card and reader it had reported goes too, and the service is down. */
export function closeReaderLedger(
  ledger: ReaderLedger,
  code: string,
): { readonly ledger: ReaderLedger; readonly events: readonly ReaderEvent[] } {
  const events: ReaderEvent[] = [];
  for (const [reader, presence] of ledger.present)
    events.push({ type: 'removed', reader, presence });
  for (const reader of ledger.readers) events.push({ type: 'readerRemoved', reader });
  if (ledger.serviceUp !== false) events.push({ type: 'service', up: false, code });
  const { lastPresence } = ledger;
  return {
    ledger: { ...emptyReaderLedger, lastPresence, presenceOffset: lastPresence, serviceUp: false },
    events,
  };
}
