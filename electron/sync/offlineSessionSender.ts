import type { OfflineSessionReply } from '#core/contracts/terminal.ts';
import type { Logger } from '#electron/log.ts';
import type { RecordServer } from '#electron/recordServer/recordServer.ts';
import type { OfflineSessionRecord, Spool } from '#electron/spool/spool.ts';
import type { Turn } from './pump.ts';

/** What the record server finally said of an offline login. */
export interface OfflineAnswer {
  readonly session: OfflineSessionRecord;
  readonly reply: Exclude<OfflineSessionReply, { status: 'later' }>;
}

export interface OfflineSessionSenderOptions {
  readonly server: RecordServer;
  readonly spool: Spool;
  readonly logger: Logger;
  /** Whether somebody is in this session, or may come back into it by a tap. */
  readonly isLive: (sessionId: string) => boolean;
  readonly onAnswered: (answer: OfflineAnswer) => void;
}

/**
 * Tells the record server of logins that it has not seen, oldest first. Operations of these people wait for it in the spool;
 * a login that must wait itself (its PIN is throttled just now) holds up nobody else.
 */
export function createOfflineSessionSender(
  options: OfflineSessionSenderOptions,
): () => Promise<Turn> {
  const { server, spool, logger } = options;
  return async () => {
    for (const session of spool.offlineSessions.waiting()) {
      const { sessionId, sealed } = session;
      const live = options.isLive(sessionId);
      const answer = await server.registerOfflineSession({ sessionId, sealed, live });
      if (!answer.ok) {
        if (answer.code === 'malformed') {
          logger.log('serverReplyMalformed', { route: 'offlineSessions' });
        }
        return 'retry';
      }
      const reply = answer.value;
      // The poll asks again.
      if (reply.status === 'later') continue;
      if (!spool.offlineSessions.answered(sessionId).ok) return 'retry';
      if (reply.status === 'refused') logger.log('offlineSessionRefused', { code: reply.code });
      else logger.log('offlineSessionRegistered', { live });
      options.onAnswered({ session, reply });
    }
    return 'done';
  };
}
