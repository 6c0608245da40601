/**
 * Runs a program in the Electron runtime on a display of its own: `node runElectron.mjs MAIN.cjs [arguments]`.
 * Output and exit code are the program's; it ends with its standard input.
 */
import { spawn } from 'node:child_process';
import process from 'node:process';
import { openDisplay } from '../../build/display.mjs';
import { electronExecutable } from '../../build/electronRuntime.mjs';

const [main, ...rest] = process.argv.slice(2);
const display = await openDisplay({ width: 640, height: 480, forceVirtual: true });
// Chromium refuses root without this; the sandbox has its own test.
const asRoot = process.getuid() === 0 ? ['--no-sandbox'] : [];
const child = spawn(await electronExecutable(), [...asRoot, main, ...rest], {
  env: { ...process.env, ...display.env },
  stdio: ['ignore', 'inherit', 'ignore'],
});
process.stdin.resume();
process.stdin.once('end', () => child.kill('SIGKILL'));
child.once('exit', (code) => {
  display.stop();
  process.exit(code ?? 1);
});
