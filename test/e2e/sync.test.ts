import { performance } from 'node:perf_hooks';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WorkspaceBridge } from '#core/contracts/ipc.ts';
import type { WorldBadge } from '../../build/world.mjs';
import { patientIds } from './auditRules.ts';
import { openAuditTrail, type AuditTrail } from './auditTrail.ts';
import { eventually, type Hand, type Terminal } from './driver.mjs';
import { openLab, type Bay, type Lab } from './lab.ts';
import { openRecordSide, type HeldNote, type RecordSide } from './recordSide.ts';
import {
  bed,
  beginCorrection,
  beginNote,
  leave,
  openNotes,
  patience,
  saveCorrection,
  showBoard,
  signIn,
  wholeWard,
  writeNote,
} from './wardWork.ts';

/* Two terminals of one ward on one record server. */

let lab: Lab;
let record: RecordSide;
let bay: Bay;
let here: Terminal;
let there: Terminal;
let nearPage: Page;
let farPage: Page;
let bedNumber: string;

const nurse = (at: number) => {
  const found = lab.nurses[at];
  if (found === undefined) throw new Error('too few nurses on shift');
  return found;
};
const latest = (notes: readonly HeldNote[], id: string) =>
  notes.filter((note) => note.id === id).at(-1)?.text;

beforeAll(async () => {
  lab = await openLab();
  record = await openRecordSide(lab.world);
  bay = await lab.addTerminal(await record.enrolmentToken('ASH-07'));
  [here, there] = await Promise.all([lab.launch(), bay.launch()]);
  await Promise.all([here.ready(), there.ready()]);
  nearPage = await signIn(here, lab.hand, nurse(0));
  farPage = await signIn(there, bay.hand, nurse(1));
  bedNumber = (await bed(nearPage, 0).locator('.bedNumber').textContent()) ?? '';
});
afterAll(async () => {
  await record.close();
  await lab.close();
});

it('what is charted here is on the screen there within a second', async () => {
  await openNotes(nearPage, bedNumber);
  await openNotes(farPage, bedNumber);
  const tookMs: number[] = [];
  for (let turn = 0; turn <= 12; turn += 1) {
    const text = `Walked to the window and back at ${Date.now()}.`;
    await writeNote(nearPage, text);
    const savedAtMs = performance.now();
    await farPage.getByText(text).waitFor({ state: 'visible', timeout: 5_000 });
    // The first of them is not yet an idle moment: both terminals have just filled.
    if (turn > 0) tookMs.push(performance.now() - savedAtMs);
  }
  const sorted = tookMs.sort((left, right) => left - right);
  const at = (share: number) => Math.round(sorted[Math.floor((sorted.length - 1) * share)]!);
  process.stdout.write(
    `saved here, painted there, ms: p50 ${at(0.5)}, p95 ${at(0.95)}, most ${at(1)}\n`,
  );
  expect(at(0.95)).toBeLessThan(1_000);
});

