import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ReaderEvent } from '#core/contracts/badge.ts';
import type { PcscEvent, PcscState } from '#native/readers/pcsc/addon.ts';
import { isPresent, noPresence, stepPresence } from '#native/readers/pcsc/presence.ts';

const empty: PcscState = { present: false, mute: false, unavailable: false, count: 0 };
const card = (count: number): PcscState => ({ ...empty, present: true, count });

function run(events: readonly PcscEvent[]) {
  let state = noPresence;
  const out: ReaderEvent[] = [];
  const reads: number[] = [];
  for (const event of events) {
    const step = stepPresence(state, event);
    state = step.state;
    out.push(...step.events);
    reads.push(...step.reads.map((read) => read.card.presence));
  }
  return { state, out, reads };
}

const added = (reader = 'A'): PcscEvent => ({ type: 'readerAdded', reader });
const seen = (state: PcscState, reader = 'A'): PcscEvent => ({ type: 'state', reader, state });

test('a card that stays is read once, whatever else its state says', () => {
  const { reads, out } = run([added(), seen(card(1)), seen(card(1)), seen(card(1))]);
  expect(reads).toEqual([1]);
  expect(out).toEqual([{ type: 'readerAdded', reader: 'A' }]);
});

test('present after present under another count is a swap: the old stay ends, a new one is read', () => {
  const { reads, out, state } = run([added(), seen(card(1)), seen(card(3))]);
  expect(reads).toEqual([1, 2]);
  expect(out.slice(1)).toEqual([{ type: 'removed', reader: 'A', presence: 1 }]);
  expect([isPresent(state, 'A', 1), isPresent(state, 'A', 2)]).toEqual([false, true]);
});

test('a mute card is a fault at once, and is read should it find its voice', () => {
  const { reads, out } = run([
    added(),
    seen({ ...card(1), mute: true }),
    seen({ ...card(1), mute: true }),
    seen(card(1)),
  ]);
  expect(out.slice(1)).toEqual([
    { type: 'badgeFault', reader: 'A', presence: 1, fault: 'cardMute' },
  ]);
  expect(reads).toEqual([1]);
});

test('an unavailable reader takes its card along and is a reader again when it is back', () => {
  const gone = seen({ ...empty, unavailable: true });
  const { out } = run([added(), seen(card(1)), gone, gone, seen(empty), seen(card(2))]);
  expect(out).toEqual([
    { type: 'readerAdded', reader: 'A' },
    { type: 'removed', reader: 'A', presence: 1 },
    { type: 'readerRemoved', reader: 'A' },
    { type: 'readerAdded', reader: 'A' },
  ]);
});

test('a state of a reader that nobody announced changes nothing', () => {
  expect(run([seen(card(1))])).toMatchObject({ out: [], reads: [] });
});

const readers = fc.constantFrom('A', 'B');
const pcscEvents: fc.Arbitrary<PcscEvent> = fc.oneof(
  fc.record({ type: fc.constant('readerAdded' as const), reader: readers }),
  fc.record({ type: fc.constant('readerRemoved' as const), reader: readers }),
  {
    weight: 5,
    arbitrary: fc.record({
      type: fc.constant('state' as const),
      reader: readers,
      state: fc.record({
        present: fc.boolean(),
        mute: fc.boolean(),
        unavailable: fc.boolean(),
        count: fc.nat(3),
      }),
    }),
  },
);

test('whatever happens: presences rise, no stay is read or faulted twice while it lasts, none ends twice', () => {
  fc.assert(
    fc.property(fc.array(pcscEvents, { maxLength: 40 }), (events) => {
      const { out, reads } = run(events.filter(announcedOnce()));
      expect(reads).toEqual([...new Set(reads)].sort((a, b) => a - b));
      const ended = out.filter((event) => event.type === 'removed').map((event) => event.presence);
      expect(new Set(ended).size).toBe(ended.length);
      for (const [at, event] of out.entries()) {
        if (event.type !== 'badgeFault') continue;
        const endedAt = out.findIndex(
          (later) => later.type === 'removed' && later.presence === event.presence,
        );
        expect(endedAt === -1 || endedAt > at).toBe(true);
      }
    }),
    { numRuns: 500 },
  );
});

/** pcscd never announces a reader twice in a row. */
function announcedOnce() {
  const known = new Set<string>();
  return (event: PcscEvent) => {
    if (event.type === 'readerRemoved') known.delete(event.reader);
    if (event.type !== 'readerAdded') return true;
    if (known.has(event.reader)) return false;
    known.add(event.reader);
    return true;
  };
}
