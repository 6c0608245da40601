import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { startPcscd } from '#test/virtual/pcscd.mjs';
import {
  buildAddon,
  bundleReaderHost,
  EventLog,
  forkReaderHost,
} from '#test/virtual/readerHostUnderTest.ts';
import { answerAfter, answerUid, VirtualCard } from '#test/virtual/virtualCard.mjs';

const taps = 1_000;
const readerNames = ['Ward Reader 1', 'Ward Reader 2', 'Ward Reader 3', 'Ward Reader 4'];
const plans = fc.record({
  reader: fc.nat(readerNames.length - 1),
  answerAfterMs: fc.constantFrom(0, 0, 1, 3),
  abruptly: fc.boolean(),
  /** Held until it is read, or pulled so long after it was put down. */
  heldMs: fc.oneof(fc.constant(null), fc.integer({ min: 0, max: 30 })),
});

interface Tap {
  readonly index: number;
  readonly answerAfterMs: number;
  readonly abruptly: boolean;
  readonly heldMs: number | null;
}

const countOf = (pid: number, what: 'task' | 'fd') => readdirSync(`/proc/${pid}/${what}`).length;

test('1,000 random quick taps on four readers give no wrong identity and leave nothing behind', async () => {
  const seed = Math.trunc(performance.timeOrigin) % 0x7fffffff;
  const pcscd = await startPcscd({ readers: readerNames, pollMs: 5 });
  const host = forkReaderHost({
    modulePath: bundleReaderHost(),
    addonPath: buildAddon(),
    env: pcscd.env,
  });
  const log = new EventLog();
  host.on('message', log.add);
  try {
    for (const { name } of pcscd.readers)
      await log.until('readerAdded', ({ reader }) => reader === name);
    const before = { threads: countOf(host.pid!, 'task'), files: countOf(host.pid!, 'fd') };
    const plan = fc.sample(plans, { numRuns: taps, seed });
    const queues = readerNames.map((_name, reader) =>
      plan.map((tap, index) => ({ ...tap, index })).filter((tap) => tap.reader === reader),
    );
    const found = await Promise.all(queues.map((queue, reader) => tapAll(queue, reader)));
    const read = found.reduce((sum, count) => sum + count, 0);
    process.stdout.write(`${taps} quick taps (seed ${seed}): ${read} read, none wrong\n`);
    expect(read).toBeGreaterThan(taps / 4);
    await sleep(300);
    expect(countOf(host.pid!, 'task')).toBeLessThanOrEqual(before.threads + 2);
    expect(countOf(host.pid!, 'fd')).toBeLessThanOrEqual(before.files + 2);
  } finally {
    host.kill('SIGKILL');
    await pcscd.stop();
  }

  /** One reader's taps in a row; answers how many were read. */
  async function tapAll(queue: readonly Tap[], readerIndex: number): Promise<number> {
    const { name, port } = pcscd.readers[readerIndex]!;
    let read = 0;
    for (const { index, answerAfterMs, abruptly, heldMs } of queue) {
      const since = log.events.length;
      const uid = (0x10000000 + index).toString(16);
      const card = new VirtualCard({ port, answer: answerAfter(answerAfterMs, answerUid(uid)) });
      await card.insert();
      if (heldMs === null)
        await log.until('badge', ({ reader }) => reader === name, { since, timeoutMs: 20_000 });
      else await sleep(heldMs);
      card.remove({ abruptly });
      await untilFieldIsEmpty(name, since);
      const badges = log.events
        .slice(since)
        .filter((event) => event.type === 'badge' && event.reader === name);
      for (const badge of badges) expect(badge).toMatchObject({ badge: { hex: uid } });
      expect(badges.length).toBeLessThanOrEqual(1);
      read += badges.length;
    }
    return read;
  }

  /** Every stay that was seen has ended, and pcscd has had two looks to see one that was not. */
  async function untilFieldIsEmpty(name: string, since: number): Promise<void> {
    await sleep(16);
    const stays = log.events
      .slice(since)
      .filter((event) => 'presence' in event && event.reader === name && event.type !== 'removed');
    for (const stay of stays) {
      if ('presence' in stay)
        await log.until('removed', ({ presence }) => presence === stay.presence, { since });
    }
  }
}, 90_000);
