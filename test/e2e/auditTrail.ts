import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Client } from 'pg';
import * as v from 'valibot';
import { auditEntrySchema, type AuditEntry } from '#core/contracts/audit.ts';
import { eventually } from './driver.mjs';
import type { World } from '../../build/world.mjs';
import { deriveDeviceKey } from '#electron/identity/deviceSeal.ts';
import { openEncrypted, type EncryptedDatabase } from '#native/sqlite/encryptedDatabase.ts';
import { sql } from '#native/sqlite/query.ts';
import { readText } from '#native/sqlite/row.ts';

/** What a terminal has written about its people: on its own disk, and at the record server. */
export interface AuditTrail {
  /** Entries in the spool file, oldest first, while the terminal goes on writing. */
  onDisk(after?: number): AuditEntry[];
  /** How long each entry took from the spool to the record server's disk, by sequence. */
  delays(): Promise<Map<number, number>>;
  close(): Promise<void>;
}

const storedEntry = v.pipe(v.string(), v.parseJson(), auditEntrySchema);
const delayRow = v.object({ sequence: v.string(), delay: v.string() });

/** Reads a terminal's spool with its own device secret, as an auditor with the disk in hand would. */
export async function openAuditTrail(world: World, stateFolder: string): Promise<AuditTrail> {
  const spool = openSpoolFile(stateFolder);
  const server = path.join(world.folder, 'server');
  const client = new Client({
    host: path.join(server, 'postgres', 'run'),
    port: 5432,
    database: 'wardkey',
    user: 'postgres',
    password: readFileSync(path.join(server, 'superuser.password'), 'utf8'),
  });
  await client.connect();
  return {
    onDisk: (after = 0) =>
      spool.db
        .all(sql`SELECT entry FROM audit WHERE sequence > ${after} ORDER BY sequence`)
        .map((row) => v.parse(storedEntry, readText(row, 'entry'))),
    delays: async () => {
      const { rows } = await client.query(
        `select sequence, extract(epoch from received_at) * 1000 - (entry->>'recordedAtMs')::numeric as delay
         from audit.terminal_entries order by sequence`,
      );
      return new Map(
        v
          .parse(v.array(delayRow), rows)
          .map((row) => [Number(row.sequence), Number(row.delay)] as const),
      );
    },
    close: async () => {
      spool.close();
      await client.end();
    },
  };
}

/**
 * Does something twenty times in an idle moment, as a person opens one chart after the other, and answers how long the entries
 * took to the record server.
 */
export async function delaysOf(
  trail: AuditTrail,
  act: () => Promise<unknown>,
): Promise<{ readonly p95: number }> {
  const newest = (): number => trail.onDisk().at(-1)?.sequence ?? 0;
  const before = newest();
  for (let time = 0; time < 20; time += 1) {
    await act();
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
  const wanted = newest();
  if (wanted < before + 20) throw new Error('not everything that was done has an entry');
  const delays = await eventually('every entry at the server', async () => {
    const found = await trail.delays();
    return found.has(wanted) ? found : null;
  });
  const sorted = [...delays]
    .filter(([sequence]) => sequence > before)
    .map(([, delayMs]) => Math.round(delayMs))
    .sort((left, right) => left - right);
  const at = (share: number): number => sorted[Math.floor((sorted.length - 1) * share)]!;
  console.log(
    `${sorted.length} entries from spool to server, ms: p50 ${at(0.5)}, p95 ${at(0.95)}, most ${at(1)}`,
  );
  return { p95: at(0.95) };
}

function openSpoolFile(stateFolder: string): EncryptedDatabase {
  const secret = readFileSync(path.join(stateFolder, 'device.secret'));
  const key = deriveDeviceKey(secret, 'wardkey/spool/v1');
  const opened = openEncrypted(path.join(stateFolder, 'spool.db'), key);
  if (!opened.ok) throw new Error(`the spool does not open: ${opened.code}`);
  return opened.value;
}
