import { closeSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createCacheCheck } from '#electron/session/cacheCheck.ts';
import { createVaultClient } from '#electron/vault/vaultClient.ts';
import { vaultFixture } from './fixture.ts';
import type { ForkedVault } from './vaultClient.ts';
import { must, now, openByRelease, page, wardChanges } from './ward.ts';

/* The look over the whole cache while it is open, on a real vault process. */

const { start, cachePath } = vaultFixture();

/** A cache of some hundred pages, all in the file, opened anew. */
async function openFilled(): Promise<{ vault: ForkedVault; cacheId: string }> {
  const first = start();
  const { escrow } = await openByRelease(first, cachePath());
  await must(first.call('feedApply', page(wardChanges(6, 80), 'c1', true)));
  await must(first.call('close', null));
  await first.kill();
  const vault = start();
  const { cacheId } = await openByRelease(vault, cachePath(), { escrow });
  return { vault, cacheId };
}

/** Flips a bit of one page, as a failing disk does: under the open file. */
function flip(pageNumber: number): void {
  const file = openSync(cachePath(), 'r+');
  const byte = Buffer.alloc(1);
  const at = (pageNumber - 1) * 4096 + 700;
  readSync(file, byte, 0, 1, at);
  byte[0]! ^= 4;
  writeSync(file, byte, 0, 1, at);
  closeSync(file);
}

function pages(): number {
  const file = openSync(cachePath(), 'r');
  const { size } = fstatSync(file);
  closeSync(file);
  return size / 4096;
}

/** A check that pauses for nothing. */
const createCheck = (isOpen: () => boolean = () => true, nowMs: () => number = () => 0) =>
  createCacheCheck({ isOpen, nowMs, pause: () => Promise.resolve() });

/** The vault as the check calls it, with what it was asked. */
function watched(vault: ForkedVault) {
  const firsts: number[] = [];
  const call: ForkedVault['call'] = (name, payload) => {
    firsts.push((payload as { first: number }).first);
    return vault.call(name, payload);
  };
  return { firsts, client: { ...vault, call } };
}

describe('the look over the cache', () => {
  it('goes through every page of a sound one, once, and the cache works on', async () => {
    const { vault, cacheId } = await openFilled();
    const { firsts, client } = watched(vault);
    const check = createCheck();
    await check({ vault: client, cacheId });
    expect(pages()).toBeGreaterThan(128);
    expect(firsts).toEqual(firsts.map((_, at) => 1 + 64 * at));
    expect(firsts).toHaveLength(Math.floor(pages() / 64) + 1);
    await check({ vault: client, cacheId });
    expect(firsts).toHaveLength(Math.floor(pages() / 64) + 1);
    await must(vault.call('feedApply', page(wardChanges(7, 10), 'c2', true)));
    expect((await vault.call('pagesCheck', { first: 1, count: 1_000 })).ok).toBe(true);
    await must(vault.call('boardRead', { personId: 'n1', nowMs: now }));
    await must(vault.call('close', null));
  });

  it('goes on where the session before ended, and begins anew after some hours', async () => {
    const { vault, cacheId } = await openFilled();
    const { firsts, client } = watched(vault);
    let open = 1;
    let hours = 0;
    const check = createCheck(
      () => open-- > 0,
      () => hours * 3_600_000,
    );
    await check({ vault: client, cacheId });
    open = 1_000;
    await check({ vault: client, cacheId });
    expect(firsts.slice(0, 3)).toEqual([1, 65, 129]);
    const whole = firsts.length;
    hours = 5;
    await check({ vault: client, cacheId });
    expect(firsts).toHaveLength(whole);
    hours = 6;
    await check({ vault: client, cacheId });
    expect(firsts).toHaveLength(2 * whole);
  });

  it('finds one flipped bit, shuts the cache and says so, before anybody reads the page', async () => {
    const { vault, cacheId } = await openFilled();
    let damaged = 0;
    const client = createVaultClient({
      child: {
        postMessage: (message) => void vault.process.send(message as object),
        on: (event: 'message' | 'exit', listener: (value: never) => void) =>
          vault.process.on(event, listener as never),
        kill: () => vault.process.kill('SIGKILL'),
      },
      onDamaged: () => {
        damaged += 1;
      },
    });
    await createCheck()({ vault: client, cacheId });
    expect(damaged).toBe(0);
    flip(Math.floor(pages() / 2));
    await createCheck()({ vault: client, cacheId });
    expect(damaged).toBe(1);
    const reader = { personId: 'n1', nowMs: now };
    expect(await client.call('boardRead', reader)).toEqual({ ok: false, code: 'cacheDamaged' });
  });
});
