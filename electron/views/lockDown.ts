import { app, session, type Session, type WebContents } from 'electron';
import { pageOrigin } from './pageFile.ts';
import { pagePreferences, type PagePreferences } from './pagePreferences.ts';

/** The preferences of every page, as this program runs. */
export function lockedPreferences(preload: string, partition: string): PagePreferences {
  return pagePreferences(preload, partition, app.isPackaged);
}

/** What a page tried that no page may do. */
export type Refused = 'navigation' | 'redirect' | 'window' | 'webview' | 'download';

/**
 * Locks every browser session and every page that ever comes to be, whoever made it. Called once, when the app is ready and
 * before its first window.
 */
export function lockDownApp(onRefused: (kind: Refused) => void): void {
  const lockSession = (created: Session): void => lockDownSession(created, onRefused);
  app.on('session-created', lockSession);
  // This one is older than the listener.
  lockSession(session.defaultSession);
  app.on('web-contents-created', (_event, contents) => {
    lockDownContents(contents, onRefused);
  });
}

/** Closes a browser session to everything but the app's own pages: no network, no permission, no device, no download. */
function lockDownSession(locked: Session, onRefused: (kind: Refused) => void): void {
  locked.setPermissionRequestHandler((_contents, _permission, decide) => {
    decide(false);
  });
  locked.setPermissionCheckHandler(() => false);
  locked.setDevicePermissionHandler(() => false);
  locked.webRequest.onBeforeRequest((details, decide) => {
    decide({ cancel: !isOwnPage(details.url) });
  });
  locked.on('will-download', (event) => {
    event.preventDefault();
    onRefused('download');
  });
  locked.setSpellCheckerEnabled(false);
}

function lockDownContents(contents: WebContents, onRefused: (kind: Refused) => void): void {
  const refuse =
    (kind: Refused) =>
    (event: { preventDefault: () => void }): void => {
      event.preventDefault();
      onRefused(kind);
    };
  // Of every frame, the main one too.
  contents.on('will-frame-navigate', refuse('navigation'));
  contents.on('will-redirect', refuse('redirect'));
  contents.on('will-attach-webview', refuse('webview'));
  contents.setWindowOpenHandler(() => {
    onRefused('window');
    return { action: 'deny' };
  });
  // WebRTC heeds neither the content security policy nor webRequest: a page could send a chart to any address by UDP.
  contents.setWebRTCIPHandlingPolicy('disable_non_proxied_udp');
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
function isOwnPage(url: string): boolean {
  if (url.startsWith(`${pageOrigin}/`)) return true;
  return !app.isPackaged && url.startsWith('devtools://');
}
