import { describe, expect, it } from 'vitest';
import type { RefusalCode } from '#core/contracts/ipc.ts';
import { anna, ben, createScene, farEnds, words } from './scene.ts';

describe('tapping in', () => {
  it('asks whose badge it is at the first tap', () => {
    const scene = createScene();
    expect(words(scene.tap('A'))).toEqual(['identify A']);
    expect(scene.state().phase.kind).toBe('identifying');
  });

  it('opens the workspace without a PIN within the grace, and logs the login first', () => {
    const scene = createScene();
    scene.tap('A');
    expect(words(scene.identifiedByGrace(anna))).toEqual([
      'audit login anna grace',
      'open anna by grace',
    ]);
  });

  it('asks for the PIN when the answer says so, and opens when it is right', () => {
    const scene = createScene();
    scene.tap('A');
    expect(scene.askedForPin(anna)).toEqual([]);
    expect(scene.state().phase).toMatchObject({ kind: 'pin', person: anna, reason: 'newShift' });
    expect(scene.pin('135790')).toEqual([{ type: 'checkPin', attempt: 1, pin: '135790' }]);
    expect(words(scene.pinAccepted())).toEqual(['audit login anna pin', 'open anna by pin']);
  });

  it('is over when the board is painted', () => {
    const scene = createScene();
    scene.annaWorks();
    expect(scene.state().phase).toMatchObject({ kind: 'active', session: { person: anna } });
  });

  it.each<RefusalCode>(['badgeUnknown', 'badgeRevoked', 'personDisabled', 'trustDowngraded'])(
    'is refused and logged with %s',
    (code) => {
      const scene = createScene();
      scene.tap('A');
      const effects = scene.send({
        type: 'identified',
        attempt: 1,
        result: { kind: 'refused', code },
      });
      expect(words(effects)).toEqual(['dropAttempt 1', `audit loginRefused nobody ${code}`]);
      expect(scene.state().phase).toMatchObject({ kind: 'idle', refusal: { code } });
    },
  );

  it('shows a refusal as long as the policy says', () => {
    const scene = createScene({ refusalShownMs: 6_000 });
    scene.send({ type: 'badgeFault', reader: 'left', fault: 'readError' });
    scene.wait(5_999);
    expect(scene.state().phase).toMatchObject({ refusal: { code: 'badgeUnreadable' } });
    scene.wait(1);
    expect(scene.state().phase).toEqual({ kind: 'idle', refusal: null });
  });

  it('gives up when nobody answers whose badge it is', () => {
    const scene = createScene({ identifyTimeoutMs: 5_000 });
    scene.tap('A');
    expect(words(scene.wait(5_000))).toEqual([
      'dropAttempt 1',
      'audit loginRefused nobody identifyTimeout',
    ]);
  });
});

