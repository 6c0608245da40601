import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answerNothing, answerUid } from '../virtual/virtualCard.mjs';
import { eventually, type Terminal } from './driver.mjs';
import { openLab, type Lab } from './lab.ts';
import {
  badgeNeedles,
  familyNeedles,
  findIn,
  logsOf,
  patientNeedles,
  secretNeedles,
} from './leaks.ts';
import {
  entryOf,
  isIdle,
  logIn,
  openedSince,
  patienceMs,
  serverProcess,
  systemSays,
  tapSlowly,
} from './onlooker.ts';
import { openServerSide, type ServerSide } from './serverSide.ts';

const stranger = { uid: '04ffeeddccbbaa' };
const randomCard = { uid: '08aabbcc' };
const emptyCard = { uid: '' };

let lab: Lab;
let terminal: Terminal;
let serverSide: ServerSide;

beforeAll(async () => {
  lab = await openLab({ terminal: { session: { refusalShownMs: 1_500 } } });
  serverSide = await openServerSide(lab.world);
  terminal = await lab.launch();
  await terminal.ready();
});
afterAll(async () => {
  await serverSide.close();
  await lab.close();
});

/** A badge that opens nothing: sentence, log line, entry, and nobody in. */
async function isRefused(
  lay: () => Promise<unknown>,
  said: { readonly sentence: string; readonly reason: string },
): Promise<void> {
  await isIdle(terminal);
  await sleep(400);
  const from = terminal.log.length;
  await lay();
  await systemSays(terminal, said.sentence);
  await terminal.logged('loginRefused', {
    from,
    deadlineMs: patienceMs,
    where: (entry) => entry['code'] === said.reason,
  });
  await entryOf(serverSide, { action: 'loginRefused', outcome: 'denied', reason: said.reason });
  lab.hand.liftAll();
  expect(openedSince(terminal, from)).toBe(0);
}

describe('a badge that opens nothing says why, in words, in the log and in the access log', () => {
  it('a badge that nobody knows', async () => {
    await isRefused(() => lab.hand.lay(stranger), {
      sentence: 'This badge is not known here',
      reason: 'badgeUnknown',
    });
  });

  it('a card without a UID', async () => {
    await isRefused(() => lab.hand.lay(emptyCard, { options: { answer: answerUid('') } }), {
      sentence: 'The badge could not be read',
      reason: 'emptyUid',
    });
  });

  it('a card that makes up a new UID each time', async () => {
    await isRefused(() => lab.hand.lay(randomCard), {
      sentence: 'The badge could not be read',
      reason: 'randomUid',
    });
  });

  it('a card that is pulled away while it is read', async () => {
    const [nurse] = lab.nurses;
    // In the middle of the APDU, on however slow a machine.
    const answer = (_apdu: Buffer, card: { remove(): void }) => {
      card.remove();
      return null;
    };
    await isRefused(() => lab.hand.lay(nurse!, { options: { answer } }), {
      sentence: 'The badge could not be read',
      reason: 'cardRemoved',
    });
  });

  it('a card that never answers', async () => {
    const [nurse] = lab.nurses;
    await isRefused(() => lab.hand.lay(nurse!, { options: { answer: answerNothing } }), {
      sentence: 'The badge could not be read',
      reason: 'cardTimeout',
    });
  });

  it('two badges at once, while it is still being asked whose the first is', async () => {
    const [first, second] = lab.nurses;
    const server = serverProcess(lab);
    process.kill(server, 'SIGSTOP');
    try {
      await isRefused(
        async () => {
          await lab.hand.lay(first!);
          await systemSays(terminal, 'Reading your badge');
          await lab.hand.lay(second!, { reader: 1 });
          await systemSays(terminal, 'Two badges at once');
          process.kill(server, 'SIGCONT');
        },
        { sentence: 'Two badges at once', reason: 'twoBadges' },
      );
    } finally {
      process.kill(server, 'SIGCONT');
    }
  });

  it('a badge that was withdrawn', async () => {
    const withdrawn = lab.nurses[3]!;
    await serverSide.revoke(withdrawn);
    await isRefused(() => lab.hand.lay(withdrawn), {
      sentence: 'This badge was withdrawn',
      reason: 'badgeRevoked',
    });
  });
});

