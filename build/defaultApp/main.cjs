'use strict';
/**
 * Stands in for Electron's own default_app.asar in the development runtime, which lacks it:
 * `electron [-r module] <folder or file>`. Never part of a package.
 */
const { app } = require('electron');
const fs = require('node:fs');
const Module = require('node:module');
const path = require('node:path');

const required = [];
let target = null;
const args = process.argv.slice(1);
for (let index = 0; index < args.length && target === null; index++) {
  const argument = args[index];
  if (argument === '-r' || argument === '--require') required.push(args[++index]);
  else if (argument.startsWith('--app=')) target = argument.slice('--app='.length);
  else if (!argument.startsWith('-')) target = argument;
}
if (target === null) {
  process.stderr.write('usage: electron [-r module] <folder or file>\n');
  process.exit(2);
}
if (required.length > 0) Module._preloadModules(required);
// What Electron's own launcher sets: the app then knows that it is not packaged.
Object.defineProperty(process, 'defaultApp', { value: true, enumerable: true });

const folder = path.resolve(target);
const manifestPath = path.join(folder, 'package.json');
const manifest = fs.existsSync(manifestPath)
  ? JSON.parse(fs.readFileSync(manifestPath, 'utf8'))
  : null;
if (manifest) {
  if (manifest.version) app.setVersion(manifest.version);
  app.name = manifest.productName || manifest.name || app.name;
  app.setDesktopName(manifest.desktopName || `${app.name}.desktop`);
}
const entry = Module._resolveFilename(folder, null, true);
app.setAppPath(manifest ? folder : path.dirname(entry));
Module._load(entry, null, true);
