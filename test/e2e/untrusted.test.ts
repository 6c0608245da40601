import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openAuthority } from '#server/identity/authority.ts';
import { createTestAuthority } from '../electron/recordServer/testAuthority.ts';
import { startTestServer } from '../electron/recordServer/testServer.ts';
import { compileDriver } from '../virtual/pcscd.mjs';
import type { Terminal } from './driver.mjs';
import { startFeedProxy, type FeedProxy, type Page } from './feedProxy.ts';
import { openLab, type Lab } from './lab.ts';
import {
  entryOf,
  isIdle,
  lockOut,
  logIn,
  openedSince,
  patienceMs,
  systemSays,
  tapSlowly,
} from './onlooker.ts';
import { openServerSide, type ServerSide } from './serverSide.ts';

let lab: Lab;
let terminal: Terminal;
let serverSide: ServerSide;
let proxy: FeedProxy;
let clockFile: string;
let spoiling = true;

/** What travels badly: a change without its resource, and one resource of each type whose fields are not what they should be. */
function spoil(page: Page): Page {
  if (!spoiling || page.changes.length < 100) return page;
  spoiling = false;
  const spoiled = new Set<unknown>(['Patient', 'Encounter', 'Location', 'Practitioner']);
  const [first, ...rest] = page.changes;
  return {
    ...page,
    changes: [
      { ...first, resource: 'not a resource' },
      ...rest.map((change) => nonsense(change, spoiled)),
    ],
  };
}

function nonsense(change: Record<string, unknown>, spoiled: Set<unknown>): Record<string, unknown> {
  const { resource } = change as { resource?: Record<string, unknown> };
  const type = resource?.['resourceType'];
  if (resource === undefined || spoiled.has(type) || change['patientId'] === null) return change;
  spoiled.add(type);
  const { resourceType, id, meta } = resource;
  const wrong = { code: 7, status: [], effectiveDateTime: 12, valueQuantity: 'high', component: 5 };
  return {
    ...change,
    resource: { resourceType, id, meta, subject: 'nobody', ...wrong, content: {} },
  };
}

function moveClock(ms: number): void {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(BigInt(ms));
  // Written in place: the program has the file mapped.
  writeFileSync(clockFile, bytes, { flag: 'r+' });
}

async function start(): Promise<void> {
  terminal = await lab.launch({
    env: { LD_PRELOAD: compileDriver('clockShim.c'), WARDKEY_TEST_CLOCK: clockFile },
  });
}

beforeAll(async () => {
  lab = await openLab({ terminal: { session: { refusalShownMs: 1_500 } } });
  serverSide = await openServerSide(lab.world);
  clockFile = path.join(lab.world.folder, 'clock');
  writeFileSync(clockFile, Buffer.alloc(8));
  proxy = await startFeedProxy(lab.world, spoil);
  const enrolment = JSON.parse(readFileSync(lab.world.files.enrolment, 'utf8')) as object;
  rmSync(lab.world.files.enrolment);
  writeFileSync(lab.world.files.enrolment, JSON.stringify({ ...enrolment, serverUrl: proxy.url }));
  await start();
  await terminal.ready();
});
afterEach(({ task }) => {
  // Without the terminal's own words a failure on another machine tells nothing.
  if (task.result?.state === 'fail') console.log(JSON.stringify(terminal.log.slice(-15)));
});
afterAll(async () => {
  await proxy.stop();
  await serverSide.close();
  await lab.close();
});

describe('malformed records in the feed', () => {
  it('are passed over and counted in the log; everything else arrives and can be opened', async () => {
    const page = await logIn(lab, terminal, lab.nurses[0]!);
    await terminal.logged('feedMalformed', { where: ({ changes }) => changes === 1 });
    await terminal.logged('feedFilled', { deadlineMs: patienceMs });
    expect(spoiling).toBe(false);
    await page.getByText('1 entry of this ward could not be read').waitFor();
    const rows = page.locator('button.bedRow');
    expect(await rows.count()).toBe(20);
    for (let row = 0; row < 20; row += 1) {
      await rows.nth(row).click();
      await page.locator('.chart').waitFor({ timeout: patienceMs });
      await page.locator('.chartBack').click();
    }
    await lockOut(terminal);
  });
});

