import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  systemCalls,
  systemTopics,
  workspaceCalls,
  workspaceTopics,
} from '#core/contracts/channels.ts';
import { contentSecurityPolicy } from '#electron/views/pageFile.ts';
import type { Terminal } from './driver.mjs';
import { openLab, type Lab } from './lab.ts';
import { openLandingPlace, type LandingPlace } from './landingPlace.ts';
import { reachOut } from './networkAttacks.ts';
import * as attack from './pageAttacks.ts';

/* Electron's security checklist, attacked from the real pages: system, an open workspace, and a spare that waits. */

const roles = ['system', 'workspace', 'spare'] as const;
type Role = (typeof roles)[number];

/** Files that are there, by ways that must not lead to them. */
const climbs = [
  '/../electron/main.cjs',
  '/..%2felectron/main.cjs',
  '/%2e%2e/electron/preloadSystem.cjs',
  '/..%5celectron%5cmain.cjs',
  '/assets/..%2f..%2felectron/main.cjs',
  '/..%2f..%2fpackage.json',
  '/..%2f..%2frenderer/system.html',
  '/%2fetc%2fhosts',
  '/assets',
  '/',
];

let lab: Lab;
let terminal: Terminal;
let landing: LandingPlace;
let home: string;
const pages = {} as Record<Role, Page>;

beforeAll(async () => {
  home = mkdtempSync(path.join(tmpdir(), 'wardkey-home-'));
  [lab, landing] = await Promise.all([openLab(), openLandingPlace()]);
  terminal = await lab.launch({ env: { HOME: home, XDG_DOWNLOAD_DIR: home } });
  await terminal.ready();
  await lab.hand.tap(lab.nurses[0]!);
  await terminal.typePin(lab.nurses[0]!.pin);
  pages.workspace = await terminal.workspace();
  await pages.workspace.locator('.bedRow').first().waitFor();
  pages.system = await terminal.system();
  pages.spare = await spareOf();
});
afterAll(async () => {
  await lab.close();
  await landing.close();
  rmSync(home, { recursive: true, force: true });
});

