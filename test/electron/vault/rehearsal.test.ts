import { mkdtempSync, readdirSync, rmSync, watch } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rehearse } from '#electron/vault/rehearsal.ts';
import { createVaultCalls, type VaultCalls } from '#electron/vault/vaultCalls.ts';
import { bundleVault, startVault } from './vaultClient.ts';

describe('the rehearsal of a vault', () => {
  let bundle = '';
  let folder = '';
  beforeAll(async () => {
    bundle = await bundleVault();
    folder = mkdtempSync(path.join(tmpdir(), 'wardkey-test-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('goes all the way, leaves nothing behind and opens nothing', async () => {
    const seen = new Set<string>();
    const watcher = watch(folder, { recursive: true }, (_, name) =>
      seen.add(path.basename(name ?? '')),
    );
    const vault = startVault(bundle, undefined, undefined, { TMPDIR: folder });
    const board = await vault.call('boardRead', { personId: 'n1', nowMs: 1 });
    await vault.kill();
    watcher.close();
    expect(board).toEqual({ ok: false, code: 'notOpen' });
    expect([...seen].some((name) => name.startsWith('wardkey-rehearsal-'))).toBe(true);
    expect(seen).toContain('cache.db');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is refused nothing, and resumes by the way that a tap takes', async () => {
    const asked: string[] = [];
    await rehearse(() => {
      const { calls } = createVaultCalls();
      return async (call, payload) => {
        asked.push(call);
        const work = calls[call] as (payload: unknown) => ReturnType<VaultCalls['boardRead']>;
        const answer = await work(payload);
        if (!answer.ok) throw new Error(`${call}: ${answer.code}`);
        return answer.value;
      };
    });
    expect(asked.slice(-3)).toEqual(['openByGrace', 'boardRead', 'close']);
  });

  it('is no condition: a vault whose disk takes no rehearsal serves all the same', async () => {
    const vault = startVault(bundle, undefined, undefined, {
      TMPDIR: path.join(folder, 'missing'),
    });
    expect((await vault.call('sessionKeyMake', null)).ok).toBe(true);
    await vault.kill();
  });
});
