import path from 'node:path';

/** Where every page of the app lives: a scheme of its own, never file:// (Electron security checklist, point 18). */
export const pageOrigin = 'app://wardkey';

/** What a page may do: load its own script, style and font, and nothing else; no markup from strings (Trusted Types). */
export const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "font-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
  '.png': 'image/png',
};

/** What a file is served as; null for kinds of files that no page has. */
export function contentTypeOf(file: string): string | null {
  return contentTypes[path.extname(file)] ?? null;
}

/** The file a URL names inside `root`, or null for anything that is not exactly one of the app's own files. */
export function pageFile(root: string, url: string): string | null {
  let parsed: URL;
  let relative: string;
  try {
    parsed = new URL(url);
    relative = decodeURIComponent(parsed.pathname);
  } catch {
    return null;
  }
  if (parsed.protocol !== 'app:' || parsed.host !== 'wardkey') return null;
  if (relative.includes('\\') || relative.includes('\0')) return null;
  const file = path.normalize(path.join(root, relative));
  if (!file.startsWith(root + path.sep)) return null;
  return contentTypeOf(file) === null ? null : file;
}
