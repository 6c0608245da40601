import type { Page } from 'playwright-core';
import type { ElectronApp, LogEntry } from './electronApp.mjs';

export { eventually } from './eventually.mjs';
export type { LogEntry };

/** A demo badge of the seed. */
export interface Badge {
  readonly uid: string;
}

export interface Hand {
  /** Lays a badge down; answers the wall clock (epoch ms with fraction) when it was in the field. */
  lay(badge: Badge, options?: { reader?: number; options?: object }): Promise<number>;
  lift(badge: Badge): void;
  tap(badge: Badge, options?: { reader?: number; ms?: number; options?: object }): Promise<number>;
  liftAll(): void;
}
export function createHand(world: { env: Record<string, string> }): Hand;

export interface Terminal {
  readonly app: ElectronApp;
  readonly log: LogEntry[];
  readonly processId: number;
  pages(name: 'system' | 'workspace'): Page[];
  system(): Promise<Page>;
  /** The workspace that shows something. */
  workspace(): Promise<Page>;
  logged(
    event: string,
    options?: { from?: number; deadlineMs?: number; where?: (entry: LogEntry) => boolean },
  ): Promise<LogEntry>;
  /** Waits until reader and record server are there and a tap counts. */
  ready(): Promise<void>;
  typePin(pin: string): Promise<void>;
  close(): Promise<void>;
  kill(): Promise<void>;
}

export function launchTerminal(options: {
  world: { env: Record<string, string> };
  runtime: { executable: string };
  display: Record<string, string>;
  args?: string[];
  env?: Record<string, string>;
  sandbox?: boolean;
  executablePath?: string;
}): Promise<Terminal>;
