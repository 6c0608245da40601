/**
 * A real pcscd of its own with virtual readers (Debian's vpcd driver), for tests, tour, bench and demo.
 *
 *   import { startPcscd } from '../test/virtual/pcscd.mjs';
 *   const pcscd = await startPcscd({ readers: ['Ward Reader 1', 'Ward Reader 2'], pollMs: 10 });
 *   spawn(electron, [...], { env: { ...process.env, ...pcscd.env } });   // libpcsclite finds the daemon by its environment
 *   const card = new VirtualCard({ port: pcscd.readers[0].port, uid: '04a1b2c3' });
 *   await card.insert(); card.remove();
 *   await pcscd.stop();
 *
 * Isolation: the daemon lives in a mount namespace of its own, where its fixed folder /run/pcscd is a private temporary one;
 * clients reach it by PCSCLITE_CSOCK_NAME, cards by loopback ports chosen free. So any number of them run side by side with
 * each other and with a system's own pcscd, nothing is reachable from outside, and the caller stays where it is. It works
 * for root and, where user namespaces are allowed, for anyone. It dies with the process that started it.
 */
import { execFileSync, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
const outFolder = path.join(here, '../../out/test');
const vpcdDriver = '/usr/lib/pcsc/drivers/serial/libifdvpcd.so';
const readyTimeoutMs = 10_000;

/** pcscd's folder is compiled in: give it a private /run, and put the caller's folder (the working one) there. */
const enterScript = `
  mount -t tmpfs tmpfs /run && mkdir /run/pcscd && mount --bind . /run/pcscd || exit 70
  exec pcscd --foreground --error --config "$1"`;

/** Starts the daemon and waits until every reader takes cards. `running: false` lays everything out and starts nothing. */
export async function startPcscd({
  readers: names = ['Ward Reader 1', 'Ward Reader 2'],
  pollMs = 400,
  running = true,
} = {}) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'wardkey-pcscd-'));
  const readers = await layOutReaders(folder, names);
  const shim = compileDriver('pcscdShim.c');
  const socket = path.join(folder, 'run/pcscd.comm');
  let child = null;

  const start = async () => {
    child = spawnPcscd(folder, shim, pollMs);
    await untilReady(child, socket, readers);
  };

  const kill = async (signal = 'SIGKILL') => {
    const dying = child;
    if (!dying) return;
    child = null;
    dying.kill('SIGCONT');
    dying.kill(signal);
    if (dying.exitCode === null && dying.signalCode === null)
      await new Promise((resolve) => dying.once('exit', resolve));
  };

  const stop = async () => {
    await kill();
    process.removeListener('exit', removeFolder);
    removeFolder();
  };

  const removeFolder = () => rmSync(folder, { recursive: true, force: true });
  process.once('exit', removeFolder);

  const setFault = (index, fault, on) => {
    const flag = `${readers[index].driver}.${fault}`;
    if (on) writeFileSync(flag, '');
    else rmSync(flag, { force: true });
  };

  if (running) await start();
  return {
    env: { PCSCLITE_CSOCK_NAME: socket },
    readers,
    get pid() {
      return child?.pid ?? null;
    },
    start,
    kill,
    pause: () => child?.kill('SIGSTOP'),
    resume: () => child?.kill('SIGCONT'),
    setFault,
    stop,
  };
}

async function layOutReaders(folder, names) {
  const configuration = path.join(folder, 'readers');
  mkdirSync(configuration);
  mkdirSync(path.join(folder, 'run'));
  const forwarding = compileDriver('faultyReader.c');
  const ports = await freePorts(names.length);
  return names.map((name, index) => {
    // A copy for each: the driver keeps its slots in a static array, and sharing one file crosses the readers.
    const driver = path.join(folder, `reader${index}.so`);
    copyFileSync(forwarding, driver);
    copyFileSync(vpcdDriver, `${driver}.vpcd`);
    const port = ports[index];
    const lines = [
      `FRIENDLYNAME "${name}"`,
      `DEVICENAME /dev/null:0x${port.toString(16)}`,
      `LIBPATH ${driver}`,
      `CHANNELID 0x${port.toString(16)}`,
    ];
    writeFileSync(path.join(configuration, `reader${index}`), `${lines.join('\n')}\n`);
    // pcscd appends the numbers of interface and slot.
    return { name: `${name} 00 00`, port, driver };
  });
}

function spawnPcscd(folder, shim, pollMs) {
  const asAnyone = process.getuid() === 0 ? [] : ['--map-root-user'];
  const namespace = ['--mount', '--propagation', 'private', ...asAnyone];
  const body = ['sh', '-c', enterScript, 'sh', path.join(folder, 'readers')];
  // Every step replaces itself by the next, so that the child's id is the daemon's.
  return spawn('unshare', [...namespace, 'setpriv', '--pdeathsig', 'KILL', ...body], {
    cwd: path.join(folder, 'run'),
    env: { ...process.env, LD_PRELOAD: shim, PCSCD_POLL_MS: String(pollMs) },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

async function untilReady(child, socket, readers) {
  const deadline = Date.now() + readyTimeoutMs;
  for (;;) {
    if (child.exitCode !== null) throw new Error(`pcscd ended with ${child.exitCode}`);
    if (existsSync(socket) && readers.every(({ port }) => isListening(port))) return;
    if (Date.now() > deadline) throw new Error('pcscd did not become ready');
    await sleep(20);
  }
}

/** Asked of the kernel: to connect would be to tap a card. */
function isListening(port) {
  const address = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')} 00000000:0000 0A`;
  return readFileSync('/proc/net/tcp', 'utf8').includes(address);
}

/** Below the range from which the kernel takes outgoing ports: a free one stays free until the driver binds it. */
async function freePorts(count) {
  const ports = new Set();
  while (ports.size < count) {
    const port = randomInt(20_000, 32_000);
    if (await isFree(port)) ports.add(port);
  }
  return [...ports];
}

function isFree(port) {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/** Compiles a C file of this folder into out/test/ when it is newer than what lies there; renamed into place. */
export function compileDriver(name) {
  const source = path.join(here, name);
  const target = path.join(outFolder, name.replace(/\.c$/, '.so'));
  if (existsSync(target) && statSync(target).mtimeMs >= statSync(source).mtimeMs) return target;
  mkdirSync(outFolder, { recursive: true });
  const temporary = `${target}.${process.pid}`;
  const flags = ['-O2', '-Wall', '-fPIC', '-shared', '-I/usr/include/PCSC'];
  execFileSync('cc', [...flags, '-o', temporary, source, '-ldl'], { stdio: 'inherit' });
  renameSync(temporary, target);
  return target;
}
