import type { SystemBridge, WorkspaceBridge } from '#core/contracts/ipc.ts';

declare global {
  interface Window {
    /** Put there by preload; nothing else of the outside world is within reach of this page. */
    readonly wardkey: unknown;
  }
}

/** The bridge of the system view. Preload of that view is the only one that offers these calls; main checks the sender. */
export function systemBridge(): SystemBridge {
  return window.wardkey as SystemBridge;
}

/** The bridge of a workspace view; see `systemBridge`. */
export function workspaceBridge(): WorkspaceBridge {
  return window.wardkey as WorkspaceBridge;
}
