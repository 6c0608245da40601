import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

/** A path beside this file. Without node:url, since nothing in this folder may import Node. */
const here = (path: string) =>
  decodeURIComponent(new URL(path, import.meta.url).pathname).replace(/^\/(?=[A-Za-z]:)/, '');

/**
 * React Aria's LiveAnnouncer clears its log by innerHTML, which Trusted Types turn into a thrown error that unmounts the
 * whole application. The build fails when the text is not found any more, so that an update cannot bring it back unseen.
 */
const announcerWithoutInnerHtml: Plugin = {
  name: 'announcer-without-inner-html',
  enforce: 'pre',
  transform(code, id) {
    if (!/react-aria[\\/]dist[\\/]private[\\/]live-announcer/.test(id)) return null;
    const safe = code.replace(/\.innerHTML\s*=\s*''/g, '.replaceChildren()');
    if (safe === code) this.error('LiveAnnouncer changed: check it under Trusted Types');
    return { code: safe, map: null };
  },
};

/** Two pages: the system view (idle, PIN, cover) and the workspace of one badge session. */
const config = defineConfig({
  root: here('.'),
  base: './',
  publicDir: false,
  plugins: [announcerWithoutInnerHtml, react()],
  logLevel: 'warn',
  build: {
    target: 'chrome114',
    modulePreload: { polyfill: false },
    // Fonts must stay files: the content security policy allows no data: font.
    assetsInlineLimit: 0,
    outDir: here('../out/renderer'),
    emptyOutDir: true,
    // The one bundle of a kiosk comes from its own disk.
    chunkSizeWarningLimit: 2000,
    rolldownOptions: { input: [here('system.html'), here('workspace.html')] },
  },
});
// Vite reads the default export of its configuration file.
export { config as default };
