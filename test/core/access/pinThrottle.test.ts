import { describe, expect, it } from 'vitest';
import { judgeClock } from '#core/access/clockJudge.ts';
import { pinGate, pinTriesToLock } from '#core/access/pinThrottle.ts';

describe('pinGate', () => {
  it.each([
    [1, 0],
    [2, 0],
    [3, 5_000],
    [4, 15_000],
    [5, 60_000],
    [6, 300_000],
    [9, 300_000],
  ])('after %i wrong PINs the next one waits %i ms', (failures, waitMs) => {
    const attempts = { failures, lastAtMs: 1_000_000 };
    const triesLeft = pinTriesToLock - failures;
    expect(pinGate(attempts, 1_000_000 + waitMs)).toEqual({ open: true, triesLeft });
    if (waitMs === 0) return;
    expect(pinGate(attempts, 1_000_000 + waitMs - 1)).toEqual({
      open: false,
      triesLeft,
      retryAtMs: 1_000_000 + waitMs,
    });
  });

  it.each([10, 11, 40])(
    'after %i one more may be tried, half an hour after the last',
    (failures) => {
      const retryAtMs = 1_000_000 + 30 * 60_000;
      const attempts = { failures, lastAtMs: 1_000_000 };
      expect(pinGate(attempts, retryAtMs - 1)).toEqual({ open: false, triesLeft: 0, retryAtMs });
      expect(pinGate(attempts, retryAtMs)).toEqual({ open: true, triesLeft: 1 });
    },
  );

  it('nobody who has not failed waits, and a clock set back does not open the gate', () => {
    expect(pinGate(null, 0)).toEqual({ open: true, triesLeft: 10 });
    expect(pinGate({ failures: 5, lastAtMs: 1_000_000 }, 0).open).toBe(false);
  });
});

describe('judgeClock', () => {
  const day = 86_400_000;
  const at = 1_700_000_000_000;

  it('believes the record server before its own memory', () => {
    expect(judgeClock({ nowMs: at, lastSeenMs: at + day, serverTimeMs: at + 1_000 })).toEqual({
      ok: true,
      lastSeenMs: at,
    });
    expect(judgeClock({ nowMs: at, lastSeenMs: at, serverTimeMs: at + day })).toEqual({
      ok: false,
      byMs: -day,
    });
  });

  it('offline, a clock that went back or a fortnight ahead has jumped', () => {
    const offline = { lastSeenMs: at, serverTimeMs: null };
    expect(judgeClock({ ...offline, nowMs: at - 121_000 })).toEqual({ ok: false, byMs: -121_000 });
    expect(judgeClock({ ...offline, nowMs: at + 15 * day }).ok).toBe(false);
    expect(judgeClock({ ...offline, nowMs: at + 3 * day })).toEqual({
      ok: true,
      lastSeenMs: at + 3 * day,
    });
    // A small step back is allowed, and what was seen is not forgotten by it.
    expect(judgeClock({ ...offline, nowMs: at - 60_000 })).toEqual({ ok: true, lastSeenMs: at });
    expect(judgeClock({ nowMs: at, lastSeenMs: null, serverTimeMs: null }).ok).toBe(true);
  });
});
