/**
 * What went wrong below the statements: `suspect` = wrong key or damage (SQLCipher cannot tell them apart, and one bad page
 * poisons its connection: close it and run the page check), `readOnly` and `full` = the disk, `fromFuture` = made by a newer
 * version of the app.
 */
export type StorageFault = 'suspect' | 'readOnly' | 'full' | 'fromFuture';

const faultOfCode: Readonly<Record<string, StorageFault>> = {
  SQLITE_CORRUPT: 'suspect',
  SQLITE_NOTADB: 'suspect',
  SQLITE_NOMEM: 'suspect',
  SQLITE_IOERR: 'suspect',
  // All statements are static: a bare error at run time is the first sign of a bad page.
  SQLITE_ERROR: 'suspect',
  SQLITE_READONLY: 'readOnly',
  SQLITE_CANTOPEN: 'readOnly',
  SQLITE_PERM: 'readOnly',
  SQLITE_FULL: 'full',
  EROFS: 'readOnly',
  EACCES: 'readOnly',
  EPERM: 'readOnly',
  ENOSPC: 'full',
  EDQUOT: 'full',
};

/** Names the storage fault behind an error, or null when the error is not about storage. */
export function storageFaultOf(error: unknown): StorageFault | null {
  if (!(error instanceof Error)) return null;
  // SQLite may have rolled back by itself; the driver's own ROLLBACK then fails and hides the reason as its cause.
  const reason = storageFaultOf(error.cause);
  if (reason !== null) return reason;
  if (error.message.startsWith('sqlite open error')) return 'readOnly';
  const code = 'code' in error && typeof error.code === 'string' ? error.code : null;
  if (code === null) return null;
  // Extended codes (SQLITE_IOERR_WRITE, SQLITE_READONLY_DBMOVED, …) mean what their family means.
  const family = code.startsWith('SQLITE_') ? code.split('_', 2).join('_') : code;
  return Object.hasOwn(faultOfCode, family) ? (faultOfCode[family] ?? null) : null;
}
