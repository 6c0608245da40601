import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Terminal } from './driver.mjs';
import { openLab, type Lab } from './lab.ts';
import {
  badgeNeedles,
  familyNeedles,
  filesBelow,
  findIn,
  findInFiles,
  logsOf,
  patientNeedles,
  patientsOfHospital,
  secretNeedles,
} from './leaks.ts';
import { lockOut, logIn, patienceMs, systemSays, tapSlowly } from './onlooker.ts';

const planted = 'Quetzalcoatl said the corridor smells of elderflower';

let lab: Lab;
let terminal: Terminal;
let temporary: string;

/** A shift in short, so that everything that may be written has been: charting, a draft, searching, printing keys, a crash. */
beforeAll(async () => {
  lab = await openLab();
  temporary = path.join(lab.world.folder, 'tmp');
  mkdirSync(temporary, { mode: 0o700 });
  const env = { TMPDIR: temporary, HOME: temporary, XDG_CACHE_HOME: temporary };
  terminal = await lab.launch({ env });
  await terminal.ready();
  const page = await logIn(lab, terminal, lab.nurses[0]!);
  const rows = page.locator('button.bedRow');
  for (let row = 0; row < 20; row += 1) {
    await rows.nth(row).click();
    await page.locator('.chart').waitFor({ timeout: patienceMs });
    await page.locator('.chartBack').click();
  }
  await rows.first().click();
  await page
    .getByRole('button', { name: /^Notes/ })
    .first()
    .click();
  await page
    .getByRole('button', { name: /write a note|new note/i })
    .first()
    .click();
  const note = page.getByRole('textbox', { name: 'Note' });
  await note.fill(planted);
  await page
    .getByText(/Draft kept/)
    .first()
    .waitFor({ timeout: patienceMs });
  await note.press('Control+a');
  await note.press('Control+c');
  await page.getByRole('button', { name: 'Find patient' }).click();
  await page.locator('.searchEntry input').fill(patientsOfHospital()[0]!.family);
  await page.getByRole('button', { name: /whole hospital/i }).click();
  await sleep(1_000);
  await lockOut(terminal);
  await lab.world.stopServer();
  await systemSays(terminal, 'Record server not reachable');
  await tapSlowly(lab, lab.nurses[0]!);
  const again = await terminal.workspace();
  await again.locator('button.bedRow').nth(3).click();
  await again.locator('.chart').waitFor({ timeout: patienceMs });
  // What a crash leaves behind counts as well.
  await terminal.kill();
  await lab.world.startServer();
  terminal = await lab.launch({ env });
  await terminal.ready();
  await logIn(lab, terminal, lab.nurses[1]!);
});
afterAll(async () => {
  await lab.close();
});

const written = (): string[] => [...filesBelow(lab.world.files.state), ...filesBelow(temporary)];

const needles = () => [
  ...patientNeedles(),
  { what: 'a draft’s text', bytes: Buffer.from(planted, 'utf8') },
  { what: 'a draft’s text (UTF-16)', bytes: Buffer.from(planted, 'utf16le') },
];

it('the board shows the very patients whose traces are looked for', async () => {
  const page = await terminal.workspace();
  const shown = await page.locator('.bedRow .patientName').allInnerTexts();
  const names = new Set(
    patientsOfHospital().map(({ family, given }) =>
      `${family.toLocaleUpperCase('en')}, ${given}`.replaceAll(/\s+/g, ' '),
    ),
  );
  expect(shown.length).toBeGreaterThan(15);
  expect(shown.filter((name) => !names.has(name.replaceAll(/\s+/g, ' ')))).toEqual([]);
});

it('no file that the terminal wrote holds a patient or a draft, with a session open', () => {
  const files = written();
  expect(files.map((file) => path.basename(file))).toEqual(
    expect.arrayContaining(['cache.db', 'spool.db', 'terminal.log', 'keys.json']),
  );
  expect(findInFiles(files, needles())).toEqual([]);
});

it('no file that the terminal wrote holds a badge or, outside its own file, the device secret', () => {
  const files = written().filter((file) => path.basename(file) !== 'device.secret');
  const badges = lab.world.badges.map(({ uid }) => ({ uid }));
  expect(findInFiles(files, [...badgeNeedles(badges), ...secretNeedles(lab.world)])).toEqual([]);
  const secret = readFileSync(path.join(lab.world.files.state, 'device.secret'));
  expect(findInFiles(files, [{ what: 'device secret itself', bytes: secret }])).toEqual([]);
});

it('no file holds any of it after the end of the program', async () => {
  await terminal.close();
  expect(findInFiles(written(), needles())).toEqual([]);
});

it('no log of terminal, record server or database holds a patient, a badge, a PIN or a key', () => {
  const all = [
    ...needles(),
    ...familyNeedles(),
    ...badgeNeedles(lab.world.badges),
    ...secretNeedles(lab.world),
  ];
  expect(findIn(logsOf(lab.world), all)).toEqual([]);
});

it('the search finds what is there', () => {
  const [patient] = patientsOfHospital();
  const trap = path.join(temporary, 'trap');
  writeFileSync(trap, Buffer.from(`x${patient!.recordNumber}y`, 'utf16le'));
  expect(findInFiles(written(), needles())).toEqual(['record number (UTF-16) in trap']);
});