describe('the PIN', () => {
  const atPin = (): ReturnType<typeof createScene> => {
    const scene = createScene();
    scene.tap('A');
    scene.askedForPin(anna);
    return scene;
  };
  const wrong = { kind: 'wrong', triesLeft: 4, retryAtMs: null } as const;

  it('is said to be wrong, with the tries left, and may be typed again', () => {
    const scene = atPin();
    scene.pin('000000');
    const effects = scene.send({ type: 'pinChecked', attempt: 1, result: wrong });
    expect(words(effects)).toEqual(['audit loginRefused anna pinWrong']);
    expect(scene.state().phase).toMatchObject({ error: 'pinWrong', triesLeft: 4, checking: false });
    expect(words(scene.pin('135790'))).toEqual(['checkPin 1']);
  });

  it('is not checked before its slow-down has passed', () => {
    const scene = atPin();
    scene.pin('000000');
    const result = { ...wrong, retryAtMs: scene.nowMs() + 4_000 };
    scene.send({ type: 'pinChecked', attempt: 1, result });
    scene.wait(3_999);
    expect(words(scene.pin('135790'))).toEqual(['audit denied anna pinThrottled']);
    expect(scene.state().phase).toMatchObject({ error: 'pinThrottled' });
    scene.wait(1);
    expect(scene.state().phase).toMatchObject({ error: null, retryAtMs: null });
    expect(words(scene.pin('135790'))).toEqual(['checkPin 1']);
  });

  it('is not checked before a slow-down that was already running', () => {
    const scene = createScene();
    scene.tap('A');
    const retryAtMs = scene.nowMs() + 4_000;
    scene.send({
      type: 'identified',
      attempt: 1,
      result: { kind: 'pin', person: anna, reason: 'newShift', triesLeft: 1, retryAtMs },
    });
    expect(scene.state().phase).toMatchObject({ error: 'pinThrottled', retryAtMs });
    expect(words(scene.pin('135790'))).toEqual(['audit denied anna pinThrottled']);
  });

  it('locks: the attempt ends, logged and said', () => {
    const scene = atPin();
    scene.pin('000000');
    const result = { kind: 'refused', code: 'pinLocked' } as const;
    const effects = scene.send({ type: 'pinChecked', attempt: 1, result });
    expect(words(effects)).toEqual(['dropAttempt 1', 'audit loginRefused anna pinLocked']);
    expect(scene.state().phase).toMatchObject({ kind: 'idle', refusal: { code: 'pinLocked' } });
  });

  it('is checked one at a time', () => {
    const scene = atPin();
    scene.pin('135790');
    expect(scene.pin('135791')).toEqual([]);
  });

  it('is never kept in the state', () => {
    const scene = atPin();
    scene.pin('135790');
    expect(JSON.stringify(scene.state())).not.toContain('135790');
  });

  it('can be cancelled, without a reproach', () => {
    const scene = atPin();
    const effects = scene.send({ type: 'pinCancelled', attempt: 1 });
    expect(words(effects)).toEqual(['dropAttempt 1', 'audit loginRefused anna cancelled']);
    expect(scene.state().phase).toEqual({ kind: 'idle', refusal: null });
  });

  it('goes away with the lock key', () => {
    const scene = atPin();
    expect(words(scene.send({ type: 'leaveRequested' }))).toContain(
      'audit loginRefused anna cancelled',
    );
    expect(scene.state().phase.kind).toBe('idle');
  });

  it('that was not looked at is not called wrong, and the pad says until when to wait', () => {
    const scene = atPin();
    scene.pin('135790');
    const retryAtMs = scene.nowMs() + 5_000;
    const result = { kind: 'throttled', retryAtMs } as const;
    expect(words(scene.send({ type: 'pinChecked', attempt: 1, result }))).toEqual([
      'audit denied anna pinThrottled',
    ]);
    const waiting = { error: 'pinThrottled', retryAtMs, triesLeft: 5, checking: false };
    expect(scene.state().phase).toMatchObject(waiting);
    scene.wait(5_000);
    expect(scene.state().phase).toMatchObject({ error: null, retryAtMs: null });
  });

  it('goes away when nobody types', () => {
    const scene = atPin();
    scene.wait(59_000);
    scene.send({ type: 'input' });
    scene.wait(59_999);
    expect(scene.state().phase.kind).toBe('pin');
    expect(words(scene.wait(1))).toEqual(['dropAttempt 1', 'audit loginRefused anna pinTimeout']);
  });

  it('gives way to another badge: the attempt is the new person’s', () => {
    const scene = atPin();
    expect(words(scene.tap('B'))).toEqual([
      'dropAttempt 1',
      'audit loginRefused anna replaced',
      'identify B',
    ]);
    scene.askedForPin(ben);
    expect(scene.state().phase).toMatchObject({ kind: 'pin', person: ben, attempt: 2 });
  });

  it('stays when the same badge is tapped again', () => {
    const scene = atPin();
    expect(scene.tap('A')).toEqual([]);
    expect(scene.state().phase).toMatchObject({ kind: 'pin', person: anna });
  });
});

describe('stale answers', () => {
  const pinAsked = { person: anna, reason: 'newShift', triesLeft: 5, retryAtMs: null } as const;
  it.each([
    { kind: 'grace', sessionId: 'of-anna', person: anna, ends: farEnds } as const,
    { kind: 'pin', ...pinAsked } as const,
  ])(
    'of an older identification ($kind) change nothing, but are dropped with what they made',
    (result) => {
      const scene = createScene();
      scene.tap('A');
      scene.tap('B');
      expect(words(scene.send({ type: 'identified', attempt: 1, result }))).toEqual([
        'dropAttempt 1',
      ]);
      expect(scene.state().phase).toMatchObject({ kind: 'identifying', attempt: 2 });
    },
  );

  it('that a PIN was right leave no vault behind', () => {
    const scene = createScene();
    scene.tap('A');
    scene.askedForPin(anna);
    scene.pin('135790');
    scene.send({ type: 'pinCancelled', attempt: 1 });
    expect(words(scene.pinAccepted())).toEqual(['dropAttempt 1']);
    expect(scene.state().phase.kind).toBe('idle');
  });

  it('that a PIN was right do not let the next person’s attempt in', () => {
    const scene = createScene();
    scene.tap('A');
    scene.askedForPin(anna);
    scene.pin('135790');
    scene.tap('B');
    scene.askedForPin(ben);
    const result = { kind: 'accepted', sessionId: 'late', ends: farEnds } as const;
    expect(words(scene.send({ type: 'pinChecked', attempt: 1, result }))).toEqual([
      'dropAttempt 1',
    ]);
    expect(scene.state().phase).toMatchObject({ kind: 'pin', person: ben });
  });

  it('that nobody asked for end the attempt', () => {
    const scene = createScene();
    scene.tap('A');
    scene.askedForPin(anna);
    expect(words(scene.pinAccepted())).toEqual([
      'dropAttempt 1',
      'audit loginRefused anna unaskedAnswer',
    ]);
  });

  it('that a workspace is painted, when it was closed long ago, are dropped', () => {
    const scene = createScene({ openTimeoutMs: 8_000 });
    scene.tap('A');
    scene.identifiedByGrace(anna);
    scene.wait(8_000);
    scene.closed();
    expect(words(scene.send({ type: 'opened', attempt: 1 }))).toEqual(['dropAttempt 1']);
    expect(scene.state().phase.kind).toBe('idle');
  });

  it('that come twice change nothing', () => {
    const scene = createScene();
    scene.annaWorks();
    expect(scene.opened()).toEqual([]);
    expect(scene.identifiedByGrace(anna)).toEqual([]);
    expect(scene.pinAccepted()).toEqual([]);
    expect(scene.state().phase.kind).toBe('active');
  });
});
