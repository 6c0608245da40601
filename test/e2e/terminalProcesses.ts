import { readdirSync, readFileSync } from 'node:fs';
import type { Terminal } from './driver.mjs';

/** A process of the terminal as Electron counts it. */
export interface TerminalProcess {
  readonly processId: number;
  /** Browser, GPU, Tab, Utility. */
  readonly type: string;
  /** What the program called it, for utility processes. */
  readonly service: string;
  readonly startedAtMs: number;
}

/** Every process of a terminal, oldest first. */
export async function processesOf(terminal: Terminal): Promise<TerminalProcess[]> {
  const found = await terminal.app.evaluate(({ app }) =>
    app.getAppMetrics().map(({ pid, type, name, serviceName, creationTime }) => ({
      processId: pid,
      type,
      service: name ?? serviceName ?? '',
      startedAtMs: creationTime,
    })),
  );
  return found.sort((one, other) => one.startedAtMs - other.startedAtMs);
}

/** The vaults, oldest first: the session's before the spare. */
export async function vaultsOf(terminal: Terminal): Promise<number[]> {
  const all = await processesOf(terminal);
  return all.filter(({ service }) => service === 'Wardkey vault').map(({ processId }) => processId);
}

/** The renderer processes of workspace pages: the one that shows somebody's work, and spares. */
export async function workspaceProcesses(
  terminal: Terminal,
): Promise<{ open: number[]; spare: number[] }> {
  const pages = await terminal.app.evaluate(async ({ webContents }) => {
    const workspaces = webContents
      .getAllWebContents()
      .filter((contents) => contents.getURL().endsWith('/workspace.html'));
    return await Promise.all(
      workspaces.map(async (contents) => ({
        processId: contents.getOSProcessId(),
        isOpen: (await contents.executeJavaScript(
          `document.querySelector('.workspaceFrame:not([data-warming]) .workspace') !== null`,
        )) as boolean,
      })),
    );
  });
  const idsWhere = (isOpen: boolean) =>
    pages.filter((page) => page.isOpen === isOpen).map(({ processId }) => processId);
  return { open: idsWhere(true), spare: idsWhere(false) };
}

/** Whether a process still runs; one that waits to be buried does not. */
export function runs(processId: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${processId}/status`, 'utf8'));
  } catch {
    return false;
  }
}

/** Every process below another one, with its command line; Chromium's zygote lies between. */
export function processesBelow(processId: number): { processId: number; commandLine: string }[] {
  const children = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => textOf(`/proc/${name}/status`).includes(`\nPPid:\t${processId}\n`))
    .map(Number);
  return children.flatMap((child) => [
    { processId: child, commandLine: textOf(`/proc/${child}/cmdline`).replaceAll('\0', ' ') },
    ...processesBelow(child),
  ]);
}

/** A file of a process, empty once the process has gone. */
function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
