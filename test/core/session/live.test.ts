import { describe, expect, it } from 'vitest';
import { anna, createScene, farEnds, words } from './scene.ts';

describe('an idle session', () => {
  it('is covered with a countdown, then locked', () => {
    const scene = createScene({ idleCoverMs: 120_000, coverCountdownMs: 30_000 });
    scene.annaWorks();
    const begun = scene.nowMs();
    expect(scene.wait(119_999)).toEqual([]);
    expect(scene.state().phase).toMatchObject({ cover: null });
    scene.wait(1);
    expect(scene.state().phase).toMatchObject({ cover: { locksAtMs: begun + 150_000 } });
    scene.wait(29_999);
    expect(scene.state().phase.kind).toBe('active');
    expect(words(scene.wait(1))).toEqual([
      'close anna: idle, keeping grace',
      'audit lock anna idle',
    ]);
  });

  it('locks at once when the machine slept through the countdown', () => {
    const scene = createScene();
    scene.annaWorks();
    expect(words(scene.wait(3_600_000))).toContain('close anna: idle, keeping grace');
  });

  it('is not saved by input that comes after the lock was due, whatever the timer did', () => {
    const scene = createScene();
    scene.annaWorks();
    scene.pass(150_000);
    expect(words(scene.send({ type: 'input' }))).toEqual([
      'close anna: idle, keeping grace',
      'audit lock anna idle',
    ]);
  });

  it('is not idle while somebody works', () => {
    const scene = createScene();
    scene.annaWorks();
    for (let minute = 0; minute < 10; minute += 1) {
      scene.wait(60_000);
      scene.send({ type: 'input' });
    }
    expect(scene.state().phase).toMatchObject({ kind: 'active', cover: null });
  });

  it('is not kept open by a flickering card', () => {
    const scene = createScene();
    scene.put('A');
    scene.identifiedByGrace(anna);
    scene.opened();
    for (let time = 0; time < 1_200; time += 1) {
      scene.take();
      scene.wait(100);
      scene.put('A');
    }
    expect(scene.state().phase).toMatchObject({ kind: 'active' });
    expect(scene.state().phase).not.toMatchObject({ cover: null });
  });
});

describe('a session whose lease or shift runs out', () => {
  const minute = 60_000;
  const working = (leaseMs: number, shiftMs: number) => {
    const scene = createScene({ idleCoverMs: 60 * minute });
    const nowMs = scene.nowMs();
    scene.tap('A');
    const ends = { leaseAtMs: nowMs + leaseMs, shiftAtMs: nowMs + shiftMs };
    scene.identifiedByGrace(anna, 'of-anna', ends);
    scene.opened();
    return { scene, ends, waitUntil: (atMs: number) => scene.wait(atMs - scene.nowMs()) };
  };

  it('tells its person five minutes before and closes at the end of the lease, with no way back by a tap', () => {
    const { scene, ends, waitUntil } = working(20 * minute, 30 * minute);
    expect(waitUntil(ends.leaseAtMs - 5 * minute - 1)).toEqual([]);
    expect(words(scene.wait(1))).toEqual(['notice leaseEndsSoon']);
    expect(waitUntil(ends.leaseAtMs - 1)).toEqual([]);
    expect(words(scene.wait(1))).toEqual([
      'close anna: leaseEnded, ending grace',
      'audit lock anna leaseEnded',
    ]);
    scene.closed();
    expect(scene.state().phase).toMatchObject({ refusal: { code: 'leaseExpired' } });
  });

  it('closes with the shift, however young the lease is kept', () => {
    const { scene, ends, waitUntil } = working(20 * minute, 30 * minute);
    waitUntil(ends.leaseAtMs - minute);
    const leaseEndsAtMs = ends.leaseAtMs + 480 * minute;
    scene.send({ type: 'leaseRenewed', sessionId: 'of-anna', leaseEndsAtMs });
    expect(waitUntil(ends.shiftAtMs - 5 * minute - 1)).toEqual([]);
    expect(words(scene.wait(1))).toEqual(['notice shiftEndsSoon']);
    expect(words(waitUntil(ends.shiftAtMs))).toContain('close anna: shiftEnded, ending grace');
    scene.closed();
    expect(scene.state().phase).toMatchObject({ refusal: { code: 'shiftEnded' } });
  });

  it('does not hear of another session’s renewal', () => {
    const { scene, ends, waitUntil } = working(20 * minute, 30 * minute);
    const leaseEndsAtMs = ends.leaseAtMs + minute;
    scene.send({ type: 'leaseRenewed', sessionId: 'of-ben', leaseEndsAtMs });
    expect(words(waitUntil(ends.leaseAtMs))).toContain('close anna: leaseEnded, ending grace');
  });

  it('closes while it is still opening, and at once when its end came before its beginning', () => {
    const scene = createScene();
    scene.tap('A');
    const ends = { leaseAtMs: scene.nowMs(), shiftAtMs: scene.nowMs() + minute };
    expect(words(scene.identifiedByGrace(anna, 'of-anna', ends))).toContain(
      'close anna: leaseEnded, ending grace',
    );
  });
});

