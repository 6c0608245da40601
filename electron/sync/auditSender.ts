import type { AuditEntry } from '#core/contracts/audit.ts';
import type { AuditHead } from '#core/contracts/terminal.ts';
import type { Logger } from '#electron/log.ts';
import type { RecordServer } from '#electron/recordServer/recordServer.ts';
import type { Spool } from '#electron/spool/spool.ts';
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
  /** True while the server lacks lines that are no longer kept here: IT has to permit the gap (docs/operations.md). */
  readonly onBehind: (isBehind: boolean) => void;
}

/**
 * Gives the server every audit line in order. The server's head, not our memory, says what it has: asked at the first turn of
 * each run, so that a spool that was put back from yesterday is noticed before anything is sent. A chain that is broken stays
 * so until a person has looked at it: it is said once, and the server is asked no more.
 */
export function createAuditSender(given: AuditSenderOptions): () => Promise<Turn> {
  const { server, spool } = given;
  let compared = false;
  let isBroken = false;
  const onBroken = (): void => {
    isBroken = true;
    given.onBroken();
  };
  const options = { ...given, onBroken };
  let isBehind = false;
  const tellBehind = (now: boolean): void => {
    if (now !== isBehind) options.onBehind(now);
    isBehind = now;
  };
  return async () => {
    if (isBroken) return 'done';
    if (!compared || isBehind) {
      const head = await server.auditHead();
      if (!head.ok) return 'retry';
      const taken = takeHead(options, head.value);
      tellBehind(taken === 'behindKept');
      // Over a gap the lines go on with the oldest that is left; refused until somebody permits it, and asked again later.
      if (taken === 'behindKept') {
        const sent = await sendBatch(options, spool.kept(batchSize), tellBehind);
        if (sent !== 'more') return sent;
      }
      if (taken === 'refused') return 'done';
      compared = true;
    }
    for (;;) {
      const entries = spool.unsent(batchSize);
      if (entries.length === 0) return 'done';
      const sent = await sendBatch(options, entries, tellBehind);
      if (sent !== 'more') return sent;
    }
  };
}

async function sendBatch(
  options: AuditSenderOptions,
  entries: readonly AuditEntry[],
  tellBehind: (isBehind: boolean) => void,
): Promise<Turn | 'more'> {
  const { server, spool, logger } = options;
  const began = options.now();
  const reply = await server.pushAudit(entries);
  if (!reply.ok) {
    if (reply.code === 'malformed') logger.log('serverReplyMalformed', { route: 'audit' });
    return 'retry';
  }
  const taken = takeHead(options, reply.value.head);
  tellBehind(taken === 'behindKept');
  if (taken !== 'taken') return 'done';
  if (reply.value.status === 'broken') {
    // Its head is of our chain, so it refused something else about the lines: the same again would be refused again.
    const moved = spool.unsent(1)[0]?.sequence !== entries[0]?.sequence;
    if (moved) return 'more';
    logger.log('auditChainRefused', { code: 'linesRefused' });
    return 'retry';
  }
  logger.log('auditSent', { count: entries.length, ms: options.now() - began });
  return 'more';
}

function takeHead(
  { spool, logger, onBroken }: AuditSenderOptions,
  head: AuditHead,
): 'taken' | 'behindKept' | 'refused' {
  const taken = spool.acknowledge(head);
  if (taken.ok) {
    if (taken.value.behindBy > 0) {
      logger.log('auditServerBehind', { entries: taken.value.behindBy });
    }
    return 'taken';
  }
  logger.log('auditChainRefused', { code: taken.code });
  if (taken.code === 'rollback') onBroken();
  return taken.code === 'behindKept' ? 'behindKept' : 'refused';
}
