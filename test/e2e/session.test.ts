import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openAuditTrail, type AuditTrail } from './auditTrail.ts';
import type { Terminal } from './driver.mjs';
import { openLab, type Lab } from './lab.ts';
import { createComings, type Comings, type Nurse } from './sessions.ts';

let lab: Lab;
let terminal: Terminal;
let comings: Comings;
let trail: AuditTrail;
let nurses: readonly [Nurse, Nurse];

/** Starts the terminal anew under other rules. */
async function restart(session: Record<string, unknown>): Promise<void> {
  await terminal.close();
  const { terminal: file } = lab.world.files;
  const config = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
  writeFileSync(file, JSON.stringify({ ...config, session: { readerSettleMs: 600, ...session } }));
  terminal = await lab.launch();
  comings = createComings(lab, terminal);
  await terminal.ready();
}

beforeAll(async () => {
  lab = await openLab();
  terminal = await lab.launch();
  comings = createComings(lab, terminal);
  await terminal.ready();
  trail = await openAuditTrail(lab.world, lab.world.files.state);
  nurses = lab.nurses.slice(0, 2) as unknown as typeof nurses;
});
afterEach(({ task }) => {
  // Without the terminal's own words a failure on another machine tells nothing.
  if (task.result?.state === 'fail') console.log(JSON.stringify(terminal.log.slice(-15)));
});
afterAll(async () => {
  await trail.close();
  await lab.close();
});

const closings = (from: number) =>
  terminal.log.slice(from).filter((entry) => entry.event === 'sessionClosed');

describe('a terminal as it is delivered', () => {
  it('digits typed for one person are never part of the PIN of the next', async () => {
    const [one, other] = nurses;
    const system = await terminal.system();
    const named = async (nurse: Nurse) =>
      await system.locator('.systemPersonName', { hasText: nurse.name }).waitFor();
    await lab.hand.tap(one);
    await named(one);
    for (const digit of one.pin.slice(0, 3)) await system.keyboard.press(digit);
    expect(await system.locator('.pinDots i[data-on=true]').count()).toBe(3);
    await sleep(400);
    await lab.hand.tap(other);
    await named(other);
    expect(await system.locator('.pinDots i[data-on=true]').count()).toBe(0);
    // She goes on typing without having noticed: what is left of her PIN is too short to be sent.
    const last = trail.onDisk().length;
    for (const digit of one.pin.slice(3)) await system.keyboard.press(digit);
    await system.keyboard.press('Enter');
    await sleep(300);
    expect(trail.onDisk().slice(last)).toEqual([]);
    for (let back = 0; back < 12; back += 1) await system.keyboard.press('Backspace');
    const from = terminal.log.length;
    await terminal.typePin(other.pin);
    await terminal.logged('sessionOpened', { from });
    const page = await terminal.workspace();
    expect(await page.locator('.appBarPerson b').textContent()).toBe(other.name);
    const login = trail.onDisk().filter((entry) => entry.action === 'login');
    expect(login.map((entry) => entry.personId)).toEqual([other.personId]);
    // Who leaves a vault that is busy with the first fill is asked for her PIN again, and below she is to come back by a tap.
    await terminal.logged('feedFilled', { deadlineMs: 60_000 });
    await comings.lock(page);
  });

  it('a card that is left lying neither locks nor taps again, and neither does taking it away', async () => {
    const [nurse] = nurses;
    const from = terminal.log.length;
    await lab.hand.lay(nurse);
    await terminal.typePin(nurse.pin);
    await terminal.logged('sessionOpened', { from });
    const page = await terminal.workspace();
    await page.locator('button.bedRow').first().waitFor({ timeout: 60_000 });
    await sleep(3_000);
    lab.hand.lift(nurse);
    await sleep(2_500);
    expect(closings(from)).toEqual([]);
    expect(await page.getByText('Tap again within 2 seconds').count()).toBe(0);
  });

  it('her own tap says how to leave and locks nothing; a second within two seconds locks', async () => {
    const [nurse] = nurses;
    const page = await terminal.workspace();
    const from = terminal.log.length;
    await lab.hand.tap(nurse);
    await page.getByText('Tap again within 2 seconds to lock').waitFor();
    await sleep(2_600);
    expect(closings(from)).toEqual([]);
    await lab.hand.tap(nurse);
    await sleep(500);
    await lab.hand.tap(nurse);
    expect(await terminal.logged('sessionClosed', { from })).toMatchObject({ reason: 'left' });
  });

  it('what was typed 50 ms before another badge is offered back whole', async () => {
    const [author, other] = nurses;
    const words = 'Pain 3 of 10 after analgesia, asks for water.';
    await sleep(600);
    const page = await comings.tapIn(author);
    await page.locator('button.bedRow').nth(2).click();
    await page.locator('.chartNav ul button', { hasText: 'Notes' }).click();
    await page.getByRole('button', { name: 'New note' }).click();
    await page.getByRole('textbox', { name: 'Note' }).fill(words);
    await sleep(50);
    const from = terminal.log.length;
    await lab.hand.tap(other);
    await terminal.logged('sessionClosed', { from });
    await terminal.logged('sessionOpened', { from });
    await comings.lock(await terminal.workspace());
    const back = await comings.tapIn(author);
    await back.locator('.draftsBanner').getByRole('button', { name: 'Continue' }).click();
    expect(await back.getByRole('textbox', { name: 'Note' }).inputValue()).toBe(words);
    await comings.lock(back);
  });
});

