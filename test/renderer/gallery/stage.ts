import { createServer, type Server } from 'node:http';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium, type Browser, type Page } from 'playwright-core';
import { build } from 'vite';
import type { Language, Theme } from '#core/contracts/ipc.ts';
import { installBridge, type BridgeScript } from './fakeBridge.ts';
import type { Scene } from './scene.ts';

/** The policy under which the product serves its pages. */
export const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "font-src 'self'",
  "img-src 'self' data:",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.woff2': 'font/woff2',
  '.woff': 'font/woff',
};
const config = fileURLToPath(new URL('../../../renderer/vite.config.mts', import.meta.url));

/** The built renderer behind a static server with the product's policy, and a browser to look at it. */
export interface Stage {
  /** Opens a scene in one language, theme and size and waits until it reported a painted frame. */
  open(scene: Scene, look: Look): Promise<Page>;
  close(): Promise<void>;
}

/** How a scene is looked at. A zoom of 200 % is half the room in CSS pixels. */
export interface Look {
  readonly language: Language;
  readonly theme: Theme;
  readonly width: number;
  readonly height: number;
}

function browserPath(): string {
  const path = process.env['WARDKEY_CHROMIUM'] ?? '/usr/bin/chromium-headless-shell';
  if (!existsSync(path)) {
    throw new Error(
      `no browser at ${path}: apt-get install chromium-headless-shell, or set WARDKEY_CHROMIUM`,
    );
  }
  return path;
}

function serve(root: string): Promise<Server> {
  const server = createServer((request, response) => {
    const path = join(root, normalize(new URL(request.url ?? '/', 'http://x').pathname));
    readFile(path).then(
      (body) => {
        response.writeHead(200, {
          'content-type': types[extname(path)] ?? 'application/octet-stream',
          'content-security-policy': policy,
        });
        response.end(body);
      },
      () => response.writeHead(404).end(),
    );
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

function script(scene: Scene, look: Look): BridgeScript {
  const { language, theme } = look;
  if (scene.page === 'system') {
    const message = { ...scene.snapshot, language, theme };
    return { first: { topic: 'systemSnapshot', message }, messages: [], replies: {} };
  }
  const message = { ...scene.begin, language, theme };
  return {
    first: { topic: 'workspaceBegin', message },
    messages: scene.messages ?? [],
    replies: scene.replies ?? {},
  };
}

async function openScene(browser: Browser, port: number, scene: Scene, look: Look): Promise<Page> {
  const context = await browser.newContext({
    viewport: { width: look.width, height: look.height },
    timezoneId: 'America/Toronto',
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  await page.addInitScript(installBridge, script(scene, look));
  await page.goto(`http://127.0.0.1:${port}/${scene.page}.html`);
  const painted = scene.page === 'system' ? 'systemPainted' : 'workspacePainted';
  await page.waitForFunction(
    (name) => window.gallery.calls.some((call) => call.name === name),
    painted,
  );
  await scene.act?.(page);
  return page;
}

declare global {
  interface Window {
    readonly gallery: {
      readonly calls: readonly { name: string; payload: unknown }[];
      readonly violations: readonly string[];
      readonly push: (topic: string, message: unknown) => void;
    };
  }
}

/** Builds the renderer as the product does, into a temporary folder, and opens a browser. */
export async function openStage(): Promise<Stage> {
  const root = await mkdtemp(join(tmpdir(), 'wardkey-gallery-'));
  await build({ configFile: config, build: { outDir: root } });
  const server = await serve(root);
  const { port } = server.address() as AddressInfo;
  const browser = await chromium.launch({
    executablePath: browserPath(),
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--font-render-hinting=none',
      // Each page runs its script once: what interprets it quickly is worth more than what learns from it.
      '--js-flags=--always-sparkplug --no-lazy-feedback-allocation',
    ],
  });
  return {
    open: (scene, look) => openScene(browser, port, scene, look),
    close: async () => {
      await browser.close();
      server.close();
      await rm(root, { recursive: true });
    },
  };
}
