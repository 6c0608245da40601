/**
 * The main job, driven with virtual badges through the real app: one step after the other, each with its time and a picture
 * in out/tour/. `--json` prints a report; `--data FILE` loads FHIR NDJSON instead of the generated patients.
 */
import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openDisplay } from './display.mjs';
import { setUpOrExit } from './setup.mjs';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');

/** A tour in progress: steps are measured, pictured, and stop at the first that fails. */
function createTour({ terminal, picturesFolder, onStep }) {
  const steps = [];
  return {
    steps,
    /** `act` answers the page to picture. */
    step: async (name, act) => {
      const screenshot = path.join(
        picturesFolder,
        `${String(steps.length + 1).padStart(2, '0')}-${name}.png`,
      );
      const startedAt = performance.now();
      const step = { name, ok: false, ms: 0, screenshot: path.relative(root, screenshot) };
      steps.push(step);
      try {
        const page = await act();
        step.ms = Math.round(performance.now() - startedAt);
        await (page ?? (await terminal.system())).screenshot({ path: screenshot });
        step.ok = true;
      } catch (error) {
        step.ms = Math.round(performance.now() - startedAt);
        step.error = String(error.message).split('\n')[0];
        throw error;
      } finally {
        onStep(step);
      }
    },
  };
}

/** Every step of the main job, in the order of a shift. */
async function walk({ step }, { world, terminal, hand }) {
  const { eventually } = await import('../test/e2e/driver.mjs');
  const ward = world.badges.find((badge) => badge.onShift && badge.role === 'nurse').wards[0];
  const [first, second] = world.badges.filter(
    (badge) => badge.onShift && badge.role === 'nurse' && badge.wards.includes(ward),
  );
  const system = await terminal.system();
  const text = async (page, wanted) =>
    await page.getByText(wanted).first().waitFor({ timeout: 20_000 });

  await step('idle', async () => {
    await text(system, 'Tap your badge');
    await text(system, 'Badge reader ready');
    await text(system, 'Record server connected');
  });
  await step('unknown-badge', async () => {
    await hand.tap({ uid: '04ffeeddccbbaa' });
    await text(system, /not known/i);
  });
  await step('pin-pad', async () => {
    await sleep(400);
    await hand.tap(first);
    await text(system, 'Enter your PIN');
  });
  await step('wrong-pin', async () => {
    const wrong = first.pin === '111111' ? '222222' : '111111';
    await terminal.typePin(wrong);
    await system
      .locator('[role=alert], .pinMessage')
      .getByText(/wrong|not right|incorrect/i)
      .first()
      .waitFor();
  });
  let page;
  await step('first-login', async () => {
    await terminal.typePin(first.pin);
    page = await terminal.workspace();
    return page;
  });
  await step('ward-board', async () => {
    await page.locator('.bedRow').first().waitFor({ timeout: 120_000 });
    await eventually(
      'the first fill to end',
      async () => (await page.getByText('Loading the ward').count()) === 0,
      {
        deadlineMs: 120_000,
      },
    );
    return page;
  });
  await step('chart', async () => {
    await page
      .locator('.bedRow', { hasText: 'EVANS' })
      .or(page.locator('button.bedRow'))
      .first()
      .click();
    await page.locator('.chart').waitFor();
    return page;
  });
  await step('vitals-plot', async () => {
    await page.getByRole('button', { name: 'Observations' }).click();
    await page.locator('svg').first().waitFor();
    return page;
  });
  await step('vitals-table', async () => {
    await page.keyboard.press('Alt+t');
    await page.getByRole('table').first().waitFor();
    return page;
  });
  await step('record-vitals', async () => {
    await page.keyboard.press('Alt+t');
    await page
      .getByRole('button', { name: /record/i })
      .first()
      .click();
    await page.getByRole('textbox', { name: /respirations/i }).fill('22');
    await page.getByRole('textbox', { name: /pulse/i }).fill('96');
    return page;
  });
  await step('vitals-saved', async () => {
    await page.getByRole('button', { name: 'Save observations' }).click();
    await text(page, 'Observations saved.');
    return page;
  });
  await step('note-draft', async () => {
    await page
      .getByRole('button', { name: /^Notes/ })
      .first()
      .click();
    await page
      .getByRole('button', { name: /write a note|new note/i })
      .first()
      .click();
    await page
      .getByRole('textbox', { name: 'Note' })
      .fill('Comfortable after analgesia. Family has been told.');
    await text(page, /Draft kept/);
    return page;
  });
  await step('own-tap-is-no-log-out', async () => {
    await hand.tap(first);
    await text(page, 'Tap again within 2 seconds to lock');
    return page;
  });
  await step('tap-out', async () => {
    await sleep(2500);
    await hand.tap(first);
    await sleep(500);
    await hand.tap(first);
    await terminal.logged('sessionClosed');
    await text(system, 'Tap your badge');
  });
  await step('tap-in-within-grace', async () => {
    await sleep(800);
    await hand.tap(first);
    page = await terminal.workspace();
    await text(page, 'Unfinished work of yours');
    return page;
  });
  await step('tap-over', async () => {
    await sleep(600);
    await hand.tap(second);
    await text(system, 'Enter your PIN');
    await terminal.typePin(second.pin);
    page = await terminal.workspace();
    await page.locator('.bedRow').first().waitFor();
    if ((await page.getByText('Unfinished work of yours').count()) > 0)
      throw new Error('a draft of the former person is shown');
    return page;
  });
  await step('find-in-ward', async () => {
    await page.getByRole('button', { name: 'Find patient' }).click();
    await page.locator('.searchEntry input').fill('ev');
    await page.locator('.searchResults').first().waitFor();
    return page;
  });
  await step('find-in-hospital', async () => {
    await page.locator('.searchEntry input').fill('evans');
    await page.getByRole('button', { name: /whole hospital/i }).click();
    await page.getByRole('heading', { name: 'In the whole hospital' }).waitFor();
    await page.locator('.searchHit').first().waitFor();
    return page;
  });
  await step('my-session', async () => {
    await page.getByRole('button', { name: 'My session' }).click();
    await text(page, /p99/i);
    return page;
  });
  await step('french', async () => {
    await page.getByRole('button', { name: 'Français' }).first().click();
    await page
      .getByRole('button', { name: /Verrouiller/ })
      .first()
      .waitFor();
    return page;
  });
  await step('dark', async () => {
    await page
      .getByRole('button', { name: /sombre/i })
      .first()
      .click();
    await page.locator('nav button').first().click();
    await page.locator('.bedRow').first().waitFor();
    return page;
  });
  await step('server-away', async () => {
    await world.stopServer();
    await page
      .getByText(/serveur des dossiers/i)
      .first()
      .waitFor({ timeout: 60_000 });
    return page;
  });
  await step('server-back', async () => {
    await world.startServer();
    await terminal.logged('serverLink', {
      from: terminal.log.length,
      deadlineMs: 60_000,
      where: (entry) => entry.state === 'connected',
    });
    return page;
  });
  await step('lock-button', async () => {
    await page
      .getByRole('button', { name: /Verrouiller/ })
      .first()
      .click();
    await terminal.logged('sessionClosed', { where: (entry) => entry.reason === 'left' });
    await system.locator('.systemMain').first().waitFor();
  });
}

