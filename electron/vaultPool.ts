import path from 'node:path';
import { utilityProcess } from 'electron';
import { killWhenStarted } from './killProcess.ts';
import { createVaultClient, type VaultClient } from './vault/vaultClient.ts';

/** Vault processes: one warm and empty, ready for the next badge; each used once and then killed. */
export interface VaultPool {
  /** The warm one; the next is started by `prepareSpare`, not now, so that a tap does not pay for it. */
  take(): VaultClient;
  prepareSpare(): void;
  /** Kills the spare too. */
  stop(): Promise<void>;
}

interface VaultPoolOptions {
  readonly electronFolder: string;
  /** Hears of every vault that ended, and whether that was meant. */
  readonly onExit: (vault: VaultClient, expected: boolean, exitCode: number) => void;
  /** Hears of a vault whose open cache proved damaged. */
  readonly onDamaged: (vault: VaultClient) => void;
}

/** Starts the first spare at once. */
export function createVaultPool({
  electronFolder,
  onExit,
  onDamaged,
}: VaultPoolOptions): VaultPool {
  let spare: VaultClient | null = null;
  const start = (): VaultClient => {
    const child = utilityProcess.fork(path.join(electronFolder, 'vault.cjs'), [], {
      serviceName: 'Wardkey vault',
      // The environment of the main process is none of a vault's business.
      env: {},
    });
    const vault = createVaultClient({
      child: {
        postMessage: (message) => child.postMessage(message),
        on: (event: 'message' | 'exit', listener: (value: never) => void) =>
          event === 'message'
            ? child.on('message', (message) => listener(message as never))
            : child.once('exit', (code) => listener(code as never)),
        kill: () => killWhenStarted(child),
      },
      onExit: (expected, exitCode) => {
        // A spare that died in its sleep must not be given to the next badge.
        if (spare === vault) spare = null;
        onExit(vault, expected, exitCode);
      },
      onDamaged: () => onDamaged(vault),
    });
    return vault;
  };
  spare = start();
  return {
    take: () => {
      const vault = spare ?? start();
      spare = null;
      return vault;
    },
    prepareSpare: () => {
      spare ??= start();
    },
    stop: async () => {
      await spare?.kill();
      spare = null;
    },
  };
}
