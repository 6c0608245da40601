import { readdirSync, readFileSync } from 'node:fs';
import { expect } from 'vitest';
import type { AuditEntry } from '#core/contracts/audit.ts';
import type { WorldBadge } from '../../build/world.mjs';
import { eventually, type Badge, type Terminal } from './driver.mjs';
import type { Lab } from './lab.ts';
import type { ServerSide } from './serverSide.ts';

/** Machines that run tests are slow at times; right and wrong do not depend on it. */
export const patienceMs = 30_000;

const slowTapMs = 500;

/** Waits until the system page says this. */
export async function systemSays(terminal: Terminal, text: string | RegExp): Promise<void> {
  const page = await terminal.system();
  await page.getByText(text).first().waitFor({ timeout: patienceMs });
}

/** Waits until the idle screen waits for a badge. */
export async function isIdle(terminal: Terminal): Promise<void> {
  await systemSays(terminal, 'Tap your badge');
}

/** How many sessions were opened since a place in the log. */
export function openedSince(terminal: Terminal, from: number): number {
  return terminal.log.slice(from).filter(({ event }) => event === 'sessionOpened').length;
}

/** A tap by a patient hand: a busy machine may take longer to read a card than a quick one leaves it. */
export async function tapSlowly(lab: Lab, badge: Badge): Promise<void> {
  await lab.hand.tap(badge, { ms: slowTapMs });
}

/** Taps in with a PIN up to the board. */
export async function logIn(lab: Lab, terminal: Terminal, person: WorldBadge) {
  const from = terminal.log.length;
  await tapSlowly(lab, person);
  await terminal.typePin(person.pin);
  await terminal.logged('sessionOpened', { from, deadlineMs: patienceMs });
  const page = await terminal.workspace();
  await page.locator('.bedRow').first().waitFor({ timeout: 60_000 });
  // The process is needed again at once: what a first fill does to it is not the matter here.
  await eventually(
    'the first fill to end',
    async () => (await page.getByText('Loading the ward').count()) === 0,
    { deadlineMs: 60_000 },
  );
  return page;
}

/** Leaves by the lock button, up to the idle screen. */
export async function lockOut(terminal: Terminal): Promise<void> {
  const from = terminal.log.length;
  const page = await terminal.workspace();
  await page.getByRole('button', { name: 'Lock' }).click();
  await terminal.logged('sessionClosed', { from, deadlineMs: patienceMs });
  await isIdle(terminal);
}

/** Waits for an entry of the access log at the record server. */
export async function entryOf(
  serverSide: ServerSide,
  wanted: Partial<AuditEntry>,
): Promise<AuditEntry> {
  return await eventually(
    `an audit entry ${JSON.stringify(wanted)}`,
    async () => (await serverSide.entries()).find((entry) => matches(entry, wanted)),
    { deadlineMs: patienceMs, everyMs: 200 },
  );
}

function matches(entry: AuditEntry, wanted: Partial<AuditEntry>): boolean {
  return Object.entries(wanted).every(([key, value]) => entry[key as keyof AuditEntry] === value);
}

/** Process ids whose command line has all these words. */
export function processesWith(...words: readonly string[]): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        const line = readFileSync(`/proc/${name}/cmdline`, 'utf8');
        return words.every((word) => line.includes(word));
      } catch {
        return false;
      }
    })
    .map(Number);
}

/** The process of the world's record server. */
export function serverProcess(lab: Lab): number {
  const [processId] = processesWith('out/server/main.mjs', lab.world.files.serverConfig);
  expect(processId, 'the record server runs').toBeDefined();
  return processId!;
}