describe('a clock that jumped', () => {
  it('opens nothing while nobody can tell the time, and says so', async () => {
    await lab.world.stopServer();
    await systemSays(terminal, 'Record server not reachable');
    moveClock(3_600_000);
    const from = terminal.log.length;
    await tapSlowly(lab, lab.nurses[0]!);
    await systemSays(terminal, 'The clock of this terminal has jumped');
    await terminal.logged('clockJumped', { from });
    await terminal.logged('loginRefused', { from, where: ({ code }) => code === 'clockJumped' });
    expect(openedSince(terminal, from)).toBe(0);
    moveClock(0);
    await lab.world.startServer();
    await terminal.ready();
    await isIdle(terminal);
    await entryOf(serverSide, { action: 'clockJump', reason: 'ahead' });
  });

  it('is told to whoever works with it: times that she charts could be wrong', async () => {
    moveClock(-1_800_000);
    const from = terminal.log.length;
    const page = await logIn(lab, terminal, lab.nurses[0]!);
    await page.getByText('The clock of this terminal has jumped.').waitFor();
    await terminal.logged('clockJumped', { from, where: ({ byMs }) => Number(byMs) < -1_700_000 });
    await lockOutUnder('The clock of this terminal has jumped');
    moveClock(0);
    await terminal.logged('sessionClosed', { from });
  });

  it('put right in the middle of a lock: the session ends as ever', async () => {
    const from = terminal.log.length;
    await logIn(lab, terminal, lab.nurses[2]!);
    const page = await terminal.workspace();
    await page.getByRole('button', { name: 'Lock' }).click({ noWaitAfter: true });
    // On and on until it is over: one step alone would miss the few milliseconds in which a process is waited for.
    const isOver = () =>
      terminal.log.slice(from).some(({ event }) => ['sessionClosed', 'unexpected'].includes(event));
    for (let steps = 1; !isOver() && steps < 5_000; steps += 1) {
      moveClock(steps * 5_000);
      await sleep(1);
    }
    moveClock(0);
    await terminal.logged('sessionClosed', { from });
    await isIdle(terminal);
  });

  it('set back while the terminal was off is noticed without the record server', async () => {
    await terminal.close();
    await lab.world.stopServer();
    moveClock(-7_200_000);
    await start();
    await systemSays(terminal, 'The clock of this terminal has jumped');
    await systemSays(terminal, 'Badge reader ready').catch(() => undefined);
    await sleep(2_300);
    const from = terminal.log.length;
    await tapSlowly(lab, lab.nurses[0]!);
    await terminal.logged('loginRefused', { from, where: ({ code }) => code === 'clockJumped' });
    moveClock(0);
    await lab.world.startServer();
    await terminal.ready();
    await isIdle(terminal);
  });

  async function lockOutUnder(sentence: string): Promise<void> {
    const page = await terminal.workspace();
    await page.getByRole('button', { name: 'Lock' }).click();
    await systemSays(terminal, sentence);
  }
});

describe('a server that is not the record server', () => {
  it.each(['of another authority', 'made out to another machine'])(
    'with a certificate %s is not spoken to, and it says so',
    async (which) => {
      const asked: string[] = [];
      const strangers = await createTestAuthority();
      const { port } = new URL(proxy.url);
      await proxy.stop();
      const { dataDirectory } = JSON.parse(readFileSync(lab.world.files.serverConfig, 'utf8')) as {
        dataDirectory: string;
      };
      const site = await openAuthority(path.join(dataDirectory, 'keys'), Date.now());
      const elsewhere = await site.serverCertificate(['192.0.2.1'], Date.now());
      const imposter = await startTestServer(
        strangers,
        ({ url }) => {
          asked.push(url.pathname);
          return { status: 200, body: {} };
        },
        {
          port: Number(port),
          ...(which === 'of another authority'
            ? {}
            : {
                certified: {
                  certificatePem: elsewhere.certificatePem,
                  privateKeyPem: elsewhere.keyPem,
                },
              }),
        },
      );
      try {
        await systemSays(terminal, 'Record server not trusted');
        await systemSays(terminal, 'This terminal does not trust the record server');
        await terminal.logged('serverLink', { where: ({ state }) => state === 'untrusted' });
        const from = terminal.log.length;
        await tapSlowly(lab, lab.nurses[1]!);
        await terminal.logged('loginRefused', {
          from,
          where: ({ code }) => code === 'serverUntrusted',
        });
        await systemSays(terminal, 'so you cannot sign in');
        expect(openedSince(terminal, from)).toBe(0);
        expect(asked).toEqual([]);
      } finally {
        await imposter.stop();
        proxy = await startFeedProxy(lab.world, (page) => page, Number(port));
      }
      await terminal.ready();
    },
  );
});
