import { fork, type ChildProcess } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import {
  createVaultClient,
  type VaultChild,
  type VaultClient,
} from '#electron/vault/vaultClient.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** Bundles the real vault entry as the product does. It lies under the checkout so that it finds its native packages. */
export async function bundleVault(): Promise<string> {
  const folder = `${root}out/test`;
  mkdirSync(folder, { recursive: true });
  const outfile = `${folder}/vault-${process.pid}.cjs`;
  await build({
    entryPoints: [`${root}electron/vault/vault.ts`],
    bundle: true,
    platform: 'node',
    target: 'node18.15',
    format: 'cjs',
    external: ['electron', '@signalapp/sqlcipher', '@node-rs/argon2'],
    outfile,
    logLevel: 'error',
  });
  return outfile;
}

/** A forked Node process as the port that the client speaks to. */
function asVaultChild(child: ChildProcess): VaultChild {
  // A message to a process that has just been killed is lost; the exit tells the caller.
  child.on('error', () => undefined);
  return {
    postMessage: (message) => void child.send(message as object, () => undefined),
    on: (event: 'message' | 'exit', listener: (value: never) => void) =>
      child.on(event, (value: unknown) => listener((value ?? -1) as never)),
    kill: () => child.kill('SIGKILL'),
  };
}

export interface ForkedVault extends VaultClient {
  readonly process: ChildProcess;
}

/** Starts the vault as its own process over `child_process.fork`, which has the same protocol as Electron's. */
export function startVault(
  bundle: string,
  deadlineMs?: number,
  onDamaged?: () => void,
  env: NodeJS.ProcessEnv = {},
): ForkedVault {
  const child = fork(bundle, [], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], env });
  const client = createVaultClient({
    child: asVaultChild(child),
    ...(deadlineMs === undefined ? {} : { deadlineMs }),
    ...(onDamaged === undefined ? {} : { onDamaged }),
  });
  return { ...client, process: child };
}
