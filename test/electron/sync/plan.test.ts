import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPump } from '#electron/sync/pump.ts';
import { firstBatch } from '#electron/sync/operationSender.ts';
import { judgePage, linkInbox, type InboxPageFacts } from '#electron/sync/plan.ts';
import { put } from './contractServer.ts';

const page = (from: string, to: string, feedEpoch = 'e'): InboxPageFacts => ({
  from,
  to,
  feedEpoch,
});
const pages = [page('a', 'b'), page('b', 'c'), page('c', 'd')];

describe('linkInbox', () => {
  it('takes the pages that continue the cache, whole or from the middle', () => {
    expect(linkInbox({ cursor: 'a', feedEpoch: 'e' }, pages)).toEqual(pages);
    expect(linkInbox({ cursor: 'b', feedEpoch: 'e' }, pages)).toEqual(pages.slice(1));
    expect(linkInbox({ cursor: 'd', feedEpoch: 'e' }, pages)).toEqual([]);
  });

  it('takes nothing behind a gap, of another epoch, or for an empty cache', () => {
    expect(linkInbox({ cursor: 'a', feedEpoch: 'e' }, [pages[0]!, pages[2]!])).toEqual([pages[0]]);
    expect(linkInbox({ cursor: 'x', feedEpoch: 'e' }, pages)).toEqual([]);
    expect(linkInbox({ cursor: 'a', feedEpoch: 'f' }, pages)).toEqual([]);
    expect(linkInbox({ cursor: null, feedEpoch: null }, pages)).toEqual([]);
  });

  it('never leaves out a page between two that it takes', () => {
    fc.assert(
      fc.property(fc.subarray([0, 1, 2, 3, 4, 5]), fc.integer({ min: 0, max: 6 }), (kept, at) => {
        const some = kept.map((index) => page(String(index), String(index + 1)));
        const linked = linkInbox({ cursor: String(at), feedEpoch: 'e' }, some);
        linked.forEach((one, index) => expect(one.from).toBe(String(at + index)));
      }),
    );
  });
});

describe('judgePage', () => {
  const facts = { changes: [put('r')], cursor: 'b', more: false, epoch: 'e', totalResources: null };
  const here = { cursor: 'a', feedEpoch: 'e' };

  it('an empty last page writes nothing, unless it ends a fill', () => {
    const empty = { ...facts, changes: [] };
    expect(judgePage(here, false, empty)).toEqual({ do: 'nothing' });
    expect(judgePage(here, true, empty)).toMatchObject({ do: 'apply', joined: true });
    expect(judgePage(here, false, { ...empty, more: true })).toMatchObject({ do: 'apply' });
  });

  it('another epoch starts over; the first page of a fill clears what was there', () => {
    expect(judgePage(here, false, { ...facts, epoch: 'f' })).toEqual({ do: 'restart' });
    expect(judgePage({ cursor: null, feedEpoch: null }, true, facts)).toMatchObject({
      restart: true,
    });
    expect(judgePage(here, true, { ...facts, more: true })).toMatchObject({
      restart: false,
      joined: false,
    });
  });
});

describe('firstBatch', () => {
  it('keeps a call small, and is never empty', () => {
    const operation = (size: number) => ({ operationId: 'x', sealed: 's'.repeat(size) });
    expect(firstBatch([operation(900_000), operation(1)])).toHaveLength(1);
    expect(firstBatch([operation(300_000), operation(300_000), operation(300_000)])).toHaveLength(
      2,
    );
    expect(firstBatch([operation(1), operation(1)])).toHaveLength(2);
    expect(firstBatch([])).toEqual([]);
  });
});

describe('createPump', () => {
  it('never runs two turns at once, and does not lose a wake-up that comes during one', async () => {
    let running = 0;
    let turns = 0;
    let release: () => void = () => undefined;
    const pump = createPump(
      async () => {
        running += 1;
        turns += 1;
        expect(running).toBe(1);
        await new Promise<void>((resolve) => (release = resolve));
        running -= 1;
        return 'done';
      },
      { random: () => 0, onUnexpected: () => undefined },
    );
    pump.wake();
    await new Promise((resolve) => setTimeout(resolve, 5));
    pump.wake();
    pump.wake();
    release();
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(turns).toBe(2);
    release();
    await pump.stop();
    pump.wake();
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(turns).toBe(2);
  });

  it('comes back after a failure or an exception, at once when told that the way is free', async () => {
    let turns = 0;
    const causes: unknown[] = [];
    const pump = createPump(
      () => {
        turns += 1;
        if (turns === 1) throw new Error('unexpected');
        return Promise.resolve(turns === 2 ? 'retry' : 'done');
      },
      { random: () => 0, onUnexpected: (cause) => causes.push(cause) },
    );
    pump.wake();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect([turns, causes.length]).toEqual([1, 1]);
    pump.wake();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(turns).toBe(1);
    pump.wakeNow();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(turns).toBe(2);
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(turns).toBe(3);
    await pump.stop();
  });
});
