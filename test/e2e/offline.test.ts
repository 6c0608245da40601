import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { WorkspaceBridge } from '#core/contracts/ipc.ts';
import { patientIds } from './auditRules.ts';
import { eventually, type Terminal } from './driver.mjs';
import { openLab, type Bay, type Lab } from './lab.ts';
import { openRecordSide, type HeldNote } from './recordSide.ts';
import { bed, leave, openNotes, patience, showBoard, signIn, writeNote } from './wardWork.ts';

/* A ward that goes on without its record server, and what becomes of it afterwards. */

let lab: Lab;
let bay: Bay;
let terminal: Terminal;
let page: Page;
let bedNumber: string;

const nurse = (at: number) => {
  const found = lab.nurses[at];
  if (found === undefined) throw new Error('too few nurses on shift');
  return found;
};
const written = [
  'Offline: in the session that was open.',
  'Offline: after a login by PIN alone.',
  'Online again: in the same session.',
] as const;
const shortLeaseMinutes = 0.25;

async function link(state: string, from = 0): Promise<void> {
  const where = (entry: Readonly<Record<string, unknown>>) => entry['state'] === state;
  await terminal.logged('serverLink', { from, deadlineMs: 60_000, where });
}

async function heldNotes(): Promise<HeldNote[]> {
  const record = await openRecordSide(lab.world);
  try {
    return await record.notes();
  } finally {
    await record.close();
  }
}

beforeAll(async () => {
  // Without a grace every tap is a login.
  lab = await openLab({ terminal: { graceMs: 0 } });
  const record = await openRecordSide(lab.world);
  bay = await lab.addTerminal(await record.enrolmentToken('ASH-07'));
  await record.close();
  terminal = await lab.launch();
  await terminal.ready();
  page = await signIn(terminal, lab.hand, nurse(0));
  bedNumber = (await bed(page, 0).locator('.bedNumber').textContent()) ?? '';
});
afterAll(async () => {
  await lab.close();
});

it('without the server the board, charts and charting go on, and what is charted says that it waits', async () => {
  const from = terminal.log.length;
  await lab.world.stopServer();
  await link('unreachable', from);
  await page.getByText(/^Offline since/).waitFor(patience);
  await openNotes(page, bedNumber);
  await writeNote(page, written[0]);
  await page.getByText('1 entry waits to be sent').waitFor(patience);
  const line = page.locator('.noteLine').filter({ hasText: written[0] });
  expect(await line.textContent()).toContain('Waiting to be sent');
  await page.getByRole('button', { name: 'Find patient' }).click();
  await page.getByText('The hospital search needs the record server').waitFor(patience);
  await leave(terminal, page);
});

it('who has not used this terminal cannot get in offline, and is told why', async () => {
  const system = await terminal.system();
  await lab.hand.tap(nurse(1));
  await system.getByText('You have not used this terminal yet').waitFor(patience);
});

it('a wrong PIN is refused offline too', async () => {
  const system = await terminal.system();
  await lab.hand.tap(nurse(0));
  await system.getByText('so your PIN is checked here').waitFor(patience);
  await terminal.typePin(nurse(0).pin === '111111' ? '222222' : '111111');
  await system.getByText('Wrong PIN').waitFor(patience);
});

it('her PIN opens the ward within the lease, with what she charted before', async () => {
  await terminal.typePin(nurse(0).pin);
  page = await terminal.workspace();
  await openNotes(page, bedNumber);
  await page.getByText(written[0]).waitFor(patience);
  await writeNote(page, written[1]);
  await page.getByText('2 entries wait to be sent').waitFor(patience);
  // What she charted has been pushed to the page by now, and the age of the rest with it.
  await page.getByText(/^Offline since/).waitFor(patience);
});

