import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { enterIsolation } from './isolated.mjs';
import { startPcscd } from './pcscd.mjs';
import { bundleReaderHost, buildAddon, EventLog, forkReaderHost } from './readerHostUnderTest.ts';
import { VirtualCard } from './virtualCard.mjs';

test('two daemons side by side keep their cards apart, and listen on the loopback alone', async () => {
  const daemons = await Promise.all([startPcscd({ pollMs: 10 }), startPcscd({ pollMs: 10 })]);
  const modulePath = bundleReaderHost();
  const addonPath = buildAddon();
  const hosts = daemons.map(({ env }) => forkReaderHost({ modulePath, addonPath, env }));
  try {
    const logs = hosts.map((host) => {
      const log = new EventLog();
      host.on('message', log.add);
      return log;
    });
    await Promise.all(logs.map((log) => log.until('readerAdded')));
    for (const [index, daemon] of daemons.entries())
      await new VirtualCard({ port: daemon.readers[0]!.port, uid: `0400000${index}` }).insert();
    const badges = await Promise.all(logs.map((log) => log.until('badge')));
    expect(badges.map((badge) => badge.badge.hex)).toEqual(['04000000', '04000001']);
    for (const { readers } of daemons)
      for (const { port } of readers) expect(listeningAddresses(port)).toEqual(['0100007F']);
  } finally {
    for (const host of hosts) host.kill('SIGKILL');
    await Promise.all(daemons.map((daemon) => daemon.stop()));
  }
});

test('isolation puts what children need into the environment', async () => {
  const pcscd = await enterIsolation({ readers: ['Bed 1', 'Bed 2', 'Bed 3'] });
  try {
    expect(existsSync(process.env['PCSCLITE_CSOCK_NAME']!)).toBe(true);
    expect(process.env['WARDKEY_PCSC_READERS']).toBe('Bed 1 00 00,Bed 2 00 00,Bed 3 00 00');
    expect(process.env['WARDKEY_PCSC_PORTS']?.split(',').map(Number)).toEqual(
      pcscd.readers.map(({ port }) => port),
    );
    expect(readFileSync(`/proc/${process.env['PCSCD_PID']}/comm`, 'utf8')).toBe('pcscd\n');
  } finally {
    await pcscd.stop();
  }
  expect(existsSync(process.env['PCSCLITE_CSOCK_NAME']!)).toBe(false);
});

test('a daemon ends with the process that started it, however that ends', async () => {
  const module = JSON.stringify(path.join(import.meta.dirname, 'pcscd.mjs'));
  const source = `import { startPcscd } from ${module};
    const { pid } = await startPcscd(); process.stdout.write(String(pid)); setInterval(() => {}, 1000);`;
  // Killed, it cannot clear up: its files go with this folder.
  const folder = mkdtempSync(path.join(os.tmpdir(), 'wardkey-starter-'));
  const env = { ...process.env, TMPDIR: folder };
  const starter = spawn(process.execPath, ['--input-type=module', '--eval', source], { env });
  const [pid] = (await once(starter.stdout, 'data')) as [Buffer];
  expect(isRunning(Number(pid))).toBe(true);
  starter.kill('SIGKILL');
  await once(starter, 'exit');
  await sleep(200);
  expect(isRunning(Number(pid))).toBe(false);
  rmSync(folder, { recursive: true });
});

function isRunning(pid: number): boolean {
  try {
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  } catch {
    return false;
  }
}

function listeningAddresses(port: number): string[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return execFileSync('cat', ['/proc/net/tcp', '/proc/net/tcp6'], { encoding: 'utf8' })
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[1]?.endsWith(suffix) === true && fields[3] === '0A')
    .map((fields) => fields[1]!.slice(0, -suffix.length));
}
