import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SystemSnapshot } from '#core/contracts/ipc.ts';
import type { GalleryWindow } from './fakeBridge.ts';
import { chart } from './patient.ts';
import type { Scene, WorkspaceScene } from './scene.ts';
import { scenes as boardScenes } from './scenes/board.ts';
import { scenes as systemScenes } from './scenes/system.ts';
import { openStage, type Stage } from './stage.ts';
import { begin } from './ward.ts';

/* What the views do, as built, in a real browser: the messages they take and the calls they make. */

const look = { language: 'en', theme: 'light', width: 1366, height: 768 } as const;
const scene = (name: string): Scene => {
  const found = [...boardScenes, ...systemScenes].find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`no scene ${name}`);
  // Only the state it opens with: the steps are the test's own.
  return { ...found, act: () => Promise.resolve() };
};
const workspace = (name: string): WorkspaceScene => {
  const found = scene(name);
  if (found.page !== 'workspace') throw new Error(`${name} is no workspace`);
  return found;
};
const calls = (page: Page, name: string) =>
  page.evaluate(
    (wanted) => window.gallery.calls.filter((call) => call.name === wanted).map((c) => c.payload),
    name,
  );
const push = (page: Page, topic: string, message: unknown) =>
  page.evaluate(([t, m]) => window.gallery.push(t, m), [topic, message] as [string, unknown]);

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
}, 120_000);
afterAll(() => stage.close());

