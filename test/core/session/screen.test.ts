import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { systemSnapshotSchema } from '#core/contracts/ipc.ts';
import { defaultSessionPolicy } from '#core/session/model.ts';
import { nextDeadlineMs, screenOf, systemScreen } from '#core/session/screen.ts';
import { anna, createScene, type Scene } from './scene.ts';

const wallOffsetMs = 1_700_000_000_000;
const context = { policy: defaultSessionPolicy, pinLength: { min: 6, max: 12 }, wallOffsetMs };

function says(scene: Scene): ReturnType<typeof systemScreen> {
  const screen = systemScreen(scene.state(), context);
  // What is said must pass the bridge.
  return v.parse(systemSnapshotSchema.entries.screen, screen);
}

describe('the screen', () => {
  it('is the workspace only while its session is active and uncovered', () => {
    const scene = createScene();
    const system = { kind: 'system' };
    expect(screenOf(scene.state())).toEqual(system);
    scene.tap('A');
    expect(screenOf(scene.state())).toEqual(system);
    scene.identifiedByGrace(anna);
    expect(screenOf(scene.state())).toEqual(system);
    scene.opened();
    expect(screenOf(scene.state())).toEqual({ kind: 'workspace', sessionId: 'of-anna' });
    scene.wait(120_000);
    expect(screenOf(scene.state())).toEqual(system);
    scene.send({ type: 'input' });
    expect(screenOf(scene.state())).toEqual({ kind: 'workspace', sessionId: 'of-anna' });
    scene.send({ type: 'leaveRequested' });
    expect(screenOf(scene.state())).toEqual(system);
  });

  it('says each phase in the words of the bridge', () => {
    const scene = createScene();
    expect(says(scene)).toEqual({ kind: 'idle' });
    scene.tap('A');
    expect(says(scene)).toEqual({ kind: 'identifying' });
    scene.askedForPin(anna);
    expect(says(scene)).toMatchObject({
      kind: 'pin',
      attempt: 1,
      person: anna,
      pinLength: { min: 6, max: 12 },
      checking: false,
    });
    scene.pin('135790');
    expect(says(scene)).toMatchObject({ kind: 'pin', checking: true });
    scene.pinAccepted();
    expect(says(scene)).toEqual({ kind: 'opening', person: anna });
    scene.opened();
    expect(says(scene)).toEqual({ kind: 'idle' });
  });

  it('names nobody behind an uncovered workspace and nobody who has gone', () => {
    const scene = createScene();
    scene.annaWorks();
    expect(JSON.stringify(says(scene))).not.toContain('anna');
    scene.send({ type: 'leaveRequested' });
    expect(says(scene)).toEqual({ kind: 'idle' });
  });

  it('tells a cover’s countdown in wall clock time', () => {
    const scene = createScene();
    scene.annaWorks();
    scene.wait(120_000);
    expect(says(scene)).toEqual({
      kind: 'cover',
      displayName: anna.displayName,
      locksAtMs: wallOffsetMs + scene.nowMs() + 30_000,
      liftsByInput: true,
    });
  });

  it('tells when the PIN may be tried again in wall clock time', () => {
    const scene = createScene();
    scene.tap('A');
    scene.askedForPin(anna);
    scene.pin('000000');
    const retryAtMs = scene.nowMs() + 4_000;
    const result = { kind: 'wrong', triesLeft: 2, retryAtMs } as const;
    scene.send({ type: 'pinChecked', attempt: 1, result });
    expect(says(scene)).toMatchObject({
      triesLeft: 2,
      error: 'pinWrong',
      retryAtMs: wallOffsetMs + retryAtMs,
    });
  });

  it('shows a refusal until its time', () => {
    const scene = createScene();
    scene.send({ type: 'badgeFault', reader: 'left', fault: 'readError' });
    const untilMs = wallOffsetMs + scene.nowMs() + 6_000;
    expect(says(scene)).toEqual({ kind: 'refused', code: 'badgeUnreadable', untilMs });
  });

  it('tells the next person that the tap was seen while the former one is going', () => {
    const scene = createScene();
    scene.annaWorks();
    scene.tap('B');
    expect(says(scene)).toEqual({ kind: 'identifying' });
  });

  it('says a fault already while the session is going', () => {
    const scene = createScene();
    scene.annaWorks();
    scene.send({ type: 'terminalFault', code: 'storageFault' });
    expect(says(scene)).toEqual({ kind: 'fault', code: 'storageFault' });
    scene.closed();
    expect(says(scene)).toEqual({ kind: 'fault', code: 'storageFault' });
  });
});

describe('the next deadline', () => {
  const next = (scene: Scene): number | null => nextDeadlineMs(scene.state(), defaultSessionPolicy);

  it('is none where time changes nothing', () => {
    const scene = createScene();
    expect(next(scene)).toBeNull();
    scene.annaWorks();
    scene.send({ type: 'leaveRequested' });
    expect(next(scene)).toBeNull();
  });

  it('is the cover’s, the reader’s or the lock’s, whichever comes first', () => {
    const scene = createScene();
    scene.annaWorks();
    expect(next(scene)).toBe(scene.nowMs() + 120_000);
    scene.send({ type: 'readerService', up: false });
    expect(next(scene)).toBe(scene.nowMs() + 5_000);
    scene.wait(5_000);
    expect(next(scene)).toBe(scene.nowMs() + 30_000);
  });

  it('moves with input', () => {
    const scene = createScene();
    scene.annaWorks();
    scene.wait(60_000);
    scene.send({ type: 'input' });
    expect(next(scene)).toBe(scene.nowMs() + 120_000);
  });
});
