import type { Pcscd } from '../test/virtual/pcscd.mjs';

/** A demo badge with what a test needs of its owner. */
export interface WorldBadge {
  readonly personId: string;
  readonly name: string;
  readonly role: string;
  readonly title: string;
  readonly wards: readonly string[];
  readonly onShift: boolean;
  readonly uid: string;
  readonly pin: string;
}

export interface World {
  readonly folder: string;
  readonly files: {
    readonly serverConfig: string;
    readonly serverLog: string;
    readonly seed: string;
    readonly enrolment: string;
    readonly terminal: string;
    readonly state: string;
  };
  readonly url: string;
  readonly badges: readonly WorldBadge[];
  readonly pcscd: Pcscd;
  readonly env: Record<string, string>;
  serverLog(): string;
  stopServer(signal?: NodeJS.Signals): Promise<void>;
  startServer(): Promise<void>;
  stop(): Promise<void>;
}

export function startWorld(options: {
  folder: string;
  data?: string | null;
  pollMs?: number;
  readers?: string[];
  seed?: string;
  /** Copies a database that was seeded a few minutes ago, where there is one. */
  reuse?: boolean;
  terminal?: Record<string, unknown>;
  server?: Record<string, unknown>;
  say?: (line: string) => void;
}): Promise<World>;
