import type { Page } from 'playwright-core';
import {
  chart,
  conflicts,
  hits,
  terminalStatus,
  troubledChart,
  visitingChart,
  weekOfSets,
} from '../patient.ts';
import { rejections } from '../rejections.ts';
import { minutes, type FakeReply, type Scene, type WorkspaceScene } from '../scene.ts';
import { begin } from '../ward.ts';

const given = (value: unknown): FakeReply => ({ ok: true, value });

const replies: WorkspaceScene['replies'] = {
  chartOpen: given(chart),
  vitalsRead: given(weekOfSets),
  draftSave: given({ savedAtMs: minutes(0) }),
  conflictList: given(conflicts),
  rejectionList: given(rejections),
  patientSearch: given({ hits, more: true }),
  terminalStatusRead: given(terminalStatus),
};

const scene = (name: string, rest: Partial<WorkspaceScene>): Scene => ({
  name,
  page: 'workspace',
  begin,
  replies,
  ...rest,
});

/** Opens the chart of bed A3 from the board and waits for its painted frame. */
async function open(page: Page): Promise<void> {
  await page.locator('.bedRow').nth(2).click();
  await page.waitForFunction(() =>
    window.gallery.calls.some(
      (call) =>
        call.name === 'workspacePainted' && (call.payload as { what: string }).what === 'chart',
    ),
  );
  await page.mouse.move(0, 0);
}

async function openSection(page: Page, index: number): Promise<void> {
  await open(page);
  await page.locator('.chartNav li button').nth(index).click();
}

async function goTo(page: Page, index: number): Promise<void> {
  await page.locator('.appBarScreens button').nth(index).click();
}

/** Opens somebody whom the search of the hospital found, who lies elsewhere. */
async function openVisiting(page: Page): Promise<void> {
  await goTo(page, 1);
  await page.locator('.search input').fill('evans');
  await page.locator('.searchHit').nth(2).click();
  await page.locator('.visitNotice, .chartRefused').waitFor();
  await page.mouse.move(0, 0);
}

/** The chart, charting, search, status and conflicts. */
export const scenes: readonly Scene[] = [
  scene('chart', { act: open }),
  scene('chart-focus', {
    act: async (page) => {
      await open(page);
      await page.locator('.vitalsPlot').focus();
      await page.keyboard.press('End');
      await page.keyboard.press('ArrowLeft');
      await page.keyboard.press('ArrowLeft');
    },
  }),
  scene('chart-week', {
    act: async (page) => {
      await open(page);
      await page.locator('.observations .segmented button').nth(3).click();
      await page.locator('.observations .segmented button[aria-pressed=true]').waitFor();
    },
  }),
  scene('chart-table', {
    act: async (page) => {
      await open(page);
      await page.keyboard.press('Alt+t');
      await page.locator('.vitalsTable').waitFor();
    },
  }),
  scene('chart-summary', { act: (page) => openSection(page, 0) }),
  scene('chart-troubled', {
    replies: { ...replies, chartOpen: given(troubledChart) },
    act: (page) => openSection(page, 0),
  }),
  scene('chart-results', { act: (page) => openSection(page, 3) }),
  scene('chart-refused', {
    replies: { ...replies, chartOpen: { ok: false, code: 'vaultLost' } },
    act: async (page) => {
      await page.locator('.bedRow').nth(2).click();
      await page.locator('.chartRefused').waitFor();
    },
  }),
  scene('chart-record', {
    act: async (page) => {
      await open(page);
      await page.locator('.observations > header .button').nth(1).click();
      const fields = page.locator('.numberEntry input');
      for (const [index, text] of ['27', '93', '96', '120', '212', '39,4'].entries()) {
        await fields.nth(index).fill(text);
      }
      await page.locator('.choiceField button').nth(1).click();
      await page.locator('.draftStanding[data-kind=kept]').waitFor();
    },
  }),
  scene('chart-note', {
    act: async (page) => {
      await openSection(page, 4);
      await page.locator('.noteLine .button').nth(1).click();
      await page.locator('.noteText textarea').press('Control+End');
      await page.locator('.noteText textarea').pressSequentially(' Catheter flushed 14:20.');
      await page.locator('.draftStanding[data-kind=kept]').waitFor();
    },
  }),
  scene('conflicts', {
    begin: { ...begin, freshness: { ...begin.freshness, conflicts: 2 } },
    act: async (page) => {
      await page.locator('.notices .button').first().click();
      await page.locator('.conflictChoices label').nth(2).click();
      await page.locator('.conflictMerge .button').first().click();
    },
  }),
  scene('rejections', {
    begin: { ...begin, freshness: { ...begin.freshness, rejected: 5 } },
    act: async (page) => {
      await page.locator('.notices .button').first().click();
      await page.locator('.rejection footer .button').last().click();
    },
  }),
  scene('search', {
    begin: {
      ...begin,
      drafts: [
        {
          draftId: '6f0d2a3e-5f64-4d0c-9d0a-0f6a3e5f644d',
          patientId: 'p-B1',
          patientLabel: 'DAVIES, Rhys',
          kind: 'note',
          savedAtMs: minutes(-20),
          content: '{"form":"note","text":"Turned to the left","corrects":null}',
        },
      ],
    },
    act: async (page) => {
      await goTo(page, 1);
      await page.locator('.search input').fill('evans');
      await page.locator('.searchHit').first().waitFor();
    },
  }),
  scene('chart-visiting', {
    replies: { ...replies, chartOpen: given(visitingChart) },
    act: openVisiting,
  }),
  scene('chart-visiting-refused', {
    replies: { ...replies, chartOpen: { ok: false, code: 'denied' } },
    act: async (page) => {
      await openVisiting(page);
      await page.locator('.chartRefused').waitFor();
    },
  }),
  scene('status', {
    begin: {
      ...begin,
      otherSessions: [{ sessionId: 's9', terminalName: 'ASH-01', openedAtMs: minutes(-95) }],
    },
    act: async (page) => {
      await goTo(page, 2);
      await page.locator('.latencyTable').waitFor();
    },
  }),
];
