import { describe, expect, it } from 'vitest';
import { anna, createScene, words } from './scene.ts';

describe('a lost reader', () => {
  const lost = { type: 'readerService', up: false } as const;
  const back = { type: 'readerService', up: true } as const;

  it('is logged, and said to the person at work', () => {
    const scene = createScene();
    scene.annaWorks();
    expect(words(scene.send(lost))).toEqual(['audit readerLost anna', 'notice readerLost']);
    expect(words(scene.send(back))).toEqual(['notice readerBack']);
  });

  it('is logged at an idle terminal, and said to nobody', () => {
    const scene = createScene();
    expect(words(scene.send(lost))).toEqual(['audit readerLost nobody']);
    expect(scene.send(lost)).toEqual([]);
    expect(scene.send(back)).toEqual([]);
  });

  it('covers the session when it stays away', () => {
    const scene = createScene({ readerLostCoverMs: 5_000 });
    scene.annaWorks();
    scene.send(lost);
    scene.wait(4_999);
    expect(scene.state().phase).toMatchObject({ cover: null });
    scene.wait(1);
    expect(scene.state().phase).toMatchObject({ cover: { locksAtMs: scene.nowMs() + 30_000 } });
  });

  it('covers once for each loss: lifted by input, it stays lifted', () => {
    const scene = createScene();
    scene.annaWorks();
    scene.send(lost);
    scene.wait(5_000);
    scene.send({ type: 'input' });
    scene.wait(60_000);
    expect(scene.state().phase).toMatchObject({ kind: 'active', cover: null });
    scene.send(back);
    scene.send(lost);
    scene.wait(5_000);
    expect(scene.state().phase).not.toMatchObject({ cover: null });
  });

  it('covers nothing when it is back in time', () => {
    const scene = createScene();
    scene.annaWorks();
    scene.send(lost);
    scene.wait(4_000);
    scene.send(back);
    scene.wait(60_000);
    expect(scene.state().phase).toMatchObject({ cover: null });
  });

  it('leaves the lock key and the idle lock', () => {
    const byKey = createScene();
    byKey.annaWorks();
    byKey.send(lost);
    expect(words(byKey.send({ type: 'leaveRequested' }))).toContain(
      'close anna: left, keeping grace',
    );
    const byTime = createScene();
    byTime.annaWorks();
    byTime.send(lost);
    byTime.wait(5_000);
    expect(words(byTime.wait(30_000))).toContain('close anna: idle, keeping grace');
  });

  it('ends a hold that cannot be seen any more', () => {
    const scene = createScene({ leaveBy: 'hold' });
    scene.annaWorks();
    scene.wait(1_000);
    scene.put('A');
    scene.send(lost);
    expect(scene.wait(3_000)).toEqual([]);
    expect(scene.state().phase).toMatchObject({ kind: 'active', cover: null });
  });
});

describe('a lost server', () => {
  it('is said to the person at work and changes nothing else', () => {
    const scene = createScene();
    scene.annaWorks();
    const { phase } = scene.state();
    expect(words(scene.send({ type: 'serverLink', online: false }))).toEqual(['notice serverLost']);
    expect(scene.send({ type: 'serverLink', online: false })).toEqual([]);
    expect(words(scene.send({ type: 'serverLink', online: true }))).toEqual(['notice serverBack']);
    expect(scene.state().phase).toEqual(phase);
  });

  it('is said to nobody at an idle terminal', () => {
    expect(createScene().send({ type: 'serverLink', online: false })).toEqual([]);
  });
});

describe('a terminal that can keep nothing', () => {
  const broken = { type: 'terminalFault', code: 'storageFault' } as const;
  const mended = { type: 'terminalFault', code: null } as const;
  const fault = { kind: 'fault', code: 'storageFault' };

  it('closes the session and says why until it is mended', () => {
    const scene = createScene();
    scene.annaWorks();
    expect(words(scene.send(broken))).toEqual([
      'close anna: terminalFault, ending grace',
      'audit lock anna terminalFault',
    ]);
    scene.closed();
    expect(scene.state().phase).toEqual(fault);
    scene.wait(3_600_000);
    expect(scene.state().phase).toEqual(fault);
    scene.send(mended);
    expect(scene.state().phase).toEqual({ kind: 'idle', refusal: null });
  });

  it('serves nobody', () => {
    const scene = createScene();
    scene.send(broken);
    expect(words(scene.tap('A'))).toEqual(['audit loginRefused nobody storageFault']);
    expect(scene.state().phase).toEqual(fault);
  });

  it('ends an attempt', () => {
    const scene = createScene();
    scene.tap('A');
    scene.askedForPin(anna);
    scene.pin('135790');
    expect(words(scene.send(broken))).toEqual([
      'dropAttempt 1',
      'audit loginRefused anna storageFault',
    ]);
    expect(words(scene.pinAccepted())).toEqual(['dropAttempt 1']);
    expect(scene.state().phase).toEqual(fault);
  });

  it('lets nobody in who tapped over before', () => {
    const scene = createScene();
    scene.annaWorks();
    scene.tap('B');
    scene.send(broken);
    expect(words(scene.tap('B'))).toEqual(['audit loginRefused nobody storageFault']);
    expect(scene.closed()).toEqual([]);
    expect(scene.state().phase).toEqual(fault);
  });

  it('mended while the session was still closing is free afterwards', () => {
    const scene = createScene();
    scene.annaWorks();
    scene.tap('B');
    scene.send(broken);
    scene.send(mended);
    // Whoever tapped before has been told of the fault, and may have gone.
    expect(scene.closed()).toEqual([]);
    expect(scene.state().phase).toEqual({ kind: 'idle', refusal: null });
  });

  it('says the latest reason', () => {
    const scene = createScene();
    scene.send(broken);
    scene.send({ type: 'terminalFault', code: 'clockJumped' });
    expect(scene.state().phase).toEqual({ kind: 'fault', code: 'clockJumped' });
  });
});
