import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { EnrolmentParts } from './identity/enrolment.ts';
import { openAuthority } from './identity/authority.ts';
import { identityMigrations } from './identity/migrations.ts';
import { openPersonTokens, type PersonTokens } from './identity/personToken.ts';
import { secretFile } from './identity/secretFile.ts';
import { createServiceKeys } from './identity/serviceKeys.ts';
import { openDatabase, type Database } from './postgres/database.ts';
import { migrate } from './postgres/migrate.ts';
import { startPostgres } from './postgres/postgres.ts';
import { provisionDatabase } from './postgres/provision.ts';
import { loadIntakeKey, type IntakeKey } from './seal/intake.ts';
import { createKeyRing } from './seal/keyRing.ts';
import { loadDefinitions } from './store/definitions.ts';
import { recordMigrations } from './store/migrations.ts';
import { usualLeaseLifeMs } from './terminal/lease.ts';
import { createRecordStore, type RecordStore } from './store/recordStore.ts';

/** Where the service keeps what it keeps. */
export interface ServicesConfig {
  /** Keys and, unless `databaseUrl` names another, the database. */
  readonly dataDirectory: string;
  readonly databaseUrl: string | null;
  /** A plain lower-case identifier. */
  readonly databaseName: string;
  /** How long a terminal may serve without the server; the usual eight hours unless a site sets another. */
  readonly leaseLifeMs?: number;
  /** Leave a PostgreSQL that ran before as it is: another process works with it. */
  readonly besideServer?: boolean;
}

/** The service without its network face: what routes, imports and administration work on. */
export interface Services extends EnrolmentParts {
  readonly database: Database;
  readonly tokens: PersonTokens;
  readonly intake: IntakeKey;
  readonly store: RecordStore;
  readonly leaseLifeMs: number;
  readonly clock: () => number;
  /** Closes the pool, and PostgreSQL if it was started here. */
  close(): Promise<void>;
}

/** Starts PostgreSQL where needed, migrates, and opens keys and store. */
export async function openServices(
  config: ServicesConfig,
  clock: () => number,
  onDatabaseLoss: (error: Error) => void,
): Promise<Services> {
  const keyFolder = join(config.dataDirectory, 'keys');
  // The database's own user passes through to its part, and may look at nothing on the way.
  mkdirSync(config.dataDirectory, { recursive: true, mode: 0o711 });
  mkdirSync(keyFolder, { recursive: true, mode: 0o700 });
  const keyEncryptionKey = secretFile(join(keyFolder, 'kek.key'));
  const intake = loadIntakeKey(join(keyFolder, 'intake.key'));
  const tokens = openPersonTokens(join(keyFolder, 'token.key'));
  const authority = await openAuthority(keyFolder, clock());

  const postgres = await startPostgres({
    directory: config.dataDirectory,
    databaseUrl: config.databaseUrl,
    leaveRunning: config.besideServer ?? false,
  });
  try {
    const roles = await provisionDatabase(
      postgres.admin,
      config.databaseName,
      join(keyFolder, 'database.json'),
    );
    const owner = openDatabase(roles.owner, { maxConnections: 1 });
    try {
      await migrate(owner, [...recordMigrations, ...identityMigrations]);
    } finally {
      await owner.close();
    }
    const database = openDatabase(roles.application, { onIdleError: onDatabaseLoss });
    const store = createRecordStore({
      database,
      keyRing: createKeyRing(keyEncryptionKey),
      validate: loadDefinitions(),
      nowMs: clock,
    });
    return {
      database,
      keys: createServiceKeys(keyEncryptionKey),
      authority,
      tokens,
      intake,
      intakePublicKey: intake.publicKey,
      store,
      leaseLifeMs: config.leaseLifeMs ?? usualLeaseLifeMs,
      clock,
      close: async () => {
        await database.close();
        await postgres.stop();
      },
    };
  } catch (error) {
    await postgres.stop();
    throw error;
  }
}
