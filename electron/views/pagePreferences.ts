import type { BrowserWindowConstructorOptions } from 'electron';

export type PagePreferences = NonNullable<BrowserWindowConstructorOptions['webPreferences']>;

/** Everything a page is denied, as Chromium preferences; each has a test that fails when it is undone. */
export function pagePreferences(
  preload: string,
  partition: string,
  isPackaged: boolean,
): PagePreferences {
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
    devTools: !isPackaged,
    // A locked spare waits behind the idle screen and must paint at once when a badge is tapped.
    backgroundThrottling: false,
    autoplayPolicy: 'user-gesture-required',
  };
}
