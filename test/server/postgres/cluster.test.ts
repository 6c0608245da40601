import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findPostgresBinaries } from '#server/postgres/binaries.ts';
import { createCluster } from '#server/postgres/cluster.ts';
import { openDatabase, type ConnectionSettings } from '#server/postgres/database.ts';
import { startPostgres } from '#server/postgres/postgres.ts';

const directory = mkdtempSync(join(tmpdir(), 'wk-pg-'));
chmodSync(directory, 0o755);
const cluster = createCluster(findPostgresBinaries(), directory);
const pidFile = join(directory, 'postgres', 'data', 'postmaster.pid');
const postmaster = () => Number(readFileSync(pidFile, 'utf8').split('\n')[0]);
let settings: ConnectionSettings;

async function ask(sql: string): Promise<unknown> {
  const database = openDatabase(settings, { maxConnections: 1 });
  try {
    return (await database.query(sql)).rows[0];
  } finally {
    await database.close();
  }
}

beforeAll(async () => {
  settings = await cluster.start();
}, 60_000);
afterAll(async () => {
  await cluster.stop();
  rmSync(directory, { recursive: true, force: true });
});

describe('the private cluster', () => {
  it('listens on no network address and has page checksums', async () => {
    expect(await ask('show listen_addresses')).toEqual({ listen_addresses: '' });
    expect(await ask('show data_checksums')).toEqual({ data_checksums: 'on' });
    const inodes = readFileSync('/proc/net/tcp', 'utf8');
    expect(inodes).not.toContain(':1538 '); // 5432 in hex
  });

  it('lets nobody in without a password', async () => {
    const stranger = openDatabase({ ...settings, password: 'guess' }, { maxConnections: 1 });
    await expect(stranger.query('select 1')).rejects.toThrow(/password authentication failed/);
    await stranger.close();
  });

  it('comes back with what was committed after kill -9', async () => {
    await ask('create table kept as select 42 as answer');
    process.kill(postmaster(), 'SIGKILL');
    await sleep(50);
    settings = await cluster.start();
    expect(await ask('select answer from kept')).toEqual({ answer: 42 });
  }, 30_000);

  it('takes over a server that a killed service left running', async () => {
    const before = postmaster();
    settings = await createCluster(findPostgresBinaries(), directory).start();
    expect(postmaster()).toBe(before);
    expect(await ask('select 1 as one')).toEqual({ one: 1 });
  });

  it('is left running by whoever came beside a service that works with it', async () => {
    const before = postmaster();
    const beside = await startPostgres({ directory, databaseUrl: null, leaveRunning: true });
    await beside.stop();
    expect(postmaster()).toBe(before);
    expect(await ask('select 1 as one')).toEqual({ one: 1 });
  });

  it('starts although the pid file names a process that is not PostgreSQL', async () => {
    const lines = readFileSync(pidFile, 'utf8').split('\n');
    const { uid, gid } = statSync(pidFile);
    await cluster.stop();
    // Of the same user, so that PostgreSQL by itself would take it for a living postmaster.
    const other = spawn('sleep', ['60'], { uid, gid, cwd: '/', stdio: 'ignore' });
    await once(other, 'spawn');
    writeFileSync(pidFile, [String(other.pid), ...lines.slice(1)].join('\n'), { mode: 0o600 });
    chownSync(pidFile, uid, gid);
    settings = await cluster.start();
    expect(postmaster()).not.toBe(other.pid);
    other.kill();
    expect(await ask('select 1 as one')).toEqual({ one: 1 });
  }, 30_000);

  it('says the cure when there is no PostgreSQL, and refuses a path too long for a socket', async () => {
    const long = join(directory, 'x'.repeat(120));
    await expect(startPostgres({ directory: long, databaseUrl: null })).rejects.toThrow(/too long/);
    await expect(startPostgres({ directory, databaseUrl: 'mysql://somewhere/x' })).rejects.toThrow(
      /not a postgres URL/,
    );
  });
});
