import { describe, expect, it } from 'vitest';
import { anna, ben, createScene, words } from './scene.ts';

describe('another person’s tap', () => {
  it('sends the former person away first, and identifies the next only afterwards', () => {
    const scene = createScene();
    scene.annaWorks();
    expect(words(scene.tap('B'))).toEqual([
      'close anna: tapOver, keeping grace',
      'audit lock anna tapOver',
    ]);
    expect(scene.wait(60_000)).toEqual([]);
    expect(words(scene.closed())).toEqual(['identify B']);
    expect(words(scene.identifiedByGrace(ben))).toContain('open ben by grace');
  });

  it('over a workspace that is still opening sends that person away too', () => {
    const scene = createScene();
    scene.tap('A');
    scene.identifiedByGrace(anna);
    expect(words(scene.tap('B'))).toContain('close anna: tapOver, keeping grace');
  });

  it('over a cover does not lift it, but takes over', () => {
    const scene = createScene();
    scene.annaWorks();
    scene.wait(120_000);
    expect(words(scene.tap('B'))).toContain('close anna: tapOver, keeping grace');
  });

  it('while the former person is going takes the turn: the latest tap wins', () => {
    const scene = createScene();
    scene.annaWorks();
    scene.tap('B');
    scene.tap('C');
    expect(words(scene.closed())).toEqual(['identify C']);
  });

  it('while identifying replaces an attempt whose card is gone', () => {
    const scene = createScene();
    scene.tap('A');
    expect(words(scene.tap('B'))).toEqual([
      'dropAttempt 1',
      'audit loginRefused nobody replaced',
      'identify B',
    ]);
  });

  it('works although the former person’s card still lies on another reader', () => {
    const scene = createScene();
    scene.put('A', 'left');
    scene.identifiedByGrace(anna);
    scene.opened();
    scene.wait(10_000);
    scene.put('B', 'right');
    expect(words(scene.closed())).toEqual(['identify B']);
    expect(words(scene.identifiedByGrace(ben))).toContain('open ben by grace');
  });
});

describe('two badges at once', () => {
  it('let nobody in', () => {
    const scene = createScene();
    scene.put('A', 'left');
    scene.wait(20);
    expect(words(scene.put('B', 'right'))).toEqual([
      'dropAttempt 1',
      'audit loginRefused nobody twoBadges',
    ]);
    expect(scene.state().phase).toMatchObject({ kind: 'idle', refusal: { code: 'twoBadges' } });
    expect(words(scene.identifiedByGrace(anna))).toEqual(['dropAttempt 1']);
    expect(scene.state().phase.kind).toBe('idle');
  });

  it('let nobody in when one reader sees them in turns', () => {
    const scene = createScene();
    scene.put('A');
    scene.wait(50);
    scene.take();
    scene.put('B');
    scene.wait(50);
    scene.take();
    expect(words(scene.put('A'))).toEqual(['dropAttempt 2', 'audit loginRefused nobody twoBadges']);
    scene.take();
    scene.wait(50);
    expect(scene.put('B')).toEqual([]);
    expect(scene.state().phase).toMatchObject({ kind: 'idle', refusal: { code: 'twoBadges' } });
  });
});

