/**
 * What the benchmark watches from outside: scripts put into pages before they load, and questions to the main process and to
 * the operating system. No line of the product knows of them.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** Put into every page: notes when a frame was presented with a ward board in it, and when Enter was pressed on the PIN pad. */
export function watchPage() {
  const hasBoard = () =>
    document.querySelector('.workspaceFrame:not([data-warming]) .bedRow:not(.emptyBed)') !== null;
  const wallMs = () => performance.timeOrigin + performance.now();
  let shown = false;
  new MutationObserver(() => {
    const now = hasBoard();
    if (now && !shown)
      // The first frame is still being made with the board in it; at the second one the first was presented.
      requestAnimationFrame(() =>
        requestAnimationFrame(() => {
          window.__boardPresentedAtMs = wallMs();
        }),
      );
    shown = now;
  }).observe(document, { childList: true, subtree: true, attributes: true });
  addEventListener(
    'keydown',
    (event) => {
      if (event.key === 'Enter') window.__enterPressedAtMs = wallMs();
    },
    true,
  );
}

/** The wall clock (epoch ms) at which a board was presented after `afterMs`. Looks seldom, so as not to disturb. */
export async function boardPresentedAt(terminal, afterMs) {
  await sleep(120);
  const deadline = Date.now() + 15_000;
  while (Date.now() < deadline) {
    for (const page of terminal.pages('workspace')) {
      const atMs = await page.evaluate(() => window.__boardPresentedAtMs ?? 0).catch(() => 0);
      if (atMs > afterMs) return atMs;
    }
    await sleep(30);
  }
  throw new Error('no board was presented within 15 s');
}

/** Opens a chart by a click on its row, inside the page: answers ms from click to presented frame. */
export function openChart(index) {
  return new Promise((resolve) => {
    const rows = [...document.querySelectorAll('button.bedRow')];
    const startedAt = performance.now();
    const seen = new MutationObserver(() => {
      if (document.querySelector('.chart') === null) return;
      seen.disconnect();
      requestAnimationFrame(() =>
        requestAnimationFrame(() => resolve(performance.now() - startedAt)),
      );
    });
    seen.observe(document, { childList: true, subtree: true });
    rows[index % rows.length].click();
  });
}

/** Processes of the terminal that hold a person's data, as the main process sees them. */
export async function personalProcesses(terminal) {
  return await terminal.app.evaluate(({ app, webContents }) => ({
    renderers: webContents
      .getAllWebContents()
      .filter((contents) => contents.getURL().endsWith('/workspace.html'))
      .map((contents) => contents.getOSProcessId()),
    vaults: app
      .getAppMetrics()
      .filter((metric) => metric.name === 'Wardkey vault' || metric.serviceName === 'Wardkey vault')
      .map((metric) => metric.pid),
  }));
}

/** Whether a process still has memory; a zombie has none (proc(5): the state letter stands behind the name in brackets). */
export function isAlive(processId) {
  const stat = readOrNull(`/proc/${processId}/stat`);
  return stat !== null && !'ZX'.includes(stat.slice(stat.lastIndexOf(')') + 2)[0]);
}

/** Proportional set size of a process and all that descend from it, MB. */
export function memoryMegabytes(rootProcessId) {
  const parents = new Map();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    const status = readOrNull(`/proc/${name}/status`);
    const parent = status === null ? null : /^PPid:\s+(\d+)/m.exec(status);
    if (parent) parents.set(Number(name), Number(parent[1]));
  }
  const descends = (processId) => {
    if (processId === rootProcessId) return true;
    const parent = parents.get(processId);
    return parent !== undefined && parent > 1 && descends(parent);
  };
  let kilobytes = 0;
  for (const processId of [...parents.keys()].filter(descends)) {
    const rollup = readOrNull(`/proc/${processId}/smaps_rollup`);
    const pss = rollup === null ? null : /^Pss:\s+(\d+)/m.exec(rollup);
    if (pss) kilobytes += Number(pss[1]);
  }
  return Math.round(kilobytes / 1024);
}

/** A process may end while it is looked at. */
function readOrNull(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}
