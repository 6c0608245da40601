import type { AuditDraft } from '#core/contracts/audit.ts';
import type { WorkspaceNotice } from '#core/contracts/ipc.ts';
import type { Logger } from '../log.ts';
import type { Spool } from '../spool/spool.ts';
import type { CacheTrouble } from './loginDeps.ts';
import type { SystemView } from './systemView.ts';

/** What a person and the log must hear about the terminal's own state, wherever she is at that moment. */
export interface Warnings {
  /** The cache was given up; the person whose login found it is told once her board is up. */
  cacheTrouble(code: CacheTrouble): void;
  /** A page of the inbox was not this terminal's; what it would have said is asked of the record server. */
  inboxRefused(): void;
  clockChanged(sound: boolean, byMs: number): void;
  /** The record server lacks part of this terminal's access log, or no longer does: people are served meanwhile. */
  serverBehind(isBehind: boolean): void;
  /** A workspace is up: what must be said to whoever works here now. */
  opened(): void;
  /** The cache has everything again. */
  filled(): void;
}

interface WarningsDeps {
  readonly view: Pick<SystemView, 'health' | 'setHealth'>;
  readonly spool: Pick<Spool, 'append'>;
  readonly logger: Logger;
  /** To the open workspace; nobody hears it where none is open. */
  readonly notice: (notice: WorkspaceNotice['notice']) => void;
}

/** Screen, log and access log for troubles that do not stop the terminal. */
export function createWarnings({ view, spool, logger, notice }: WarningsDeps): Warnings {
  let found: CacheTrouble | null = null;
  const note = (action: AuditDraft['action'], subject: string, reason: string): void => {
    spool.append([
      {
        action,
        outcome: 'failure',
        personId: null,
        sessionId: null,
        patientIds: [],
        subject,
        purposeOfUse: 'HOPERAT',
        reason,
      },
    ]);
  };
  return {
    cacheTrouble(code) {
      found = code;
      logger.log('cacheDropped', { code });
      view.setHealth({ storage: 'cacheRebuilt' });
      // A cache that was damaged or put back is for the privacy office to know.
      note('tamper', 'cache', code);
    },
    inboxRefused() {
      logger.log('inboxRefused', {});
      note('tamper', 'inbox', 'pageNotAuthentic');
    },
    clockChanged(sound, byMs) {
      view.setHealth({ clock: sound ? 'ok' : 'jumped' });
      if (sound) return;
      logger.log('clockJumped', { byMs: Math.round(byMs) });
      note('clockJump', 'clock', byMs < 0 ? 'behind' : 'ahead');
      notice('clockJumped');
    },
    serverBehind(isBehind) {
      const { storage } = view.health();
      if (isBehind) view.setHealth({ storage: 'serverBehind' });
      else if (storage === 'serverBehind') view.setHealth({ storage: 'ok' });
      if (isBehind) note('tamper', 'auditChain', 'serverBehind');
    },
    opened() {
      if (found !== null) notice(found === 'cacheRolledBack' ? 'cacheRolledBack' : 'cacheRebuilt');
      found = null;
      if (view.health().clock === 'jumped') notice('clockJumped');
    },
    filled() {
      if (view.health().storage === 'cacheRebuilt') view.setHealth({ storage: 'ok' });
    },
  };
}
