import { statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { compileDriver, startPcscd } from '#test/virtual/pcscd.mjs';
import type { Pcscd } from '#test/virtual/pcscd.mjs';
import { answerNothing, VirtualCard } from '#test/virtual/virtualCard.mjs';
import type { Answer } from '#test/virtual/virtualCard.mjs';
import {
  buildAddon,
  bundleReaderHost,
  EventLog,
  forkReaderHost,
} from '#test/virtual/readerHostUnderTest.ts';
import { Probe } from './probe.ts';

/*
 * The eleven rules of the PC/SC add-on. Each was a crash, a hang or a wrong answer in a binding that broke it; each test
 * drives the real add-on against a real daemon into that very situation.
 */

const callReturnsWithinMs = 100;

let pcscd: Pcscd;
const cards: VirtualCard[] = [];
const addonPath = buildAddon();

beforeAll(async () => {
  pcscd = await startPcscd({ pollMs: 10 });
});

afterEach(async () => {
  for (const card of cards.splice(0)) card.remove();
  await sleep(60);
});

afterAll(async () => {
  await pcscd.stop();
});

async function tap(reader: number, options: { uid?: string; answer?: Answer } = {}) {
  const card = new VirtualCard({ port: pcscd.readers[reader]!.port, ...options });
  cards.push(card);
  await card.insert();
  await sleep(100);
  return card;
}

function probe(name: string, options: object = {}, env: Record<string, string> = {}): Probe {
  const readers = pcscd.readers.map((reader) => reader.name);
  return new Probe(name, { addonPath, readers, ...options }, { ...pcscd.env, ...env });
}

test('rule 1: no call waits for the daemon, not even while the daemon is stopped', async () => {
  await tap(0);
  const running = probe('callsWhileDaemonIsStopped', { exit: true });
  await running.untilStep();
  pcscd.pause();
  // Should a call wait after all, the daemon goes on and the time it took is the finding.
  const resumed = setTimeout(() => pcscd.resume(), 3_000);
  try {
    running.goOn();
    const { longestCallMs } = await running.result<{ longestCallMs: number }>();
    expect(longestCallMs).toBeLessThan(callReturnsWithinMs);
  } finally {
    clearTimeout(resumed);
    pcscd.resume();
  }
  expect(await running.ending()).toBe(0);
});

test('rule 2: cards that hang take neither the thread pool nor another reader', async () => {
  const hung = await tap(0, { answer: answerNothing });
  await tap(1, { uid: '0455667788aabb' });
  const running = probe('poolWhileCardsHang', { exit: true }, { UV_THREADPOOL_SIZE: '1' });
  const found = await running.result<{ poolMs: number; uid: string; otherReaderMs: number }>();
  expect(found.uid).toBe('0455667788aabb9000');
  expect(found.poolMs).toBeLessThan(500);
  expect(found.otherReaderMs).toBeLessThan(1_000);
  expect(hung.apdus.length).toBeGreaterThan(0);
  hung.remove();
  expect(await running.ending()).toBe(0);
});

test('rule 3: a lost cancel delays the end of watching by at most the bounded wait', async () => {
  const running = probe('unwatch', {}, { LD_PRELOAD: compileDriver('lostCancel.c') });
  await running.result();
  const start = performance.now();
  expect(await running.ending()).toBe(0);
  expect(performance.now() - start).toBeLessThan(2_000);
});

test('rule 4: a command is copied before the call returns, and answers keep their own bytes', async () => {
  const count = 60;
  const echo: Answer = (apdu) => Buffer.concat([apdu, Buffer.from('9000', 'hex')]);
  const card = await tap(0, { answer: echo });
  const running = probe('apdusThatChangeAfterTheCall', { count });
  const { sent, replies } = await running.result<{ sent: string[]; replies: string[] }>();
  expect(card.apdus.map((apdu) => apdu.toString('hex'))).toEqual(sent);
  expect(replies).toEqual(sent.map((hex) => `${hex}9000`));
});

test('rule 5: stopping returns at once while a card holds its thread, and the process can end', async () => {
  await tap(0, { answer: answerNothing });
  const running = probe('stopWhileCardHangs');
  const { longestCallMs } = await running.result<{ longestCallMs: number }>();
  expect(longestCallMs).toBeLessThan(callReturnsWithinMs);
  const start = performance.now();
  expect(await running.ending()).toBe(0);
  expect(performance.now() - start).toBeLessThan(2_500);
});

test('rule 6: an environment may end under running threads at any moment', async () => {
  await tap(0);
  const running = probe('environmentsThatEnd', { count: 25 });
  expect(await running.ending()).toBe(0);
}, 30_000);

test('rule 7: a thread may wake up after the last environment that loaded the add-on is gone', async () => {
  const hung = await tap(0, { answer: answerNothing });
  const running = probe('threadThatOutlivesItsEnvironment');
  await running.untilStep();
  expect(hung.apdus.length).toBeGreaterThan(0);
  hung.remove();
  running.goOn();
  await running.result();
  expect(await running.ending()).toBe(0);
});

test('rule 8: a daemon that dies takes every reader and the service down, and comes back by itself', async () => {
  await tap(0);
  const running = probe('watchEvents');
  await running.untilStep();
  await sleep(200);
  const before = running.events.length;
  await pcscd.kill('SIGKILL');
  await sleep(300);
  expect(running.events.slice(before)).toEqual([
    ...pcscd.readers.map(() => ({ type: 'readerRemoved', reader: expect.any(String) as string })),
    { type: 'service', up: false, code: expect.stringMatching(/^SCARD_/) as string },
  ]);
  await pcscd.start();
  await sleep(500);
  expect(running.events).toContainEqual({ type: 'service', up: true, code: 'OK' });
  expect(running.events.at(-1)).toMatchObject({ type: 'state' });
  running.goOn();
  expect(await running.ending()).toBe(0);
});

test('rule 9: a card swapped between two looks is another stay, not the same card', async () => {
  const host = forkReaderHost({ modulePath: bundleReaderHost(), addonPath, env: pcscd.env });
  const log = new EventLog();
  host.on('message', log.add);
  try {
    await log.until('readerAdded', ({ reader }) => reader === pcscd.readers[0]!.name);
    const first = await tap(0, { uid: '04000001' });
    const firstBadge = await log.until('badge');
    const since = log.events.length;
    host.kill('SIGSTOP');
    first.remove();
    await sleep(100);
    await tap(0, { uid: '04000002' });
    host.kill('SIGCONT');
    const secondBadge = await log.until('badge', () => true, { since });
    expect(log.events[since]).toEqual({
      type: 'removed',
      reader: pcscd.readers[0]!.name,
      presence: firstBadge.presence,
    });
    expect(secondBadge.badge.hex).toBe('04000002');
    expect(secondBadge.presence).toBeGreaterThan(firstBadge.presence);
  } finally {
    host.kill('SIGKILL');
  }
});

test('rule 10: an answer without a status word is a removed card', async () => {
  await tap(0, { answer: () => Buffer.from('90', 'hex') });
  const oneByte = probe('transmitOnce', { exit: true });
  expect(await oneByte.result()).toEqual({ outcome: 'SCARD_W_REMOVED_CARD' });
  cards.pop()!.remove();
  await sleep(60);
  const leaving: Answer = (_apdu, card) => {
    card.remove();
    return null;
  };
  await tap(0, { answer: leaving });
  const pulled = probe('transmitOnce', { exit: true });
  expect(await pulled.result()).toEqual({ outcome: 'SCARD_W_REMOVED_CARD' });
});

test('rule 11: a build replaces the file and leaves the one that a process has mapped alone', async () => {
  await tap(0, { uid: '04a1b2c3' });
  const running = probe('readAroundReplacement', { exit: true });
  await running.untilStep();
  const mapped = statSync(addonPath).ino;
  buildAddon({ force: true });
  expect(statSync(addonPath).ino).not.toBe(mapped);
  running.goOn();
  expect(await running.result()).toEqual({ before: '04a1b2c39000', after: '04a1b2c39000' });
  expect(await running.ending()).toBe(0);
}, 30_000);
