import type { RefusalCode } from '#core/contracts/ipc.ts';
import type { VaultRefusal } from '#core/contracts/vault.ts';
import type { CacheTrouble } from './loginDeps.ts';

/** Whether the cache itself is to blame: it is given up and made anew. */
export function isCacheTrouble(code: VaultRefusal): code is CacheTrouble {
  return ['cacheDamaged', 'cacheRolledBack', 'cacheFromFuture', 'cacheMissing'].includes(code);
}

/** Why a vault did not open or answer, as a person hears it. */
export function refusalOfVault(code: VaultRefusal): RefusalCode {
  if (code === 'leaseExpired') return 'leaseExpired';
  if (code === 'vaultLost') return 'processLost';
  if (code === 'diskFull' || code === 'diskReadOnly') return 'storageFault';
  return isCacheTrouble(code) ? 'cacheDamaged' : 'internal';
}
