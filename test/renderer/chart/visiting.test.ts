import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { GalleryWindow } from '#test/renderer/gallery/fakeBridge.ts';
import type { Scene } from '#test/renderer/gallery/scene.ts';
import { scenes } from '#test/renderer/gallery/scenes/chart.ts';
import { openStage, type Stage } from '#test/renderer/gallery/stage.ts';
import { begin } from '#test/renderer/gallery/ward.ts';

/* Opening a patient of another ward from the search, as built, in a real browser. */

const look = { language: 'en', theme: 'light', width: 1920, height: 1080 } as const;
const scene = (name: string, act?: Scene['act']): Scene => {
  const found = scenes.find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`no scene ${name}`);
  return act === undefined ? found : { ...found, act };
};
const opens = (page: Page) =>
  page.evaluate(() =>
    window.gallery.calls.filter((call) => call.name === 'chartOpen').map((call) => call.payload),
  );
const push = (page: Page, topic: string, message: unknown) =>
  page.evaluate(([t, m]) => window.gallery.push(t, m), [topic, message] as [string, unknown]);

/** From now on a call is not answered before `release` is called in the page. */
const holdBack = (page: Page, held: string) =>
  page.evaluate((name) => {
    const bridge = (window as unknown as GalleryWindow).wardkey as {
      call: Record<string, (payload: unknown) => unknown>;
    };
    const { call } = bridge;
    Object.assign(bridge, {
      call: new Proxy(call, {
        get: (target, one: string) => (payload: unknown) => {
          const answer = target[one]?.(payload);
          if (one !== name) return answer;
          return new Promise((resolve) =>
            Object.assign(window, { release: () => resolve(answer) }),
          );
        },
      }),
    });
  }, held);
const release = (page: Page) =>
  page.evaluate(() => (window as unknown as { release: () => void }).release());

vi.setConfig({ testTimeout: 30_000 });

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
}, 120_000);
afterAll(() => stage.close());

const search = async (page: Page): Promise<void> => {
  await page.locator('.appBarScreens button').nth(1).click();
  await page.locator('.search input').fill('evans');
  await page.locator('.searchHit').nth(2).waitFor();
};

describe('a patient of another ward', () => {
  it('is told apart in the list from those who lie here', async () => {
    const page = await stage.open(scene('search', search), look);
    const beds = await page.locator('.searchHit > span:last-child').allInnerTexts();
    expect(beds.map((text) => text.split('\n').at(-1))).toEqual([
      'A3 Ash ward',
      'A4 Ash ward',
      'Not on this ward',
      'Not on this ward',
      'Not on this ward',
    ]);
    await page.context().close();
  });

  it('is opened by keys alone, fetched once, and read from the session after that', async () => {
    const page = await stage.open(scene('chart-visiting', search), look);
    await page.locator('.search input').press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.locator('.visitNotice').waitFor();
    expect(await page.locator('.banner').innerText()).toContain('Birch');
    expect(await page.locator('.bannerAccess').innerText()).toContain('member of the care team');
    expect(await page.locator('.visitNotice p').innerText()).toBe(
      'Not on this ward. The record is as it was at 14:28; it does not update by itself.',
    );
    const { board, freshness, nowMs } = begin;
    const changedPatientIds = ['p-x1'];
    await push(page, 'workspaceChanged', { board, freshness, changedPatientIds, nowMs });
    await expect
      .poll(() => opens(page))
      .toEqual([
        { patientId: 'p-x1', fetch: true },
        { patientId: 'p-x1', fetch: false },
      ]);
    await page.getByRole('button', { name: 'Fetch again' }).click();
    await expect.poll(async () => (await opens(page)).at(-1)).toMatchObject({ fetch: true });
    await page.context().close();
  });

  it('is opened by touch, and a fetch of more than a second shows that it goes on', async () => {
    const page = await stage.open(scene('chart-visiting', search), look);
    await holdBack(page, 'chartOpen');
    await page.locator('.searchHit').nth(2).click();
    await page.getByText('Fetching the record from the record server').waitFor();
    expect(await page.locator('.chartOpening progress').count()).toBe(0);
    await page.locator('.chartOpening progress').waitFor();
    // A change that overtakes the fetch does not make one of it that fetches nothing.
    const { board, freshness, nowMs } = begin;
    await push(page, 'workspaceChanged', {
      board,
      freshness,
      changedPatientIds: ['p-x1'],
      nowMs,
    });
    await expect
      .poll(async () => (await opens(page)).map((one) => (one as { fetch: boolean }).fetch))
      .toEqual([true, true]);
    await release(page);
    await page.locator('.visitNotice').waitFor();
    await page.context().close();
  });

  it('without the record server is shown as it was, and cannot be fetched', async () => {
    const page = await stage.open(scene('chart-visiting'), look);
    const { board, nowMs } = begin;
    const freshness = { ...begin.freshness, online: false };
    await push(page, 'workspaceChanged', { board, freshness, changedPatientIds: [], nowMs });
    await page.getByText('the record server cannot be reached now').waitFor();
    const before = (await opens(page)).length;
    await page.getByRole('button', { name: 'Fetch again' }).click({ force: true });
    expect(await opens(page)).toHaveLength(before);
    await page.context().close();
  });

  it.each([
    ['denied', 'have the ward add you to the care team'],
    ['offline', 'use a terminal on the patient’s own ward'],
    ['gone', 'Search for the patient again'],
    ['notFound', '“Try again” fetches the record'],
  ])('who is refused as %s is not shown, with the cure and a way on', async (code, cure) => {
    const given = scene('chart-visiting-refused', search);
    if (given.page !== 'workspace') throw new Error('a scene of a workspace');
    const replies = { ...given.replies, chartOpen: { ok: false as const, code } };
    const page = await stage.open({ ...given, replies }, look);
    await page.locator('.searchHit').nth(2).click();
    const refused = page.locator('.chartRefused');
    await refused.waitFor();
    expect(await refused.innerText()).toContain(cure);
    await refused.getByRole('button', { name: 'Try again' }).click();
    await expect
      .poll(async () => (await opens(page)).map((one) => (one as { fetch: boolean }).fetch))
      .toEqual([true, true]);
    await refused.getByRole('button', { name: 'Find patient' }).click();
    await page.locator('.search input').waitFor();
    await page.context().close();
  });
});
