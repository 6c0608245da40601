/*
 * A main process with nothing but `serveCalls` and pages that attack it, each with a preload of its own that hands the raw
 * channel to the page, as a page would have it that broke out of its context. Prints what came of each attack as one line of
 * JSON.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { app, BrowserWindow, session, type WebContents } from 'electron';
import {
  systemCallSchemas,
  workspaceCallSchemas,
  type CallRefusal,
  type Reply,
} from '#core/contracts/ipc.ts';
import { pushTo, serveCalls, type CallHandlers, type SenderRegistry } from '#electron/ipc/serve.ts';
import { registerPageScheme } from '#electron/views/pageProtocol.ts';

registerPageScheme();
app.disableHardwareAcceleration();

const rawPreload = `
  const { contextBridge, ipcRenderer } = require('electron');
  contextBridge.exposeInMainWorld('raw', {
    invoke: (channel, payload) => ipcRenderer.invoke(channel, payload),
  });`;
const secret = 'LEAK-5d1f';
const senders: SenderRegistry = new Map();
const troubles: string[] = [];
const handled: string[] = [];

/** Handlers that note that they ran; two of them misbehave. */
function handlersFor(table: object): CallHandlers<never> {
  const answers: Record<string, () => Reply<unknown>> = {
    boardRead: () => ({ ok: true, value: { secret } }),
    draftList: () => ({ ok: true, value: [{ secret }] }),
    terminalStatusRead: () => {
      throw new Error(secret);
    },
    chartOpen: () => ({ ok: false, code: 'notFound' satisfies CallRefusal }),
    conflictList: () => ({ ok: false, code: 'noSession' satisfies CallRefusal }),
  };
  return Object.fromEntries(
    Object.keys(table).map((name) => [
      name,
      async () => {
        handled.push(name);
        return await Promise.resolve(answers[name]?.() ?? { ok: true, value: null });
      },
    ]),
  ) as CallHandlers<never>;
}

interface Attack {
  readonly reply: unknown;
  readonly troubles: readonly string[];
  readonly handled: readonly string[];
}

type Runner = Pick<WebContents, 'executeJavaScript'>;

async function attempt(from: Runner, channel: string, payload = 'null'): Promise<Attack> {
  troubles.length = 0;
  handled.length = 0;
  const call = `raw.invoke(${JSON.stringify(channel)}, ${payload}).catch((cause) => String(cause))`;
  const reply: unknown = await from.executeJavaScript(call);
  return { reply, troubles: [...troubles], handled: [...handled] };
}

async function openPage(preload: string, page: string): Promise<WebContents> {
  const window = new BrowserWindow({
    show: false,
    webPreferences: {
      preload,
      sandbox: true,
      contextIsolation: true,
      nodeIntegrationInSubFrames: true,
    },
  });
  await window.loadURL(`app://wardkey/${page}`);
  return window.webContents;
}

/** What a hostile page may put where a payload is expected. */
const badPayloads = [
  ...['undefined', '0', '""', '[]', '{}', 'NaN', '1n', 'new Date()', 'new Map([["a", 1]])'],
  ...['new Uint8Array(64)', '"x".repeat(5_000_000)', '{ patientId: "x".repeat(5_000_000) }'],
  ...['{ text: "x".repeat(5_000_000), where: "ward" }', '{ text: "ev", where: "ward", more: 1 }'],
  ...['JSON.parse(\'{"__proto__":{"polluted":true}}\')'],
  ...['{ text: ["ev"], where: "ward" }', '{ text: { toString: 1 }, where: "ward" }'],
  ...['(() => { const loop = {}; loop.loop = loop; return loop; })()'],
];

/** What a page would be sent of messages that main made up wrong. */
function pushes(): { fitted: boolean[]; sent: unknown[] } {
  const sent: unknown[] = [];
  const page = {
    isDestroyed: () => false,
    send: (channel: string, message: unknown) => void sent.push([channel, message]),
  };
  const notice = { notice: 'readerLost' };
  const fitted = [
    pushTo(page, 'workspace', 'workspaceNotice', notice),
    pushTo(page, 'workspace', 'workspaceNotice', { ...notice, secret }),
    pushTo(page, 'workspace', 'workspaceNotice', { notice: secret }),
    pushTo(page, 'workspace', 'everything', { secret }),
    pushTo(page, 'system', 'workspaceNotice', notice),
    pushTo({ ...page, isDestroyed: () => true }, 'workspace', 'workspaceNotice', notice),
  ];
  return { fitted, sent };
}

