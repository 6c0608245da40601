import { expect, test } from 'vitest';
import type { ReaderEvent } from '#core/contracts/badge.ts';
import {
  admitReaderEvent,
  closeReaderLedger,
  emptyReaderLedger,
} from '#electron/readerHost/readerLedger.ts';
import type { ReaderLedger } from '#electron/readerHost/readerLedger.ts';

const badge = (reader: string, presence: number): ReaderEvent => ({
  type: 'badge',
  reader,
  presence,
  badge: { technology: 'iso14443-uid', bitLength: 32, hex: '04a1b2c3' },
  trust: 'B0',
  seenAtMs: 1,
});

function admitAll(start: ReaderLedger, events: readonly ReaderEvent[]) {
  let ledger = start;
  const out: ReaderEvent[] = [];
  for (const event of events) {
    const admitted = admitReaderEvent(ledger, event);
    ledger = admitted.ledger;
    out.push(admitted.event);
  }
  return { ledger, out };
}

test('a dead host takes its cards, then its readers, then the service along', () => {
  const { ledger } = admitAll(emptyReaderLedger, [
    { type: 'service', up: true, code: 'OK' },
    { type: 'readerAdded', reader: 'A' },
    { type: 'readerAdded', reader: 'B' },
    badge('A', 1),
    { type: 'badgeFault', reader: 'B', presence: 2, fault: 'cardTimeout' },
    { type: 'removed', reader: 'A', presence: 1 },
  ]);
  expect(closeReaderLedger(ledger, 'GONE').events).toEqual([
    { type: 'removed', reader: 'B', presence: 2 },
    { type: 'readerRemoved', reader: 'A' },
    { type: 'readerRemoved', reader: 'B' },
    { type: 'service', up: false, code: 'GONE' },
  ]);
});

test('a service that is down already is not reported down again', () => {
  const once = closeReaderLedger(emptyReaderLedger, 'GONE');
  expect(once.events).toHaveLength(1);
  expect(closeReaderLedger(once.ledger, 'GONE').events).toEqual([]);
});

test('a presence never names two stays, though each host counts from one', () => {
  const first = admitAll(emptyReaderLedger, [badge('A', 1), badge('A', 7)]);
  const second = admitAll(closeReaderLedger(first.ledger, 'GONE').ledger, [badge('A', 1)]);
  const third = admitAll(closeReaderLedger(second.ledger, 'GONE').ledger, [
    badge('A', 2),
    { type: 'removed', reader: 'A', presence: 2 },
  ]);
  expect(second.out).toMatchObject([{ presence: 8 }]);
  expect(third.out).toMatchObject([{ presence: 10 }, { type: 'removed', presence: 10 }]);
});
