import { contextBridge, ipcRenderer } from 'electron';

/** The two kinds of views; each may only use the channels of its own role. */
type Role = 'system' | 'workspace';

/**
 * Puts the typed bridge on `window.wardkey`: one function per named call and topic. Neither ipcRenderer, nor an event, nor a
 * channel name chosen by the page ever crosses (Electron security checklist, point 20).
 */
export function exposeBridge(
  role: Role,
  calls: readonly string[],
  topics: readonly string[],
): void {
  const call = Object.fromEntries(
    calls.map((name) => [
      name,
      (payload: unknown): unknown => ipcRenderer.invoke(`wardkey:${role}:${name}`, payload),
    ]),
  );
  const on = Object.fromEntries(
    topics.map((name) => [
      name,
      (listener: (message: unknown) => void) => {
        const channel = `wardkey:${role}:${name}`;
        const relay = (_event: unknown, message: unknown): void => listener(message);
        ipcRenderer.on(channel, relay);
        return () => {
          ipcRenderer.removeListener(channel, relay);
        };
      },
    ]),
  );
  contextBridge.exposeInMainWorld('wardkey', { call, on });
}
