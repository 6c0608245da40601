import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { searchDelayMs } from '#renderer/search/usePatientSearch.ts';
import type { Scene, WorkspaceScene } from '#test/renderer/gallery/scene.ts';
import { scenes } from '#test/renderer/gallery/scenes/chart.ts';
import { openStage, type Stage } from '#test/renderer/gallery/stage.ts';

/* What a person does at a chart, as built, in a real browser, and the calls that come of it. */

const look = { language: 'en', theme: 'light', width: 1920, height: 1080 } as const;
/** A press on a button that says it is disabled; Playwright would wait for it to change its mind. */
const refused = { force: true } as const;
const calls = (page: Page, name: string) =>
  page.evaluate(
    (wanted) => window.gallery.calls.filter((call) => call.name === wanted).map((c) => c.payload),
    name,
  );
const push = (page: Page, topic: string, message: unknown) =>
  page.evaluate(([t, m]) => window.gallery.push(t, m), [topic, message] as [string, unknown]);
const scene = (name: string, act?: Scene['act']): Scene => {
  const found = scenes.find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`no scene ${name}`);
  return act === undefined ? found : { ...found, act };
};

// A browser on a busy machine.
vi.setConfig({ testTimeout: 30_000 });

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
}, 120_000);
afterAll(() => stage.close());

async function openForm(): Promise<Page> {
  const page = await stage.open(scene('chart'), look);
  await page.getByRole('button', { name: 'Record', exact: true }).click();
  return page;
}

describe('charting', () => {
  it('says in words why nothing can be saved, and saves nothing', async () => {
    const page = await openForm();
    const save = page.getByRole('button', { name: 'Save observations' });
    expect(await page.locator('.entryBlocked').innerText()).toContain('at least one value');
    await save.click(refused);
    await page.getByRole('textbox', { name: /^Temperature/ }).fill('394');
    expect(await page.locator('.entryBlocked').innerText()).toContain('Correct the values');
    await save.click(refused);
    expect(await calls(page, 'vitalsRecord')).toEqual([]);
    await page.context().close();
  });

  it('takes an unlikely value only by a second press, and asks anew when it is changed', async () => {
    const page = await openForm();
    const pulse = page.getByRole('textbox', { name: /^Pulse/ });
    await pulse.fill('205');
    await page.getByRole('button', { name: 'Save observations' }).click();
    expect(await calls(page, 'vitalsRecord')).toEqual([]);
    expect(await page.locator('.entryQuestion').innerText()).toContain('Pulse 205');
    await pulse.fill('206');
    await page.getByRole('button', { name: 'Save observations' }).click();
    expect(await calls(page, 'vitalsRecord')).toEqual([]);
    await page.getByRole('button', { name: 'Values are right: save' }).click();
    expect(await calls(page, 'vitalsRecord')).toMatchObject([
      { patientId: 'p-A3', confirmedUnlikely: true, vitals: { heartRate: 206, systolic: null } },
    ]);
    await page.getByText('Observations saved.').waitFor();
    await page.context().close();
  });

  it('says beside each value what it scores', async () => {
    const page = await openForm();
    await page.getByRole('textbox', { name: /^Pulse/ }).fill('121');
    const field = page.locator('.numberField').filter({ hasText: 'Pulse' });
    await field.locator('.scoreChip').waitFor();
    expect(await field.locator('.scoreChip').innerText()).toBe('2');
    expect(await page.locator('.numberField .scoreChip').count()).toBe(1);
    await page.context().close();
  });

  it('keeps one draft for a burst of typing, and the last words when the form is left at once', async () => {
    const page = await openForm();
    await page.getByRole('textbox', { name: /^Pulse/ }).pressSequentially('88', { delay: 40 });
    await page.locator('.draftStanding[data-kind=kept]').waitFor();
    expect(await calls(page, 'draftSave')).toHaveLength(1);
    await page.getByRole('textbox', { name: /^SpO₂/ }).fill('95');
    await page.locator('.chartNav li button').first().click();
    const saved = (await calls(page, 'draftSave')) as { draftId: string; content: string }[];
    expect(saved).toHaveLength(2);
    expect(saved[1]!.draftId).toBe(saved[0]!.draftId);
    expect(JSON.parse(saved[1]!.content)).toMatchObject({
      heartRate: '88',
      oxygenSaturation: '95',
    });
    await page.getByRole('button', { name: 'Continue' }).click();
    expect(await page.getByRole('textbox', { name: /^SpO₂/ }).inputValue()).toBe('95');
    await page.context().close();
  });

  it('discards only after it has asked', async () => {
    const page = await openForm();
    await page.getByRole('textbox', { name: /^Pulse/ }).fill('88');
    await page.getByRole('button', { name: 'Discard' }).click();
    expect(await calls(page, 'draftDiscard')).toEqual([]);
    await page.getByRole('button', { name: 'Keep writing' }).click();
    expect(await page.getByRole('textbox', { name: /^Pulse/ }).inputValue()).toBe('88');
    await page.context().close();
  });

  it('keeps identity and allergies in view while one writes', async () => {
    const page = await openForm();
    expect(await page.locator('.banner h1').isVisible()).toBe(true);
    expect(await page.locator('.allergies').innerText()).toContain('Penicillin');
    await page.context().close();
  });
});

