'use strict';
/**
 * The floor of the tap benchmark: the same reader host, a bare window, and nothing but the badge's number painted.
 * WARDKEY_OUT is the bundles' folder. Prints `ready`, then one JSON line a tap: `{"paintedAtMs": …}` (wall clock).
 */
const { app, BrowserWindow, ipcMain, utilityProcess } = require('electron');
const path = require('node:path');

const out = process.env.WARDKEY_OUT;
app.setPath('userData', process.env.WARDKEY_USER_DATA);

void app.whenReady().then(async () => {
  const window = new BrowserWindow({
    width: 1920,
    height: 1080,
    useContentSize: true,
    x: 0,
    y: 0,
    frame: false,
    webPreferences: {
      preload: path.join(__dirname, 'preload.cjs'),
      sandbox: true,
      contextIsolation: true,
      backgroundThrottling: false,
    },
  });
  await window.loadFile('floor.html');
  ipcMain.on('painted', (_event, paintedAtMs) =>
    process.stdout.write(`${JSON.stringify({ paintedAtMs })}\n`),
  );
  const host = utilityProcess.fork(path.join(out, 'electron', 'readerHost.cjs'), [
    `--addon-path=${path.join(out, 'native', 'pcsc.node')}`,
  ]);
  host.on('message', (event) => {
    if (event.type === 'badge') window.webContents.send('uid', event.badge.hex);
  });
  process.stdout.write('ready\n');
});
