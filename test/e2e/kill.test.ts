import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { bundleForNode } from '#test/electron/spool/bundleForNode.ts';
import { eventually, type Terminal } from './driver.mjs';
import { openLab, type Lab } from './lab.ts';
import { openRecordSide } from './recordSide.ts';
import { bed, beginNote, leave, openNotes, patience, signIn, writeNote } from './wardWork.ts';

/*
 * Whatever dies, and whenever: what a nurse was told is saved is in the record, once. `KILLS=1000` makes a long run of it,
 * `KILL_SEED` repeats one.
 */

const kills = Number(process.env['KILLS'] ?? 100);
const seed = Number(process.env['KILL_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const plan = {
  app: Math.ceil(kills * 0.16),
  server: Math.ceil(kills * 0.16),
  get terminal() {
    return kills - this.app - this.server;
  },
};

let lab: Lab;
let bundled: Awaited<ReturnType<typeof bundleForNode>>;
let pidFile: string;
let startPostgres: () => Promise<unknown>;
let lives: Lives | null = null;

/** Notes that somebody was told are saved. */
const acknowledged = new Set<string>();
/** What was typed and kept: once in the record by now, as a note or as a draft that was finished later. */
const kept = new Set<string>();
/** Sets of vital signs that somebody was told are saved. */
const savedSets = new Set<string>();
/** Notes that were under way when something died: once or not at all. */
const underWay = new Set<string>();
const failures: string[] = [];

/** Mulberry32: a small generator whose runs can be repeated. */
function randomFrom(start: number): () => number {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

beforeAll(async () => {
  process.stdout.write(`${kills} kills, KILL_SEED=${seed}\n`);
  [lab, bundled] = await Promise.all([
    openLab({ terminal: { graceMs: 0 } }),
    bundleForNode('test/e2e/killedNurse.ts'),
  ]);
});
afterEach(({ task }) => {
  if (task.result?.state !== 'fail') return;
  process.stdout.write(`the nurse's last words:\n${lives?.lastLines.join('\n') ?? ''}\n`);
  process.stdout.write(`the server's:\n${lab.world.serverLog().slice(-3_000)}\n`);
});
afterAll(async () => {
  await lives?.kill();
  bundled.remove();
  await lab.close();
});

const nurse = (at: number) => {
  const found = lab.nurses[at];
  if (found === undefined) throw new Error('too few nurses on shift');
  return found;
};

/** The nurse at the terminal without a window: her lives, one after the other. */
function createLives(configFile: string) {
  let child: ChildProcess | null = null;
  let run = 0;
  const counted = { savedInLife: 0, pushed: 0, offlineLogins: 0 };
  let settled: object | null = null;
  let sets: HeldSet[] = [];
  const lastLines: string[] = [];
  const hear = (line: string) => {
    lastLines.push(line);
    if (lastLines.length > 40) lastLines.shift();
    const fact = JSON.parse(line) as Record<string, unknown>;
    if (typeof fact['saved'] === 'string') {
      acknowledged.add(fact['saved']);
      counted.savedInLife += 1;
    }
    if (typeof fact['kept'] === 'string') kept.add(fact['kept']);
    if (typeof fact['savedSet'] === 'string') savedSets.add(fact['savedSet']);
    if (Array.isArray(fact['sets'])) sets = fact['sets'] as HeldSet[];
    if (typeof fact['failed'] === 'string') failures.push(fact['failed']);
    if (fact['event'] === 'operationsPushed') counted.pushed += 1;
    if (fact['event'] === 'offlineSessionRegistered') counted.offlineLogins += 1;
    if (fact['settled'] !== undefined) settled = fact['settled'];
  };
  return {
    counted,
    settled: () => settled,
    sets: () => sets,
    lastLines,
    begin() {
      run += 1;
      counted.savedInLife = 0;
      const { uid, pin } = nurse(1);
      const vaultFile = path.resolve('out/electron/vault.cjs');
      const orders = JSON.stringify({ configFile, vaultFile, uid, pin, run });
      child = spawn(process.execPath, [bundled.file, orders], {
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      child.once('exit', (code) => {
        if (code !== null && code !== 0) failures.push(`the nurse ended with ${code}`);
      });
      if (child.stdout !== null) createInterface({ input: child.stdout }).on('line', hear);
    },
    async kill() {
      if (child === null || child.exitCode !== null) return;
      const gone = new Promise((resolve) => child?.once('close', resolve));
      child.kill('SIGKILL');
      await gone;
    },
    finish: () => child?.stdin?.write('finish\n'),
  };
}
interface HeldSet {
  readonly setId: string;
  readonly isWhole: boolean;
}
type Lives = ReturnType<typeof createLives>;

/** Each death falls among writes: a life that has charted nothing yet is not ended. */
async function killTerminal(lives: Lives, random: () => number): Promise<void> {
  for (let kill = 0; kill < plan.terminal; kill += 1) {
    await eventually('a note in this life', () => lives.counted.savedInLife > 0 || failures[0], {
      deadlineMs: 60_000,
    });
    await sleep(random() * 150);
    await lives.kill();
    lives.begin();
  }
}

async function killServer(lives: Lives, random: () => number): Promise<void> {
  for (let kill = 0; kill < plan.server; kill += 1) {
    const before = lives.counted.pushed;
    await eventually('a push since', () => lives.counted.pushed > before || failures[0], {
      deadlineMs: 60_000,
    });
    await sleep(random() * 300);
    if (random() < 0.5) {
      await lab.world.stopServer('SIGKILL');
      await lab.world.startServer();
    } else {
      process.kill(Number(readFileSync(pidFile, 'utf8').split('\n')[0]), 'SIGKILL');
      await startPostgres();
    }
  }
}

/** What the nurse at the whole terminal is doing when it dies. */
const doings = ['typing a draft', 'saving', 'tapping out', 'logging in'] as const;

/** The whole terminal with its window, as it stands on the ward. */
async function killApp(first: Terminal, bedNumber: string, random: () => number): Promise<void> {
  let terminal = first;
  let kept: string | null = null;
  for (let kill = 0; kill < plan.app; kill += 1) {
    const page =
      kill === 0 ? await terminal.workspace() : await signInAgain((terminal = await lab.launch()));
    if (kept !== null) await finishDraft(page, kept);
    kept = null;
    await openNotes(page, bedNumber);
    const saved = `Killed app, life ${kill}, saved`;
    await writeNote(page, saved);
    acknowledged.add(saved);
    const text = `Killed app, life ${kill}, under way`;
    const doing = doings[kill % doings.length];
    if (doing === 'typing a draft') {
      await beginNote(page, text);
      await page.getByText(/Draft kept/).waitFor(patience);
      kept = text;
    } else if (doing === 'saving') {
      underWay.add(text);
      await beginNote(page, text);
      await page.getByRole('button', { name: 'Save note' }).click();
    } else {
      const lock = page.getByRole('button', { name: 'Lock' });
      if (doing === 'tapping out') await lock.click();
      else await beginLogin(terminal, page);
    }
    await sleep(random() * (doing === 'logging in' ? 800 : 150));
    await terminal.kill();
  }
}

/** What was kept before the end is offered to its author, whole, and becomes a note once. */
async function finishDraft(page: Page, text: string): Promise<void> {
  await page.getByRole('button', { name: 'Continue' }).click(patience);
  const box = page.getByRole('textbox', { name: 'Note' });
  await box.waitFor(patience);
  if ((await box.inputValue()) !== text) failures.push(`a draft came back otherwise: ${text}`);
  await page.getByRole('button', { name: 'Save note' }).click();
  await page.getByText('Note saved.').waitFor(patience);
  acknowledged.add(text);
}

async function beginLogin(terminal: Terminal, page: Page): Promise<void> {
  await leave(terminal, page);
  await lab.hand.tap(nurse(0));
  await terminal.typePin(nurse(0).pin);
}

async function signInAgain(terminal: Terminal) {
  await terminal.ready();
  return await signIn(terminal, lab.hand, nurse(0));
}

it(
  'nothing that was acknowledged is lost and nothing is doubled, whatever is killed',
  async () => {
    const side = await openRecordSide(lab.world);
    pidFile = side.postmasterPidFile;
    startPostgres = () => side.cluster.start();
    const token = await side.enrolmentToken('ASH-07');
    await side.close();

    const folder = path.join(lab.world.folder, 'killed');
    mkdirSync(folder);
    const enrolmentFile = path.join(folder, 'enrolment.json');
    const enrolment = JSON.parse(readFileSync(lab.world.files.enrolment, 'utf8')) as object;
    writeFileSync(enrolmentFile, JSON.stringify({ ...enrolment, token }), { mode: 0o600 });
    const configFile = path.join(folder, 'terminal.json');
    const stateFolder = path.join(folder, 'terminal');
    writeFileSync(configFile, JSON.stringify({ stateFolder, enrolmentFile }));
    const nurseLives = createLives(configFile);
    lives = nurseLives;

    const app = await lab.launch();
    await app.ready();
    const page = await signIn(app, lab.hand, nurse(0));
    const bedNumber = (await bed(page, 0).locator('.bedNumber').textContent()) ?? '';
    nurseLives.begin();
    await eventually('a first push', () => nurseLives.counted.pushed > 0 || failures[0], {
      deadlineMs: 60_000,
    });

    const random = randomFrom(seed);
    const draws = [random(), random(), random()].map((one) => randomFrom(one * 2 ** 31));
    const [forTerminal, forServer, forApp] = draws as [() => number, () => number, () => number];
    const beganMs = performance.now();
    const secondsOf = async (work: Promise<void>) => {
      await work;
      return Math.round((performance.now() - beganMs) / 1000);
    };
    const nurseDies = Promise.all([
      secondsOf(killTerminal(nurseLives, forTerminal)),
      secondsOf(killServer(nurseLives, forServer)),
    ]);
    const [[terminalS, serverS], appS] = await Promise.all([
      // After that her notes would only make the record longer.
      nurseDies.finally(() => nurseLives.finish()),
      secondsOf(killApp(app, bedNumber, forApp)),
    ]);
    process.stdout.write(
      `terminal ${plan.terminal} times in ${terminalS} s, server or database ${plan.server} times ` +
        `in ${serverS} s, app ${plan.app} times in ${appS} s\n`,
    );

    const last = await lab.launch();
    await eventually('all of it with the server', () => nurseLives.settled() ?? failures[0], {
      deadlineMs: 60_000,
    });
    expect(failures).toEqual([]);
    expect(nurseLives.settled()).toEqual({ conflicts: 0, rejected: 0 });
    const record = await openRecordSide(lab.world);
    try {
      const held = async () => (await record.notes()).map((note) => note.text);
      await eventually(
        'the last notes of the app',
        async () => {
          const texts = new Set(await held());
          return [...acknowledged].every((text) => texts.has(text));
        },
        { deadlineMs: 20_000, everyMs: 500 },
      ).catch(() => undefined);
      const texts = (await held()).filter((text) => text.startsWith('Killed'));
      const times = new Map<string, number>();
      for (const text of texts) times.set(text, (times.get(text) ?? 0) + 1);
      const said = [...acknowledged, ...kept];
      expect(said.filter((text) => times.get(text) !== 1)).toEqual([]);
      const sets = nurseLives.sets();
      expect(sets.filter(({ isWhole }) => !isWhole)).toEqual([]);
      const notOnce = [...savedSets].filter(
        (id) => sets.filter(({ setId }) => setId === id).length !== 1,
      );
      expect(notOnce).toEqual([]);
      expect([...times].filter(([, count]) => count > 1)).toEqual([]);
      const { lines, sequences } = await record.auditLines();
      expect(lines).toBe(sequences);
      process.stdout.write(
        `${acknowledged.size} notes acknowledged, ${kept.size} drafts kept, ${texts.length} notes held, ` +
          `${savedSets.size} sets saved, ` +
          `${nurseLives.counted.offlineLogins} offline logins taken over, ${lines} audit lines\n`,
      );
    } finally {
      await record.close();
    }
    await last.close();
  },
  60_000 + kills * 3_000,
);
