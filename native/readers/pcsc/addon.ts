import process from 'node:process';

/** A reader's state as pcscd sees it; `count` goes up whenever a card comes or goes. */
export interface PcscState {
  readonly present: boolean;
  readonly mute: boolean;
  readonly unavailable: boolean;
  readonly count: number;
}

/** What the watcher thread reports. */
export type PcscEvent =
  | { readonly type: 'service'; readonly up: boolean; readonly code: string }
  | { readonly type: 'readerAdded'; readonly reader: string }
  | { readonly type: 'readerRemoved'; readonly reader: string }
  | { readonly type: 'state'; readonly reader: string; readonly state: PcscState };

declare const handleKind: unique symbol;
/** The add-on's hold on its watcher thread. */
export interface WatchHandle {
  readonly [handleKind]: 'watch';
}
/** The add-on's hold on one card link's thread. */
export interface LinkHandle {
  readonly [handleKind]: 'link';
}

/** The add-on as it is: jobs of one link run in the order they were posted; rejections carry the `SCARD_*` name as `code`. */
export interface PcscAddon {
  watch(onEvent: (event: PcscEvent) => void, statusTimeoutMs: number, retryMs: number): WatchHandle;
  unwatch(handle: WatchHandle): void;
  /** How long the watcher has been waiting for the daemon; far beyond `statusTimeoutMs` means that the daemon hangs. */
  waitingMs(handle: WatchHandle): number;
  openLink(reader: string): LinkHandle;
  connect(link: LinkHandle): Promise<void>;
  transmit(link: LinkHandle, apdu: Uint8Array): Promise<Uint8Array>;
  status(link: LinkHandle): Promise<PcscState>;
  disconnect(link: LinkHandle): Promise<void>;
  /** Ends the link's thread after the jobs posted so far; returns at once. */
  closeLink(link: LinkHandle): void;
}

/** Loads the add-on by its path; `dlopen` itself, because a bundle has no `require` that a bundler would leave alone. */
export function loadPcscAddon(addonPath: string): PcscAddon {
  const loaded: { exports: unknown } = { exports: {} };
  process.dlopen(loaded, addonPath);
  return loaded.exports as PcscAddon;
}
