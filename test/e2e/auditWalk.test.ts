import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuditEntry } from '#core/contracts/audit.ts';
import { workspaceCalls, type WorkspaceCall } from '#core/contracts/channels.ts';
import type { WorkspaceBridge } from '#core/contracts/ipc.ts';
import { answers } from '#test/electron/session/answers.ts';
import { denials, marks, names, patientIds, uncovered, withoutLastChart } from './auditRules.ts';
import { delaysOf, openAuditTrail, type AuditTrail } from './auditTrail.ts';
import { eventually, type Terminal } from './driver.mjs';
import { openLab, type Lab } from './lab.ts';
import { openRecordSide, type RecordSide } from './recordSide.ts';
import { mayMount, openSmallDisk, type SmallDisk } from './smallDisk.ts';
import { shownOn, watchPage, type Shown } from './watchPage.ts';

let disk: SmallDisk;
let lab: Lab;
let terminal: Terminal;
let trail: AuditTrail;
let record: RecordSide;

beforeAll(async () => {
  disk = openSmallDisk();
  const stateFolder = path.join(disk.folder, 'state');
  mkdirSync(stateFolder, { mode: 0o700 });
  lab = await openLab({ terminal: { stateFolder } });
  terminal = await lab.launch();
  await terminal.ready();
  trail = await openAuditTrail(lab.world, stateFolder);
  record = await openRecordSide(lab.world);
});
afterAll(async () => {
  await Promise.all([trail.close(), record.close()]);
  await lab.close();
  disk.remove();
});

/** Watches every page that a session may be given, before it is. */
async function watchPages(): Promise<void> {
  await eventually('a spare page', () => terminal.pages('workspace').length > 0);
  for (const page of terminal.pages('workspace')) await watchPage(page, names, marks);
}

async function tapIn(nurse = lab.nurses[0]!): Promise<Page> {
  await watchPages();
  await lab.hand.tap(nurse);
  const system = await terminal.system();
  await eventually(
    'a PIN pad or a workspace',
    async () =>
      (await system.locator('.pinPad').count()) > 0 ||
      terminal.log.filter((entry) => entry.event === 'sessionPhase').at(-1)?.['phase'] === 'active',
  );
  if ((await system.locator('.pinPad').count()) > 0) await terminal.typePin(nurse.pin);
  const page = await terminal.workspace();
  await page.locator('.bedRow').first().waitFor({ timeout: 60_000 });
  return page;
}

async function lock(page: Page): Promise<void> {
  const from = terminal.log.length;
  await page.locator('.appBarLock').click();
  await terminal.logged('sessionClosed', { from });
}

