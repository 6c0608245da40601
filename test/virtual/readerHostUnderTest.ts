import { execFileSync, fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { renameSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildSync } from 'esbuild';
import type { ReaderEvent } from '#core/contracts/badge.ts';

const root = path.resolve(import.meta.dirname, '../..');

/** Builds the PC/SC add-on when needed, or whatever its age, and says where it lies. */
export function buildAddon({ force = false } = {}): string {
  execFileSync(process.execPath, ['build/native.mjs', ...(force ? ['--force'] : [])], {
    cwd: root,
  });
  return path.join(root, 'out/native/pcsc.node');
}

/** A program's bundle for Electron or Node, made as the product's are; renamed into place, since test files run side by side. */
export function bundleProgram(entry: string): string {
  const target = path.join(root, 'out/test', path.basename(entry).replace(/\.ts$/, '.cjs'));
  const outfile = `${target}.${process.pid}`;
  buildSync({
    entryPoints: [entry],
    absWorkingDir: root,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node18.15',
    external: ['electron'],
    outfile,
  });
  renameSync(outfile, target);
  return target;
}

/** The reader host's bundle. */
export function bundleReaderHost(): string {
  return bundleProgram('electron/readerHost/readerHost.ts');
}

/** Events in the order they came, and a way to wait for one. */
export class EventLog {
  readonly events: ReaderEvent[] = [];

  readonly add = (event: ReaderEvent): void => {
    this.events.push(event);
  };

  /** The first event from `since` on that fits; fails with everything seen when it does not come. */
  async until<Type extends ReaderEvent['type']>(
    type: Type,
    fits: (event: Extract<ReaderEvent, { type: Type }>) => boolean = () => true,
    { since = 0, timeoutMs = 4_000 } = {},
  ): Promise<Extract<ReaderEvent, { type: Type }>> {
    const isWanted = (event: ReaderEvent): event is Extract<ReaderEvent, { type: Type }> =>
      event.type === type && fits(event as Extract<ReaderEvent, { type: Type }>);
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const found = this.events.slice(since).find(isWanted);
      if (found) return found;
      if (performance.now() > deadline)
        throw new Error(`no ${type} in ${JSON.stringify(this.events.slice(since), null, 1)}`);
      await sleep(2);
    }
  }
}

/** How a reader host is started. */
export interface ForkOptions {
  readonly modulePath: string;
  readonly addonPath: string;
  readonly env: Readonly<Record<string, string>>;
  readonly execPath?: string;
}

/** Starts a reader host as a plain Node process. */
export function forkReaderHost({
  modulePath,
  addonPath,
  env,
  execPath,
}: ForkOptions): ChildProcess {
  return fork(modulePath, [`--addon-path=${addonPath}`], {
    env: { ...process.env, ...env },
    execArgv: [],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    ...(execPath === undefined ? {} : { execPath }),
  });
}
