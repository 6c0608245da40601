import path from 'node:path';
import { BrowserWindow, session as electronSession, type WebContents } from 'electron';
import { pushTo, type SenderRegistry } from '../ipc/serve.ts';
import { createLayer, type Layer } from './layer.ts';
import { lockedPreferences } from './lockDown.ts';
import { pageOrigin } from './pageFile.ts';
import { servePages } from './pageProtocol.ts';
import { isPress } from './press.ts';
import { followZoomKeys, forgetZoom } from './zoom.ts';

/** A workspace page: locked and empty until it is given a session, destroyed after it. */
export interface WorkspacePage {
  readonly layer: Layer;
  /** True once the page has rendered its empty shell and may be given data; false when it did not get that far. */
  readonly ready: Promise<boolean>;
  /** Its process has ended unasked. */
  isGone(): boolean;
  push(topic: string, message: unknown): void;
}

/** The one window of a terminal: the system page for everything without patient data, workspace pages over or under it. */
export interface Stage {
  readonly window: BrowserWindow;
  pushSystem(topic: string, message: unknown): void;
  /** Covers whatever is shown, in one frame: the system page is always mounted. */
  raiseSystem(): void;
  raiseWorkspace(page: WorkspacePage): void;
  /** A page nobody has used; the next one is made by `prepareSpare`, not now, so that a tap does not pay for it. */
  takeSpare(): WorkspacePage;
  prepareSpare(): void;
  destroyWorkspace(page: WorkspacePage): Promise<void>;
  workspaceIsReady(senderId: number): void;
  onInput(listener: (moved: boolean) => void): void;
  onWorkspaceGone(listener: (page: WorkspacePage) => void): void;
  onSystemGone(listener: () => void): void;
}

/** How long a page may take from its making to its empty shell; an idle machine needs half a second. */
const readyDeadlineMs = 6_000;

function readiness(): { ready: Promise<boolean>; settle: (usable: boolean) => void } {
  let settle: (usable: boolean) => void = () => undefined;
  const ready = new Promise<boolean>((resolve) => (settle = resolve));
  const timer = setTimeout(() => settle(false), readyDeadlineMs);
  void ready.then(() => clearTimeout(timer));
  return { ready, settle };
}

interface StageOptions {
  readonly outFolder: string;
  readonly kiosk: boolean;
  readonly size: { readonly width: number; readonly height: number };
  readonly senders: SenderRegistry;
  /** A message that does not fit its topic was sent to no page. */
  readonly onUnfitPush: (topic: string) => void;
}

/** Every input counts as a person being there; some keys magnify. */
function heed(contents: WebContents, heardInput: (moved: boolean) => void): void {
  contents.on('input-event', (_event, { type }) => heardInput(!isPress(type)));
  followZoomKeys(contents);
}

/** What lies on the window, and which of it is seen. */
function createPile(window: BrowserWindow, first: Layer) {
  let top = first;
  let isClosing = false;
  window.once('close', () => {
    isClosing = true;
  });
  return {
    /** To raise what is on top already would cost a frame of its own. */
    raise: (layer: Layer): void => {
      if (layer === top) return;
      top = layer;
      if (!isClosing) layer.raise();
    },
    keepTop: (): void => top.raise(),
    /** At the program's end the window goes before the session does: then nothing can be raised on it, or prepared. */
    isClosing: (): boolean => isClosing,
  };
}

/** A workspace page as the stage knows it; the end of one that is destroyed here is expected. */
interface KnownPage {
  readonly page: WorkspacePage;
  readonly markReady: () => void;
  expected: boolean;
}

