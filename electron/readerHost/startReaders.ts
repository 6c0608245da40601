import path from 'node:path';
import type { ReaderEvent } from '#core/contracts/badge.ts';
import type { Logger } from '../log.ts';
import { spawnReaderHost } from './spawnReaderHost.ts';
import { superviseReaderHost, type SupervisedReaderHost } from './superviseReaderHost.ts';

/** The reader host beside the main bundle, restarted by itself when a driver takes it down. */
export function startReaders(
  outFolder: string,
  logger: Logger,
  onEvent: (event: ReaderEvent) => void,
): SupervisedReaderHost {
  return superviseReaderHost({
    spawn: () =>
      spawnReaderHost({
        modulePath: path.join(outFolder, 'electron', 'readerHost.cjs'),
        addonPath: path.join(outFolder, 'native', 'pcsc.node'),
      }),
    onEvent,
    onDeath: ({ exitCode, restarts }) => logger.log('readerHostExited', { exitCode, restarts }),
  });
}