it.each([
  ['mine', 'Keep the version charted here'],
  ['theirs', 'Keep the version in the record'],
  ['merged', 'Write a joint text'],
])('two edits of one note are put side by side, and "%s" settles them', async (keep, choice) => {
  const first = `Plan ${keep}: sit out at noon.`;
  const near = `Plan ${keep}: sit out at one.`;
  const far = `Plan ${keep}: sit out at two.`;
  const joint = `Plan ${keep}: sit out at one and at two.`;
  await openNotes(nearPage, bedNumber);
  await writeNote(nearPage, first);
  await openNotes(farPage, bedNumber);
  await farPage.getByText(first).waitFor(patience);
  await beginCorrection(farPage, first);
  await beginCorrection(nearPage, first);
  await saveCorrection(nearPage, near);
  await eventually('the first edit on the server', async () =>
    (await record.notes()).some((note) => note.text === near),
  );
  await saveCorrection(farPage, far);

  await farPage.getByRole('button', { name: 'Compare' }).click(patience);
  const versions = farPage.locator('.conflictVersions article');
  await versions.first().waitFor(patience);
  expect(await versions.nth(0).locator('.conflictText').textContent()).toContain(far);
  expect(await versions.nth(1).locator('.conflictText').textContent()).toContain(near);
  // Nothing is chosen for anybody.
  expect(await farPage.locator('.conflictChoices input:checked').count()).toBe(0);
  await farPage.getByLabel(choice).check();
  if (keep === 'merged') await farPage.getByRole('textbox', { name: 'Joint text' }).fill(joint);
  await farPage.getByRole('button', { name: 'Apply' }).click();
  await farPage.getByText('Done. Your choice is on its way').waitFor(patience);

  const settled = keep === 'mine' ? far : keep === 'theirs' ? near : joint;
  const { id } = (await record.notes()).find((note) => note.text === first) ?? { id: '' };
  await eventually(
    'the choice in the record',
    async () => latest(await record.notes(), id) === settled,
    { deadlineMs: 20_000 },
  );
  await openNotes(farPage, bedNumber);
  await farPage.getByText(settled).waitFor(patience);
  await openNotes(nearPage, bedNumber);
  await nearPage.getByText(settled).waitFor(patience);
  // What a person has settled is settled: no version came back, none was added twice.
  const versionsHeld = (await record.notes()).filter((note) => note.id === id).length;
  expect(versionsHeld).toBe(keep === 'theirs' ? 2 : 3);
});

it('a draft that was begun here is offered back there, and only to its author', async () => {
  const text = 'Half a thought about the dressing';
  await openNotes(nearPage, bedNumber);
  await beginNote(nearPage, text);
  await nearPage.getByText(/Draft kept/).waitFor(patience);
  await leave(here, nearPage);
  expect(await farPage.getByText('Unfinished work of yours').count()).toBe(0);
  farPage = await signIn(there, bay.hand, nurse(0));
  await farPage.getByText('Unfinished work of yours').waitFor(patience);
  await farPage.getByRole('button', { name: 'Continue' }).click();
  const box = farPage.getByRole('textbox', { name: 'Note' });
  await box.waitFor(patience);
  expect(await box.inputValue()).toBe(text);
  await farPage.getByRole('button', { name: 'Save note' }).click();
  await farPage.getByText('Note saved.').waitFor(patience);
});

it('language and colours go with their person, from the first frame, and leave no trace for the next', async () => {
  /** The looks in which the ward has ever stood on the pages that the next person may be given. */
  const watchLooks = async (terminal: Terminal): Promise<void> => {
    await eventually('a spare page', () => terminal.pages('workspace').length > 0);
    for (const page of terminal.pages('workspace'))
      await page.evaluate(() => {
        const looks = new Set<string>();
        (window as Window & { looksByTest?: Set<string> }).looksByTest = looks;
        const note = () => {
          const { lang, dataset } = document.documentElement;
          const ward = document.querySelector('.workspaceFrame:not([data-warming]) .bedRow');
          if (ward !== null) looks.add(`${lang} ${dataset['theme'] ?? ''}`);
          requestAnimationFrame(note);
        };
        note();
      });
  };
  const looksOf = async (page: Page): Promise<string[]> =>
    await page.evaluate(() => [
      ...((window as Window & { looksByTest?: Set<string> }).looksByTest ?? []),
    ]);
  const idleLook = async (terminal: Terminal): Promise<string> => {
    const system = await terminal.system();
    await system.getByText('Tap your badge').waitFor(patience);
    return await system.evaluate(() => document.documentElement.dataset['theme'] ?? '');
  };
  const lock = async (terminal: Terminal, page: Page): Promise<void> => {
    const from = terminal.log.length;
    await page.locator('.appBarLock').click();
    await terminal.logged('sessionClosed', { from, deadlineMs: 30_000 });
  };

  const enter = async (terminal: Terminal, hand: Hand, badge: WorldBadge): Promise<Page> => {
    const from = terminal.log.length;
    await hand.tap(badge);
    const phase = await eventually('a PIN pad or a workspace', () =>
      terminal.log
        .slice(from)
        .filter((entry) => entry.event === 'sessionPhase')
        .map((entry) => entry['phase'])
        .find((name) => name === 'pin' || name === 'active'),
    );
    if (phase === 'pin') await terminal.typePin(badge.pin);
    const page = await terminal.workspace();
    await wholeWard(page);
    return page;
  };

  await leave(there, farPage);
  farPage = await signIn(there, bay.hand, nurse(3));
  await farPage.getByRole('button', { name: 'My session' }).click();
  await farPage.getByRole('button', { name: 'Français' }).click();
  await farPage.getByRole('button', { name: 'Sombre' }).click();
  await lock(there, farPage);
  expect(await idleLook(there)).toBe('light');
  await watchLooks(there);
  farPage = await enter(there, bay.hand, nurse(1));
  expect(await looksOf(farPage)).toEqual(['en-CA light']);

  // By grace at once, and at another terminal after her PIN.
  await lock(there, farPage);
  await watchLooks(there);
  farPage = await enter(there, bay.hand, nurse(3));
  expect(await looksOf(farPage)).toEqual(['fr-CA dark']);
  await lock(there, farPage);
  await watchLooks(here);
  nearPage = await signIn(here, lab.hand, nurse(3));
  expect(await looksOf(nearPage)).toEqual(['fr-CA dark']);
  await lock(here, nearPage);
  expect(await idleLook(here)).toBe('light');
});

