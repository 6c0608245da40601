import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PostgresBinaries } from './binaries.ts';
import type { ConnectionSettings } from './database.ts';

/** A private PostgreSQL: reachable through a Unix socket alone, never over the network. */
export interface Cluster {
  /** Starts it, or takes over one that a killed service left running. Answers the superuser's way in. */
  start(): Promise<ConnectionSettings>;
  isRunning(): boolean;
  stop(): Promise<void>;
}

/** PostgreSQL refuses to run as root; these are the ids it runs under instead (undefined: our own). */
interface RunAs {
  readonly uid?: number;
  readonly gid?: number;
}

interface ClusterPaths {
  readonly data: string;
  readonly run: string;
  readonly log: string;
  readonly password: string;
}

const socketPathLimit = 107;
const port = 5432;

function run(
  program: string,
  programArguments: readonly string[],
  runAs: RunAs,
  cwd: string,
): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    const options = { ...runAs, cwd, env: { PATH: process.env['PATH'], LC_ALL: 'C.UTF-8' } };
    execFile(program, [...programArguments], options, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
      const message = error !== null && typeof error.code !== 'number' ? error.message : '';
      resolve({ code, output: `${stdout}${stderr}${message}`.trim() });
    });
  });
}

async function unprivilegedIds(directory: string): Promise<RunAs> {
  if (process.getuid?.() !== 0) return {};
  const [uid, gid] = await Promise.all(
    ['-u', '-g'].map((flag) => run('id', [flag, 'postgres'], {}, '/')),
  );
  if (uid?.code !== 0 || gid?.code !== 0) {
    throw new Error(
      'PostgreSQL cannot run as root and there is no user "postgres": create it (useradd --system postgres) or start as an ordinary user.',
    );
  }
  const ids = { uid: Number(uid.output), gid: Number(gid.output) };
  const reach = await run('test', ['-x', directory], ids, '/');
  if (reach.code !== 0) {
    throw new Error(
      `The user "postgres" cannot reach ${directory}: choose a data directory whose parents others may enter (chmod o+x).`,
    );
  }
  return ids;
}

function configuration(paths: ClusterPaths): string {
  return [
    "listen_addresses = ''",
    `port = ${port}`,
    `unix_socket_directories = '${paths.run.replaceAll("'", "''")}'`,
    'unix_socket_permissions = 0700',
    'password_encryption = scram-sha-256',
    'max_connections = 80',
    'shared_buffers = 128MB',
    'max_wal_size = 1GB',
    'jit = off',
    // A forgotten transaction would hold the feed's horizon back for every ward.
    "idle_in_transaction_session_timeout = '30s'",
    // Statements carry sealed bodies and keyed tokens as parameters; they have no business in a log.
    'log_parameter_max_length = 0',
    'log_parameter_max_length_on_error = 0',
    "log_error_verbosity = 'terse'",
    'log_min_error_statement = panic',
    '',
  ].join('\n');
}

