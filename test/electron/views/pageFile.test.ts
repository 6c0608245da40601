import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { contentSecurityPolicy, contentTypeOf, pageFile } from '#electron/views/pageFile.ts';

let root: string;
beforeAll(() => {
  const folder = mkdtempSync(path.join(tmpdir(), 'wardkey-pages-'));
  root = path.join(folder, 'renderer');
  mkdirSync(path.join(root, 'assets'), { recursive: true });
  mkdirSync(path.join(folder, 'renderer-secrets'));
  writeFileSync(path.join(folder, 'renderer-secrets', 'keys.html'), 'secret');
});
afterAll(() => rmSync(path.dirname(root), { recursive: true, force: true }));

it.each([
  ['app://wardkey/system.html', 'system.html'],
  ['app://wardkey/workspace.html?x=1#y', 'workspace.html'],
  ['app://wardkey/assets/a-b_c.js', 'assets/a-b_c.js'],
  ['app://wardkey/assets/../system.html', 'system.html'],
  // A URL has no parent of its root: these stay inside, where there is no such file.
  ['app://wardkey/../renderer-secrets/keys.html', 'renderer-secrets/keys.html'],
  ['app://wardkey/%2e%2e/renderer-secrets/keys.html', 'renderer-secrets/keys.html'],
  ['app://wardkey/assets/font.woff2', 'assets/font.woff2'],
])('%s is the file %s', (url, file) => {
  expect(pageFile(root, url)).toBe(path.join(root, file));
});

it.each([
  ['another folder with the same beginning', 'app://wardkey/..%2frenderer-secrets/keys.html'],
  ['the same, from below', 'app://wardkey/assets/..%2f..%2frenderer-secrets%2fkeys.html'],
  ['back slashes', 'app://wardkey/..\\..\\etc\\hosts.html'],
  ['encoded back slashes', 'app://wardkey/..%5c..%5csecret.html'],
  ['a NUL', 'app://wardkey/system.html%00.png'],
  ['a broken escape', 'app://wardkey/%zz.html'],
  ['overlong UTF-8', 'app://wardkey/%c0%ae%c0%ae/x.html'],
  ['the folder itself', 'app://wardkey/'],
  ['a folder', 'app://wardkey/assets'],
  ['a kind of file that no page has', 'app://wardkey/package.json'],
  ['a source map', 'app://wardkey/assets/a.js.map'],
  ['another host', 'app://elsewhere/system.html'],
  ['a port', 'app://wardkey:8080/system.html'],
  ['no host', 'app:///system.html'],
  ['another scheme', 'file:///etc/passwd.html'],
  ['the web', 'https://wardkey/system.html'],
  ['no URL', 'system.html'],
  ['nothing', ''],
])('%s is no file', (_what, url) => {
  expect(pageFile(root, url)).toBeNull();
});

it('whatever is asked for, what is served lies in the folder and is of a kind that pages have', () => {
  const piece = fc.constantFrom(
    ...[
      '..',
      '.',
      '/',
      '%2e',
      '%2E',
      '%2f',
      '%5c',
      '\\',
      '%00',
      '%25',
      '2e',
      'assets',
      'x',
      '.html',
    ],
    ...['renderer-secrets', 'keys.html', '?', '#', '@', ':', '//', 'wardkey', '%'],
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const file = pageFile(root, `app://wardkey/${pieces.join('')}`);
      if (file === null) return;
      expect(path.relative(root, file)).not.toMatch(/^\.\.(?:\/|$)|^\//);
      expect(contentTypeOf(file)).not.toBeNull();
    }),
    { numRuns: 5_000 },
  );
});

it('the policy allows own scripts, styles, fonts and pictures, and nothing else', () => {
  expect(contentSecurityPolicy).toBe(
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data:; " +
      "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; " +
      "require-trusted-types-for 'script'; trusted-types 'none'",
  );
});
