import type { Operation, PushResult } from '#core/contracts/sync.ts';
import type { Logger } from '#electron/log.ts';
import type { RecordServer } from '#electron/recordServer/recordServer.ts';
import type { Spool } from '#electron/spool/spool.ts';
import type { Turn } from './pump.ts';

const mostOperations = 100;
const mostSealedBytes = 700_000;

export interface OperationSenderOptions {
  readonly server: RecordServer;
  readonly spool: Spool;
  readonly logger: Logger;
  /** The outbox has changed: hand results to the vault, tell the person. */
  readonly onSettled: () => void;
}

/**
 * Pushes operations in order. An operation is sent again until an answer for it is on disk; the server knows it by its id,
 * so that it takes effect once.
 */
export function createOperationSender(options: OperationSenderOptions): () => Promise<Turn> {
  const { server, spool, logger, onSettled } = options;
  return async () => {
    for (;;) {
      const batch = firstBatch(spool.outbox.pending(mostOperations));
      if (batch.length === 0) return 'done';
      const reply = await server.push(batch);
      if (!reply.ok) {
        if (reply.code === 'malformed') logger.log('serverReplyMalformed', { route: 'push' });
        return 'retry';
      }
      const sent = new Set(batch.map((operation) => operation.operationId));
      const results = reply.value.results.filter((result) => sent.has(result.operationId));
      if (results.length === 0) return 'retry';
      if (!spool.outbox.settle(results).ok) return 'retry';
      logger.log('operationsPushed', countResults(results));
      onSettled();
    }
  };
}

/** As many from the front as fit one call; always at least one. */
export function firstBatch(operations: readonly Operation[]): readonly Operation[] {
  let bytes = 0;
  const end = operations.findIndex(({ sealed }, index) => {
    bytes += sealed.length;
    return index > 0 && bytes > mostSealedBytes;
  });
  return end === -1 ? operations : operations.slice(0, end);
}

function countResults(results: readonly PushResult[]) {
  const count = (status: PushResult['status']) =>
    results.filter((result) => result.status === status).length;
  return {
    applied: count('applied'),
    conflicts: count('conflict'),
    rejected: count('rejected'),
  };
}