describe('a conflict', () => {
  it('has nothing chosen beforehand and cannot be applied until something is', async () => {
    const page = await stage.open(
      scene('conflicts', (at) => at.locator('.notices .button').first().click()),
      look,
    );
    await page.locator('.conflict').first().waitFor();
    expect(await page.locator('input:checked').count()).toBe(0);
    await page.getByRole('button', { name: 'Apply' }).first().click(refused);
    expect(await calls(page, 'conflictResolve')).toEqual([]);
    await page.getByRole('radio', { name: 'Keep the version in the record' }).first().check();
    await page.getByRole('button', { name: 'Apply' }).first().click();
    expect(await calls(page, 'conflictResolve')).toEqual([
      { operationId: 'o1', choice: { keep: 'theirs' } },
    ]);
    await page.context().close();
  });
});

describe('a conflict of somebody else', () => {
  it('is named as what it is, with birth date, record number and bed of the patient', async () => {
    const page = await stage.open(
      scene('conflicts', (at) => at.locator('.notices .button').first().click()),
      look,
    );
    const whose = page.locator('.conflictWhose').first();
    await whose.getByText('14-Mar-1947').waitFor();
    expect(await whose.innerText()).toContain('Record no.');
    expect(await whose.innerText()).toContain('A3');
    expect(await page.getByText(/of yours|your version|my version/i).count()).toBe(0);
    await page.context().close();
  });

  it('is read again when the record changes, though there are no more of them', async () => {
    const page = await stage.open(
      scene('conflicts', (at) => at.locator('.notices .button').first().click()),
      look,
    );
    await page.locator('.conflict').first().waitFor();
    expect(await calls(page, 'conflictList')).toHaveLength(1);
    const { begin } = scene('conflicts') as Extract<Scene, { page: 'workspace' }>;
    const { freshness, nowMs } = begin;
    await push(page, 'workspaceChanged', {
      board: null,
      freshness,
      changedPatientIds: ['p-A3'],
      nowMs,
    });
    await expect.poll(async () => await calls(page, 'conflictList')).toHaveLength(2);
    await page.context().close();
  });
});

describe('the plot', () => {
  it('gives way to the table by Alt and T, not by a letter alone', async () => {
    const page = await stage.open(scene('chart'), look);
    await page.locator('.observations').waitFor();
    await page.keyboard.press('t');
    expect(await page.locator('.vitalsTable').count()).toBe(0);
    await page.keyboard.press('Alt+t');
    await page.locator('.vitalsTable').waitFor();
    await page.context().close();
  });

  it('is one tab stop that says each set, a missing value as not taken', async () => {
    const page = await stage.open(scene('chart'), look);
    await page.locator('.vitalsPlot').focus();
    await page.keyboard.press('End');
    const said = page.locator('.vitalsPlot [aria-live]');
    expect(await said.innerText()).toMatch(/^13:50: NEWS2 12\./);
    for (let step = 0; step < 4; step += 1) await page.keyboard.press('ArrowLeft');
    expect(await said.innerText()).toContain('NEWS2 incomplete');
    expect(await said.innerText()).toContain('Temperature not taken');
    expect(await page.locator('.vitalsPlot [tabindex]').count()).toBe(0);
    await page.context().close();
  });
});

