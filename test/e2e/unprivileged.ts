import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import net from 'node:net';
import path from 'node:path';

/*
 * The terminal as an ordinary user of the operating system runs it: in a copy that such a user can read, since Chromium puts
 * nobody into its sandbox who is root, and a checkout of root's may be out of reach.
 */

/** What belongs to the product at run time. */
const productFiles = [
  'out/electron',
  'out/renderer',
  'out/native',
  'node_modules/@signalapp/sqlcipher',
  'node_modules/@node-rs/argon2',
  'node_modules/@node-rs/argon2-linux-x64-gnu',
  'node_modules/node-gyp-build',
];

/** Puts the product's files into `folder`, as an installer would. */
function copyProduct(folder: string): void {
  for (const name of productFiles)
    if (existsSync(name)) cpSync(name, path.join(folder, name), { recursive: true });
  const manifest = { name: 'wardkey', version: '0.0.0', main: 'out/electron/main.cjs' };
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify(manifest));
  execFileSync('chmod', ['-R', 'a+rX', folder]);
}

/** Copies a runtime; by links where that can be, for it has 200 MB. */
function copyRuntime(runtimeFolder: string, folder: string): void {
  try {
    execFileSync('cp', ['-al', runtimeFolder, folder], { stdio: 'pipe' });
  } catch {
    rmSync(folder, { recursive: true, force: true });
    execFileSync('cp', ['-aL', runtimeFolder, folder]);
  }
  chmodSync(folder, 0o755);
}

/** Command line that turns root into nobody; empty for who is nobody special already. */
export const asNobody: readonly string[] =
  process.getuid?.() === 0
    ? ['setpriv', '--reuid=nobody', '--regid=nogroup', '--clear-groups', '--']
    : [];

/** Hands files and folders over to the user whom `asNobody` becomes. */
export function giveToNobody(...names: string[]): void {
  if (asNobody.length > 0) execFileSync('chown', ['-R', 'nobody:nogroup', ...names]);
}

/** A program that the end-to-end driver starts in place of Electron: the same, as an unprivileged user, on the copy. */
export function layOutUnprivileged(folder: string, runtimeFolder: string): string {
  const [app, runtime, home] = ['app', 'runtime', 'home'].map((name) => path.join(folder, name));
  mkdirSync(app!, { recursive: true });
  mkdirSync(home!, { recursive: true });
  giveToNobody(home!);
  copyProduct(app!);
  copyRuntime(runtimeFolder, runtime!);
  const program = path.join(folder, 'electron-as-nobody');
  // The driver's last argument is the checkout: the copy takes its place.
  const lines = [
    '#!/bin/bash',
    `cd '${home}' && export HOME='${home}' XDG_CONFIG_HOME='${home}'`,
    `exec ${asNobody.join(' ')} '${runtime}/electron' "\${@:1:$#-1}" '${app}'`,
  ];
  writeFileSync(program, `${lines.join('\n')}\n`, { mode: 0o755 });
  return program;
}

/**
 * The product beside a runtime whose executable bears its own name: by that Electron knows that it is packaged. Not an
 * installer (no fuses, no archive), but the program takes the way that it takes in one. `watcher` is a program that runs ahead
 * of it in the same process, since nothing can look into a packaged terminal from outside.
 */
export function layOutPackaged(folder: string, runtimeFolder: string, watcher = ''): string {
  copyRuntime(runtimeFolder, folder);
  rmSync(path.join(folder, 'resources', 'default_app.asar'), { force: true });
  mkdirSync(path.join(folder, 'resources', 'app'), { recursive: true });
  const app = path.join(folder, 'resources', 'app');
  copyProduct(app);
  if (watcher !== '') {
    const main = path.join(app, 'watched.cjs');
    writeFileSync(main, `${watcher}\nrequire('./out/electron/main.cjs');\n`, { mode: 0o644 });
    writeFileSync(
      path.join(app, 'package.json'),
      JSON.stringify({ name: 'wardkey', version: '0.0.0', main: 'watched.cjs' }),
    );
  }
  renameSync(path.join(folder, 'electron'), path.join(folder, 'wardkey'));
  return path.join(folder, 'wardkey');
}

/** A door to a card reader service: the service itself asks the system's policy about everyone but root. */
export interface Door {
  readonly socket: string;
  /** How many clients came through. */
  visits(): number;
  close(): void;
}

export async function openDoor(socket: string, behind: string): Promise<Door> {
  let visits = 0;
  const open = new Set<net.Socket>();
  const server = net.createServer((client) => {
    visits++;
    const service = net.connect(behind);
    for (const end of [client, service]) {
      open.add(end);
      end.on('error', () => undefined);
      end.on('close', () => {
        client.destroy();
        service.destroy();
      });
    }
    client.pipe(service).pipe(client);
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  chmodSync(socket, 0o777);
  return {
    socket,
    visits: () => visits,
    close: () => {
      for (const end of open) end.destroy();
      server.close();
    },
  };
}