describe('the owner’s own tap', () => {
  it('does not lock, but says how to', () => {
    const scene = createScene();
    scene.annaWorks();
    expect(words(scene.tap('A'))).toEqual(['notice tapAgainToLock']);
    expect(scene.state().phase.kind).toBe('active');
  });

  it('locks when it comes a second time in time', () => {
    const scene = createScene({ leaveSecondTapWithinMs: 2_000 });
    scene.annaWorks();
    scene.tap('A');
    scene.wait(1_500);
    expect(words(scene.tap('A'))).toEqual([
      'close anna: left, keeping grace',
      'audit logout anna left',
    ]);
    scene.closed();
    expect(scene.state().phase).toEqual({ kind: 'idle', refusal: null });
  });

  it('is a first tap again when the second comes too late', () => {
    const scene = createScene({ leaveSecondTapWithinMs: 2_000 });
    scene.annaWorks();
    scene.tap('A');
    scene.wait(2_000);
    expect(words(scene.tap('A'))).toEqual(['notice tapAgainToLock']);
  });

  it('is no second tap when a cover was in between', () => {
    const scene = createScene({ leaveSecondTapWithinMs: 600_000 });
    scene.annaWorks();
    scene.tap('A');
    scene.wait(120_000);
    expect(words(scene.tap('A'))).toEqual(['audit uncover anna badge']);
    expect(words(scene.tap('A'))).toEqual(['notice tapAgainToLock']);
  });

  it('is one tap when the reader flickers', () => {
    const scene = createScene({ tapDebounceMs: 250 });
    scene.annaWorks();
    scene.wait(1_000);
    expect(words(scene.put('A'))).toEqual(['notice tapAgainToLock']);
    for (let time = 0; time < 5; time += 1) {
      scene.wait(100);
      scene.take();
      scene.wait(250);
      expect(scene.put('A')).toEqual([]);
    }
    expect(scene.state().phase.kind).toBe('active');
  });

  it('does nothing while the own workspace is opening', () => {
    const scene = createScene();
    scene.tap('A');
    scene.identifiedByGrace(anna);
    expect(scene.tap('A')).toEqual([]);
    expect(scene.state().phase.kind).toBe('opening');
  });

  it('does not lock at all where only the lock key does', () => {
    const scene = createScene({ leaveBy: 'lockKey' });
    scene.annaWorks();
    expect(words(scene.tap('A'))).toEqual(['notice useLockKey']);
    expect(words(scene.tap('A'))).toEqual(['notice useLockKey']);
    expect(words(scene.send({ type: 'leaveRequested' }))).toContain(
      'close anna: left, keeping grace',
    );
  });

  it('locks when held, where holding is the way to leave', () => {
    const scene = createScene({ leaveBy: 'hold', leaveHoldMs: 1_500 });
    scene.annaWorks();
    scene.wait(1_000);
    expect(words(scene.put('A'))).toEqual(['notice holdToLock']);
    expect(scene.wait(1_499)).toEqual([]);
    expect(words(scene.wait(1))).toContain('close anna: left, keeping grace');
  });

  it('does not lock when taken away before the hold is over', () => {
    const scene = createScene({ leaveBy: 'hold', leaveHoldMs: 1_500 });
    scene.annaWorks();
    scene.wait(1_000);
    scene.put('A');
    scene.wait(1_400);
    scene.take();
    expect(scene.wait(5_000)).toEqual([]);
    expect(scene.state().phase.kind).toBe('active');
  });

  it('is held through a flicker', () => {
    const scene = createScene({ leaveBy: 'hold', leaveHoldMs: 1_500 });
    scene.annaWorks();
    scene.wait(1_000);
    scene.put('A');
    scene.wait(700);
    scene.take();
    scene.wait(100);
    scene.put('A');
    expect(words(scene.wait(700))).toContain('close anna: left, keeping grace');
  });
});

describe.each(['secondTap', 'hold', 'lockKey'] as const)(
  'the card that tapped in (leaving by %s)',
  (leaveBy) => {
    it('neither locks nor taps again while it stays on the reader', () => {
      const scene = createScene({ leaveBy });
      scene.put('A');
      scene.identifiedByGrace(anna);
      scene.opened();
      expect(scene.wait(60_000)).toEqual([]);
      scene.take();
      scene.wait(100);
      expect(scene.put('A')).toEqual([]);
      expect(scene.wait(20_000)).toEqual([]);
      expect(scene.state().phase).toMatchObject({ kind: 'active', cover: null });
    });
  },
);

describe('a card that stays on the reader', () => {
  it('does not let its owner in again after the lock key', () => {
    const scene = createScene();
    scene.put('A');
    scene.identifiedByGrace(anna);
    scene.opened();
    scene.send({ type: 'leaveRequested' });
    expect(scene.closed()).toEqual([]);
    scene.take();
    scene.wait(100);
    expect(scene.put('A')).toEqual([]);
    expect(scene.state().phase.kind).toBe('idle');
  });

  it('is no tap when the reader comes back, under whatever presence', () => {
    const scene = createScene();
    scene.put('A');
    scene.identifiedByGrace(anna);
    scene.opened();
    scene.send({ type: 'leaveRequested' });
    scene.closed();
    scene.send({ type: 'readerService', up: false });
    scene.wait(30_000);
    scene.send({ type: 'readerService', up: true });
    scene.wait(1_500);
    expect(scene.put('A')).toEqual([]);
    scene.take();
    expect(words(scene.tap('A'))).toEqual(['identify A']);
  });
});

describe('a card that cannot be read', () => {
  it.each([
    'emptyUid',
    'randomUid',
    'cardMute',
    'cardTimeout',
    'cardRemoved',
    'readError',
  ] as const)('is refused and logged: %s', (fault) => {
    const scene = createScene();
    const effects = scene.send({ type: 'badgeFault', reader: 'left', fault });
    expect(words(effects)).toEqual([`audit loginRefused nobody ${fault}`]);
    expect(scene.state().phase).toMatchObject({ refusal: { code: 'badgeUnreadable' } });
  });

  it('disturbs nobody at work', () => {
    const scene = createScene();
    scene.annaWorks();
    const before = scene.state();
    expect(scene.send({ type: 'badgeFault', reader: 'left', fault: 'readError' })).toEqual([]);
    expect(scene.state()).toEqual(before);
  });
});
