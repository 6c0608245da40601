import { EventEmitter } from 'node:events';
import { uptime } from 'node:os';
import { expect, it, onTestFinished } from 'vitest';
import { createSteadyClock, watchSleep } from '#electron/steadyClock.ts';

/** A machine whose processes stand still while it sleeps. */
function machine() {
  let runningMs = 5_000;
  let uptimeMs = 900_000;
  const run = (ms: number): void => {
    runningMs += ms;
    uptimeMs += ms;
  };
  const clock = createSteadyClock({ runningMs: () => runningMs, uptimeMs: () => uptimeMs });
  return { clock, run, sleep: (ms: number) => (uptimeMs += ms) };
}

it('time asleep counts, coarse steps of the machine’s age do not', () => {
  const { clock, run, sleep } = machine();
  const begunAtMs = clock.nowMs();
  run(10_000);
  sleep(9);
  expect(clock.nowMs() - begunAtMs).toBe(10_000);
  sleep(600_000);
  expect(clock.nowMs() - begunAtMs).toBeGreaterThanOrEqual(610_000);
  run(10_000);
  sleep(-9);
  expect(clock.nowMs() - begunAtMs).toBeGreaterThanOrEqual(620_000);
});

it('on this machine the two clocks go alike while it is awake', async () => {
  const clock = createSteadyClock({
    runningMs: () => performance.now(),
    uptimeMs: () => uptime() * 1_000,
  });
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(clock.sleptMs()).toBe(0);
});

it('a sleep closes what is open: when it is announced, and when only the clock tells', async () => {
  const { clock, sleep } = machine();
  const power = new EventEmitter();
  let times = 0;
  const watch = watchSleep({
    clock,
    onPower: (event, listener) => void power.on(event, listener),
    onAway: () => (times += 1),
  });
  onTestFinished(() => watch.stop());
  power.emit('suspend');
  power.emit('lock-screen');
  expect(times).toBe(2);
  power.emit('resume');
  expect(times).toBe(2);
  sleep(60_000);
  power.emit('resume');
  expect(times).toBe(3);
  sleep(60_000);
  await new Promise((resolve) => setTimeout(resolve, 1_300));
  expect(times).toBe(4);
});