it('"close my other session" ends the session at the other terminal', async () => {
  nearPage = await signIn(here, lab.hand, nurse(2));
  const second = await signIn(there, bay.hand, nurse(2));
  await second.getByRole('button', { name: 'My session' }).click();
  const from = here.log.length;
  await second.getByRole('button', { name: 'Close my other session' }).click(patience);
  await second.getByText('Closed.').waitFor(patience);
  await here.logged('sessionClosed', {
    from,
    deadlineMs: 20_000,
    where: (entry) => entry['reason'] === 'revoked',
  });
  await (await here.system()).getByText('Tap your badge').waitFor(patience);
  expect(here.pages('workspace').every((page) => page !== nearPage)).toBe(true);
  // Not even the grace brings it back.
  await lab.hand.tap(nurse(2));
  await (await here.system()).locator('.pinPad').waitFor(patience);
  await here.typePin(nurse(2).pin);
  nearPage = await here.workspace();
  await wholeWard(nearPage);
  farPage = second;
});

it('a patient who leaves the ward is gone from both boards, charts and caches', async () => {
  const marker = 'Marker of one who goes home';
  await openNotes(nearPage, bedNumber);
  await writeNote(nearPage, marker);
  await openNotes(farPage, bedNumber);
  await farPage.getByText(marker).waitFor(patience);
  const note = await eventually('the note on the server', async () =>
    (await record.notes()).find((one) => one.text === marker),
  );
  const patientId = note.patientId ?? '';
  const folders = [lab.world.files.state, bay.stateFolder];
  for (const folder of folders) expect(await record.cacheText(folder)).toContain(patientId);
  await showBoard(nearPage);
  await record.discharge(patientId);
  // One of the two has the chart open: it closes under her eyes.
  await farPage.locator('.chart .banner').waitFor({ state: 'detached', ...patience });
  await farPage.locator('.chartRefused').waitFor(patience);
  expect(await farPage.locator('body').innerText()).not.toContain(marker);
  for (const page of [nearPage, farPage]) {
    await showBoard(page);
    const row = page.locator('button.bedRow .bedNumber').getByText(bedNumber, { exact: true });
    await row.waitFor({ state: 'detached', ...patience });
  }
  for (const folder of folders) {
    const held = await record.cacheText(folder);
    expect(held).not.toContain(patientId);
    expect(held).not.toContain(marker);
  }
});

