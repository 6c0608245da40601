/** Command-line switches that a packaged terminal accepts; everything else ends it before the first window. */
const packagedSwitches: ReadonlySet<string> = new Set([
  '--disable-gpu',
  '--force-device-scale-factor',
  '--ozone-platform',
]);

/**
 * The arguments a packaged app must refuse: no fuse stops `--remote-debugging-port` or `--no-sandbox`
 * (Electron documents fuses for Node's switches only), so the program itself does.
 */
export function refusedArguments(programArguments: readonly string[]): string[] {
  return programArguments.filter((argument) => {
    const [name = ''] = argument.split('=');
    return !packagedSwitches.has(name);
  });
}

/** EX_CONFIG of sysexits.h: the caller asked for something that this program never does. */
export const refusedArgumentsExitCode = 78;
