import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { ReaderEvent } from '#core/contracts/badge.ts';
import { superviseReaderHost } from '#electron/readerHost/superviseReaderHost.ts';
import type { ReaderHostChild } from '#electron/readerHost/superviseReaderHost.ts';

/** A host that does as it is told. */
class FakeHost implements ReaderHostChild {
  killed = false;
  #message: (message: unknown) => void = () => undefined;
  #exit: (exitCode: number) => void = () => undefined;
  readonly onMessage = (listener: (message: unknown) => void) => void (this.#message = listener);
  readonly onExit = (listener: (exitCode: number) => void) => void (this.#exit = listener);
  readonly kill = () => void (this.killed = true);
  readonly say = (message: unknown) => this.#message(message);
  readonly die = (exitCode = 1) => this.#exit(exitCode);
}

const up: ReaderEvent = { type: 'service', up: true, code: 'OK' };
const down: ReaderEvent = { type: 'service', up: false, code: 'READER_HOST_EXITED' };

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function supervise() {
  const hosts: FakeHost[] = [];
  const events: ReaderEvent[] = [];
  const supervised = superviseReaderHost({
    spawn: () => {
      const host = new FakeHost();
      hosts.push(host);
      return host;
    },
    onEvent: (event) => events.push(event),
  });
  return { hosts, events, supervised };
}

test('a host that dies is reported down at once and replaced after the back-off', () => {
  const { hosts, events } = supervise();
  hosts[0]!.say(up);
  hosts[0]!.say({ type: 'readerAdded', reader: 'A' });
  hosts[0]!.die();
  expect(events.slice(2)).toEqual([{ type: 'readerRemoved', reader: 'A' }, down]);
  vi.advanceTimersByTime(249);
  expect(hosts).toHaveLength(1);
  vi.advanceTimersByTime(1);
  expect(hosts).toHaveLength(2);
  hosts[1]!.say(up);
  expect(events.at(-1)).toEqual(up);
});

test('the back-off doubles from 250 ms to 5 s while hosts keep dying', () => {
  const { hosts } = supervise();
  const waits = Array.from({ length: 7 }, () => {
    const count = hosts.length;
    hosts.at(-1)!.die();
    let waitedMs = 0;
    for (; hosts.length === count; waitedMs += 50) vi.advanceTimersByTime(50);
    return waitedMs;
  });
  expect(waits).toEqual([250, 500, 1_000, 2_000, 4_000, 5_000, 5_000]);
});

test('a host that was well for a while is replaced quickly again', () => {
  const { hosts } = supervise();
  for (let deaths = 0; deaths < 4; deaths++) {
    hosts.at(-1)!.die();
    vi.advanceTimersByTime(5_000);
  }
  vi.advanceTimersByTime(10_000);
  const count = hosts.length;
  hosts.at(-1)!.die();
  vi.advanceTimersByTime(250);
  expect(hosts).toHaveLength(count + 1);
});

test.each([
  ['no event', 'badge'],
  ['an unknown type', { type: 'tap', reader: 'A' }],
  ['a badge without its reader', { type: 'badge', presence: 1 }],
  ['a field too many', { ...up, uid: '04a1b2c3' }],
  [
    'a badge of impossible bits',
    {
      type: 'badge',
      reader: 'A',
      presence: 1,
      badge: { technology: 'iso14443-uid', bitLength: 32, hex: 'XYZ' },
      trust: 'B0',
      seenAtMs: 1,
    },
  ],
])('%s is dropped and counted', (_what, message) => {
  const { hosts, events, supervised } = supervise();
  hosts[0]!.say(message);
  hosts[0]!.say(up);
  expect(events).toEqual([up]);
  expect(supervised.counts()).toEqual({ restarts: 0, invalidMessages: 1 });
});

test('what a dead host still had to say is not heard', () => {
  const { hosts, events } = supervise();
  hosts[0]!.die();
  hosts[0]!.say(up);
  expect(events).toEqual([down]);
});

test('a stopped supervision kills its host, restarts nothing and says nothing more', () => {
  const { hosts, events, supervised } = supervise();
  supervised.stop();
  expect(hosts[0]!.killed).toBe(true);
  hosts[0]!.say(up);
  hosts[0]!.die();
  vi.advanceTimersByTime(60_000);
  expect(hosts).toHaveLength(1);
  expect(events).toEqual([]);
});

test('a supervision stopped while it waits starts no further host', () => {
  const { hosts, supervised } = supervise();
  hosts[0]!.die();
  supervised.stop();
  vi.advanceTimersByTime(60_000);
  expect(hosts).toHaveLength(1);
});
