import { accessSync, constants, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { app } from 'electron';
import { refusedArguments, refusedArgumentsExitCode } from './arguments.ts';
import { compose } from './compose.ts';
import { readTerminalConfig } from './config.ts';
import { registerPageScheme } from './views/pageProtocol.ts';

/* The terminal's entry: refuse what must be refused, then build everything once. */

function refuseToStart(message: string, exitCode: number): never {
  process.stderr.write(`wardkey: ${message}\n`);
  app.exit(exitCode);
  // app.exit does not return control to a half-started app, but the types do not know.
  process.exit(exitCode);
}

/**
 * Chromium's own folder. On a disk that cannot be written it is a passing one: there must be a window to say so on, and
 * Chromium takes a lock that it cannot write for the lock of another copy.
 */
function chooseBrowserFolder(stateFolder: string): string {
  const folder = path.join(stateFolder, 'browser');
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    accessSync(folder, constants.W_OK);
    return folder;
  } catch {
    const passing = mkdtempSync(path.join(tmpdir(), 'wardkey-browser-'));
    process.on('exit', () => rmSync(passing, { recursive: true, force: true }));
    return passing;
  }
}

if (app.isPackaged) {
  const refused = refusedArguments(process.argv.slice(1));
  if (refused.length > 0)
    refuseToStart(`refused arguments: ${refused.join(' ')}`, refusedArgumentsExitCode);
}
// In a package nobody but IT says where the PC/SC service listens: a false one could make up taps.
if (app.isPackaged) delete process.env['PCSCLITE_CSOCK_NAME'];
// enableSandbox overrides --no-sandbox; as root (development only) Chromium would then refuse to start at all.
if (!app.commandLine.hasSwitch('no-sandbox')) app.enableSandbox();
app.commandLine.appendSwitch('disable-background-networking');
app.commandLine.appendSwitch('disable-component-update');
app.commandLine.appendSwitch('no-pings');
// A page lives for one session and is drawn once in a hurry: what a page's first seconds would spend on collecting garbage and
// on compiling what they already ran in the locked spare falls into the tap otherwise (`npm run bench`).
app.commandLine.appendSwitch(
  'js-flags',
  '--initial-heap-size=128 --min-semi-space-size=16 --always-sparkplug --no-lazy-feedback-allocation',
);
app.commandLine.appendSwitch('num-raster-threads', '2');
// The spare page lies under the system page, where Chromium counts it as occluded and asks it for no frame, whatever is said
// of throttling: it is to paint what makes its first frame in a tap quick.
app.commandLine.appendSwitch('disable-backgrounding-occluded-windows');
// Chromium looks up no name and reaches no address: a page could put a chart into a name that it has looked up, or into
// WebRTC over TCP, past every policy of a page. The record server is called by Node, which this does not touch.
app.commandLine.appendSwitch('host-resolver-rules', 'MAP * ~NOTFOUND');

const configFile = app.isPackaged
  ? '/etc/wardkey/terminal.json'
  : (process.env['WARDKEY_CONFIG'] ?? '/etc/wardkey/terminal.json');
const config = readTerminalConfig(configFile);
if (!config.ok)
  refuseToStart(`configuration: ${config.detail ?? config.code}`, refusedArgumentsExitCode);

const browserFolder = chooseBrowserFolder(config.value.stateFolder);
app.setPath('userData', browserFolder);
app.setPath('crashDumps', path.join(browserFolder, 'crashes'));
// A second copy would fight over reader, spool and screen.
if (!app.requestSingleInstanceLock())
  refuseToStart('another copy of Wardkey runs on this terminal; use that one', 75);

registerPageScheme();
app.on('window-all-closed', () => {
  app.quit();
});

/** What is on disk is on disk already; an end that hangs must not keep the machine from shutting down. */
const stopDeadlineMs = 8_000;

void app.whenReady().then(async () => {
  const terminal = await compose(config.value, path.join(__dirname, '..'));
  app.on('before-quit', () => {
    terminal.prepareToQuit();
  });
  app.on('will-quit', (event) => {
    if (terminal.isStopped()) return;
    event.preventDefault();
    const deadline = new Promise((resolve) => setTimeout(resolve, stopDeadlineMs));
    void Promise.race([terminal.stop(), deadline]).finally(() => {
      app.exit(0);
    });
  });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => app.quit());
});
