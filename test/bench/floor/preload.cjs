'use strict';
const { ipcRenderer } = require('electron');

ipcRenderer.on('uid', (_event, uid) => {
  document.body.textContent = uid;
  // Two frames: the first is being made with the text in it, the second says that it was presented.
  requestAnimationFrame(() =>
    requestAnimationFrame(() =>
      ipcRenderer.send('painted', performance.timeOrigin + performance.now()),
    ),
  );
});