describe('a cover', () => {
  const covered = (coverLiftsByInput: boolean): ReturnType<typeof createScene> => {
    const scene = createScene({ coverLiftsByInput });
    scene.annaWorks();
    scene.wait(120_000);
    return scene;
  };

  it('is lifted by the owner’s badge, and that is logged', () => {
    const scene = covered(false);
    expect(words(scene.tap('A'))).toEqual(['audit uncover anna badge']);
    expect(scene.state().phase).toMatchObject({ kind: 'active', cover: null });
  });

  it('is lifted by input where the site allows it, and that is logged', () => {
    const scene = covered(true);
    expect(words(scene.send({ type: 'input' }))).toEqual(['audit uncover anna input']);
    expect(scene.state().phase).toMatchObject({ cover: null });
  });

  it('is not lifted by a pointer that only moved, and locks in spite of it', () => {
    const scene = covered(true);
    expect(scene.send({ type: 'input', moved: true })).toEqual([]);
    expect(scene.state().phase).not.toMatchObject({ cover: null });
    expect(words(scene.wait(30_000))).toContain('audit lock anna idle');
  });

  it('does not go up while a pointer moves', () => {
    const scene = createScene();
    scene.annaWorks();
    scene.wait(100_000);
    scene.send({ type: 'input', moved: true });
    scene.wait(100_000);
    expect(scene.state().phase).toMatchObject({ kind: 'active', cover: null });
  });

  it('is not lifted by input where the site does not allow it', () => {
    const scene = covered(false);
    expect(scene.send({ type: 'input' })).toEqual([]);
    expect(scene.state().phase).not.toMatchObject({ cover: null });
  });

  it('lifted by a card that then stays there does not lock by holding', () => {
    const scene = createScene({ leaveBy: 'hold' });
    scene.annaWorks();
    scene.wait(120_000);
    scene.put('A');
    expect(scene.wait(60_000)).toEqual([]);
    expect(scene.state().phase).toMatchObject({ kind: 'active', cover: null });
  });

  it('goes with the lock key too', () => {
    const scene = covered(true);
    expect(words(scene.send({ type: 'leaveRequested' }))).toContain(
      'close anna: left, keeping grace',
    );
  });
});

describe('a session that loses a process', () => {
  it.each([
    ['vault', 'vaultLost', 'ending'],
    ['renderer', 'rendererLost', 'keeping'],
  ] as const)('closes: %s', (which, reason, way) => {
    const scene = createScene();
    scene.annaWorks();
    const effects = scene.send({ type: 'processLost', sessionId: 'of-anna', attempt: 1, which });
    expect(words(effects)).toEqual([
      `close anna: ${reason}, ${way} grace`,
      `audit lock anna ${reason}`,
    ]);
    scene.closed();
    expect(scene.state().phase).toMatchObject({ kind: 'idle', refusal: { code: 'processLost' } });
  });

  it('whose cache proved damaged says that', () => {
    const scene = createScene();
    scene.annaWorks();
    scene.send({
      type: 'processLost',
      sessionId: 'of-anna',
      attempt: 1,
      which: 'vault',
      code: 'cacheDamaged',
    });
    scene.closed();
    expect(scene.state().phase).toMatchObject({ refusal: { code: 'cacheDamaged' } });
  });

  it('is told by its cause where the shell knows it', () => {
    const scene = createScene();
    scene.annaWorks();
    const lost = { sessionId: 'of-anna', attempt: 1, which: 'vault' } as const;
    scene.send({ type: 'processLost', ...lost, code: 'cacheDamaged' });
    scene.closed();
    expect(scene.state().phase).toMatchObject({ refusal: { code: 'cacheDamaged' } });
  });

  it('is not the one resumed since under the same id', () => {
    const scene = createScene();
    scene.annaWorks();
    scene.send({ type: 'leaveRequested' });
    scene.closed();
    scene.wait(1_000);
    scene.annaWorks();
    const lost = { type: 'processLost', sessionId: 'of-anna', attempt: 1, which: 'vault' } as const;
    expect(scene.send(lost)).toEqual([]);
    expect(scene.state().phase.kind).toBe('active');
  });
});

describe('a workspace that cannot be opened', () => {
  it('is taken down, logged and said', () => {
    const scene = createScene();
    scene.tap('A');
    scene.identifiedByGrace(anna);
    const effects = scene.send({ type: 'openFailed', attempt: 1, code: 'cacheDamaged' });
    expect(words(effects)).toEqual([
      'audit loginRefused anna cacheDamaged',
      'close anna: openFailed, ending grace',
      'audit lock anna openFailed',
    ]);
    scene.closed();
    expect(scene.state().phase).toMatchObject({ refusal: { code: 'cacheDamaged' } });
  });

  it('in time is taken down', () => {
    const scene = createScene({ openTimeoutMs: 8_000 });
    scene.tap('A');
    scene.identifiedByGrace(anna);
    expect(words(scene.wait(8_000))).toContain('close anna: openTimeout, ending grace');
  });
});

