import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isMainThread } from 'node:worker_threads';
import { findPostgresBinaries } from '#server/postgres/binaries.ts';
import { createCluster } from '#server/postgres/cluster.ts';
import { openDatabase, type ConnectionSettings, type Database } from '#server/postgres/database.ts';
import { migrate, type Migration } from '#server/postgres/migrate.ts';
import { provisionDatabase } from '#server/postgres/provision.ts';

/** A fresh database of one test file, on the cluster that all files of this test run share. */
export interface TestDatabase {
  readonly name: string;
  /** The superuser of the cluster, in this database: what a hostile administrator can do. */
  readonly superuser: Database;
  readonly owner: Database;
  readonly application: Database;
  /** A directory for keys and other files, gone after `close`. */
  readonly directory: string;
  close(): Promise<void>;
}

/** The test runner's process: one cluster for all its worker processes. */
const runnerPid = isMainThread ? process.ppid : process.pid;
const shared = join(tmpdir(), `wardkey-test-${runnerPid}`);

/** Ends the cluster once the test runner is gone, however it went. */
function spawnReaper(binDirectory: string): void {
  const data = join(shared, 'postgres', 'data');
  const script = [
    `while kill -0 ${runnerPid} 2>/dev/null; do sleep 0.5; done`,
    `pid=$(head -1 ${data}/postmaster.pid 2>/dev/null)`,
    `if [ -n "$pid" ]; then kill -QUIT $pid; sleep 0.5; fi`,
    `rm -rf ${shared}`,
  ].join('\n');
  spawn('sh', ['-c', script], { detached: true, stdio: 'ignore', cwd: binDirectory }).unref();
}

async function startShared(): Promise<ConnectionSettings> {
  const ready = join(shared, 'ready.json');
  const binaries = findPostgresBinaries();
  try {
    mkdirSync(shared);
  } catch {
    // Another file of this run is starting it.
    for (let waited = 0; waited < 600 && !existsSync(ready); waited += 1) await sleep(100);
    return JSON.parse(readFileSync(ready, 'utf8')) as ConnectionSettings;
  }
  spawnReaper(binaries.directory);
  const settings = await createCluster(binaries, shared).start();
  const superuser = openDatabase(settings, { maxConnections: 1 });
  // Test data need not survive a power cut; what a killed process must not lose does not depend on it.
  await superuser.query('alter system set fsync = off');
  await superuser.query('select pg_reload_conf()');
  await superuser.close();
  await provisionDatabase(settings, 'roles', join(shared, 'credentials.json'));
  writeFileSync(`${ready}.new`, JSON.stringify(settings));
  // Renamed into place, so that nobody reads half of it.
  renameSync(`${ready}.new`, ready);
  return settings;
}

/** Makes a database with these migrations applied; call once per test file and `close` it in `afterAll`. */
export async function createTestDatabase(migrations: readonly Migration[]): Promise<TestDatabase> {
  const admin = await startShared();
  const name = `t_${randomBytes(6).toString('hex')}`;
  const roles = await provisionDatabase(admin, name, join(shared, 'credentials.json'));
  const superuser = openDatabase({ ...admin, database: name }, { maxConnections: 2 });
  const owner = openDatabase(roles.owner, { maxConnections: 2 });
  await migrate(owner, migrations);
  const application = openDatabase(roles.application, { maxConnections: 8 });
  const directory = mkdtempSync(join(tmpdir(), 'wardkey-server-'));
  return {
    name,
    superuser,
    owner,
    application,
    directory,
    async close() {
      await Promise.all([application.close(), owner.close(), superuser.close()]);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
