import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { startPcscd } from '#test/virtual/pcscd.mjs';
import type { Pcscd } from '#test/virtual/pcscd.mjs';
import {
  buildAddon,
  bundleReaderHost,
  EventLog,
  forkReaderHost,
} from '#test/virtual/readerHostUnderTest.ts';
import { answerAfter, answerNothing, answerUid, VirtualCard } from '#test/virtual/virtualCard.mjs';
import type { Answer } from '#test/virtual/virtualCard.mjs';

/* What a ward does to a badge reader, done to the real reader host with a real daemon. */

const readDeadlineMs = 1_000;

let modulePath: string;
let addonPath: string;
let pcscd: Pcscd;
let host: ChildProcess;
let log: EventLog;
const cards: VirtualCard[] = [];

beforeAll(() => {
  addonPath = buildAddon();
  modulePath = bundleReaderHost();
});

afterEach(async () => {
  host.kill('SIGKILL');
  for (const card of cards.splice(0)) card.remove();
  await pcscd.stop();
});

async function startTerminal({ daemon = true } = {}) {
  pcscd = await startPcscd({ pollMs: 10, running: daemon });
  host = forkReaderHost({ modulePath, addonPath, env: pcscd.env });
  log = new EventLog();
  host.on('message', log.add);
  if (daemon) await untilReaders();
}

const untilReaders = (since = 0) =>
  Promise.all(
    pcscd.readers.map(({ name }) =>
      log.until('readerAdded', (event) => event.reader === name, { since }),
    ),
  );

async function tap(options: { reader?: number; uid?: string; answer?: Answer } = {}) {
  const card = new VirtualCard({ port: pcscd.readers[options.reader ?? 0]!.port, ...options });
  cards.push(card);
  await card.insert();
  return card;
}

test('a daemon that is absent at the start is reported, and readers come as soon as it does', async () => {
  await startTerminal({ daemon: false });
  const down = await log.until('service');
  expect(down).toEqual({ type: 'service', up: false, code: 'SCARD_E_NO_SERVICE' });
  await pcscd.start();
  await untilReaders();
  await tap({ uid: '04112233' });
  expect((await log.until('badge')).badge.hex).toBe('04112233');
});

test.each(['SIGTERM', 'SIGKILL'] as const)(
  'a daemon ended by %s takes the card in the field along, and taps work after its restart',
  async (signal) => {
    await startTerminal();
    const before = await tap({ uid: '04000001' });
    const first = await log.until('badge');
    await pcscd.kill(signal);
    await log.until('service', ({ up }) => !up);
    const kinds = log.events.slice(-4).map((event) => event.type);
    expect(kinds).toEqual(expect.arrayContaining(['removed', 'readerRemoved', 'service']));
    expect(log.events.at(-1)).toMatchObject({ type: 'service', up: false });
    before.remove();
    const since = log.events.length;
    await pcscd.start();
    await untilReaders(since);
    await tap({ uid: '04000002' });
    const second = await log.until('badge', () => true, { since });
    expect(second.badge.hex).toBe('04000002');
    expect(second.presence).toBeGreaterThan(first.presence);
  },
);

test.each([false, true])(
  'a card pulled in the middle of its answer is no badge (abruptly: %s), and the next tap is read',
  async (abruptly) => {
    await startTerminal();
    await tap({
      answer: (_apdu, card) => {
        setTimeout(() => card.remove({ abruptly }), 15);
        return null;
      },
    });
    const removed = await log.until('removed');
    await tap({ uid: '04000002' });
    const badge = await log.until('badge');
    expect(badge).toMatchObject({ badge: { hex: '04000002' } });
    expect(badge.presence).toBeGreaterThan(removed.presence);
    expect(log.events.filter((event) => event.type === 'badge')).toHaveLength(1);
  },
);

