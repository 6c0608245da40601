/**
 * `npm start`: sets up, raises a demo hospital in out/demo/ and opens the workstation with a tray of demo badges beside it.
 * Without a display it says so, starts a virtual one and runs the tour. `--data FILE` loads FHIR NDJSON.
 */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openDisplay } from './display.mjs';
import { setUpOrExit } from './setup.mjs';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const say = (line) => process.stderr.write(`[start] ${line}\n`);

const { values } = parseArgs({ options: { data: { type: 'string' } } });
const data = values.data === undefined ? null : path.resolve(values.data);
const runtime = await setUpOrExit();

/** Root cannot have Chromium's sandbox: only a developer's machine runs the demo as root. */
const asRoot = process.getuid?.() === 0;
const flags = asRoot ? ['--no-sandbox'] : [];

if (!process.env.DISPLAY && !process.env.WAYLAND_DISPLAY) {
  say('there is no display here: starting a virtual one and running the tour instead');
  const { runTour } = await import('./tour.mjs');
  const display = await openDisplay();
  const { ok } = await runTour({
    runtime,
    display: display.env,
    data,
    say,
    onStep: (step) => say(`${step.ok ? 'ok  ' : 'FAIL'} ${step.name} ${step.ms} ms`),
  });
  say('pictures of every step are in out/tour/');
  display.stop();
  process.exit(ok ? 0 : 1);
}

const { startWorld } = await import('./world.mjs');
const world = await startWorld({ folder: path.join(root, 'out', 'demo'), data, say });
if (asRoot) say('running as root: Chromium’s sandbox is off (development only)');
const open = (target) =>
  spawn(runtime.executable, [...flags, target], {
    cwd: root,
    env: { ...process.env, ...world.env, ELECTRON_OVERRIDE_DIST_PATH: runtime.dist },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
say('opening the workstation and its demo badges; close the workstation to end');
const workstation = open(root);
const tray = open(path.join(root, 'test', 'tray'));
const end = () => workstation.kill();
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, end);
const code = await new Promise((resolve) =>
  workstation.once('exit', (status) => resolve(status ?? 0)),
);
tray.kill();
await world.stop();
process.exit(code);