/** Opens the window with its system page; the first spare workspace is made by `prepareSpare`, once its calls are answered. */
export async function createStage(options: StageOptions): Promise<Stage> {
  const rendererRoot = path.join(options.outFolder, 'renderer');
  // In-memory partitions: Chromium keeps nothing of a page on disk.
  for (const partition of ['system', 'workspace'])
    servePages(electronSession.fromPartition(partition), rendererRoot);
  const preload = (role: string): string =>
    path.join(options.outFolder, 'electron', `preload${role}.cjs`);
  const window = openWindow(options, preload('System'));

  const system = createLayer(window, preload('System'), 'system');
  const systemId = system.contents.id;
  options.senders.set(systemId, 'system');
  await system.contents.loadURL(`${pageOrigin}/system.html`);

  const pages = new Map<number, KnownPage>();
  const inputListeners: ((moved: boolean) => void)[] = [];
  const goneListeners: ((page: WorkspacePage) => void)[] = [];
  const heardInput = (moved: boolean): void =>
    inputListeners.forEach((listener) => listener(moved));
  heed(system.contents, heardInput);

  const pile = createPile(window, system);
  const makeWorkspace = (): WorkspacePage => {
    const layer = createLayer(window, preload('Workspace'), 'workspace');
    // A new page comes to be under what is shown; not every Electron leaves it there.
    pile.keepTop();
    const id = layer.contents.id;
    const { ready, settle } = readiness();
    const page: WorkspacePage = {
      layer,
      ready,
      isGone: () => layer.contents.isDestroyed() || layer.contents.isCrashed(),
      push: (topic, message) => {
        if (!pushTo(layer.contents, 'workspace', topic, message)) options.onUnfitPush(topic);
      },
    };
    pages.set(id, { page, markReady: () => settle(true), expected: false });
    options.senders.set(id, 'workspace');
    heed(layer.contents, heardInput);
    layer.contents.on('render-process-gone', () => {
      settle(false);
      const entry = pages.get(id);
      if (!entry || entry.expected) return;
      // A spare that died in its sleep must not be given to the next badge.
      if (spare === page) spare = null;
      goneListeners.forEach((listener) => listener(page));
    });
    layer.contents.loadURL(`${pageOrigin}/workspace.html`).catch(() => settle(false));
    void ready.then((usable) => {
      if (!usable && spare === page) replaceSpare(page);
    });
    return page;
  };

  /** A spare that never came up must not wait for the next badge. */
  const replaceSpare = (page: WorkspacePage): void => {
    spare = null;
    void destroy(page).then(prepareSpare);
  };
  const prepareSpare = (): void => {
    spare ??= pile.isClosing() ? null : makeWorkspace();
  };
  const destroy = async (page: WorkspacePage): Promise<void> => {
    const id = page.layer.contents.isDestroyed() ? -1 : page.layer.contents.id;
    const entry = pages.get(id);
    if (entry) entry.expected = true;
    options.senders.delete(id);
    pages.delete(id);
    if (spare === page) spare = null;
    forgetZoom([system.contents, page.layer.contents]);
    await page.layer.destroy();
  };

  let spare: WorkspacePage | null = null;
  window.show();
  return {
    window,
    pushSystem: (topic, message) => {
      if (!pushTo(system.contents, 'system', topic, message)) options.onUnfitPush(topic);
    },
    raiseSystem: () => pile.raise(system),
    raiseWorkspace: (page) => pile.raise(page.layer),
    takeSpare: () => {
      const page = spare ?? makeWorkspace();
      spare = null;
      return page;
    },
    prepareSpare,
    destroyWorkspace: destroy,
    workspaceIsReady: (senderId) => pages.get(senderId)?.markReady(),
    onInput: (listener) => void inputListeners.push(listener),
    onWorkspaceGone: (listener) => void goneListeners.push(listener),
    onSystemGone: (listener) => void system.contents.on('render-process-gone', listener),
  };
}

/** The window itself shows nothing: all that is seen lies on it as layers. */
function openWindow(options: StageOptions, preload: string): BrowserWindow {
  const window = new BrowserWindow({
    ...options.size,
    useContentSize: true,
    show: false,
    kiosk: options.kiosk,
    autoHideMenuBar: true,
    backgroundColor: '#0d2f49',
    title: 'Wardkey',
    webPreferences: lockedPreferences(preload, 'system'),
  });
  window.removeMenu();
  return window;
}
