import { expect, it } from 'vitest';
import { refusedArguments, refusedArgumentsExitCode } from '#electron/arguments.ts';

it.each([
  '--remote-debugging-port=9222',
  '-remote-debugging-port=9222',
  '--REMOTE-DEBUGGING-PORT=9222',
  '--remote-debugging-pipe',
  '--remote-allow-origins=*',
  '--inspect',
  '--inspect-brk=0.0.0.0:9229',
  '--no-sandbox',
  '--disable-web-security',
  '--disable-site-isolation-trials',
  '--ignore-certificate-errors',
  '--host-rules=MAP * 127.0.0.1',
  '--host-resolver-rules=MAP * 127.0.0.1',
  '--proxy-server=127.0.0.1:8080',
  '--load-extension=/elsewhere/x',
  '--js-flags=--expose-gc',
  '--renderer-cmd-prefix=/elsewhere/x',
  '--utility-cmd-prefix=/elsewhere/x',
  '--gpu-launcher=/elsewhere/x',
  '--user-data-dir=/elsewhere/x',
  '--enable-logging',
  '--log-net-log=/elsewhere/x',
  '--ssl-key-log-file=/elsewhere/x',
  '--disable-gpu-sandbox',
  '--disable-gpu --no-sandbox',
  '-r',
  '--require=/elsewhere/x.js',
  '--',
  '/elsewhere/other-app',
  'https://example.org',
  '',
])('a packaged terminal refuses %j, alone and behind what it accepts', (argument) => {
  expect(refusedArguments([argument])).toEqual([argument]);
  expect(refusedArguments(['--disable-gpu', argument])).toEqual([argument]);
});

it('a packaged terminal accepts what a display needs, and no argument at all', () => {
  expect(
    refusedArguments(['--disable-gpu', '--force-device-scale-factor=1.5', '--ozone-platform=x11']),
  ).toEqual([]);
  expect(refusedArguments([])).toEqual([]);
});

it('says with its exit code that the caller is at fault', () => {
  expect(refusedArgumentsExitCode).toBe(78);
});
