import { utilityProcess } from 'electron';
import type { ReaderHostChild } from './superviseReaderHost.ts';

/** Where the reader host's parts lie. */
export interface ReaderHostFiles {
  readonly modulePath: string;
  readonly addonPath: string;
}

/** Starts the reader host as an Electron utility process. */
export function spawnReaderHost({ modulePath, addonPath }: ReaderHostFiles): ReaderHostChild {
  const child = utilityProcess.fork(modulePath, [`--addon-path=${addonPath}`], {
    serviceName: 'Wardkey reader host',
    stdio: 'ignore',
  });
  return {
    onMessage: (listener) => child.on('message', listener),
    onExit: (listener) => child.once('exit', listener),
    kill: () => child.kill(),
  };
}
