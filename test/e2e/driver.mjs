/**
 * Drives the real terminal as a ward does: virtual badges on virtual readers, keys and touches on the pages, and what the
 * terminal says of itself in its log. Plain JavaScript, so that the tour and the benchmark can use it too.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { VirtualCard } from '../virtual/virtualCard.mjs';
import { eventually } from './eventually.mjs';
import { launchElectron } from './electronApp.mjs';

export { eventually };

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', '..');

/** A card found sooner after a reader's start than this lay there before: `readerSettleMs` of the session policy, and some. */
function readerSettleMs(configFile) {
  const { session } = JSON.parse(readFileSync(configFile, 'utf8'));
  return (session?.readerSettleMs ?? 2_000) + 400;
}

/** Lays badges on the world's readers. */
export function createHand(world) {
  const ports = world.env.WARDKEY_PCSC_PORTS.split(',').map(Number);
  const held = new Map();
  const lift = (badge) => {
    held.get(badge.uid)?.remove();
    held.delete(badge.uid);
  };
  const lay = async (badge, { reader = 0, options = {} } = {}) => {
    const card = new VirtualCard({ port: ports[reader], uid: badge.uid, ...options });
    held.set(badge.uid, card);
    /** Wall clock, epoch ms, when the card was in the field. */
    await card.insert();
    return performance.timeOrigin + performance.now();
  };
  return {
    lay,
    lift,
    /** A tap: long enough for the reader to see it. Answers when the card came into the field. */
    tap: async (badge, { ms = 150, ...rest } = {}) => {
      const atMs = await lay(badge, rest);
      await sleep(ms);
      lift(badge);
      return atMs;
    },
    liftAll: () => {
      for (const uid of [...held.keys()]) lift({ uid });
    },
  };
}

/**
 * Starts the terminal of a world.
 * @param {{ world: any, runtime: { executable: string }, display: Record<string, string>, args?: string[],
 *   env?: Record<string, string>, sandbox?: boolean, executablePath?: string }} options
 */
export async function launchTerminal({
  world,
  runtime,
  display,
  args = [],
  env = {},
  sandbox = false,
  executablePath,
}) {
  // Root cannot have Chromium's sandbox; the sandbox test runs as another user.
  const flags = sandbox ? [] : ['--no-sandbox'];
  const app = await launchElectron({
    executable: executablePath ?? runtime.executable,
    args: [
      ...flags,
      '--disable-gpu',
      '--font-render-hinting=none',
      '--force-device-scale-factor=1',
      ...args,
      root,
    ],
    cwd: root,
    env: { ...process.env, ...world.env, ...display, ...env },
  });
  const { log, process: program } = app;

  const pages = (name) => app.pages().filter((page) => page.url().endsWith(`/${name}.html`));
  const system = async () => await eventually('the system page', () => pages('system')[0]);
  /** The workspace that shows something; spares are empty. */
  const workspace = async () =>
    await eventually(
      'an open workspace',
      async () => {
        for (const page of pages('workspace')) {
          const open = await page
            .evaluate(
              () =>
                document.querySelector('.workspaceFrame:not([data-warming]) .workspace') !== null,
            )
            .catch(() => false);
          if (open) return page;
        }
        return null;
      },
      { deadlineMs: 30_000 },
    );
  return {
    app,
    log,
    pages,
    system,
    workspace,
    processId: program.pid,
    /** Waits for a log event that comes after `from` entries. */
    logged: async (event, { from = 0, deadlineMs = 10_000, where = () => true } = {}) =>
      await eventually(
        `log event ${event}`,
        () => log.slice(from).find((entry) => entry.event === event && where(entry)),
        { deadlineMs },
      ),
    /** Waits until reader and record server are there, and a card that is laid down counts as a tap. */
    ready: async () => {
      const page = await system();
      await page.getByText('Badge reader ready').waitFor({ timeout: 30_000 });
      // A stream that fell silent is given up after 35 s (electron/sync).
      await page.getByText('Record server connected').waitFor({ timeout: 60_000 });
      await sleep(readerSettleMs(world.env.WARDKEY_CONFIG));
    },
    /** Types a PIN on the system page, once it asks for one. */
    typePin: async (pin) => {
      const page = await system();
      await page.waitForSelector('.pinPad', { timeout: 10_000 });
      for (const digit of pin) await page.keyboard.press(digit);
      await page.keyboard.press('Enter');
    },
    close: app.close,
    kill: app.kill,
  };
}
