'use strict';
const { contextBridge, ipcRenderer } = require('electron');

contextBridge.exposeInMainWorld('tray', {
  badges: () => ipcRenderer.invoke('badges'),
  tap: (uid) => ipcRenderer.invoke('tap', uid),
  hold: (uid, down) => ipcRenderer.invoke('hold', uid, down),
});
