import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Operation } from '#core/contracts/sync.ts';
import { findPostgresBinaries } from '#server/postgres/binaries.ts';
import { createCluster } from '#server/postgres/cluster.ts';
import { openDatabase, type Database } from '#server/postgres/database.ts';
import { migrate } from '#server/postgres/migrate.ts';
import { provisionDatabase, type DatabaseRoles } from '#server/postgres/provision.ts';
import { loadIntakeKey } from '#server/seal/intake.ts';
import { createKeyRing } from '#server/seal/keyRing.ts';
import { importResources } from '#server/store/importResources.ts';
import { createRecordStore } from '#server/store/recordStore.ts';
import { makeOperation, makeSession } from '#test/server/seal/operationBox.ts';
import {
  allMigrations,
  heartRate,
  patient,
  stay,
  system,
  validate,
  wardPlaces,
} from '#test/server/store/testStore.ts';

const directory = mkdtempSync(join(tmpdir(), 'wk-kill-'));
chmodSync(directory, 0o755);
const cluster = createCluster(findPostgresBinaries(), directory);
const pidFile = join(directory, 'postgres', 'data', 'postmaster.pid');
const keyEncryptionKey = randomBytes(32);
const intakeKeyPath = join(directory, 'intake.key');
// Inside the project, so that the bundle finds its packages.
const workerPath = join(import.meta.dirname, `.pushWorker-${process.pid}.mjs`);
const session = makeSession();
let roles: DatabaseRoles;
let database: Database;
let worker: ChildProcess | null = null;

/** Operations not yet acknowledged, and how often each was. */
const waiting = new Map<string, Operation>();
const acknowledged = new Map<string, number>();

function startWorker(): ChildProcess {
  const { publicKey, ...rest } = session.key;
  const config = {
    settings: roles.application,
    keyEncryptionKey: keyEncryptionKey.toString('base64url'),
    intakeKeyPath,
    session: { ...rest, publicKey: Buffer.from(publicKey).toString('base64url') },
  };
  const child = spawn(process.execPath, [workerPath, JSON.stringify(config)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.on('error', () => undefined);
  createInterface({ input: child.stdout }).on('line', (line) => {
    const result = JSON.parse(line) as { operationId: string; status: string };
    if (result.status !== 'applied') return;
    waiting.delete(result.operationId);
    acknowledged.set(result.operationId, (acknowledged.get(result.operationId) ?? 0) + 1);
  });
  return child;
}

/** Sends everything that was not acknowledged, as a terminal does after any interruption. */
function sendWaiting(): void {
  for (const operation of waiting.values()) worker?.stdin?.write(`${JSON.stringify(operation)}\n`);
}

function addOperations(count: number): void {
  const intake = loadIntakeKey(intakeKeyPath);
  for (let index = 0; index < count; index += 1) {
    const resource = heartRate(`k-${waiting.size + acknowledged.size}`, 'p1', index);
    const operation = makeOperation(intake.publicKey, session, {
      patientId: 'p1',
      baseVersion: 0,
      resource,
    });
    waiting.set(operation.operationId, operation);
  }
}

async function killWorker(): Promise<void> {
  const child = worker;
  if (child === null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await gone;
}

async function settle(): Promise<void> {
  for (let attempt = 0; attempt < 300 && waiting.size > 0; attempt += 1) {
    if (attempt % 50 === 0) sendWaiting();
    await sleep(100);
  }
}

beforeAll(async () => {
  await build({
    entryPoints: [join(import.meta.dirname, 'pushWorker.ts')],
    outfile: workerPath,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'silent',
  });
  const admin = await cluster.start();
  roles = await provisionDatabase(admin, 'wardkey', join(directory, 'credentials.json'));
  const owner = openDatabase(roles.owner, { maxConnections: 1 });
  await migrate(owner, allMigrations);
  await owner.close();
  database = openDatabase({ ...admin, database: 'wardkey' }, { maxConnections: 2 });
  const application = openDatabase(roles.application, { maxConnections: 2 });
  const keyRing = createKeyRing(keyEncryptionKey);
  const nowMs = () => Date.now();
  const store = createRecordStore({ database: application, keyRing, validate, nowMs });
  await importResources(store, system, [
    ...wardPlaces('ash', 1),
    patient('p1'),
    stay('p1', 'ash-bed-1'),
  ]);
  await application.close();
}, 60_000);
afterAll(async () => {
  await killWorker();
  await database.close();
  await cluster.stop();
  rmSync(directory, { recursive: true, force: true });
  rmSync(workerPath, { force: true });
});

describe('twenty kills in the middle of pushes', () => {
  it('lose nothing that was acknowledged and double nothing', async () => {
    worker = startWorker();
    for (let kill = 0; kill < 20; kill += 1) {
      addOperations(10);
      sendWaiting();
      // A different point each time: before the first statement, between them, after the commit.
      await sleep(((kill * 37) % 110) + (kill === 0 ? 400 : 20));
      if (kill % 4 === 3) {
        process.kill(Number(readFileSync(pidFile, 'utf8').split('\n')[0]), 'SIGKILL');
        await cluster.start();
      } else {
        await killWorker();
        worker = startWorker();
      }
    }
    await settle();
    expect(waiting.size).toBe(0);
    expect(acknowledged.size).toBe(200);
    const { rows } = await database.query(
      `select count(*) as records, count(distinct id) as ids, max(version) as latest,
              (select count(*) from wardkey.operation where result->>'status' = 'applied') as operations,
              (select count(*) from wardkey.change where type = 'Observation' and version > 1) as doubled,
              (select count(*) from wardkey.operation where result is null) as unfinished
         from wardkey.history where type = 'Observation'`,
    );
    expect(rows[0]).toEqual({
      records: 200,
      ids: 200,
      latest: 1,
      operations: 200,
      doubled: 0,
      unfinished: 0,
    });
  }, 90_000);
});
