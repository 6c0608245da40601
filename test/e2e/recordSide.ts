import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as v from 'valibot';
import { noteText, withNoteText } from '#core/clinical/notes.ts';
import type { SyncResource } from '#core/contracts/sync.ts';
import { createFileDeviceSecret } from '#electron/identity/deviceSecret.ts';
import { openKeyFile } from '#electron/identity/keyFile.ts';
import { readIdentity } from '#electron/identity/terminalIdentity.ts';
import { createLogger } from '#electron/log.ts';
import { statePaths } from '#electron/startUp.ts';
import { openEscrow } from '#electron/vault/keys.ts';
import { openEncrypted } from '#native/sqlite/encryptedDatabase.ts';
import { sql, type SqlQuery, type SqlValue } from '#native/sqlite/query.ts';
import { readText } from '#native/sqlite/row.ts';
import type { Result } from '#core/result.ts';
import { secretFile } from '#server/identity/secretFile.ts';
import { issueEnrolmentToken } from '#server/identity/enrolment.ts';
import { createServiceKeys } from '#server/identity/serviceKeys.ts';
import { findPostgresBinaries } from '#server/postgres/binaries.ts';
import { createCluster, type Cluster } from '#server/postgres/cluster.ts';
import { openDatabase } from '#server/postgres/database.ts';
import { createKeyRing } from '#server/seal/keyRing.ts';
import type { Actor } from '#server/store/actor.ts';
import { createRecordStore, type RecordResource } from '#server/store/recordStore.ts';
import type { World } from '../../build/world.mjs';

/** One version of a note as the record server holds it. */
export interface HeldNote {
  readonly patientId: string | null;
  readonly id: string;
  readonly version: number;
  readonly text: string;
}

/** The record itself beside a running record server: what it holds, and what the rest of the hospital does to it. */
export interface RecordSide {
  readonly cluster: Cluster;
  readonly postmasterPidFile: string;
  enrolmentToken(name: string): Promise<string>;
  /** Everybody who lies on a ward. */
  patientsOn(wardId: string): Promise<string[]>;
  /** What the record server itself wrote down of giving out one patient's record, oldest first. */
  releases(patientId: string): Promise<{ personId: string | null; reason: string | null }[]>;
  /** The patient leaves the hospital. */
  discharge(patientId: string): Promise<void>;
  /** Somebody else gives a note another text; false while there is none with this one. */
  correctNote(text: string, newText: string): Promise<boolean>;
  /** The staff office gives a person another role. */
  setRole(personId: string, role: string): Promise<void>;
  /** Every version of every note of the hospital, oldest first. */
  notes(): Promise<HeldNote[]>;
  /** Everything that a terminal's cache holds, read with its own key; the terminal may be running. */
  cacheText(stateFolder: string): Promise<string>;
  /** How many audit lines terminals have sent, and the sum over terminals of their last sequence: equal without a gap. */
  auditLines(): Promise<{ readonly lines: number; readonly sequences: number }>;
  close(): Promise<void>;
}

const actor: Actor = { kind: 'system', name: 'bed management' };
const countRow = v.object({ lines: v.number(), sequences: v.number() });
const escrowRow = v.object({ escrow_key: v.instance(Buffer) });
const stayRow = v.object({ encounter_id: v.string() });
const memberRows = v.array(v.object({ patient_id: v.string() }));
const releaseRows = v.array(
  v.object({ person_id: v.nullable(v.string()), reason: v.nullable(v.string()) }),
);

function must<Value>(result: Result<Value, string>): Value {
  if (!result.ok) throw new Error(`refused: ${result.code}`);
  return result.value;
}

function asText(value: SqlValue): string {
  return value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : String(value);
}