/** Runs the tour. @returns {Promise<{ steps: object[], ok: boolean }>} */
export async function runTour({ runtime, display, data = null, say, onStep }) {
  const { startWorld } = await import('./world.mjs');
  const { createHand, launchTerminal } = await import('../test/e2e/driver.mjs');
  const picturesFolder = path.join(root, 'out', 'tour');
  rmSync(picturesFolder, { recursive: true, force: true });
  mkdirSync(picturesFolder, { recursive: true });
  const world = await startWorld({
    folder: path.join(root, 'out', 'world-tour'),
    data,
    pollMs: 50,
    say,
  });
  const terminal = await launchTerminal({ world, runtime, display });
  const hand = createHand(world);
  const tour = createTour({ terminal, picturesFolder, onStep });
  try {
    await walk(tour, { world, terminal, hand });
  } catch (error) {
    say(`the tour stopped: ${error.message}`);
  } finally {
    hand.liftAll();
    await terminal.close();
    await world.stop();
  }
  return { steps: tour.steps, ok: tour.steps.every((step) => step.ok) };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: { json: { type: 'boolean', default: false }, data: { type: 'string' } },
  });
  const runtime = await setUpOrExit();
  const display = await openDisplay({ forceVirtual: true });
  const say = (line) => process.stderr.write(`[tour] ${line}\n`);
  const { steps, ok } = await runTour({
    runtime,
    display: display.env,
    data: values.data === undefined ? null : path.resolve(values.data),
    say,
    onStep: (step) => {
      if (!values.json)
        process.stdout.write(
          `${step.ok ? 'ok  ' : 'FAIL'} ${step.name.padEnd(24)} ${String(step.ms).padStart(6)} ms${step.error ? `  ${step.error}` : ''}\n`,
        );
    },
  });
  if (values.json) process.stdout.write(`${JSON.stringify({ steps })}\n`);
  else process.stdout.write(`pictures in out/tour/\n`);
  display.stop();
  process.exit(ok ? 0 : 1);
}