describe('a walk through the whole workspace', () => {
  /** Every moment of the walk, page by page. */
  const walks: Shown[][] = [];
  let nurse: Lab['nurses'][number];
  let page: Page;
  let chartOf: string;

  const openFirst = async (): Promise<void> => {
    await page.locator('nav.appBarScreens button').first().click();
    await page.locator('button.bedRow').first().click();
    await page.locator('.chart .banner').waitFor();
  };
  /** Does something and answers the entries that this put on disk. */
  const entriesOf = async (act: () => Promise<unknown>, wanted: string): Promise<AuditEntry[]> => {
    const last = trail.onDisk().at(-1)!.sequence;
    await act();
    await eventually(`an entry ${wanted}`, () => find(trail.onDisk(last), wanted) !== undefined);
    return trail.onDisk(last);
  };
  const find = (entries: readonly AuditEntry[], wanted: string): AuditEntry | undefined =>
    entries.find((entry) => `${entry.action} ${entry.subject}` === wanted);
  const expectEntry = async (wanted: string, act: () => Promise<unknown>): Promise<AuditEntry> => {
    const entry = find(await entriesOf(act, wanted), wanted)!;
    expect(entry.personId, wanted).toBe(nurse.personId);
    expect(entry.sessionId, wanted).toBe(sessionId);
    expect(entry.outcome, wanted).toBe('success');
    return entry;
  };
  let sessionId: string;

  it('opens with a board whose entry names each patient on it', async () => {
    nurse = lab.nurses[0]!;
    page = await tapIn(nurse);
    await eventually(
      'the first fill to end',
      async () => (await page.getByText('Loading the ward').count()) === 0,
      { deadlineMs: 120_000 },
    );
    const login = trail
      .onDisk()
      .filter((entry) => entry.action === 'login')
      .at(-1)!;
    sessionId = login.sessionId!;
    expect(login.personId).toBe(nurse.personId);
    const onBoard = new Set(
      trail
        .onDisk()
        .filter((entry) => entry.subject === 'board' && entry.sessionId === sessionId)
        .flatMap((entry) => entry.patientIds),
    );
    const rows = await page.locator('.bedRow .patientName').allTextContents();
    expect(rows.length).toBeGreaterThan(10);
    for (const name of rows)
      expect(
        patientIds.get(name)?.some((id) => onBoard.has(id)),
        name,
      ).toBe(true);
  });

  it('logs the chart, further lines, wider plots and the table with the patient', async () => {
    const chart = await expectEntry('view chart', openFirst);
    [chartOf = ''] = chart.patientIds;
    expect(
      patientIds.get(
        (await page.locator('.banner .patientName').textContent())!.replace(/ \(.*\)$/, ''),
      ),
    ).toContain(chartOf);
    const sections = page.locator('.chartNav ul button');
    for (let index = 0; index < (await sections.count()); index += 1) {
      await sections.nth(index).click();
      const more = page.getByRole('button', { name: 'Show more' });
      const panel = page.locator('.sectionPanel[data-section]');
      if ((await more.count()) !== 1 || (await panel.count()) !== 1) continue;
      const name = await panel.getAttribute('data-section');
      const entry = await expectEntry(`view chart.${name}`, async () => await more.click());
      expect(entry.patientIds).toEqual([chartOf]);
    }
    await page.locator('.chartNav ul button', { hasText: 'Observations' }).click();
    for (const hours of ['3 d', '7 d']) {
      const entry = await expectEntry(
        'view chart.vitals',
        async () => await page.getByRole('button', { name: hours, exact: true }).click(),
      );
      expect(entry.patientIds).toEqual([chartOf]);
    }
    await page.keyboard.press('Alt+t');
    await page.getByRole('table').first().waitFor();
  });

  it('logs vital signs, a note, its correction and a print', async () => {
    await page.getByRole('button', { name: 'Record', exact: true }).click();
    await page.getByRole('textbox', { name: /respirations/i }).fill('17');
    const vitals = await expectEntry(
      'write Observation',
      async () => await page.getByRole('button', { name: 'Save observations' }).click(),
    );
    expect(vitals.patientIds).toEqual([chartOf]);
    await page.locator('.chartNav ul button', { hasText: 'Notes' }).click();
    await page.getByRole('button', { name: 'New note' }).click();
    await page.getByRole('textbox', { name: 'Note' }).fill('Slept well.');
    const note = await expectEntry(
      'write DocumentReference',
      async () => await page.getByRole('button', { name: 'Save note' }).click(),
    );
    expect(note.patientIds).toEqual([chartOf]);
    await page.getByRole('button', { name: 'Correct', exact: true }).first().click();
    await page.getByRole('textbox', { name: 'Corrected text' }).fill('Slept badly.');
    const correction = await expectEntry(
      'write DocumentReference',
      async () => await page.getByRole('button', { name: 'Save correction' }).click(),
    );
    expect(correction.patientIds).toEqual([chartOf]);
  });

  /** Corrects her latest note while the record gets another version of it. */
  const correctBeside = async (theirs: string, hers: string): Promise<void> => {
    await openFirst();
    await page.locator('.chartNav ul button', { hasText: 'Notes' }).click();
    const line = page.locator('.noteLine').first();
    await line.waitFor();
    await eventually(
      'her note to be stored',
      async () => (await line.getByText('Waiting to be sent').count()) === 0,
      { deadlineMs: 30_000 },
    );
    const before = (await line.locator('p').first().innerText()).trim();
    await line.getByRole('button', { name: 'Correct', exact: true }).click();
    await page.getByRole('textbox', { name: 'Corrected text' }).fill(hers);
    await eventually(`her note in the record: ${before}`, () => record.correctNote(before, theirs));
    await page.getByRole('button', { name: 'Save correction' }).click();
    await page.getByRole('button', { name: 'Compare' }).waitFor();
  };
  const compare = () => page.getByRole('button', { name: 'Compare' }).click();

  it('logs both versions of a conflict before they stand side by side, and the choice', async () => {
    await correctBeside('Slept until four.', 'Slept until five.');
    const seen = await expectEntry('view conflicts', compare);
    expect(seen.patientIds).toEqual([chartOf]);
    const shown = page.locator('.conflictVersions');
    await shown.getByText('Slept until four.').waitFor();
    expect(await shown.innerText()).toContain('Slept until five.');
    await page.getByLabel('Keep the version charted here').check();
    const choice = await expectEntry(
      'write DocumentReference',
      async () => await page.getByRole('button', { name: 'Apply' }).click(),
    );
    expect(choice.patientIds).toEqual([chartOf]);
    await page.getByText('Done. Your choice').waitFor();
    // Another one stays for the calls below.
    await eventually('her choice in the record', async () =>
      (await record.notes()).some((note) => note.text === 'Slept until five.'),
    );
    await correctBeside('Slept until six.', 'Slept until seven.');
    const again = await expectEntry('view conflicts', compare);
    expect(again.patientIds).toEqual([chartOf]);
  });

  it('logs what was refused before its author sees it', async () => {
    await openFirst();
    await page.locator('.chartNav ul button', { hasText: 'Notes' }).click();
    await page.getByRole('button', { name: 'New note' }).click();
    await page.getByRole('textbox', { name: 'Note' }).fill('Written by one who may not.');
    await record.setRole(nurse.personId, 'officer');
    await page.getByRole('button', { name: 'Save note' }).click();
    const look = page.getByRole('button', { name: 'Look at it' });
    await look.waitFor();
    await record.setRole(nurse.personId, 'nurse');
    const seen = await expectEntry('view rejections', async () => await look.click());
    expect(seen.patientIds).toEqual([chartOf]);
    await page.locator('.rejection').getByText('Written by one who may not.').waitFor();
  });

  it('logs both searches with the people they found', async () => {
    await page.getByRole('button', { name: 'Find patient' }).click();
    const ward = await expectEntry(
      'search ward',
      async () => await page.locator('.searchEntry input').fill('eva'),
    );
    await page.locator('.searchHit').first().waitFor();
    expect(ward.patientIds.length).toBe(await page.locator('.searchHit').count());
    const hospital = await expectEntry(
      'search server',
      async () => await page.getByRole('button', { name: /whole hospital/ }).click(),
    );
    await page
      .locator('.searchResults[aria-label="In the whole hospital"] .searchHit')
      .first()
      .waitFor();
    expect(hospital.patientIds.length).toBe(await page.locator('.searchHit').count());
  });

  it('logs unfinished work that is offered back', async () => {
    await openFirst();
    await page.locator('.chartNav ul button', { hasText: 'Notes' }).click();
    await page.getByRole('button', { name: 'New note' }).click();
    await page.getByRole('textbox', { name: 'Note' }).fill('Family asks for');
    await page.getByText(/Draft kept/).waitFor();
    walks.push(await shownOn(page));
    await lock(page);
    const last = trail.onDisk().at(-1)!.sequence;
    page = await tapIn(nurse);
    await page.locator('.draftsBanner').waitFor();
    const drafts = trail.onDisk(last).find((entry) => entry.subject === 'drafts');
    expect(drafts).toMatchObject({
      action: 'view',
      personId: nurse.personId,
      patientIds: [chartOf],
    });
  });

  it('logs nothing more for settings, in French and in the dark', async () => {
    await page.getByRole('button', { name: 'My session' }).click();
    await page.getByText(/p99/i).first().waitFor();
    await page.getByRole('button', { name: 'Français' }).click();
    await page.getByRole('button', { name: 'Sombre' }).click();
    await openFirst();
    await page.getByRole('button', { name: /Ma session/ }).click();
    await page.getByRole('button', { name: 'English' }).click();
    await page.getByRole('button', { name: 'Light' }).click();
    walks.push(await shownOn(page));
  });

  it('had each patient and each screen on disk before the page had it', () => {
    const entries = trail.onDisk();
    const moments = walks.flat();
    expect(moments.length).toBeGreaterThan(10);
    const seen = new Set(moments.flatMap((moment) => moment.marks));
    expect([...seen].sort()).toEqual([
      'board',
      'chart',
      'conflicts',
      'drafts',
      'hospitalHits',
      'rejections',
      'wardHits',
    ]);
    const missing = (held: readonly AuditEntry[]) =>
      walks.flatMap((walk) => uncovered(walk, held, sessionId));
    expect([...missing(entries), ...denials(entries)]).toEqual([]);
    // What covered a former chart of the same patient does not cover the next.
    expect(missing(withoutLastChart(moments, entries))).not.toEqual([]);
  });
});

