import type { AuditHead } from '#core/contracts/terminal.ts';
import type { Logger } from '#electron/log.ts';
import type { RecordServer } from '#electron/recordServer/recordServer.ts';
import type { Spool, SpoolRefusal } from '#electron/spool/spool.ts';
import type { Turn } from './pump.ts';

/** Lines a call: well under the server's limits, large enough to drain a weekend in seconds. */
const batchSize = 250;

export interface AuditSenderOptions {
  readonly server: RecordServer;
  readonly spool: Spool;
  readonly logger: Logger;
  readonly now: () => number;
  /** The chain here and the server's do not belong together. */
  readonly onBroken: () => void;
}

/**
 * Gives the server every audit line in order. The server's head, not our memory, says what it has: asked at the first turn of
 * each run, so that a spool that was put back from yesterday is noticed before anything is sent. A chain that is broken stays
 * so until a person has looked at it: it is said once, and the server is asked no more.
 */
export function createAuditSender(options: AuditSenderOptions): () => Promise<Turn> {
  const { server, spool, logger } = options;
  let compared = false;
  let broken = false;
  const takes = (head: AuditHead): boolean => {
    const taken = takeHead(options, head);
    if (taken !== 'rollback') return taken === 'taken';
    broken = true;
    options.onBroken();
    return false;
  };
  return async () => {
    if (broken) return 'done';
    if (!compared) {
      const head = await server.auditHead();
      if (!head.ok) return 'retry';
      if (!takes(head.value)) return 'done';
      compared = true;
    }
    for (;;) {
      const entries = spool.unsent(batchSize);
      if (entries.length === 0) return 'done';
      const began = options.now();
      const reply = await server.pushAudit(entries);
      if (!reply.ok) {
        if (reply.code === 'malformed') logger.log('serverReplyMalformed', { route: 'audit' });
        return 'retry';
      }
      if (!takes(reply.value.head)) return 'done';
      if (reply.value.status === 'broken') {
        // Its head is of our chain, so it refused something else about the lines: the same again would be refused again.
        const moved = spool.unsent(1)[0]?.sequence !== entries[0]?.sequence;
        if (!moved) return 'retry';
      } else {
        logger.log('auditSent', { count: entries.length, ms: options.now() - began });
      }
    }
  };
}

function takeHead({ spool, logger }: AuditSenderOptions, head: AuditHead): 'taken' | SpoolRefusal {
  const taken = spool.acknowledge(head);
  if (!taken.ok) {
    logger.log('auditChainRefused', { code: taken.code });
    return taken.code;
  }
  if (taken.value.behindBy > 0) logger.log('auditServerBehind', { entries: taken.value.behindBy });
  return 'taken';
}