/** Whether the process named in postmaster.pid is a postmaster of this very data directory. */
function postmasterLives(data: string): boolean {
  const pid = Number(readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')[0]);
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    if (process.platform === 'linux') {
      const zombie = /^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
      return !zombie && readlinkSync(`/proc/${pid}/cwd`) === realpathSync(data);
    }
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function initialise(binaries: PostgresBinaries, paths: ClusterPaths, ids: RunAs) {
  // Half a data directory of an interrupted first start holds nothing: PG_VERSION comes last here.
  rmSync(paths.data, { recursive: true, force: true });
  if (!existsSync(paths.password)) {
    writeFileSync(paths.password, randomBytes(24).toString('base64url'), { mode: 0o400 });
  }
  const handed = join(paths.run, 'password');
  rmSync(handed, { force: true });
  writeFileSync(handed, readFileSync(paths.password), { mode: 0o400 });
  if (ids.uid !== undefined && ids.gid !== undefined) chownSync(handed, ids.uid, ids.gid);
  const staging = join(paths.run, 'initdb');
  rmSync(staging, { recursive: true, force: true });
  const made = await run(
    join(binaries.directory, 'initdb'),
    `-D ${staging} -U postgres --auth=scram-sha-256 --data-checksums -E UTF8 --locale=C.UTF-8 --no-instructions`
      .split(' ')
      .concat([`--pwfile=${handed}`]),
    ids,
    paths.run,
  );
  rmSync(handed, { force: true });
  if (made.code !== 0) throw new Error(`initdb failed: ${made.output.slice(-600)}`);
  return staging;
}

/** A cluster in `directory`: `data`, the socket and the log belong to the user PostgreSQL runs as, the password to ours. */
export function createCluster(binaries: PostgresBinaries, directory: string): Cluster {
  const paths: ClusterPaths = {
    data: join(directory, 'postgres', 'data'),
    run: join(directory, 'postgres', 'run'),
    log: join(directory, 'postgres', 'server.log'),
    password: join(directory, 'superuser.password'),
  };
  const home = join(directory, 'postgres');
  const control = (ids: RunAs, ...rest: string[]) =>
    run(join(binaries.directory, 'pg_ctl'), ['-D', paths.data, ...rest], ids, home);

  async function prepare(): Promise<RunAs> {
    if (Buffer.byteLength(join(paths.run, `.s.PGSQL.${port}`)) > socketPathLimit) {
      throw new Error(`The data directory's path is too long for a Unix socket: ${directory}`);
    }
    mkdirSync(directory, { recursive: true });
    const ids = await unprivilegedIds(directory);
    for (const folder of [home, paths.run]) {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      chmodSync(folder, 0o700);
      if (ids.uid !== undefined && ids.gid !== undefined) chownSync(folder, ids.uid, ids.gid);
    }
    if (!existsSync(join(paths.data, 'PG_VERSION'))) {
      const staging = await initialise(binaries, paths, ids);
      const moved = await run('mv', [staging, paths.data], ids, home);
      if (moved.code !== 0) throw new Error(`the new cluster could not be put in place`);
    }
    return ids;
  }

  const pidFile = join(paths.data, 'postmaster.pid');
  return {
    isRunning: () => existsSync(pidFile) && postmasterLives(paths.data),
    async start() {
      const ids = await prepare();
      const settings = {
        host: paths.run,
        port,
        database: 'postgres',
        user: 'postgres',
        password: readFileSync(paths.password, 'utf8'),
      };
      if (existsSync(pidFile)) {
        if (postmasterLives(paths.data)) {
          await waitUntilReady(binaries, paths, ids);
          return settings;
        }
        // Left by a killed server: PostgreSQL would believe it if another process now has that number.
        rmSync(pidFile);
      }
      const file = join(paths.data, 'postgresql.conf');
      const marker = '\n# wardkey\n';
      const original = readFileSync(file, 'utf8').split(marker)[0] ?? '';
      writeFileSync(file, `${original}${marker}${configuration(paths)}`);
      let answer = { code: 1, output: '' };
      // Right after a kill -9 the old backends may still hold shared memory for a moment.
      for (let attempt = 0; attempt < 20 && answer.code !== 0; attempt += 1) {
        if (attempt > 0) await sleep(250);
        answer = await control(ids, '-l', paths.log, '-w', '-t', '60', 'start');
      }
      if (answer.code !== 0) {
        throw new Error(`PostgreSQL did not start: ${answer.output.slice(-400)} (${paths.log})`);
      }
      return settings;
    },
    async stop() {
      if (!existsSync(pidFile)) return;
      const ids = await unprivilegedIds(directory);
      await control(ids, '-w', '-m', 'fast', '-t', '60', 'stop');
    },
  };
}

async function waitUntilReady(binaries: PostgresBinaries, paths: ClusterPaths, ids: RunAs) {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const lines = readFileSync(join(paths.data, 'postmaster.pid'), 'utf8').split('\n');
    if (lines[7]?.trim() === 'ready') return;
    await sleep(100);
  }
  const status = await run(
    join(binaries.directory, 'pg_ctl'),
    ['-D', paths.data, 'status'],
    ids,
    paths.run,
  );
  throw new Error(`PostgreSQL is running but not ready: ${status.output.slice(0, 200)}`);
}