describe('wrong PINs', () => {
  const wrongPin = (pin: string): string => (pin === '111111' ? '222222' : '111111');

  it('count down, make wait and lock, over restarts of terminal and record server', async () => {
    const victim = lab.nurses[2]!;
    const from = terminal.log.length;
    await isIdle(terminal);
    await tapSlowly(lab, victim);
    for (const left of [9, 8, 7]) {
      await terminal.typePin(wrongPin(victim.pin));
      await systemSays(terminal, 'Wrong PIN. Try again.');
      // With the third the pad waits, and says for how long instead.
      await systemSays(terminal, left === 7 ? /Next try in 0?0:0\d/ : `${left} tries left`);
    }
    expect(await serverSide.wrongPins(victim)).toBe(3);
    // Typing on, even the right PIN, is of no use while the pad waits.
    await terminal.typePin(victim.pin);
    expect(await serverSide.wrongPins(victim)).toBe(3);
    expect(openedSince(terminal, from)).toBe(0);

    await terminal.kill();
    await lab.world.stopServer('SIGKILL');
    await lab.world.startServer();
    terminal = await lab.launch();
    await terminal.ready();
    await tapSlowly(lab, victim);
    await systemSays(terminal, '7 tries left');
    // Nine wrong ones somewhere in the hospital: one more is one too many here as well.
    await serverSide.setWrongPins(victim, 9);
    await terminal.typePin(wrongPin(victim.pin));
    await systemSays(terminal, 'Your PIN is locked');
    await terminal.logged('loginRefused', {
      deadlineMs: patienceMs,
      where: ({ code }) => code === 'pinLocked',
    });
    await entryOf(serverSide, {
      action: 'loginRefused',
      reason: 'pinWrong',
      personId: victim.personId,
    });
    await entryOf(serverSide, {
      action: 'loginRefused',
      reason: 'pinLocked',
      personId: victim.personId,
    });

    await lab.world.stopServer();
    await lab.world.startServer();
    await terminal.ready();
    await tapSlowly(lab, victim);
    await systemSays(terminal, 'Your PIN is locked');
    expect(openedSince(terminal, 0)).toBe(0);
    expect(await serverSide.wrongPins(victim)).toBe(10);
    await isIdle(terminal);
  });

  it('of one person keep nobody else out', async () => {
    const [nurse] = lab.nurses;
    await logIn(lab, terminal, nurse!);
  });
});

describe('a person whose account is switched off', () => {
  it('is out at once, and stays out', async () => {
    const [nurse] = lab.nurses;
    const from = terminal.log.length;
    const startedAtMs = Date.now();
    await serverSide.disable(nurse!);
    await terminal.logged('sessionClosed', {
      from,
      deadlineMs: patienceMs,
      where: ({ reason }) => reason === 'revoked',
    });
    console.log(`switched off to closed: ${Date.now() - startedAtMs} ms`);
    await systemSays(terminal, 'Your account is switched off');
    await eventually('no page with her work', () => terminal.pages('workspace').length <= 1, {
      deadlineMs: patienceMs,
    });
    await entryOf(serverSide, { action: 'lock', reason: 'revoked', personId: nurse!.personId });
    await isRefused(() => lab.hand.lay(nurse!), {
      sentence: 'Your account is switched off',
      reason: 'personDisabled',
    });
  });
});

describe('the logs', () => {
  it('hold no patient, no badge, no PIN and no key after all this', () => {
    const badges = [...lab.world.badges, stranger, randomCard];
    const needles = [
      ...patientNeedles(),
      ...familyNeedles(),
      ...badgeNeedles(badges),
      ...secretNeedles(lab.world),
    ];
    const logs = logsOf(lab.world);
    expect(logs.includes('loginRefused')).toBe(true);
    expect(findIn(logs, needles)).toEqual([]);
    // The search itself finds what it is given.
    const [first] = lab.nurses;
    expect(findIn(Buffer.concat([logs, Buffer.from(first!.uid)]), needles)).toEqual([
      'badge in hex',
    ]);
  });
});
