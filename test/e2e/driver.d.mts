import type { ElectronApplication, Page } from 'playwright-core';

/** A demo badge of the seed. */
export interface Badge {
  readonly uid: string;
}

export function eventually<Value>(
  what: string,
  check: () => Value | Promise<Value>,
  options?: { deadlineMs?: number; everyMs?: number },
): Promise<NonNullable<Value>>;

export interface Hand {
  /** Lays a badge down; answers the wall clock (epoch ms with fraction) when it was in the field. */
  lay(badge: Badge, options?: { reader?: number; options?: object }): Promise<number>;
  lift(badge: Badge): void;
  tap(badge: Badge, options?: { reader?: number; ms?: number; options?: object }): Promise<number>;
  liftAll(): void;
}
export function createHand(world: { env: Record<string, string> }): Hand;

/** One line of the terminal's log. */
export type LogEntry = Readonly<Record<string, unknown>> & { readonly event: string };

export interface Terminal {
  readonly app: ElectronApplication;
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
