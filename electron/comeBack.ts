import type { App } from 'electron';

/** Something broke; whoever started the program may count such ends by it. */
const exitCode = 70;
/** An end that hangs, by whatever broke, is none. */
const endDeadlineMs = 3_000;
/** One that was asked for takes its time to end a session (electron/main.ts), and no more. */
const askedEndDeadlineMs = 12_000;

/** How the program ends: by coming back when something broke, or for good when it was asked to. */
export interface ComeBack {
  /** Ends the program and starts it anew: the new one knows nobody and shows the idle screen. */
  now(): void;
  /** The end was asked for: whatever breaks from now on breaks on the way out, and nothing comes back. */
  neverAgain(): void;
}

/** What else breaks on the way out starts nothing more: each start is a process that waits for this one's end. */
export function createComeBack(app: Pick<App, 'relaunch' | 'exit'>): ComeBack {
  let leaving = false;
  return {
    now: () => {
      if (leaving) return;
      leaving = true;
      killAfter(endDeadlineMs);
      app.relaunch();
      app.exit(exitCode);
      // Electron lets its own end wait for windows; nothing of what broke is to run on meanwhile.
      process.exit(exitCode);
    },
    neverAgain: () => {
      leaving = true;
      killAfter(askedEndDeadlineMs);
    },
  };
}

function killAfter(deadlineMs: number): void {
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), deadlineMs).unref();
}