describe('the search', () => {
  it('asks the ward once for a burst of typing, and the hospital only on purpose', async () => {
    const page = await stage.open(
      scene('search', (at) => at.locator('.appBarScreens button').nth(1).click()),
      look,
    );
    await page.locator('.search input').pressSequentially('evans', { delay: 30 });
    await page.locator('.searchHit').first().waitFor();
    expect(await calls(page, 'patientSearch')).toEqual([{ text: 'evans', where: 'ward' }]);
    await page.getByRole('button', { name: 'Search the whole hospital' }).click();
    expect(await calls(page, 'patientSearch')).toHaveLength(2);
    await page.keyboard.press('Shift+Tab');
    await page.locator('.search input').press('ArrowDown');
    await page.keyboard.press('Enter');
    expect(await calls(page, 'chartOpen')).toEqual([{ patientId: 'p-A3', fetch: true }]);
    await page.context().close();
  });

  it('keeps the hospital’s answer for who asked before the ward had been', async () => {
    const page = await stage.open(
      scene('search', (at) => at.locator('.appBarScreens button').nth(1).click()),
      look,
    );
    // Within the pause that the ward's search keeps while somebody types.
    await page.locator('.search input').fill('evans');
    await page.getByRole('button', { name: 'Search the whole hospital' }).press('Enter');
    await page.locator('.searchHit').first().waitFor();
    await page.waitForTimeout(2 * searchDelayMs);
    expect(((await calls(page, 'patientSearch')) as { where: string }[]).at(-1)?.where).toBe(
      'server',
    );
    expect(await page.locator('.searchResults').getAttribute('aria-label')).toBe(
      'In the whole hospital',
    );
    await page.context().close();
  });

  it('never says "nobody" for a question that could not be asked, or an answer that was cut', async () => {
    const page = await stage.open(
      {
        ...scene('search', (at) => at.locator('.appBarScreens button').nth(1).click()),
        replies: { patientSearch: { ok: true, value: { hits: [], more: true } } },
      } as Scene,
      look,
    );
    const hospital = page.getByRole('button', { name: 'Search the whole hospital' });
    await page.locator('.search input').fill('a b');
    await page.getByText('Type at least 2 letters').waitFor();
    await hospital.click({ force: true });
    await page.locator('.search input').fill('ng');
    await hospital.click();
    await page.getByText('ng: looked for as a whole name only.').waitFor();
    await page.getByText('More people match than are shown.').waitFor();
    expect(await page.getByText(/Nobody/).count()).toBe(0);
    const asked = (await calls(page, 'patientSearch')) as { text: string; where: string }[];
    expect(asked.filter(({ where }) => where === 'server')).toEqual([
      { text: 'ng', where: 'server' },
    ]);
    await page.context().close();
  });
});

describe('what the record server refused', () => {
  const open = (): Promise<Page> =>
    stage.open(
      scene('rejections', async (page) => {
        await page.getByRole('button', { name: 'Look at it' }).click();
        await page.locator('.rejection').first().waitFor();
      }),
      look,
    );

  it('says why and what was charted, and opens the form with it, the draft kept before the entry goes', async () => {
    const page = await open();
    const panel = page.getByRole('article', { name: 'Observations for EVANS, Eva' }).first();
    const text = await panel.innerText();
    for (const words of ['You were not allowed', 'denied: noRelationship', '104/61 mmHg', '38.4'])
      expect(text).toContain(words);
    await panel.getByRole('button', { name: 'Chart again' }).focus();
    await page.keyboard.press('Enter');
    const pulse = page.getByRole('textbox', { name: /^Pulse/ });
    await pulse.waitFor();
    expect(await pulse.inputValue()).toBe('98');
    const [draft] = (await calls(page, 'draftSave')) as { content: string }[];
    expect(JSON.parse(draft!.content)).toMatchObject({ form: 'vitals', heartRate: '98' });
    expect(await calls(page, 'rejectionDismiss')).toEqual([
      { ids: ['r1', 'r2'], chartedAgain: true },
    ]);
    expect(
      await page.evaluate(() => {
        const names = window.gallery.calls.map((call) => call.name);
        return names.indexOf('draftSave') < names.indexOf('rejectionDismiss');
      }),
    ).toBe(true);
    await page.context().close();
  });

  it('keeps the entry when its draft cannot be kept', async () => {
    const page = await stage.open(
      {
        ...scene('rejections', async (opened) => {
          await opened.getByRole('button', { name: 'Look at it' }).click();
        }),
        replies: {
          ...(scene('rejections') as WorkspaceScene).replies,
          draftSave: { ok: false, code: 'diskFull' },
        },
      } as Scene,
      look,
    );
    await page.getByRole('button', { name: 'Chart again', exact: true }).first().click();
    await page.getByText('Not done.').waitFor();
    expect(await calls(page, 'rejectionDismiss')).toEqual([]);
    await page.context().close();
  });

  it('is dismissed only after a question, and the focus does not get lost', async () => {
    const page = await open();
    const panel = page.getByRole('article', { name: 'An entry that cannot be opened here' });
    await panel.getByRole('button', { name: 'Dismiss' }).focus();
    await page.keyboard.press('Enter');
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Cancel');
    expect(await calls(page, 'rejectionDismiss')).toEqual([]);
    await panel.getByRole('button', { name: 'Dismiss it' }).click();
    await panel.waitFor({ state: 'detached' });
    expect(await calls(page, 'rejectionDismiss')).toEqual([{ ids: ['r5'], chartedAgain: false }]);
    expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('H1');
    await page.context().close();
  });

  it('of a patient who is elsewhere cannot be charted again here, in words', async () => {
    const page = await open();
    const panel = page.getByRole('article', { name: 'Note for DAVIES, Rhys' });
    expect(await panel.innerText()).toContain('not on this ward');
    await panel.getByRole('button', { name: 'Chart again' }).click(refused);
    expect(await calls(page, 'draftSave')).toEqual([]);
    await page.context().close();
  });
});