/** Every row of every table. A copy is read, with what is still in the write-ahead log. */
function readWhole(cachePath: string, key: Buffer): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'wardkey-cache-'));
  try {
    const copy = path.join(folder, 'cache.db');
    for (const end of ['', '-wal'])
      if (existsSync(cachePath + end)) copyFileSync(cachePath + end, copy + end);
    const cache = must(openEncrypted(copy, key));
    const { db } = cache;
    const tables = db.all(sql`SELECT name FROM sqlite_schema WHERE type = 'table'`);
    const rows = tables.flatMap((table) => {
      // A table's name cannot be bound; these are the schema's own.
      const whole = { text: `SELECT * FROM "${readText(table, 'name')}"`, values: [] };
      return db.all(whole as unknown as SqlQuery);
    });
    cache.close();
    return rows.flatMap((row) => Object.values(row).map(asText)).join('\n');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Opens the world's database. PostgreSQL must be running. */
export async function openRecordSide(world: World): Promise<RecordSide> {
  const { dataDirectory } = v.parse(
    v.object({ dataDirectory: v.string() }),
    JSON.parse(readFileSync(world.files.serverConfig, 'utf8')),
  );
  const cluster = createCluster(findPostgresBinaries(), dataDirectory);
  const settings = { ...(await cluster.start()), database: 'wardkey' };
  const database = openDatabase(settings, { maxConnections: 2, onIdleError: () => undefined });
  const keyEncryptionKey = secretFile(path.join(dataDirectory, 'keys', 'kek.key'));
  const store = createRecordStore({
    database,
    keyRing: createKeyRing(keyEncryptionKey),
    validate: () => ({ ok: true }),
    nowMs: () => Date.now(),
  });
  const keys = createServiceKeys(keyEncryptionKey);
  const read = async (table: 'resource' | 'history', type: string, patientId: string | null) => {
    const { rows } = await database.query(
      `select type, id, version, patient_id, sealed from wardkey.${table}
       where type = $1 and ($2::text is null or patient_id = $2) order by updated, version`,
      [type, patientId],
    );
    return await store.open(database.query, rows);
  };
  return {
    cluster,
    postmasterPidFile: path.join(dataDirectory, 'postgres', 'data', 'postmaster.pid'),
    enrolmentToken: async (name) =>
      await issueEnrolmentToken(
        database.query,
        keys,
        { name, wardId: 'ward-ash', place: 'Bay B corridor' },
        Date.now() + 600_000,
      ),
    patientsOn: async (wardId) => {
      const { rows } = await database.query(
        'select patient_id from wardkey.ward_member where ward_id = $1 order by 1',
        [wardId],
      );
      return v.parse(memberRows, rows).map((row) => row.patient_id);
    },
    releases: async (patientId) => {
      const { rows } = await database.query(
        `select person_id, reason from audit.server_entries
         where action = 'view' and subject = 'chart' and patient_ids = array[$1] order by seq`,
        [patientId],
      );
      return v
        .parse(releaseRows, rows)
        .map(({ person_id: personId, reason }) => ({ personId, reason }));
    },
    discharge: async (patientId) => {
      const { rows } = await database.query(
        'select encounter_id from wardkey.stay where patient_id = $1',
        [patientId],
      );
      const staying = new Set(v.parse(v.array(stayRow), rows).map((row) => row.encounter_id));
      const encounters = await read('resource', 'Encounter', patientId);
      const ending = encounters.filter(({ row }) => staying.has(row.id));
      if (ending.length === 0) throw new Error('the patient lies nowhere');
      const writes = ending.map(({ row, json }) => {
        const stay = JSON.parse(json ?? '') as RecordResource & { period?: object };
        const period = { ...stay.period, end: new Date().toISOString() };
        return {
          resource: { ...stay, status: 'finished', period },
          expectedVersion: row.version,
          deleted: false,
        };
      });
      await database.transaction(async (query) => {
        await store.put(query, actor, writes, { subject: 'Encounter', reason: 'discharge' });
      });
    },
    correctNote: async (text, newText) => {
      const notes = await read('resource', 'DocumentReference', null);
      const found = notes.find(({ json }) => noteText(JSON.parse(json ?? '{}')) === text);
      if (found === undefined) return false;
      const resource = withNoteText(JSON.parse(found.json ?? '') as SyncResource, newText);
      if (resource === null) return false;
      const write = { resource, expectedVersion: found.row.version, deleted: false };
      const note = { subject: 'DocumentReference', reason: 'system' };
      return await database.transaction(async (query) => {
        const [outcome] = await store.put(query, actor, [write], note);
        return outcome?.stored === true;
      });
    },
    setRole: async (personId, role) => {
      await database.query('update directory.people set role = $2 where person_id = $1', [
        personId,
        role,
      ]);
    },
    notes: async () =>
      (await read('history', 'DocumentReference', null)).map(({ row, json }) => ({
        patientId: row.patient_id,
        id: row.id,
        version: row.version,
        text: noteText(JSON.parse(json ?? '{}')) ?? '',
      })),
    cacheText: async (stateFolder) => {
      const paths = statePaths(stateFolder);
      const logger = createLogger([], () => Date.now());
      const deviceSecret = must(createFileDeviceSecret(paths.deviceSecret, logger).read());
      const { terminalId } = must(readIdentity(paths.identity, deviceSecret));
      const escrow = openKeyFile(paths.keys, terminalId, deviceSecret).keyFile.escrow();
      const { rows } = await database.query(
        'select escrow_key from terminal.terminals where terminal_id = $1',
        [terminalId],
      );
      const wrapped = v.parse(escrowRow, rows[0]).escrow_key;
      const cacheKey =
        escrow === null
          ? null
          : openEscrow(escrow, terminalId, {
              escrowKey: keys.unwrap(`escrow/${terminalId}`, wrapped).toString('base64url'),
              deviceSecret: deviceSecret.toString('base64url'),
            });
      if (cacheKey === null) throw new Error('the escrow does not open');
      return readWhole(paths.cache, cacheKey);
    },
    auditLines: async () => {
      const { rows } = await database.query(
        `select coalesce(sum(lines), 0)::int as lines, coalesce(sum(last), 0)::int as sequences from (
           select count(*) as lines, max(sequence) as last from audit.terminal_entries group by terminal_id) t`,
        [],
      );
      return v.parse(countRow, rows[0]);
    },
    close: async () => {
      await database.close();
    },
  };
}