describe('a terminal where one leaves by holding the badge, with a short patience', () => {
  beforeAll(async () => {
    await restart({
      leaveBy: 'hold',
      idleCoverMs: 3_000,
      coverCountdownMs: 5_000,
      coverLiftsByInput: false,
    });
  });

  it('a short tap locks nothing, holding for a second and a half does', async () => {
    const [nurse] = nurses;
    const page = await comings.tapIn(nurse);
    const from = terminal.log.length;
    await sleep(500);
    await lab.hand.tap(nurse);
    await page.getByText('Hold it on the reader to lock').waitFor();
    expect(closings(from)).toEqual([]);
    await sleep(500);
    await lab.hand.tap(nurse, { ms: 2_200 });
    expect(await terminal.logged('sessionClosed', { from })).toMatchObject({ reason: 'left' });
  });

  it('an untouched screen is covered with a countdown, only her badge lifts it, and then it locks', async () => {
    const [nurse] = nurses;
    await sleep(600);
    const page = await comings.tapIn(nurse);
    const system = await terminal.system();
    const from = terminal.log.length;
    await system.locator('.cover').waitFor();
    expect(await system.locator('.coverName').textContent()).toContain(nurse.name);
    expect(await system.locator('.coverCount').textContent()).toMatch(/Locks in 0?0?:?0?[0-5]/);
    execFileSync('xdotool', ['key', 'space'], { env: { ...process.env, ...lab.display } });
    await sleep(300);
    expect(await system.locator('.cover').count(), 'a key does not lift it').toBe(1);
    await lab.hand.tap(nurse);
    await system.locator('.cover').waitFor({ state: 'detached' });
    expect(page.isClosed()).toBe(false);
    expect(trail.onDisk().some((entry) => entry.action === 'uncover')).toBe(true);
    await system.locator('.cover').waitFor();
    expect(closings(from)).toEqual([]);
    await terminal.logged('sessionClosed', { from, deadlineMs: 15_000 });
    expect(page.isClosed()).toBe(true);
  });
});

describe('a terminal whose cover any key lifts', () => {
  beforeAll(async () => {
    await restart({ coverLiftsByInput: true, idleCoverMs: 3_000, coverCountdownMs: 20_000 });
  });

  it('a real key lifts the cover, and that is logged with her name', async () => {
    const [nurse] = nurses;
    const page = await comings.tapIn(nurse);
    const system = await terminal.system();
    const last = trail.onDisk().length;
    await system.locator('.cover').waitFor();
    execFileSync('xdotool', ['key', 'space'], { env: { ...process.env, ...lab.display } });
    await system.locator('.cover').waitFor({ state: 'detached' });
    expect(page.isClosed()).toBe(false);
    const uncover = trail
      .onDisk()
      .slice(last)
      .filter((entry) => entry.action === 'uncover');
    expect(uncover.map((entry) => entry.personId)).toEqual([nurse.personId]);
  });
});
