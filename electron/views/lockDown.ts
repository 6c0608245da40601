import {
  app,
  type BrowserWindowConstructorOptions,
  type Session,
  type WebContents,
} from 'electron';
import { pageOrigin } from './pageFile.ts';
import { servePages } from './pageProtocol.ts';

/** Everything a page is denied, as Chromium preferences; each has a test that fails when it is undone. */
export function lockedPreferences(
  preload: string,
  partition: string,
): NonNullable<BrowserWindowConstructorOptions['webPreferences']> {
  return {
    preload,
    partition,
    sandbox: true,
    contextIsolation: true,
    nodeIntegration: false,
    nodeIntegrationInWorker: false,
    nodeIntegrationInSubFrames: false,
    webSecurity: true,
    allowRunningInsecureContent: false,
    experimentalFeatures: false,
    webviewTag: false,
    plugins: false,
    webgl: false,
    navigateOnDragDrop: false,
    spellcheck: false,
    safeDialogs: true,
    disableDialogs: true,
    devTools: !app.isPackaged,
    // A locked spare waits behind the idle screen and must paint at once when a badge is tapped.
    backgroundThrottling: false,
    autoplayPolicy: 'user-gesture-required',
  };
}

/** Closes a browser session to everything but the app's own pages: no network, no permission, no device, no download. */
export function lockDownSession(session: Session, rendererRoot: string): void {
  servePages(session, rendererRoot);
  session.setPermissionRequestHandler((_contents, _permission, decide) => {
    decide(false);
  });
  session.setPermissionCheckHandler(() => false);
  session.setDevicePermissionHandler(() => false);
  session.webRequest.onBeforeRequest((details, decide) => {
    decide({ cancel: !isOwnPage(details.url) });
  });
  session.on('will-download', (event) => {
    event.preventDefault();
  });
  session.setSpellCheckerEnabled(false);
}

/** Applies to every page that ever comes to be, whoever made it. */
export function lockDownContents(contents: WebContents): void {
  const stay = (event: { preventDefault: () => void }): void => {
    event.preventDefault();
  };
  contents.on('will-navigate', stay);
  contents.on('will-redirect', stay);
  contents.on('will-attach-webview', stay);
  contents.setWindowOpenHandler(() => ({ action: 'deny' }));
  contents.on('before-input-event', (event, input) => {
    // Zoom stays available to people who need it; reload, print and developer keys do not.
    const key = input.key.toLowerCase();
    const command = input.control || input.meta;
    if (
      key === 'f5' ||
      key === 'f11' ||
      key === 'f12' ||
      (command && ['r', 'p', 's', 'u', 'w', 'i'].includes(key))
    )
      event.preventDefault();
  });
}

/** Whether a URL is one of the app's own; devtools exist in development only. */
export function isOwnPage(url: string): boolean {
  if (url.startsWith(`${pageOrigin}/`)) return true;
  return !app.isPackaged && url.startsWith('devtools://');
}
