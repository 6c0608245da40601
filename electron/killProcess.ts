/** Ends a process at once by SIGKILL: one with an open key must not be given time to do more. False when it had gone. */
export function killProcess(processId: number): boolean {
  try {
    return process.kill(processId, 'SIGKILL');
  } catch (cause) {
    // Already collected by its parent: what was asked for has come by itself.
    if ((cause as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw cause;
  }
}

/** A process that is being started; it has no id before it runs. */
export interface StartingProcess {
  readonly pid: number | undefined;
  once(event: 'spawn', listener: () => void): unknown;
}

/** Ends such a process; one that does not run yet is ended the moment it does. */
export function killWhenStarted(child: StartingProcess): boolean {
  if (child.pid !== undefined) return killProcess(child.pid);
  child.once('spawn', () => {
    if (child.pid !== undefined) killProcess(child.pid);
  });
  return true;
}