describe('a session that is closing', () => {
  it('hears no lock key, no time and no second process', () => {
    const scene = createScene();
    scene.annaWorks();
    scene.send({ type: 'leaveRequested' });
    expect(scene.send({ type: 'leaveRequested' })).toEqual([]);
    expect(scene.send({ type: 'input' })).toEqual([]);
    expect(scene.wait(3_600_000)).toEqual([]);
    const lost = { type: 'processLost', sessionId: 'of-anna', attempt: 1, which: 'vault' } as const;
    expect(scene.send(lost)).toEqual([]);
    expect(scene.state().phase.kind).toBe('closing');
  });

  it('is closed only by its own end, not by that of an earlier opening under the same id', () => {
    const scene = createScene();
    scene.annaWorks();
    scene.send({ type: 'leaveRequested' });
    scene.closed();
    scene.wait(1_000);
    scene.annaWorks();
    scene.tap('B');
    expect(scene.send({ type: 'closed', sessionId: 'of-anna', attempt: 1 })).toEqual([]);
    expect(scene.state().phase.kind).toBe('closing');
    expect(words(scene.closed())).toEqual(['identify B']);
  });

  it('lets its owner queue for the way back', () => {
    const scene = createScene();
    scene.annaWorks();
    scene.send({ type: 'leaveRequested' });
    scene.tap('A');
    expect(words(scene.closed())).toEqual(['identify A']);
  });
});

describe('a revocation', () => {
  const ofAnna = { type: 'revoked', personId: 'anna', sessionId: null } as const;

  it('of the person closes the session at once and ends the grace', () => {
    const scene = createScene();
    scene.annaWorks();
    expect(words(scene.send(ofAnna))).toEqual([
      'close anna: revoked, ending grace',
      'audit lock anna revoked',
    ]);
    scene.closed();
    expect(scene.state().phase).toMatchObject({ refusal: { code: 'personDisabled' } });
  });

  it('of the session closes it', () => {
    const scene = createScene();
    scene.annaWorks();
    expect(words(scene.send({ ...ofAnna, sessionId: 'of-anna' }))).toContain(
      'close anna: revoked, ending grace',
    );
  });

  it('of another session of the same person does not', () => {
    const scene = createScene();
    scene.annaWorks();
    expect(scene.send({ ...ofAnna, sessionId: 'elsewhere' })).toEqual([]);
  });

  it('of somebody else does not', () => {
    const scene = createScene();
    scene.annaWorks();
    expect(scene.send({ ...ofAnna, personId: 'ben' })).toEqual([]);
  });

  it('of a badge is told as that', () => {
    const scene = createScene();
    scene.annaWorks();
    scene.send({ ...ofAnna, sessionId: 'of-anna', code: 'badgeRevoked' });
    scene.closed();
    expect(scene.state().phase).toMatchObject({ refusal: { code: 'badgeRevoked' } });
  });

  it('of the person right after one of her session still says why', () => {
    const scene = createScene();
    scene.annaWorks();
    scene.send({ ...ofAnna, sessionId: 'of-anna' });
    expect(scene.send(ofAnna)).toEqual([]);
    scene.closed();
    expect(scene.state().phase).toMatchObject({ refusal: { code: 'personDisabled' } });
  });

  it('ends that person’s attempt at the PIN', () => {
    const scene = createScene();
    scene.tap('A');
    scene.askedForPin(anna);
    expect(words(scene.send(ofAnna))).toEqual([
      'dropAttempt 1',
      'audit loginRefused anna personDisabled',
    ]);
  });

  it('while identifying asks again, and the answer from before does not count', () => {
    const scene = createScene({ identifyTimeoutMs: 5_000 });
    scene.tap('A');
    scene.wait(3_000);
    expect(words(scene.send(ofAnna))).toEqual([
      'dropAttempt 1',
      'audit loginRefused nobody replaced',
      'identify A',
    ]);
    const result = { kind: 'grace', sessionId: 'of-anna', person: anna, ends: farEnds } as const;
    expect(words(scene.send({ type: 'identified', attempt: 1, result }))).toEqual([
      'dropAttempt 1',
    ]);
    scene.wait(2_000);
    expect(scene.state().phase.kind).toBe('idle');
  });

  it('closes a workspace that is still opening', () => {
    const scene = createScene();
    scene.tap('A');
    scene.identifiedByGrace(anna);
    expect(words(scene.send(ofAnna))).toContain('close anna: revoked, ending grace');
  });
});
