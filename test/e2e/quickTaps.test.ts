import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createRandom } from '../hospital/random.ts';
import { openAuditTrail, type AuditTrail } from './auditTrail.ts';
import type { Terminal } from './driver.mjs';
import { openLab, type Lab } from './lab.ts';
import { createComings } from './sessions.ts';

let lab: Lab;
let terminal: Terminal;
let trail: AuditTrail;

beforeAll(async () => {
  lab = await openLab();
  terminal = await lab.launch();
  await terminal.ready();
  trail = await openAuditTrail(lab.world, lab.world.files.state);
});
afterAll(async () => {
  await trail.close();
  await lab.close();
});

/** Names on the app bars of all workspaces that show anything. */
async function namesOnScreen(): Promise<string[]> {
  const names: string[] = [];
  for (const page of terminal.pages('workspace')) {
    const name = await page
      .evaluate(() => {
        const person = '.workspaceFrame:not([data-warming]) .appBarPerson b';
        return document.querySelector(person)?.textContent ?? null;
      })
      .catch(() => null);
    if (name !== null) names.push(name);
  }
  return names;
}

/** Reads on in the log; answers everyone who was in since the last reading or at its start, null for nobody. */
function followLog(nameOf: ReadonlyMap<string, string>): () => (string | null)[] {
  let sequence = 0;
  let present: string | null = null;
  return () => {
    const were = [present];
    for (const entry of trail.onDisk(sequence)) {
      ({ sequence } = entry);
      if (entry.action !== 'login' && entry.action !== 'logout') continue;
      present = entry.action === 'login' ? (nameOf.get(entry.personId ?? '') ?? '?') : null;
      were.push(present);
    }
    return were;
  };
}

async function untilSeen(looks: () => number, before: number): Promise<void> {
  for (let tries = 0; tries < 40 && looks() === before; tries += 1) await sleep(50);
}

it('in 150 quick taps of four nurses the name on the screen is always that of the session in the log', async () => {
  const nurses = lab.nurses.slice(0, 4);
  const comings = createComings(lab, terminal);
  for (const nurse of nurses) await comings.tapIn(nurse);
  const whoWasIn = followLog(new Map(nurses.map((nurse) => [nurse.personId, nurse.name])));
  const wrong: string[] = [];
  const seen = new Set<string>();
  let looks = 0;
  const tapping = new AbortController();
  const watch = async (): Promise<void> => {
    whoWasIn();
    while (!tapping.signal.aborted) {
      const shown = await namesOnScreen();
      const were = whoWasIn();
      if (shown.length > 1) wrong.push(`two at once: ${shown.join(', ')}`);
      for (const name of shown) {
        looks += 1;
        seen.add(name);
        if (!were.includes(name))
          wrong.push(`${name} on the screen, ${were.join(', ')} in the log`);
      }
      await sleep(5);
    }
  };
  const watching = watch();
  const random = createRandom('quick taps');
  for (let taps = 0; taps < 150; taps += 1) {
    const ms = random.whole(25, 90);
    await lab.hand.tap(random.pick(nurses), { reader: random.whole(0, 1), ms });
    // Now and then somebody stays until she was seen, or is found to be still at her PIN.
    if (taps % 5 === 4) await untilSeen(() => looks, looks);
    else await sleep(random.whole(0, 60));
  }
  await sleep(1_000);
  tapping.abort();
  await watching;
  const sessions = terminal.log.filter((entry) => entry.event === 'sessionOpened').length;
  console.log(`${String(looks)} looks at ${String(sessions)} sessions`);
  expect(wrong).toEqual([]);
  expect(seen.size).toBe(4);
  expect(looks).toBeGreaterThan(30);
  expect(terminal.log.filter((entry) => entry.event === 'unexpected')).toEqual([]);
});