async function attackAll(preload: string): Promise<Record<string, unknown>> {
  const [system, workspace, stranger, elsewhere, forgotten] = await Promise.all(
    ['system', 'workspace', 'workspace', 'other', 'workspace'].map(
      async (page) => await openPage(preload, `${page}.html`),
    ),
  );
  if (!system || !workspace || !stranger || !elsewhere || !forgotten) throw new Error('no page');
  senders.set(system.id, 'system');
  for (const page of [workspace, elsewhere, forgotten]) senders.set(page.id, 'workspace');
  const search = '{ text: "ev", where: "ward" }';
  const results: Record<string, unknown> = {
    allowed: await attempt(workspace, 'wardkey:workspace:sessionLeave'),
    refusedByHandler: await attempt(
      workspace,
      'wardkey:workspace:chartOpen',
      '{ patientId: "a", fetch: true }',
    ),
    withoutSession: await attempt(workspace, 'wardkey:workspace:conflictList'),
    unregistered: await attempt(stranger, 'wardkey:workspace:sessionLeave'),
    otherPage: await attempt(elsewhere, 'wardkey:workspace:sessionLeave'),
    workspaceAsSystem: await attempt(workspace, 'wardkey:system:uncover'),
    systemAsWorkspace: await attempt(system, 'wardkey:workspace:sessionLeave'),
    unknownCall: await attempt(workspace, 'wardkey:workspace:everything'),
    unknownRole: await attempt(workspace, 'wardkey:main:sessionLeave'),
    inheritedName: await attempt(workspace, 'wardkey:workspace:constructor'),
    unfitReply: await attempt(workspace, 'wardkey:workspace:boardRead'),
    unfitList: await attempt(workspace, 'wardkey:workspace:draftList'),
    failedHandler: await attempt(workspace, 'wardkey:workspace:terminalStatusRead'),
  };
  results['pushes'] = pushes();
  senders.delete(forgotten.id);
  results['forgotten'] = await attempt(forgotten, 'wardkey:workspace:sessionLeave');
  await workspace.executeJavaScript(`new Promise((done) => {
    const frame = document.createElement('iframe');
    frame.onload = done;
    frame.src = 'app://wardkey/workspace.html';
    document.body.append(frame);
  })`);
  const [frame] = workspace.mainFrame.frames;
  if (!frame) throw new Error('no frame');
  results['subframe'] = await attempt(frame, 'wardkey:workspace:sessionLeave');
  const unfit: Attack[] = [];
  for (const payload of badPayloads)
    unfit.push(await attempt(workspace, 'wardkey:workspace:patientSearch', payload));
  results['unfitPayloads'] = unfit;
  results['fitPayload'] = await attempt(workspace, 'wardkey:workspace:patientSearch', search);
  const polluting = 'JSON.parse(\'{"text":"ev","where":"ward","__proto__":{"polluted":true}}\')';
  results['polluting'] = await attempt(workspace, 'wardkey:workspace:patientSearch', polluting);
  results['polluted'] = 'polluted' in {};
  return results;
}

async function run(): Promise<void> {
  session.defaultSession.protocol.handle(
    'app',
    () => new Response('<body>page</body>', { headers: { 'content-type': 'text/html' } }),
  );
  const onTrouble = (trouble: string, call: string): void =>
    void troubles.push(`${trouble} ${call}`);
  serveCalls({
    role: 'system',
    table: systemCallSchemas,
    handlers: handlersFor(systemCallSchemas),
    senders,
    onTrouble,
  });
  serveCalls({
    role: 'workspace',
    table: workspaceCallSchemas,
    handlers: handlersFor(workspaceCallSchemas),
    senders,
    onTrouble,
  });
  const folder = mkdtempSync(path.join(tmpdir(), 'wardkey-ipc-'));
  const preload = path.join(folder, 'preload.cjs');
  writeFileSync(preload, rawPreload);
  const results = await attackAll(preload).catch((cause: unknown) => ({ broke: String(cause) }));
  rmSync(folder, { recursive: true, force: true });
  process.stdout.write(`${JSON.stringify(results)}\n`, () => app.exit(0));
}

void app.whenReady().then(run);
