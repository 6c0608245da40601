import { expect, it } from 'vitest';
import { pagePreferences } from '#electron/views/pagePreferences.ts';

/* The end-to-end test of hardening looks at the pages themselves; Electron tells only part of this back. */

it.each([true, false])('a page has these preferences and no other; packaged: %s', (isPackaged) => {
  expect(pagePreferences('/preload.cjs', 'workspace', isPackaged)).toEqual({
    preload: '/preload.cjs',
    partition: 'workspace',
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
    backgroundThrottling: false,
    autoplayPolicy: 'user-gesture-required',
  });
});
