'use strict';
/**
 * The demo's badge tray: a second window, of another program, whose buttons lay virtual badges on a virtual reader.
 * WARDKEY_TRAY names the seed's JSON file, WARDKEY_PCSC_PORTS the readers. No part of the product.
 */
const { app, BrowserWindow, ipcMain } = require('electron');
const { readFileSync } = require('node:fs');
const path = require('node:path');

const { badges } = JSON.parse(readFileSync(process.env.WARDKEY_TRAY, 'utf8'));
const ports = process.env.WARDKEY_PCSC_PORTS.split(',').map(Number);
/** Long enough for a reader that looks for cards every 400 ms. */
const tapMs = 700;
app.setPath('userData', path.join(path.dirname(process.env.WARDKEY_TRAY), 'tray'));
if (!app.commandLine.hasSwitch('no-sandbox')) app.enableSandbox();

void app.whenReady().then(async () => {
  const { VirtualCard } = await import('../virtual/virtualCard.mjs');
  const held = new Map();
  const lift = (uid) => {
    held.get(uid)?.remove();
    held.delete(uid);
  };
  const lay = async (uid) => {
    // One badge at a time: the tray is one pair of hands.
    for (const other of held.keys()) lift(other);
    const card = new VirtualCard({ port: ports[0], uid });
    held.set(uid, card);
    await card.insert();
  };
  ipcMain.handle('badges', () => badges.filter((badge) => badge.onShift));
  ipcMain.handle('tap', async (_event, uid) => {
    await lay(uid);
    await new Promise((resolve) => setTimeout(resolve, tapMs));
    lift(uid);
  });
  ipcMain.handle('hold', async (_event, uid, down) => (down ? await lay(uid) : lift(uid)));
  const window = new BrowserWindow({
    width: 360,
    height: 900,
    x: 0,
    y: 60,
    autoHideMenuBar: true,
    alwaysOnTop: true,
    title: 'Demo badges',
    webPreferences: {
      preload: path.join(__dirname, 'preload.cjs'),
      sandbox: true,
      contextIsolation: true,
    },
  });
  window.removeMenu();
  await window.loadFile('tray.html');
});
app.on('window-all-closed', () => app.quit());
