/*
 * The reader host: the one process that loads reader drivers, so that a crash in one takes nothing else down.
 * Runs as an Electron utility process; a plain forked Node process does as well. Started with `--addon-path=FILE`.
 */
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import type { ReaderEvent } from '#core/contracts/badge.ts';
import { assert } from '#core/result.ts';
import { createPcscReaders } from '#native/readers/pcsc/pcscReader.ts';

const addonPathOption = '--addon-path=';

function readAddonPath(argv: readonly string[]): string {
  const option = argv.find((argument) => argument.startsWith(addonPathOption));
  assert(option !== undefined, `the reader host is started with ${addonPathOption}FILE`);
  return option.slice(addonPathOption.length);
}

function openParent(): (event: ReaderEvent) => void {
  // Electron types it as always there; in a forked Node process it is not.
  const parentPort = process.parentPort as typeof process.parentPort | undefined;
  if (parentPort) return (event) => parentPort.postMessage(event);
  // A utility process dies with its parent; a forked one has to see to that itself.
  process.once('disconnect', () => process.exit(0));
  return (event) => process.send?.(event);
}

createPcscReaders({
  addonPath: readAddonPath(process.argv),
  clock: () => performance.timeOrigin + performance.now(),
  onEvent: openParent(),
  // The supervisor reports the reader service down and starts another host, as it does after a crash.
  onHang: () => process.exit(1),
});