describe('every call of a workspace', () => {
  let page: Page;
  let patientId: string;

  /** Calls the bridge as a page does; answers the reply and when the page had it. */
  const call = async (name: WorkspaceCall, payload: unknown) =>
    await page.evaluate(
      async ({ name, payload }) => {
        const { wardkey } = window as unknown as { wardkey: WorkspaceBridge };
        const reply = await (wardkey.call[name] as (given: unknown) => Promise<unknown>)(payload);
        return { reply: JSON.stringify(reply), atMs: Date.now() };
      },
      { name, payload },
    );
  const draftId = '3b0e1f6e-7c5d-4f0a-9a52-0f2d7b1f1c11';
  const payloads = (): Partial<Record<WorkspaceCall, unknown>> => ({
    workspacePainted: { token: 'none', what: 'chart' },
    workspaceCleared: { token: 'none' },
    chartOpen: { patientId, fetch: true },
    chartSectionRead: { patientId, section: 'results', offset: 0 },
    vitalsRead: { patientId, fromMs: 0, toMs: Date.now() },
    vitalsRecord: { patientId, draftId: null, vitals: {}, confirmedUnlikely: false },
    noteWrite: { patientId, draftId: null, note: { text: 'Ate breakfast.', corrects: null } },
    patientSearch: { text: 'eva', where: 'ward' },
    draftSave: { draftId, patientId, patientLabel: 'LABEL', kind: 'note', content: 'half a sen' },
    draftDiscard: { draftId },
    conflictResolve: { operationId: 'none', choice: { keep: 'mine' } },
    rejectionDismiss: { ids: ['none'], chartedAgain: false },
    otherSessionClose: { sessionId: 'none' },
    languageSet: { language: 'en' },
    themeSet: { theme: 'light' },
  });
  const identities = [...patientIds].flatMap(([name, ids]) => [name.split(',')[0]!, ...ids]);
  /** Printing and leaving do something: they are in tests of their own. */
  const apart: readonly WorkspaceCall[] = ['chartPrint', 'sessionLeave'];

  beforeAll(async () => {
    await lock(await terminal.workspace());
    page = await tapIn();
    const board = await call('boardRead', null);
    patientId = /"patientId":"([^"]+)"/.exec(board.reply)![1]!;
    await call('draftSave', payloads().draftSave);
  });

  it('is known here as showing patient data or not', () => {
    expect(Object.keys(answers).sort()).toEqual([...workspaceCalls].sort());
  });

  const asked = workspaceCalls.filter((name) => !apart.includes(name) && name !== 'draftDiscard');
  it.each(asked.filter((name) => answers[name] === 'patientData'))(
    '%s answers after its entry is on disk',
    async (name) => {
      const last = trail.onDisk().at(-1)!.sequence;
      const { reply, atMs } = await call(name, payloads()[name] ?? null);
      expect(reply).toContain('"ok":true');
      expect(reply.length, 'an answer with something in it').toBeGreaterThan(60);
      const [entry] = trail.onDisk(last).filter((one) => one.personId === lab.nurses[0]!.personId);
      expect(entry, name).toBeDefined();
      expect(entry!.recordedAtMs).toBeLessThanOrEqual(atMs);
      const { patientId: asked } = { ...(payloads()[name] as { patientId?: string } | undefined) };
      const inReply = [...patientIds.values()].flat().filter((id) => reply.includes(id));
      const concerned = asked === undefined ? inReply : [asked];
      expect(concerned).not.toEqual([]);
      expect(entry!.patientIds).toEqual(expect.arrayContaining(concerned));
    },
  );

  it.each(asked.filter((name) => answers[name] === 'nothing'))(
    '%s answers nothing about a patient',
    async (name) => {
      const { reply } = await call(name, payloads()[name] ?? null);
      expect(identities.filter((identity) => reply.includes(identity))).toEqual([]);
    },
  );

  it('a print is on disk before it is tried, and so is what became of it', async () => {
    const last = trail.onDisk().at(-1)!.sequence;
    // There is no printer here: the page is told so, and nothing is called printed.
    expect((await call('chartPrint', { patientId })).reply).toBe(
      '{"ok":false,"code":"notPrinted"}',
    );
    const prints = trail.onDisk(last).filter((entry) => entry.action === 'print');
    expect(
      prints.map(({ subject, outcome, patientIds }) => [subject, outcome, patientIds]),
    ).toEqual([
      ['chart', 'success', [patientId]],
      ['chart', 'failure', [patientId]],
    ]);
  });

  it('reaches the record server within a second', async () => {
    const read = async () => await call('vitalsRead', payloads().vitalsRead);
    expect((await delaysOf(trail, read)).p95).toBeLessThan(1_000);
  });
});

describe.runIf(mayMount)('a disk that fills up under an open session', () => {
  it('stops the next chart from being shown', async () => {
    await lock(await terminal.workspace());
    const page = await tapIn();
    const system = await terminal.system();
    disk.fill();
    const last = trail.onDisk().at(-1)!.sequence;
    // What the spool's file has room for inside still goes in; each further chart needs more.
    const rows = await page.locator('button.bedRow').count();
    const open = async (row: number): Promise<boolean> => {
      if (page.isClosed()) return false;
      await page.locator('nav.appBarScreens button').first().click({ timeout: 2_000 });
      await page
        .locator('button.bedRow')
        .nth(row % rows)
        .click({ timeout: 2_000 });
      await page.locator('.chart .banner').waitFor({ timeout: 2_000 });
      return true;
    };
    let shown = 0;
    while (shown < 500 && (await open(shown).catch(() => false))) shown += 1;
    const logged = trail.onDisk(last).filter((entry) => entry.subject === 'chart');
    expect(shown).toBeLessThan(500);
    expect(logged.length).toBe(shown);
    await system.getByText('The disk of this terminal is full').first().waitFor();
  });
});
