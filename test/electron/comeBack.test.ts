import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createComeBack } from '#electron/comeBack.ts';

/** Written down instead of done: `process.exit` and the signal would end the test. */
let done: string[];
const program = {
  relaunch: () => void done.push('relaunch'),
  exit: (code?: number) => void done.push(`exit ${String(code)}`),
};

beforeEach(() => {
  done = [];
  vi.useFakeTimers();
  vi.spyOn(process, 'kill').mockImplementation((_, signal) => {
    done.push(String(signal));
    return true;
  });
  vi.spyOn(process, 'exit').mockImplementation((code) => {
    throw new Error(`exit ${String(code)}`);
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe('a program in which something broke', () => {
  it('comes back once, and is killed when its end hangs', () => {
    const comeBack = createComeBack(program);
    expect(() => comeBack.now()).toThrow('exit 70');
    comeBack.now();
    expect(done).toEqual(['relaunch', 'exit 70']);
    vi.advanceTimersByTime(3_000);
    expect(done.at(-1)).toBe('SIGKILL');
  });
});

describe('a program that was told to end', () => {
  it('does not come back, whatever breaks on the way out, and is killed when its end hangs', () => {
    const comeBack = createComeBack(program);
    comeBack.neverAgain();
    comeBack.now();
    vi.advanceTimersByTime(11_900);
    expect(done).toEqual([]);
    vi.advanceTimersByTime(100);
    expect(done).toEqual(['SIGKILL']);
  });
});