describe('a workspace', () => {
  it.each([
    { width: 1920, height: 1080, beds: 22 },
    { width: 1366, height: 768, beds: 12 },
  ])('shows $beds of 22 beds at $width x $height without scrolling', async (size) => {
    const page = await stage.open(scene('board'), { ...look, ...size });
    const whole = await page
      .locator('.bedRow')
      .evaluateAll(
        (rows, height) => rows.filter((row) => row.getBoundingClientRect().bottom <= height).length,
        size.height,
      );
    expect(whole).toBeGreaterThanOrEqual(size.beds);
    await page.context().close();
  });

  it('moves nothing from under a finger when something has to be said', async () => {
    const page = await stage.open(scene('board'), look);
    const row = page.locator('.bedRow').first();
    const before = await row.boundingBox();
    for (const notice of ['tapAgainToLock', 'readerLost', 'clockJumped', 'serverBack']) {
      await push(page, 'workspaceNotice', { notice });
    }
    const { board, freshness } = begin;
    const changed = { ...freshness, conflicts: 1 };
    await push(page, 'workspaceChanged', {
      board,
      freshness: changed,
      changedPatientIds: [],
      nowMs: begin.nowMs,
    });
    await page.getByText('Tap again within 2 seconds to lock').waitFor();
    await page.getByText('The badge reader is gone').waitFor();
    expect(await row.boundingBox()).toEqual(before);
    // An own tap is nothing to be warned of.
    expect(await page.locator('.passingNotices .notice[data-tone=info]').count()).toBe(1);
    await page.context().close();
  });

  it('holds nothing before its session and nothing after it', async () => {
    const page = await stage.open(scene('board'), look);
    expect(await calls(page, 'workspacePainted')).toEqual([{ token: 'token-1', what: 'board' }]);
    expect(await page.locator('.bedRow').count()).toBe(22);
    await push(page, 'workspaceEnd', { token: 'token-1' });
    expect(await calls(page, 'workspaceCleared')).toEqual([{ token: 'token-1' }]);
    const left = await page.evaluate(() => document.documentElement.outerHTML);
    expect(left).not.toMatch(/EVANS|Gwyneth|Chowdhury|ASH-03/i);
    await page.context().close();
  });

  it('has emptied the document before it says that it is cleared', async () => {
    const page = await stage.open(scene('board'), look);
    const leftAtAnswer = await page.evaluate(() => {
      const bridge = (window as unknown as GalleryWindow).wardkey as {
        call: Record<string, (payload: unknown) => unknown>;
      };
      const { call } = bridge;
      let left = 'not asked';
      Object.assign(bridge, {
        call: new Proxy(call, {
          get: (target, name: string) => (payload: unknown) => {
            if (name === 'workspaceCleared') left = document.body.innerText;
            return target[name]?.(payload);
          },
        }),
      });
      window.gallery.push('workspaceEnd', { token: 'token-1' });
      return left;
    });
    expect(leftAtAnswer).toBe('');
    await page.context().close();
  });

  it('shows nothing of a board that comes after its end', async () => {
    const page = await stage.open(scene('board'), look);
    await push(page, 'workspaceEnd', { token: 'token-1' });
    const { board, freshness, nowMs } = begin;
    await push(page, 'workspaceChanged', { board, freshness, changedPatientIds: [], nowMs });
    expect(await page.evaluate(() => document.body.innerText)).toBe('');
    await page.context().close();
  });

  it('loses a panel that cannot be drawn, and nothing beside it', async () => {
    const sections = { ...chart.sections, problems: { items: [null], total: 1, nextOffset: null } };
    const replies = { chartOpen: { ok: true as const, value: { ...chart, sections } } };
    const page = await stage.open({ ...workspace('board'), replies }, look);
    await page.locator('.bedRow').nth(2).click();
    await page.locator('.chartNav li button').first().click();
    await page.locator('.summary .panelFailure').waitFor();
    expect(await page.locator('.panelFailure').count()).toBe(1);
    expect(await page.locator('.summary .sectionPanel').count()).toBe(5);
    expect(await page.locator('.banner .patientName').innerText()).toContain('EVANS');
    expect(await page.locator('.appBarLock').isEnabled()).toBe(true);
    await page.context().close();
  });

  it('moves within a bay by arrows, from bay to bay by Tab, and opens by Enter', async () => {
    const page = await stage.open(scene('board'), look);
    const focused = () => page.evaluate(() => document.activeElement?.textContent ?? '');
    await page.locator('.bedRow', { hasText: 'ABARA' }).focus();
    await page.keyboard.press('ArrowDown');
    expect(await focused()).toContain('BENNETT');
    await page.keyboard.press('End');
    expect(await focused()).toContain('CHOWDHURY');
    await page.keyboard.press('Tab');
    expect(await focused()).toContain('DAVIES');
    await page.keyboard.press('Shift+Tab');
    expect(await focused()).toContain('CHOWDHURY');
    await page.keyboard.press('Home');
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => window.gallery.calls.some((c) => c.name === 'chartOpen'));
    expect(await calls(page, 'chartOpen')).toEqual([{ patientId: 'p-A1', fetch: true }]);
    await page.context().close();
  });

  it('does not calm anybody while records are missing', async () => {
    const page = await stage.open(scene('board-filling'), look);
    const text = await page.locator('main').innerText();
    expect(text).toContain('Not known while records are missing here.');
    expect(text).not.toMatch(/Nothing needs you now|NEWS2 7 or more\s*0/);
    await page.context().close();
  });

  it('leaves by the Lock button', async () => {
    const page = await stage.open(scene('board'), look);
    await page.getByRole('button', { name: 'Lock' }).click();
    expect(await calls(page, 'sessionLeave')).toEqual([null]);
    await page.context().close();
  });
});