/** The next workspace page, which is made a moment after one was given away. */
async function spareOf(): Promise<Page> {
  for (let tries = 0; tries < 400; tries++) {
    const spare = terminal.pages('workspace').find((page) => page !== pages.workspace);
    if (spare) {
      await spare.waitForLoadState('load');
      return spare;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('no spare workspace was made');
}

it('every page has Electron’s locks on', async () => {
  const preferences = await terminal.app.evaluate(({ webContents }) =>
    webContents
      .getAllWebContents()
      .map((contents) => contents as unknown as { getLastWebPreferences(): object })
      .map((contents) => contents.getLastWebPreferences()),
  );
  // The three pages, and the window's own that lies under them and is never loaded.
  expect(preferences).toHaveLength(4);
  for (const one of preferences) {
    expect(one).toMatchObject({
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      experimentalFeatures: false,
      webviewTag: false,
    });
    expect((one as { enableBlinkFeatures?: string }).enableBlinkFeatures ?? '').toBe('');
  }
});

describe.each(roles)('the %s page', (role) => {
  it('sees nothing of Node or Electron, and of the program exactly the named calls and topics', async () => {
    const seen = await pages[role].evaluate(attack.lookRound);
    expect(seen.leaked).toEqual([]);
    expect(seen.bridge).toEqual(['call', 'on']);
    expect(seen.calls).toEqual(role === 'system' ? [...systemCalls] : [...workspaceCalls]);
    expect(seen.topics).toEqual(role === 'system' ? [...systemTopics] : [...workspaceTopics]);
    expect(seen.canBeReplaced).toBe(false);
    expect(seen.webgl).toBe(false);
  });

  it('reaches nothing outside by any of the ways a page has', async () => {
    await landing.provesToListen();
    const outcomes = await pages[role].evaluate(reachOut, landing.address);
    for (const [way, outcome] of Object.entries(outcomes))
      expect([way, outcome]).toEqual([way, expect.stringMatching(/^(?:refused|silent)/)]);
    expect(Object.keys(outcomes).length).toBeGreaterThan(20);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(landing.visits()).toEqual([]);
  });

  it('runs no text as program and makes no markup from text', async () => {
    const outcomes = await pages[role].evaluate(attack.runText);
    for (const [way, outcome] of Object.entries(outcomes))
      expect([way, outcome]).toEqual([way, 'refused']);
  });

  it('opens no window, goes nowhere, and downloads nothing; each try is logged', async () => {
    const url = pages[role].url();
    const windows = terminal.app.pages().length;
    for (const [kind, act] of [
      ['window', attack.openWindow],
      ['navigation', attack.navigate],
      ['navigation', attack.navigateToOtherRole],
      ['navigation', attack.followLink],
    ] as const) {
      const from = terminal.log.length;
      expect(await pages[role].evaluate(act, landing.address.http)).toBe(false);
      const logged = await terminal.logged('navigationRefused', { from });
      expect(logged['kind']).toBe(kind);
    }
    await pages[role].evaluate(attack.download);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(pages[role].url()).toBe(url);
    expect(terminal.app.pages()).toHaveLength(windows);
    expect(readdirSync(home).filter((name) => !name.startsWith('.'))).toEqual([]);
    expect(landing.visits()).toEqual([]);
  });

  it('is granted no permission and no device', async () => {
    // A page behind another is kept waiting with some of its questions: each asks as if it were in front.
    const devTools = await terminal.app.context.newCDPSession(pages[role]);
    await devTools.send('Emulation.setFocusEmulationEnabled', { enabled: true });
    const outcomes = await pages[role].evaluate(attack.askPermissions);
    await devTools.detach();
    for (const [name, outcome] of Object.entries(outcomes))
      expect([name, outcome]).toEqual([name, 'refused']);
    expect(Object.keys(outcomes).length).toBeGreaterThan(10);
  });
});

it.each(['system', 'workspace'])(
  'the files of the %s page come with the exact policy, not kept and not sniffed; nothing else is found',
  async (partition) => {
    const answers = await terminal.app.evaluate(
      async ({ session }, { from, paths }) =>
        await Promise.all(
          paths.map(async (one) => {
            const answer = await session.fromPartition(from).fetch(`app://wardkey${one}`);
            return { status: answer.status, headers: Object.fromEntries(answer.headers) };
          }),
        ),
      { from: partition, paths: [`/${partition}.html`, ...climbs] },
    );
    expect(answers.map(({ status }) => status)).toEqual([200, ...climbs.map(() => 404)]);
    for (const { headers } of answers)
      expect(headers).toMatchObject({
        'content-security-policy': contentSecurityPolicy,
        'x-content-type-options': 'nosniff',
        'cross-origin-opener-policy': 'same-origin',
        'referrer-policy': 'no-referrer',
        'cache-control': 'no-store',
      });
  },
);

it('a download that starts all the same is stopped and logged', async () => {
  const from = terminal.log.length;
  await terminal.app.evaluate(({ session }) => {
    session.fromPartition('system').downloadURL('app://wardkey/system.html');
  });
  const logged = await terminal.logged('navigationRefused', { from });
  expect(logged['kind']).toBe('download');
  expect(readdirSync(home).filter((name) => !name.startsWith('.'))).toEqual([]);
});

it('a page and a session made by anyone later are locked too', async () => {
  await landing.provesToListen();
  const from = terminal.log.length;
  const outcome = await terminal.app.evaluate(async ({ BrowserWindow, session }, http) => {
    const made = session.fromPartition('persist:someone-else');
    const window = new BrowserWindow({ show: false, webPreferences: { session: made } });
    const loaded = await window.loadURL(http).then(
      () => 'loaded',
      // Stopped before a name was looked up: one lock does not stand in for the other.
      (cause: unknown) => (cause as { code: string }).code,
    );
    await window.loadURL('data:text/html,<p>x</p>').catch(() => null);
    const opened: unknown = await window.webContents.executeJavaScript(
      'window.open("about:blank") === null',
    );
    const granted: unknown = await window.webContents.executeJavaScript('Notification.permission');
    window.destroy();
    return { loaded, opened, granted };
  }, landing.address.http);
  expect(outcome).toEqual({
    loaded: 'ERR_BLOCKED_BY_CLIENT',
    opened: true,
    granted: 'denied',
  });
  await terminal.logged('navigationRefused', {
    from,
    where: (entry) => entry['kind'] === 'window',
  });
  expect(landing.visits()).toEqual([]);
});

it('a webview is not attached and a redirect not followed, whoever’s page it is; both are logged', async () => {
  const from = terminal.log.length;
  const outcome = await terminal.app.evaluate(async ({ BrowserWindow, session }) => {
    const made = session.fromPartition('someone-else-s-pages');
    made.protocol.handle('app', (request) =>
      request.url.endsWith('/away')
        ? new Response(null, { status: 302, headers: { location: 'app://wardkey/there' } })
        : new Response('<body>page</body>', { headers: { 'content-type': 'text/html' } }),
    );
    const webPreferences = { session: made, webviewTag: true };
    const window = new BrowserWindow({ show: false, webPreferences });
    await window.loadURL('app://wardkey/here');
    await window.loadURL('app://wardkey/away').catch(() => null);
    const redirectedTo = window.webContents.getURL();
    await window.loadURL('app://wardkey/here');
    let attached = 0;
    window.webContents.on('did-attach-webview', () => (attached += 1));
    await window.webContents.executeJavaScript(`
      document.body.append(Object.assign(document.createElement('webview'), { src: 'app://wardkey/there' }));
      new Promise((resolve) => setTimeout(resolve, 1_000))`);
    window.destroy();
    return { redirectedTo, attached };
  });
  expect(outcome).toEqual({ redirectedTo: 'app://wardkey/here', attached: 0 });
  const refused = terminal.log.slice(from).filter(({ event }) => event === 'navigationRefused');
  expect(refused.map(({ kind }) => kind)).toEqual(['redirect', 'webview']);
});

it('every session answers no to whatever asks for a permission or a device', async () => {
  // No machine of a test has such devices: the program's own locking of a new session is heard by one that only notes it.
  const heard = await terminal.app.evaluate(({ app }) => {
    const given = new Map<string, (...asked: unknown[]) => unknown>();
    const noting = (prefix: string): object =>
      new Proxy(
        {},
        {
          get: (_target, name) =>
            name === 'webRequest'
              ? noting('webRequest.')
              : (...words: ((...asked: unknown[]) => unknown)[]) =>
                  given.set(`${prefix}${String(name)}`, words.at(-1)!),
        },
      );
    app.emit('session-created', noting(''));
    let decided: unknown = 'undecided';
    given.get('setPermissionRequestHandler')?.(null, 'media', (allow: unknown) => {
      decided = allow;
    });
    return {
      asked: [...given.keys()],
      request: decided,
      check: given.get('setPermissionCheckHandler')?.(null, 'media', 'app://wardkey'),
      device: given.get('setDevicePermissionHandler')?.({ deviceType: 'hid', device: {} }),
    };
  });
  expect(heard).toEqual({
    // And nothing that would loosen it again.
    asked: [
      'setPermissionRequestHandler',
      'setPermissionCheckHandler',
      'setDevicePermissionHandler',
      'webRequest.onBeforeRequest',
      'on',
      'setSpellCheckerEnabled',
    ],
    request: false,
    check: false,
    device: false,
  });
});

const pagesWithKeys = ['system', 'workspace'];
it.each(pagesWithKeys)(
  'on the %s page, keys that reload, print or open tools do nothing',
  async (name) => {
    const chords = [
      'F5',
      'F11',
      'F12',
      'control+r',
      'control+p',
      'control+s',
      'control+u',
      'control+w',
      'control+shift+i',
    ];
    const stopped = await terminal.app.evaluate(
      async ({ webContents }, { keys, name }) => {
        const page = webContents
          .getAllWebContents()
          .find((one) => one.getURL().includes(`/${name}.html`));
        const heard: Record<string, boolean> = {};
        for (const chord of keys) {
          const parts = chord.split('+');
          const keyCode = parts.at(-1) ?? '';
          const modifiers = parts.slice(0, -1) as 'control'[];
          await new Promise<void>((resolve) => {
            // Heard after the program's own listener.
            page?.once('before-input-event', (event) => {
              heard[chord] = event.defaultPrevented;
              resolve();
            });
            page?.sendInputEvent({ type: 'keyDown', keyCode, modifiers });
          });
        }
        return heard;
      },
      { keys: chords, name },
    );
    expect(stopped).toEqual(Object.fromEntries(chords.map((chord) => [chord, true])));
  },
);

it('no certificate error is ever overridden, and no page of the app is a file', async () => {
  const facts = await terminal.app.evaluate(({ app, webContents }) => {
    const decisions: string[] = [];
    const [page] = webContents.getAllWebContents();
    for (const name of ['certificate-error', 'select-client-certificate', 'login']) {
      const event = { preventDefault: () => decisions.push(`${name} taken over`) };
      const decide = (answer: unknown): void => void decisions.push(`${name} ${String(answer)}`);
      const asked = [page, 'https://elsewhere.example/', 'net::ERR_CERT_AUTHORITY_INVALID', {}];
      app.emit(name, event, ...asked, decide, true);
    }
    return {
      decisions,
      schemes: webContents
        .getAllWebContents()
        .map((one) => one.getURL())
        .filter((url) => url !== ''),
      ignored: ['ignore-certificate-errors', 'disable-web-security', 'remote-allow-origins'].filter(
        (name) => app.commandLine.hasSwitch(name),
      ),
    };
  });
  // Chromium refuses by itself what nobody takes over.
  expect(facts.decisions).toEqual([]);
  for (const url of facts.schemes) expect(url).toMatch(/^app:\/\/wardkey\//);
  expect(facts.ignored).toEqual([]);
});

it('a second copy ends with its sentence and code 75, and the first goes on', async () => {
  const { spawn } = await import('node:child_process');
  const executable = terminal.app.process.spawnfile;
  const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const second = spawn(executable, [...asRoot, '--disable-gpu', process.cwd()], {
    env: { ...process.env, ...lab.world.env, ...lab.display },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  second.stderr.on('data', (bytes) => (said += String(bytes)));
  // One that stays must not outlive the test.
  const patience = setTimeout(() => second.kill('SIGKILL'), 30_000);
  const code = await new Promise((resolve) => second.once('exit', resolve));
  clearTimeout(patience);
  expect(code).toBe(75);
  expect(said).toContain('wardkey: another copy of Wardkey runs on this terminal; use that one');
  expect(await pages.workspace.locator('.bedRow').count()).toBeGreaterThan(0);
});

it('what a page puts into the browser’s stores is on no disk, while it runs and after', async () => {
  const marker = 'MARKER-5d1f-PATIENT-EVANS';
  for (const role of roles) await pages[role].evaluate(attack.storeEverywhere, `${marker}-${role}`);
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  const holders = (): string[] =>
    [lab.world.files.state, home].flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .map((file) => path.join(folder, file))
        .filter((file) => statSync(file, { throwIfNoEntry: false })?.isFile())
        .filter((file) => {
          const bytes = readFileSync(file);
          return bytes.includes(marker) || bytes.includes(Buffer.from(marker, 'utf16le'));
        }),
    );
  expect(holders()).toEqual([]);
  await terminal.close();
  expect(holders()).toEqual([]);
  expect(readdirSync(lab.world.files.state)).toContain('browser');
});
