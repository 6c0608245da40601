import type { KeyFile } from '../identity/keyFile.ts';
import type { VaultClient } from '../vault/vaultClient.ts';
import type { GraceStore } from './grace.ts';
import type { Warnings } from './warnings.ts';

interface CacheCureDeps {
  readonly warnings: Pick<Warnings, 'cacheTrouble'>;
  readonly keyFile: Pick<KeyFile, 'dropCache'>;
  readonly graces: Pick<GraceStore, 'dropAll'>;
  /** Nobody comes back into some sessions: the record server is to be told. */
  readonly onSessionsOver: () => void;
  /** Closes the session that works with this vault, if one does. */
  readonly closeSessionOf: (vault: VaultClient) => void;
  /** The key file could not be written. */
  readonly onDiskTrouble: (cause: unknown) => void;
}

/**
 * Gives up a cache that proved damaged while it was open: an opening looks at few of its pages, so the next one would find
 * nothing wrong and fail again. Without slots, escrow and graces nobody opens it; the next login makes a new one.
 */
export function createCacheCure(deps: CacheCureDeps): (vault: VaultClient) => void {
  return (vault) => {
    deps.warnings.cacheTrouble('cacheDamaged');
    if (deps.graces.dropAll()) deps.onSessionsOver();
    // Before the disk is asked: what is on the screen comes out of a damaged file.
    deps.closeSessionOf(vault);
    try {
      deps.keyFile.dropCache();
    } catch (cause) {
      deps.onDiskTrouble(cause);
    }
  };
}