describe('the system view', () => {
  const pinScene = scene('pin') as Extract<Scene, { page: 'system' }>;
  const pinScreen = pinScene.snapshot.screen as Extract<SystemSnapshot['screen'], { kind: 'pin' }>;
  const withPin = (change: Partial<typeof pinScreen>): Scene => ({
    ...pinScene,
    snapshot: { ...pinScene.snapshot, screen: { ...pinScreen, ...change } },
  });

  it('submits a PIN of fixed length at its last digit, from keyboard and pad together', async () => {
    const page = await stage.open(scene('pin'), look);
    await page.keyboard.type('120');
    await page.keyboard.press('Backspace');
    await page.getByRole('button', { name: '3', exact: true }).click();
    await page.keyboard.type('45');
    expect(await calls(page, 'pinSubmit')).toEqual([]);
    await page.keyboard.type('6');
    expect(await calls(page, 'pinSubmit')).toEqual([{ attempt: 1, pin: '123456' }]);
    await page.context().close();
  });

  it('waits for OK where PINs differ in length', async () => {
    const page = await stage.open(withPin({ pinLength: { min: 6, max: 12 } }), look);
    await page.keyboard.type('12345');
    await page.keyboard.press('Enter');
    expect(await calls(page, 'pinSubmit')).toEqual([]);
    await page.keyboard.type('678');
    await page.keyboard.press('Enter');
    expect(await calls(page, 'pinSubmit')).toEqual([{ attempt: 1, pin: '12345678' }]);
    await page.context().close();
  });

  it('takes no digit while it checks or while tries are throttled', async () => {
    for (const change of [{ checking: true }, { retryAtMs: pinScene.snapshot.nowMs + 30_000 }]) {
      const page = await stage.open(withPin(change), look);
      await page.keyboard.type('123456');
      expect(await calls(page, 'pinSubmit')).toEqual([]);
      await page.context().close();
    }
  });

  it('forgets the digits when the answer comes, and never shows them', async () => {
    const page = await stage.open(scene('pin'), look);
    await page.keyboard.type('12345');
    expect(await page.locator('.pinDots').innerText()).not.toMatch(/12345/);
    const answer = (checking: boolean) =>
      push(page, 'systemSnapshot', {
        ...pinScene.snapshot,
        revision: 2,
        screen: { ...pinScreen, checking, error: checking ? null : 'pinWrong', triesLeft: 4 },
      });
    await answer(true);
    await answer(false);
    expect(await page.locator('.pinDots i[data-on=true]').count()).toBe(0);
    expect(await page.getByRole('alert').innerText()).toContain('Wrong PIN');
    await page.context().close();
  });

  it('cancels for somebody else’s badge by touch and by Escape', async () => {
    const page = await stage.open(scene('pin'), look);
    await page.getByRole('button', { name: 'Not you? Cancel' }).click();
    await page.keyboard.press('Escape');
    expect(await calls(page, 'pinCancel')).toEqual([{ attempt: 1 }, { attempt: 1 }]);
    await page.context().close();
  });

  it('lifts a cover by any key or touch only where it may', async () => {
    const open = await stage.open(scene('cover'), look);
    await open.keyboard.press('a');
    await open.mouse.click(10, 10);
    expect(await calls(open, 'uncover')).toHaveLength(2);
    await open.context().close();
    const closed = await stage.open(scene('cover-badge-only'), look);
    await closed.keyboard.press('a');
    await closed.mouse.click(10, 10);
    expect(await calls(closed, 'uncover')).toHaveLength(0);
    await closed.context().close();
  });

  it('reports each snapshot once it was painted', async () => {
    const page = await stage.open(scene('idle'), look);
    const idle = scene('idle') as Extract<Scene, { page: 'system' }>;
    await push(page, 'systemSnapshot', { ...idle.snapshot, revision: 7 });
    await page.waitForFunction(
      () => window.gallery.calls.filter((c) => c.name === 'systemPainted').length === 2,
    );
    expect(await calls(page, 'systemPainted')).toEqual([{ revision: 1 }, { revision: 7 }]);
    await page.context().close();
  });

  it('says plainly that emergency access is not there yet, and whom to call', async () => {
    const page = await stage.open(scene('idle'), look);
    await page.getByRole('button', { name: 'Emergency access' }).click();
    const dialog = page.getByRole('dialog');
    expect(await dialog.innerText()).toMatch(/not available on this terminal yet[^]*4400/);
    await page.keyboard.press('Escape');
    expect(await dialog.count()).toBe(0);
    await page.context().close();
  });
});
