import { readFileSync } from 'node:fs';
import electron, { type BrowserWindow, type WebContents } from 'electron';
import { killProcess } from '../killProcess.ts';
import { lockedPreferences } from './lockDown.ts';

/** One page on the window, with a renderer process of its own; layers cover each other, the last raised is seen. */
export interface Layer {
  readonly contents: WebContents;
  raise(): void;
  /** Ends the page and its renderer process; resolves when the process has gone. */
  destroy(): Promise<void>;
}

/** How long a renderer process may take to die before its end is reported as failed. */
const destroyDeadlineMs = 2_000;

/**
 * Adds a page to the window, at the bottom. Electron >= 30 has WebContentsView; the development runtime (25) has BrowserView.
 */
export function createLayer(window: BrowserWindow, preload: string, partition: string): Layer {
  const webPreferences = lockedPreferences(preload, partition);
  // Electron 25 has the class but no window that takes it.
  const modern = (window as { contentView?: unknown }).contentView !== undefined;
  return modern ? viewLayer(window, webPreferences) : browserViewLayer(window, webPreferences);
}

type Preferences = ReturnType<typeof lockedPreferences>;

function viewLayer(window: BrowserWindow, webPreferences: Preferences): Layer {
  const view = new electron.WebContentsView({ webPreferences });
  // The view forgets its contents when the window goes, and with them goes their process.
  const contents = view.webContents;
  const fit = (): void => {
    const [width = 0, height = 0] = window.getContentSize();
    view.setBounds({ x: 0, y: 0, width, height });
  };
  window.contentView.addChildView(view, 0);
  fit();
  window.on('resize', fit);
  return {
    contents,
    raise: () => {
      window.contentView.addChildView(view);
      contents.focus();
    },
    destroy: async () => {
      window.off('resize', fit);
      const gone = processEnd(contents);
      if (!window.isDestroyed()) window.contentView.removeChildView(view);
      end(contents);
      await gone;
    },
  };
}

/* eslint-disable @typescript-eslint/no-deprecated -- the development runtime has nothing else */
function browserViewLayer(window: BrowserWindow, webPreferences: Preferences): Layer {
  const view = new electron.BrowserView({ webPreferences });
  const contents = view.webContents;
  const fit = (): void => {
    const [width = 0, height = 0] = window.getContentSize();
    view.setBounds({ x: 0, y: 0, width, height });
  };
  const others = window.getBrowserViews();
  window.addBrowserView(view);
  const top = others.at(-1);
  if (top) window.setTopBrowserView(top);
  fit();
  window.on('resize', fit);
  return {
    contents,
    raise: () => {
      window.setTopBrowserView(view);
      contents.focus();
    },
    destroy: async () => {
      window.off('resize', fit);
      const gone = processEnd(contents);
      if (!window.isDestroyed()) window.removeBrowserView(view);
      end(contents);
      await gone;
    },
  };
}
/* eslint-enable @typescript-eslint/no-deprecated */

/**
 * Killed rather than closed: the process must not run a line more with a person's data in it. SIGKILL and no crash, for a
 * crash may leave a dump of its memory.
 */
function end(contents: WebContents): void {
  if (contents.isDestroyed()) return;
  const processId = contents.getOSProcessId();
  if (processId > 0) killProcess(processId);
  contents.close({ waitForBeforeUnload: false });
}

async function processEnd(contents: WebContents): Promise<void> {
  if (contents.isDestroyed()) return;
  const processId = contents.getOSProcessId();
  // Monotonic: a wall clock that is put right meanwhile says nothing about the process.
  const deadlineMs = performance.now() + destroyDeadlineMs;
  // The operating system is asked, not Chromium: only its answer means that the memory is gone.
  const wait = async (): Promise<void> => {
    while (isAlive(processId)) {
      if (performance.now() > deadlineMs) throw new Error('renderer process outlived its session');
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  };
  await new Promise((resolve) => setImmediate(resolve));
  await wait();
}

/**
 * Whether a process still runs. On Linux one that is dead but not yet collected by its parent (a zombie) has given up its
 * memory already, and is gone for our purpose; Chromium's zygote may take seconds to collect it.
 */
export function isAlive(processId: number): boolean {
  if (processId <= 0) return false;
  if (process.platform === 'linux') return hasMemory(processId);
  try {
    process.kill(processId, 0);
    return true;
  } catch {
    return false;
  }
}

/** The state letter stands after the name, which is in brackets and may hold anything (proc(5)). */
function hasMemory(processId: number): boolean {
  try {
    const stat = readFileSync(`/proc/${processId}/stat`, 'utf8');
    const state = stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3);
    return state !== 'Z' && state !== 'X';
  } catch {
    return false;
  }
}