it('when the server is back the open session goes on online without another PIN', async () => {
  const from = terminal.log.length;
  await lab.world.startServer();
  await link('connected', from);
  const judged = await terminal.logged('offlineSessionRegistered', { from, deadlineMs: 30_000 });
  expect(judged).toMatchObject({ live: true });
  await writeNote(page, written[2]);
  await eventually(
    'nothing waits any more',
    async () => (await page.getByText(/to be sent/).count()) === 0,
    { deadlineMs: 30_000 },
  );
  await page.getByRole('button', { name: 'Find patient' }).click();
  const [familyName] = [...patientIds.keys()][0]!.split(',');
  await page.locator('.searchEntry input').fill(familyName!);
  await page.getByRole('button', { name: /whole hospital/i }).click();
  await page
    .locator('.searchResults[aria-label="In the whole hospital"]')
    .getByText(/\d+ (person|people)/)
    .waitFor(patience);
  expect(terminal.log.some((entry) => entry.event === 'offlineSessionRefused')).toBe(false);
});

it('everything that was charted is in the record, once', async () => {
  const notes = await heldNotes();
  for (const text of written) {
    expect(notes.filter((note) => note.text === text)).toMatchObject([{ version: 1 }]);
  }
  await showBoard(page);
  await leave(terminal, page);
});

it('what the server refuses for good is back with its author, at another terminal too, and with nobody else', async () => {
  const text = 'Offline: of a patient who has gone home.';
  const notice = 'Something you charted was not accepted';
  page = await signIn(terminal, lab.hand, nurse(0));
  const gone = await page.evaluate(async () => {
    const { wardkey } = window as unknown as { wardkey: WorkspaceBridge };
    const board = await wardkey.call.boardRead(null);
    const rows = board.ok ? board.value.rows : [];
    const row = rows.find((one) => one.patient !== null && !one.mine);
    return { number: row?.bed ?? '', patientId: row?.patient?.patientId ?? '' };
  });
  await openNotes(page, gone.number);
  const from = terminal.log.length;
  await lab.world.stopServer();
  await link('unreachable', from);
  const record = await openRecordSide(lab.world);
  await record.discharge(gone.patientId);
  await record.close();
  await writeNote(page, text);
  await lab.world.startServer();
  await page.getByText(notice).waitFor(patience);
  await page.getByRole('button', { name: 'Look at it' }).click();
  const panel = page.locator('.rejection');
  await panel.getByText(text).waitFor(patience);
  expect(await panel.innerText()).toContain('You were not allowed to chart for this patient');
  await leave(terminal, page);

  await terminal.close();
  terminal = await lab.launch();
  await terminal.ready();
  page = await signIn(terminal, lab.hand, nurse(1));
  await showBoard(page);
  expect(await page.getByText(notice).count()).toBe(0);
  await leave(terminal, page);

  const there = await bay.launch();
  await there.ready();
  const far = await signIn(there, bay.hand, nurse(0));
  await far.getByText(notice).waitFor(patience);
  await far.getByRole('button', { name: 'Look at it' }).click();
  await far.locator('.rejection').getByText(text).waitFor(patience);
  await far.getByRole('button', { name: 'Dismiss', exact: true }).click();
  await far.getByRole('button', { name: 'Dismiss it' }).click();
  await far.getByText('Dismissed.').waitFor(patience);
  await leave(there, far);

  page = await signIn(terminal, lab.hand, nurse(0));
  await eventually(
    'her decision here as well',
    async () => (await page.getByText(notice).count()) === 0,
    { deadlineMs: 30_000 },
  );
  await leave(terminal, page);
});

it('with the lease an open session ends, and nobody gets in offline after it', async () => {
  const config = JSON.parse(readFileSync(lab.world.files.serverConfig, 'utf8')) as object;
  const shorter = { ...config, leaseMinutes: shortLeaseMinutes };
  writeFileSync(lab.world.files.serverConfig, JSON.stringify(shorter));
  await lab.world.stopServer();
  const from = terminal.log.length;
  await lab.world.startServer();
  await link('connected', from);
  page = await signIn(terminal, lab.hand, nurse(2));
  await page
    .getByText('This terminal has been without the record server for long')
    .waitFor(patience);
  await sleep(shortLeaseMinutes * 60_000);
  // Online the lease was kept young all that time.
  await showBoard(page);
  await lab.world.stopServer();
  const system = await terminal.system();
  await system.getByText('Offline time has ended').waitFor({ timeout: 30_000 });
  await system.getByText('Tap your badge').waitFor(patience);
  await lab.hand.tap(nurse(2));
  await system.getByText('Offline time has ended').waitFor(patience);
});
