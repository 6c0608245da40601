import { expect, it } from 'vitest';
import { createLatencyRecorder } from '#electron/latency.ts';
import { createLogger } from '#electron/log.ts';
import { createHands } from '#electron/session/hands.ts';
import type { Logins } from '#electron/session/logins.ts';

it('a throttle is counted from the wall clock that it was made by, also after that was set', async () => {
  // Ten years beside the clock that Node started with.
  const wallMs = (): number => Date.now() + 10 * 365 * 86_400_000;
  const retryAtMs = wallMs() + 5_000;
  const logins: Pick<Logins, 'checkPin'> = {
    checkPin: () => Promise.resolve({ kind: 'throttled', retryAtMs }),
  };
  const hands = createHands({
    logins: logins as Logins,
    latency: createLatencyRecorder(),
    logger: createLogger([], () => 0),
    nowMs: () => 1_000,
    wallMs,
  } as Parameters<typeof createHands>[0]);
  const answer = await hands.checkPin(1, '135790');
  if (answer.kind !== 'throttled') throw new Error(answer.kind);
  expect(Math.abs(answer.retryAtMs - 6_000)).toBeLessThan(500);
});
