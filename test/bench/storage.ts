import { randomBytes, randomUUID } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { hashRaw } from '@node-rs/argon2';
import type { AuditDraft } from '#core/contracts/audit.ts';
import { createCache } from '#electron/vault/cacheFile.ts';
import { applyPage } from '#electron/vault/feed.ts';
import { openSpool } from '#electron/spool/openSpool.ts';
import type { WritableDb } from '#native/sqlite/query.ts';
import { openPlain } from '../electron/vault/plainDatabase.ts';
import { page, wardChanges, where } from '../electron/vault/ward.ts';

/*
 * What the disk and the PIN cost, each beside its floor in the same run: `storage FOLDER ROUNDS` prints one JSON object.
 * The folder must lie on the disk that is measured.
 */

const folder = mkdtempSync(path.join(process.argv[2] ?? '.', 'storage-'));
const rounds = Number(process.argv[3] ?? 200);

function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? 0;
}

const median = (values: readonly number[]): number => percentile(values, 50);

function timed(work: () => void): number {
  const startedAt = performance.now();
  work();
  return performance.now() - startedAt;
}

/** One entry durable in the spool, and a bare fsynced append of the same bytes, in turns. */
function measureAudit() {
  const opened = openSpool({
    path: path.join(folder, 'spool.db'),
    terminalId: 'bench',
    deviceSecret: randomBytes(32),
    create: true,
    onFault: () => undefined,
    now: () => Date.now(),
    newId: randomUUID,
  });
  if (!opened.ok) throw new Error(opened.code);
  const draft: AuditDraft = {
    action: 'view',
    outcome: 'success',
    personId: randomUUID(),
    sessionId: randomUUID(),
    patientIds: [randomUUID()],
    subject: 'chart',
    purposeOfUse: 'TREAT',
    reason: 'ward',
  };
  const bare = openSync(path.join(folder, 'bare.log'), 'a');
  const entries: number[] = [];
  const floors: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    let bytes = Buffer.alloc(0);
    entries.push(
      timed(() => {
        const appended = opened.value.append([draft]);
        if (!appended.ok) throw new Error(appended.code);
        bytes = Buffer.from(JSON.stringify(appended.value[0]));
      }),
    );
    floors.push(
      timed(() => {
        writeSync(bare, bytes);
        fsyncSync(bare);
      }),
    );
  }
  closeSync(bare);
  opened.value.close();
  return { entries, floors };
}

/** A ward of 30 into the encrypted cache, and the same rows by the same code into plain SQLite, in turns. */
function measureFill() {
  const changes = wardChanges(30, 160);
  const fill = (db: WritableDb): number =>
    timed(() => {
      for (let from = 0; from < changes.length; from += 500)
        applyPage(db, page(changes.slice(from, from + 500), `f${from}`, from === 0), from === 0);
    });
  const ratios = Array.from({ length: 7 }, (_, round) => {
    const head = { cacheId: 'c', inboxPrivateKey: new Uint8Array(1) };
    const cache = createCache(where(path.join(folder, `fill${round}.db`)), randomBytes(32), head);
    if (!cache.ok) throw new Error(cache.code);
    const encrypted = fill(cache.value.database.db);
    cache.value.database.close();
    const plain = openPlain(path.join(folder, `plain${round}.db`));
    const bare = fill(plain.db);
    plain.close();
    return encrypted / bare;
  });
  return { resources: changes.length, ratios };
}

/** The one Argon2id call of a login, with the parameters that the hospital's people have. */
async function measureArgon(): Promise<number[]> {
  const samples: number[] = [];
  for (let round = 0; round < 40; round += 1) {
    const startedAt = performance.now();
    await hashRaw('123456', {
      memoryCost: 65_536,
      timeCost: 3,
      parallelism: 1,
      outputLen: 32,
      salt: randomBytes(16),
    });
    samples.push(performance.now() - startedAt);
  }
  return samples;
}

try {
  const audit = measureAudit();
  const fill = measureFill();
  const argon = await measureArgon();
  const result = {
    auditAppend: {
      n: audit.entries.length,
      p50: median(audit.entries),
      p99: percentile(audit.entries, 99),
      floorP50: median(audit.floors),
      ratio: median(audit.entries) / median(audit.floors),
    },
    fillRatio: median(fill.ratios),
    argonP50: median(argon),
    // Read back, so that a disk that only promised to write is not praised.
    bareBytes: readFileSync(path.join(folder, 'bare.log')).length,
  };
  process.stdout.write(`${JSON.stringify(result)}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