describe('a patient of another ward', () => {
  let trail: AuditTrail;
  let patientId: string;
  let name: string;
  let last: number;
  const doctor = () => {
    const found = lab.world.badges.find(
      ({ role, wards, onShift }) => role === 'physician' && onShift && wards.length > 1,
    );
    if (found === undefined) throw new Error('nobody works on several wards');
    return found;
  };
  /** Asks the terminal for a chart as a page does. */
  const open = async (page: Page, fetch: boolean) =>
    await page.evaluate(
      async (payload) => {
        const { wardkey } = window as unknown as { wardkey: WorkspaceBridge };
        return JSON.stringify(await wardkey.call.chartOpen(payload));
      },
      { patientId, fetch },
    );
  const views = () =>
    trail
      .onDisk(last)
      .filter((entry) => entry.patientIds.includes(patientId) && entry.subject === 'chart');

  beforeAll(async () => {
    trail = await openAuditTrail(lab.world, lab.world.files.state);
    const away = await record.patientsOn('ward-birch');
    // Somebody whose name nobody shares: the search names one.
    const found = [...patientIds].find(([, ids]) => ids.length === 1 && away.includes(ids[0]!));
    name = found![0];
    patientId = found![1][0]!;
    await leave(here, nearPage);
    last = trail.onDisk().at(-1)!.sequence;
    nearPage = await signIn(here, lab.hand, doctor());
  });
  afterAll(async () => {
    await trail.close();
  });

  it('is found in the hospital and opened by keys, with the ground of it on disk before it is shown', async () => {
    await nearPage.getByRole('button', { name: 'Find patient' }).click();
    const box = nearPage.locator('.search input');
    await box.fill(name);
    await nearPage.getByRole('button', { name: 'Search the whole hospital' }).press('Enter');
    const hospital = nearPage.locator('.searchResults[aria-label="In the whole hospital"]');
    await hospital.locator('.searchHit').first().waitFor(patience);
    await box.press('ArrowDown');
    await nearPage.keyboard.press('Enter');
    await nearPage
      .locator('.visitNotice')
      .waitFor(patience)
      .catch(async (cause: unknown) => {
        throw new Error(await nearPage.locator('body').innerText(), { cause });
      });
    const [view, ...more] = views();
    expect(more).toEqual([]);
    expect(view).toMatchObject({
      action: 'view',
      outcome: 'success',
      personId: doctor().personId,
      reason: 'shift',
    });
    expect(await nearPage.locator('.banner .patientName').textContent()).toContain(name);
    const banner = await nearPage.locator('.banner').innerText();
    expect(banner).toContain('Birch');
    expect(banner).toContain('You are viewing as staff of the patient’s ward');
    expect(await nearPage.locator('.visitNotice').innerText()).toMatch(/as it was at \d\d:\d\d/);
    expect(await record.releases(patientId)).toEqual([
      { personId: doctor().personId, reason: 'shift' },
    ]);
  });

  it('is charted on like one of the ward', async () => {
    const text = 'Seen from Ash on the round; lungs clear.';
    await nearPage.getByRole('button', { name: /^Notes/ }).click(patience);
    await writeNote(nearPage, text);
    await eventually('the note on the server', async () =>
      (await record.notes()).some((note) => note.text === text && note.patientId === patientId),
    );
    // The feed does not bring it: what became of it is told by the push alone.
    const line = nearPage.locator('.noteLine').filter({ hasText: text });
    await line.waitFor(patience);
    await eventually(
      'the mark of waiting to go',
      async () => (await line.getByText('Waiting to be sent').count()) === 0,
    );
    expect(trail.onDisk(last).find((entry) => entry.action === 'write')).toMatchObject({
      patientIds: [patientId],
      reason: 'shift',
    });
  });

  it('is in no file while it is open, and after it nobody’s', async () => {
    const folder = lab.world.files.state;
    expect(await record.cacheText(folder)).not.toContain(patientId);
    await leave(here, nearPage);
    expect(await record.cacheText(folder)).not.toContain(patientId);
    last = trail.onDisk().at(-1)!.sequence;
    nearPage = await signIn(here, lab.hand, nurse(1));
    expect(await open(nearPage, false)).toBe('{"ok":false,"code":"notFound"}');
    expect(await open(nearPage, true)).toBe('{"ok":false,"code":"denied"}');
    expect(views().map(({ outcome, reason }) => [outcome, reason])).toEqual([
      ['failure', 'notFound'],
      ['denied', 'denied'],
    ]);
    expect(await record.releases(patientId)).toHaveLength(1);
  });
});
