import { readFileSync } from 'node:fs';
import path from 'node:path';
import * as v from 'valibot';
import { auditEntrySchema, type AuditEntry } from '#core/contracts/audit.ts';
import { buildBadge } from '#core/badge/canonicalBadge.ts';
import { disablePerson, revokeBadge } from '#server/directory/staff.ts';
import { secretFile } from '#server/identity/secretFile.ts';
import { createServiceKeys } from '#server/identity/serviceKeys.ts';
import { findPostgresBinaries } from '#server/postgres/binaries.ts';
import { createCluster } from '#server/postgres/cluster.ts';
import { openDatabase } from '#server/postgres/database.ts';
import type { World, WorldBadge } from '../../build/world.mjs';

/** The hands of the hospital's administration on a running record server, and its books. */
export interface ServerSide {
  disable(person: WorldBadge): Promise<void>;
  revoke(badge: WorldBadge): Promise<void>;
  /** What terminals have sent, oldest first. */
  entries(): Promise<AuditEntry[]>;
  /** Time goes by for everybody's wrong PINs: `failures` so far, the last one long ago. */
  setWrongPins(person: WorldBadge, failures: number): Promise<void>;
  wrongPins(person: WorldBadge): Promise<number>;
  close(): Promise<void>;
}

const entryRow = v.object({ entry: auditEntrySchema });
const failuresRow = v.object({ failures: v.number() });

/** Opens the world's database beside its record server. PostgreSQL must be running. */
export async function openServerSide(world: World): Promise<ServerSide> {
  const { dataDirectory } = v.parse(
    v.object({ dataDirectory: v.string() }),
    JSON.parse(readFileSync(world.files.serverConfig, 'utf8')),
  );
  const settings = await createCluster(findPostgresBinaries(), dataDirectory).start();
  const database = openDatabase({ ...settings, database: 'wardkey' }, { maxConnections: 2 });
  const keys = createServiceKeys(secretFile(path.join(dataDirectory, 'keys', 'kek.key')));
  return {
    disable: async (person) => {
      await disablePerson(database, keys, person.personId);
    },
    revoke: async ({ uid }) => {
      const badge = buildBadge('iso14443-uid', uid.length * 4, Buffer.from(uid, 'hex'));
      if (!badge.ok) throw new Error('a demo badge is a badge');
      await revokeBadge(database, keys, badge.value);
    },
    entries: async () => {
      const { rows } = await database.query(
        'select entry from audit.terminal_entries order by terminal_id, sequence',
        [],
      );
      return v.parse(v.array(entryRow), rows).map(({ entry }) => entry);
    },
    setWrongPins: async ({ personId }, failures) => {
      await database.query(
        `update terminal.throttles set failures = $2, last_failure_at = now() - interval '1 hour'
         where kind = 'personPin' and subject = $1`,
        [personId, failures],
      );
    },
    wrongPins: async ({ personId }) => {
      const { rows } = await database.query(
        `select failures from terminal.throttles where kind = 'personPin' and subject = $1`,
        [personId],
      );
      return rows.length === 0 ? 0 : v.parse(failuresRow, rows[0]).failures;
    },
    close: async () => {
      await database.close();
    },
  };
}
