import { spawn, type ChildProcess } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { expect, it } from 'vitest';
import { killProcess, killWhenStarted, type StartingProcess } from '#electron/killProcess.ts';

const sleeper = (): ChildProcess =>
  spawn(process.execPath, ['-e', 'setTimeout(() => undefined, 60_000)'], { stdio: 'ignore' });

it('a process that had gone already is no failure', async () => {
  const child = sleeper();
  await once(child, 'spawn');
  const { pid } = child;
  if (pid === undefined) throw new Error('no process');
  expect(killProcess(pid)).toBe(true);
  await once(child, 'exit');
  expect(killProcess(pid)).toBe(false);
});

it('a process is killed although it was not there yet when that was asked for', async () => {
  // A utility process of Electron has no id before it has spawned; Node's own has one at once.
  let isThere = false;
  const child = sleeper();
  const late = Object.defineProperty(new EventEmitter(), 'pid', {
    get: () => (isThere ? child.pid : undefined),
  }) as EventEmitter & StartingProcess;
  killWhenStarted(late);
  await once(child, 'spawn');
  expect(child.exitCode ?? child.signalCode).toBeNull();
  isThere = true;
  const exited = once(child, 'exit');
  late.emit('spawn');
  expect(await exited).toEqual([null, 'SIGKILL']);
});
