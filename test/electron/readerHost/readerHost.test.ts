import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeAll, expect, test } from 'vitest';
import type { ReaderEvent } from '#core/contracts/badge.ts';
import { superviseReaderHost } from '#electron/readerHost/superviseReaderHost.ts';
import type { ReaderHostChild } from '#electron/readerHost/superviseReaderHost.ts';
import { startPcscd } from '#test/virtual/pcscd.mjs';
import type { Pcscd } from '#test/virtual/pcscd.mjs';
import {
  buildAddon,
  bundleProgram,
  bundleReaderHost,
  EventLog,
  forkReaderHost,
} from '#test/virtual/readerHostUnderTest.ts';
import type { ForkOptions } from '#test/virtual/readerHostUnderTest.ts';
import { VirtualCard } from '#test/virtual/virtualCard.mjs';

let pcscd: Pcscd;
let modulePath: string;
let addonPath: string;
const ends: (() => void)[] = [];

beforeAll(async () => {
  addonPath = buildAddon();
  modulePath = bundleReaderHost();
  pcscd = await startPcscd({ pollMs: 10 });
  return () => pcscd.stop();
});

afterEach(() => {
  for (const end of ends.splice(0)) end();
});

const hostOptions = (): ForkOptions => ({ modulePath, addonPath, env: pcscd.env });

async function tap(uid: string): Promise<VirtualCard> {
  const card = new VirtualCard({ port: pcscd.readers[0]!.port, uid });
  ends.push(() => card.remove());
  await card.insert();
  return card;
}

const untilReader = (log: EventLog, since = 0) =>
  log.until('readerAdded', ({ reader }) => reader === pcscd.readers[0]!.name, { since });

function asChild(host: ChildProcess): ReaderHostChild {
  return {
    onMessage: (listener) => host.on('message', listener),
    onExit: (listener) => host.once('exit', (code) => listener(code ?? -1)),
    kill: () => host.kill('SIGKILL'),
  };
}

test('a killed host takes the card in the field along, and its successor reads the next tap', async () => {
  const hosts: ChildProcess[] = [];
  const log = new EventLog();
  const supervised = superviseReaderHost({
    spawn: () => {
      const host = forkReaderHost(hostOptions());
      hosts.push(host);
      return asChild(host);
    },
    onEvent: log.add,
  });
  ends.push(supervised.stop);
  await untilReader(log);
  const card = await tap('04000001');
  const first = await log.until('badge');
  const since = log.events.length;
  hosts[0]!.kill('SIGSEGV');
  const down = await log.until('service', ({ up }) => !up, { since });
  expect(down.code).toBe('READER_HOST_EXITED');
  expect(log.events.slice(since)).toContainEqual({
    type: 'removed',
    reader: first.reader,
    presence: first.presence,
  });
  const sinceDown = log.events.length;
  // The card lies there still: to the new host it is a new stay.
  const again = await log.until('badge', () => true, { since: sinceDown });
  expect(again.badge.hex).toBe('04000001');
  expect(again.presence).toBeGreaterThan(first.presence);
  card.remove();
  await log.until('removed', ({ presence }) => presence === again.presence);
  expect(supervised.counts()).toEqual({ restarts: 1, invalidMessages: 0 });
});

test('a daemon that hangs is reported down, and the readers are back when it goes on', async () => {
  const log = new EventLog();
  const supervised = superviseReaderHost({
    spawn: () => asChild(forkReaderHost(hostOptions())),
    onEvent: log.add,
  });
  ends.push(supervised.stop);
  await untilReader(log);
  pcscd.pause();
  ends.push(() => pcscd.resume());
  const since = log.events.length;
  await log.until('service', ({ up }) => !up, { since, timeoutMs: 12_000 });
  expect(log.events.slice(since)).toContainEqual({
    type: 'readerRemoved',
    reader: pcscd.readers[0]!.name,
  });
  const sinceDown = log.events.length;
  pcscd.resume();
  await untilReader(log, sinceDown);
  await tap('04000001');
  expect((await log.until('badge', () => true, { since: sinceDown })).badge.hex).toBe('04000001');
}, 60_000);

test('a host whose parent is gone ends by itself', async () => {
  const host = forkReaderHost(hostOptions());
  const log = new EventLog();
  host.on('message', log.add);
  await untilReader(log);
  const ended = new Promise((resolve) => host.once('exit', resolve));
  host.disconnect();
  expect(await ended).toBe(0);
});

test('the same binary reads a badge in Node and in the Electron runtime', async () => {
  for (const runtime of [{}, { execPath: electronExecutable() }]) {
    const env = { ...pcscd.env, ELECTRON_RUN_AS_NODE: '1' };
    const host = forkReaderHost({ ...hostOptions(), env, ...runtime });
    ends.push(() => host.kill('SIGKILL'));
    const log = new EventLog();
    host.on('message', log.add);
    await untilReader(log);
    const card = await tap('04a1b2c3d4e5f6');
    expect((await log.until('badge')).badge.hex).toBe('04a1b2c3d4e5f6');
    card.remove();
    await log.until('removed');
  }
}, 60_000);

test('in Electron the host is a utility process that is replaced when it is killed', async () => {
  const main = bundleProgram(fileURLToPath(new URL('./hostInElectron.ts', import.meta.url)));
  const runner = path.resolve(import.meta.dirname, '../../virtual/runElectron.mjs');
  const electron = spawn(process.execPath, [runner, main, modulePath, addonPath], {
    env: { ...process.env, ...pcscd.env },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  ends.push(() => electron.stdin.end());
  const log = new EventLog();
  const hostIds: number[] = [];
  createInterface(electron.stdout).on('line', (text) => {
    const line = JSON.parse(text) as { event?: ReaderEvent; hostId?: number };
    if (line.event) log.add(line.event);
    if (line.hostId !== undefined) hostIds.push(line.hostId);
  });
  const timeoutMs = 20_000;
  await log.until('readerAdded', ({ reader }) => reader === pcscd.readers[0]!.name, { timeoutMs });
  await tap('04000001');
  const first = await log.until('badge');
  await expect.poll(() => hostIds, { timeout: 5_000 }).toHaveLength(1);
  const since = log.events.length;
  process.kill(hostIds[0]!, 'SIGKILL');
  await log.until('service', ({ up, code }) => !up && code === 'READER_HOST_EXITED', { since });
  const again = await log.until('badge', () => true, { since, timeoutMs });
  expect(again.badge.hex).toBe('04000001');
  expect(again.presence).toBeGreaterThan(first.presence);
}, 60_000);

function electronExecutable(): string {
  const root = path.resolve(import.meta.dirname, '../../..');
  const runtime: unknown = JSON.parse(
    execFileSync(process.execPath, ['build/electronRuntime.mjs'], {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }),
  );
  expect(runtime).toMatchObject({ executable: expect.any(String) as string });
  return (runtime as { executable: string }).executable;
}
