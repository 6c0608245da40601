import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { refuse, succeed, type Result } from '#core/result.ts';
import { deriveDeviceKey } from '#electron/identity/deviceSeal.ts';
import { syncDirectory } from '#electron/identity/durableFile.ts';
import { openEncrypted, type EncryptedDatabase } from '#native/sqlite/encryptedDatabase.ts';
import { migrate } from '#native/sqlite/migrations.ts';
import { checkPages } from '#native/sqlite/pageCheck.ts';
import { sql } from '#native/sqlite/query.ts';
import {
  acknowledgeHead,
  appendEntries,
  chainHolds,
  keptEntries,
  lastSessionEntry,
  readChain,
  startChain,
  unsentEntries,
  type EntryStamps,
} from './auditLog.ts';
import { createDraftStore, discardDraft, discardRejected } from './drafts.ts';
import { createGuard, diskTrouble, spoolRefusalOf } from './guard.ts';
import { spoolMigrations } from './migrations.ts';
import { createOfflineSessionStore } from './offlineSessions.ts';
import { createOpenSessionStore } from './openSessions.ts';
import { createOutbox, dismissConflict, enqueueOperations } from './outbox.ts';
import { createPreferenceStore } from './preferences.ts';
import {
  createCacheAnchors,
  createPinAttemptStore,
  readLastSeen,
  writeLastSeen,
} from './smallStores.ts';
import { SpoolFailure, type Spool, type SpoolRefusal } from './spool.ts';

export interface SpoolOptions extends EntryStamps {
  readonly path: string;
  readonly terminalId: string;
  readonly deviceSecret: Uint8Array;
  /** Only enrolment makes a spool; later a missing file is a lost one, never a reason to start afresh. */
  readonly create: boolean;
  /** Hears every trouble of the file as it happens. */
  readonly onFault: (code: SpoolRefusal) => void;
}

/**
 * Opens the spool after looking over each page and the WAL: SQLite would end a damaged log in silence, and lines with it.
 * What cannot be opened is left as it is, for a person to look at; it is never deleted.
 */
export function openSpool(options: SpoolOptions): Result<Spool, SpoolRefusal> {
  const { path } = options;
  const isNew = !existsSync(path);
  if (isNew && !options.create) return refuse('spoolDamaged');
  const key = deriveDeviceKey(options.deviceSecret, 'wardkey/spool/v1');
  try {
    if (!isNew && isDamaged(path, key)) return refuse('spoolDamaged');
    const opened = openEncrypted(path, key);
    if (!opened.ok) {
      if (opened.code === 'full') return refuse('diskFull');
      return refuse(diskTrouble(path) ?? 'spoolDamaged');
    }
    return takeOver(opened.value, options);
  } catch (error) {
    const code = spoolRefusalOf(path, error);
    if (code === null) throw error;
    return refuse(code);
  } finally {
    key.fill(0);
  }
}

function isDamaged(path: string, key: Buffer): boolean {
  const report = checkPages(path, key);
  return report.bad.length > 0 || report.wal.state === 'damaged';
}

function takeOver(database: EncryptedDatabase, options: SpoolOptions): Result<Spool, SpoolRefusal> {
  let usable = false;
  try {
    if (!migrate(database, spoolMigrations).ok) return refuse('spoolDamaged');
    const { db } = database;
    if (options.create && isEmpty(database)) {
      startChain(db, options.terminalId);
      syncDirectory(dirname(options.path));
    }
    const chain = isEmpty(database) ? null : readChain(db);
    if (chain === null || chain.terminalId !== options.terminalId || !chainHolds(db)) {
      return refuse('spoolDamaged');
    }
    if (chain.broken) return refuse('rollback');
    usable = true;
    return succeed(assemble(database, options));
  } finally {
    if (!usable) database.close();
  }
}

function isEmpty({ db }: EncryptedDatabase): boolean {
  return db.get(sql`SELECT only FROM chain`) === undefined;
}

function assemble(database: EncryptedDatabase, options: SpoolOptions): Spool {
  const { db } = database;
  const guard = createGuard(options.path, options.onFault);
  return {
    append: (drafts) => guard.write(() => db.transaction(() => appendEntries(db, drafts, options))),
    unsent: (limit) => guard.read(() => unsentEntries(db, limit)),
    lastSessionEntry: () => guard.read(() => lastSessionEntry(db)),
    kept: (limit) => guard.read(() => keptEntries(db, limit)),
    acknowledge(head) {
      const outcome = guard.write(() =>
        db.transaction(() => acknowledgeHead(db, head, options.now())),
      );
      if (!outcome.ok) return outcome;
      if (outcome.value === 'behindKept') return refuse('behindKept');
      if (outcome.value !== 'otherHistory') return succeed(outcome.value);
      options.onFault('rollback');
      return refuse('rollback');
    },
    head: () =>
      guard.read(() => {
        const { sequence, hash } = readChain(db);
        return { sequence, hash };
      }),
    unsentCount: () =>
      guard.read(() => {
        const chain = readChain(db);
        return chain.sequence - chain.acknowledged;
      }),
    commitWrite: (write) =>
      guard.write(() =>
        db.transaction(() => {
          const entries = appendEntries(db, write.audit, options);
          enqueueOperations(db, write);
          if (write.draftId !== null) discardDraft(db, write.draftId);
          if (write.settles !== null) dismissConflict(db, write.settles);
          return entries;
        }),
      ),
    dismissRejected: ({ audit, personId, draftIds }) =>
      guard.write(() =>
        db.transaction(() => {
          appendEntries(db, [audit], options);
          discardRejected(db, personId, draftIds);
          return null;
        }),
      ),
    outbox: createOutbox(db, guard, options.now),
    drafts: createDraftStore(db, guard),
    preferences: createPreferenceStore(db, guard),
    offlineSessions: createOfflineSessionStore(db, guard),
    openSessions: createOpenSessionStore(db, guard),
    pinAttempts: createPinAttemptStore(db, guard),
    anchors: createCacheAnchors(db, guard),
    lastSeenMs: () => guard.read(() => readLastSeen(db)),
    noteSeen: (nowMs) =>
      guard.write(() => {
        if (readChain(db).broken) throw new SpoolFailure('rollback');
        writeLastSeen(db, nowMs);
        return null;
      }),
    close: () => database.close(),
  };
}
