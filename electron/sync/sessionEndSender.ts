import type { RecordServer } from '#electron/recordServer/recordServer.ts';
import type { Spool } from '#electron/spool/spool.ts';
import type { Turn } from './pump.ts';

export interface SessionEndSenderOptions {
  readonly server: RecordServer;
  readonly spool: Spool;
  /** Whether somebody is in this session, or may come back into it by a tap. */
  readonly isLive: (sessionId: string) => boolean;
}

/**
 * Tells the record server which sessions are over, oldest first: all that it knows of and in which nobody is any more. It
 * does not matter how one ended, by a tap, with a grace, or with the program: what is not live is over. Ending one twice
 * changes nothing, so an answer that got lost is asked for again.
 */
export function createSessionEndSender(options: SessionEndSenderOptions): () => Promise<Turn> {
  const { server, spool, isLive } = options;
  return async () => {
    for (const sessionId of spool.openSessions.known()) {
      if (isLive(sessionId)) continue;
      const answer = await server.endSession(sessionId);
      // A login that the server has refused is no session of its own.
      if (!answer.ok && answer.code !== 'notFound') return 'retry';
      if (!spool.openSessions.ended(sessionId).ok) return 'retry';
    }
    return 'done';
  };
}