test('a card that never answers is a fault after the deadline; other readers and later taps work', async () => {
  await startTerminal();
  const hung = await tap({ reader: 0, answer: answerNothing });
  await sleep(50);
  const otherAt = await tap({ reader: 1, uid: '04000002' }).then(() => performance.now());
  const other = await log.until('badge');
  expect(performance.now() - otherAt).toBeLessThan(500);
  expect(other.reader).toBe(pcscd.readers[1]!.name);
  const fault = await log.until('badgeFault', () => true, { timeoutMs: readDeadlineMs + 1_000 });
  expect(fault).toMatchObject({ reader: pcscd.readers[0]!.name, fault: 'cardTimeout' });
  hung.remove();
  await log.until('removed', ({ reader }) => reader === pcscd.readers[0]!.name);
  const since = log.events.length;
  await tap({ reader: 0, uid: '04000003' });
  expect((await log.until('badge', () => true, { since })).badge.hex).toBe('04000003');
});

test('an answer after the deadline is nobody: the fault stands', async () => {
  await startTerminal();
  await tap({ answer: answerAfter(readDeadlineMs + 300, answerUid('04000001')) });
  await log.until('badgeFault');
  await sleep(600);
  expect(log.events.some((event) => event.type === 'badge')).toBe(false);
});

test('two readers tapped at once each give their own badge', async () => {
  await startTerminal();
  await Promise.all([tap({ reader: 0, uid: '0400000a' }), tap({ reader: 1, uid: '0400000b' })]);
  const [first, second] = pcscd.readers.map(({ name }) => name);
  const one = await log.until('badge', ({ reader }) => reader === first);
  const other = await log.until('badge', ({ reader }) => reader === second);
  expect([one.badge.hex, other.badge.hex]).toEqual(['0400000a', '0400000b']);
});

test.each([
  ['an empty UID', '', 'emptyUid'],
  ['a random UID', '08112233', 'randomUid'],
])('%s is refused', async (_what, uid, fault) => {
  await startTerminal();
  await tap({ uid });
  expect(await log.until('badgeFault')).toMatchObject({ fault });
  expect(log.events.some((event) => event.type === 'badge')).toBe(false);
});

test('a card that refuses to give a UID is a read error', async () => {
  await startTerminal();
  await tap({ answer: () => Buffer.from('6a81', 'hex') });
  expect(await log.until('badgeFault')).toMatchObject({ fault: 'readError' });
});

test('a mute card is a fault, and the same reader reads the next card', async () => {
  await startTerminal();
  pcscd.setFault(0, 'mute', true);
  const mute = await tap({ uid: '04000001' });
  expect(await log.until('badgeFault')).toMatchObject({ fault: 'cardMute' });
  pcscd.setFault(0, 'mute', false);
  mute.remove();
  await log.until('removed');
  await tap({ uid: '04000002' });
  expect((await log.until('badge')).badge.hex).toBe('04000002');
});

test('an unplugged reader takes its card along and reads again when plugged in', async () => {
  await startTerminal();
  const reader = pcscd.readers[0]!.name;
  const card = await tap({ uid: '04000001' });
  const { presence } = await log.until('badge');
  pcscd.setFault(0, 'unplug', true);
  await log.until('readerRemoved');
  expect(log.events.slice(-2)).toEqual([
    { type: 'removed', reader, presence },
    { type: 'readerRemoved', reader },
  ]);
  card.remove();
  const since = log.events.length;
  pcscd.setFault(0, 'unplug', false);
  await log.until('readerAdded', () => true, { since });
  await tap({ uid: '04000002' });
  expect((await log.until('badge', () => true, { since })).badge.hex).toBe('04000002');
});

test('a badge carries the wall clock of the moment its card was seen', async () => {
  await startTerminal();
  const insertedAtMs = await (async () => {
    const card = new VirtualCard({ port: pcscd.readers[0]!.port });
    cards.push(card);
    return card.insert();
  })();
  const { seenAtMs } = await log.until('badge');
  const latencyMs = seenAtMs - insertedAtMs;
  expect(latencyMs).toBeGreaterThan(-5);
  expect(latencyMs).toBeLessThan(500);
});
