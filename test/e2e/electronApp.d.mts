import type { ChildProcess } from 'node:child_process';
import type { BrowserContext, ElectronApplication, Page } from 'playwright-core';

/** One line of the terminal's log. */
export type LogEntry = Readonly<Record<string, unknown>> & { readonly event: string };

/** An Electron program under test. */
export interface ElectronApp {
  /** What it logged, from its first line. */
  readonly log: LogEntry[];
  readonly process: ChildProcess;
  readonly context: BrowserContext;
  /** Runs a function in the main process; it closes over nothing, and its value is JSON. */
  readonly evaluate: ElectronApplication['evaluate'];
  pages(): Page[];
  /** Ends it as its own menu would; one that does not hear is killed. */
  close(): Promise<void>;
  kill(): Promise<void>;
}

export function launchElectron(options: {
  executable: string;
  args: string[];
  cwd: string;
  env: Record<string, string | undefined>;
}): Promise<ElectronApp>;
