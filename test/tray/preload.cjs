'use strict';
const { contextBridge, ipcRenderer } = require('electron');

contextBridge.exposeInMainWorld('tray', {
  people: () => ipcRenderer.invoke('people'),
  tap: (uid) => ipcRenderer.invoke('tap', uid),
  hold: (uid, down) => ipcRenderer.invoke('hold', uid, down),
});
