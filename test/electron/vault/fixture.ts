import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { bundleVault, startVault, type ForkedVault } from './vaultClient.ts';

/** A fresh folder for each test and vault processes that never outlive it. Call once at the top of a test file. */
export function vaultFixture(): {
  readonly folder: () => string;
  readonly cachePath: () => string;
  readonly start: (deadlineMs?: number, onDamaged?: () => void) => ForkedVault;
} {
  let bundle = '';
  let folder = '';
  const vaults: ForkedVault[] = [];
  beforeAll(async () => {
    bundle = await bundleVault();
  });
  afterAll(() => rmSync(bundle, { force: true }));
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'wardkey-vault-'));
  });
  afterEach(async () => {
    await Promise.all(vaults.splice(0).map((vault) => vault.kill()));
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    folder: () => folder,
    cachePath: () => join(folder, 'cache.db'),
    start: (deadlineMs, onDamaged) => {
      const vault = startVault(bundle, deadlineMs, onDamaged);
      vaults.push(vault);
      return vault;
    },
  };
}
