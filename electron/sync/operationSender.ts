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

/** After so many faulty turns in a row it may be one operation that the server stumbles over: they go one by one. */
const faultsUntilSingle = 3;
/** So many single ones refused without one taken: it is the server that is at fault, not they. */
const mostAside = 5;

/**
 * Pushes operations in order. An operation is sent again until an answer for it is on disk; the server knows it by its id,
 * so that it takes effect once. One that the server cannot answer waits, with the later ones of that patient; the rest goes on.
 */
export function createOperationSender(options: OperationSenderOptions): () => Promise<Turn> {
  const { spool, logger } = options;
  let faultyTurns = 0;
  return async () => {
    const aside: string[] = [];
    let settled = 0;
    for (;;) {
      const isSingle = faultyTurns >= faultsUntilSingle;
      const [first, ...others] = spool.outbox.pending(isSingle ? 1 : mostOperations, aside);
      if (first === undefined) break;
      const end = await pushBatch(options, firstBatch([first, ...others]));
      if (end === 'retry') return 'retry';
      if (end === 'settled') {
        settled += 1;
        continue;
      }
      faultyTurns += 1;
      aside.push(first.operationId);
      if (!isSingle || (settled === 0 && aside.length === mostAside)) return 'retry';
    }
    if (aside.length === 0) faultyTurns = 0;
    else logger.log('operationsStuck', { count: aside.length });
    // What is stuck is tried again at each wake-up; no back-off, which would hold up whoever charts now.
    return 'done';
  };
}

async function pushBatch(
  { server, spool, logger, onSettled }: OperationSenderOptions,
  batch: readonly Operation[],
): Promise<'settled' | 'fault' | 'retry'> {
  const reply = await server.push(batch);
  if (!reply.ok) {
    if (reply.code === 'malformed') logger.log('serverReplyMalformed', { route: 'push' });
    return reply.code === 'malformed' || reply.code === 'serverFault' ? 'fault' : 'retry';
  }
  const sent = new Set(batch.map((operation) => operation.operationId));
  const results = reply.value.results.filter((result) => sent.has(result.operationId));
  if (results.length === 0) return 'fault';
  if (!spool.outbox.settle(results).ok) return 'retry';
  logger.log('operationsPushed', countResults(results));
  onSettled();
  return 'settled';
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
