export interface PcscdOptions {
  /** Names of the virtual readers; pcscd appends " 00 00". */
  readonly readers?: readonly string[];
  /** pcscd looks for cards this often; 400 is pcscd's own. */
  readonly pollMs?: number;
  /** False lays everything out and leaves the daemon to `start`. */
  readonly running?: boolean;
}

export interface VirtualReader {
  /** As clients see it. */
  readonly name: string;
  /** Where cards connect. */
  readonly port: number;
  readonly driver: string;
}

export interface Pcscd {
  /** For the environment of every client process. */
  readonly env: { readonly PCSCLITE_CSOCK_NAME: string };
  readonly readers: readonly VirtualReader[];
  readonly pid: number | null;
  start(): Promise<void>;
  kill(signal?: NodeJS.Signals): Promise<void>;
  pause(): void;
  resume(): void;
  /** A reader unplugged or plugged in again; cards that fail at power-up from the next one on. */
  setFault(reader: number, fault: 'unplug' | 'mute', on: boolean): void;
  stop(): Promise<void>;
}

export function startPcscd(options?: PcscdOptions): Promise<Pcscd>;

/** Compiles a C file of this folder into out/test/ when needed and returns the library's path. */
export function compileDriver(name: string): string;
