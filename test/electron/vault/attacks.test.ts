import {
  copyFileSync,
  existsSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { VaultAnswer } from '#core/contracts/vault.ts';
import { openCache } from '#electron/vault/cacheFile.ts';
import { cacheMigrations } from '#electron/vault/cacheSchema.ts';
import { openEscrow } from '#electron/vault/keys.ts';
import { openEncrypted } from '#native/sqlite/encryptedDatabase.ts';
import { migrate } from '#native/sqlite/migrations.ts';
import { sql } from '#native/sqlite/query.ts';
import { vaultFixture } from './fixture.ts';
import {
  deviceSecret,
  escrowKey,
  must,
  now,
  openByRelease,
  order,
  page,
  put,
  wardChanges,
  where,
} from './ward.ts';

const { start, cachePath, folder } = vaultFixture();

type Released = VaultAnswer<'openByRelease'>;

async function filledAndKilled(): Promise<Released> {
  const vault = start();
  const opened = await openByRelease(vault, cachePath());
  await must(vault.call('feedApply', page(wardChanges(5, 40), 'c1', true)));
  await must(vault.call('feedApply', page([], 'c1')));
  await vault.kill();
  return opened;
}

async function reopen(opened: Released, anchored: number | null = null) {
  const vault = start();
  const minimumGeneration =
    anchored === null ? null : { cacheId: opened.cacheId, generation: anchored };
  try {
    const again = await openByRelease(vault, cachePath(), {
      escrow: opened.escrow,
      where: { ...where(cachePath()), minimumGeneration },
    });
    return { vault, code: 'open', generation: again.generation };
  } catch (error) {
    return { vault, code: (error as Error).message.replace('refused: ', ''), generation: null };
  }
}

function flip(file: string, at: number): void {
  const bytes = readFileSync(file);
  bytes[at] = (bytes[at] ?? 0) ^ 16;
  writeFileSync(file, bytes);
}

const keyOf = (opened: Released) => openEscrow(opened.escrow, 't1', { escrowKey, deviceSecret })!;

describe('a cache that was tampered with', () => {
  it('with one bit flipped in any page is damaged, and nothing false is ever read from it', async () => {
    const vault = start();
    const opened = await openByRelease(vault, cachePath());
    await must(vault.call('feedApply', page(wardChanges(5, 40), 'c1', true)));
    const truth = await must(vault.call('chartRead', { patientId: 'p1', nowMs: now }));
    await must(vault.call('close', null));
    await vault.kill();
    const whole = readFileSync(cachePath());
    const pages = whole.length / 4096;
    let noticed = 0;
    const tried = [1, 2, Math.floor(pages / 3), Math.floor(pages / 2), pages - 3];
    for (const number of tried) {
      writeFileSync(cachePath(), whole);
      flip(cachePath(), (number - 1) * 4096 + 2048);
      const found = await reopen(opened);
      let code = found.code;
      if (code === 'open') {
        const answers = [
          await found.vault.call('boardRead', { personId: 'n1', nowMs: now }),
          ...(await Promise.all(
            ['p1', 'p2', 'p3', 'p4', 'p5'].map((patientId) =>
              found.vault.call('chartRead', { patientId, nowMs: now }),
            ),
          )),
        ];
        const [, first] = answers;
        if (first?.ok) expect(first.value).toEqual(truth);
        code = answers.find((answer) => !answer.ok)?.code ?? 'open';
        // Once noticed, the vault stays shut.
        if (code !== 'open')
          expect(await found.vault.call('boardRead', { personId: 'n1', nowMs: now })).toEqual({
            ok: false,
            code: 'cacheDamaged',
          });
      }
      expect(['cacheDamaged', 'open']).toContain(code);
      if (code === 'cacheDamaged') noticed++;
      await found.vault.kill();
    }
    // A page that no screen needs may stay unread; the first two pages and the index always are.
    expect(noticed).toBeGreaterThanOrEqual(3);
  });

  it('with one bit flipped in the WAL is damaged', async () => {
    const opened = await filledAndKilled();
    const wal = readFileSync(`${cachePath()}-wal`);
    expect(wal.length).toBeGreaterThan(20 * 4120);
    for (const at of [18, 32 + 5 * 4120 + 700, 32 + 9 * 4120 + 17]) {
      writeFileSync(`${cachePath()}-wal`, wal);
      flip(`${cachePath()}-wal`, at);
      const found = await reopen(opened);
      expect(found.code).toBe('cacheDamaged');
      await found.vault.kill();
    }
  });

  it('whose log was cut or removed is rolled back, since its generation is anchored elsewhere', async () => {
    const opened = await filledAndKilled();
    const file = readFileSync(cachePath());
    const wal = readFileSync(`${cachePath()}-wal`);
    const untouched = await reopen(opened, 3);
    expect(untouched).toMatchObject({ code: 'open', generation: 3 });
    await untouched.vault.kill();
    writeFileSync(cachePath(), file);
    writeFileSync(`${cachePath()}-wal`, wal.subarray(0, wal.length - 4120 * 3));
    expect((await reopen(opened, 3)).code).toBe('cacheRolledBack');
    writeFileSync(cachePath(), file);
    writeFileSync(`${cachePath()}-wal`, wal);
    // A bit of the last commit: the log alone would pass for one that a power cut ended.
    flip(`${cachePath()}-wal`, wal.length - 1_000);
    expect((await reopen(opened, 3)).code).toBe('cacheRolledBack');
    writeFileSync(cachePath(), file);
    rmSync(`${cachePath()}-wal`, { force: true });
    expect((await reopen(opened, 3)).code).not.toBe('open');
  });

  it('replaced by yesterday’s file is rolled back, and so is one of another anchor', async () => {
    const opened = await filledAndKilled();
    const first = await reopen(opened);
    await must(first.vault.call('close', null));
    copyFileSync(cachePath(), join(folder(), 'yesterday'));
    const second = await reopen(opened);
    const { generation } = await must(
      second.vault.call(
        'feedApply',
        page([put('p1', { resourceType: 'Condition', id: 'new' })], 'c2'),
      ),
    );
    await must(second.vault.call('close', null));
    copyFileSync(join(folder(), 'yesterday'), cachePath());
    expect((await reopen(opened, generation)).code).toBe('cacheRolledBack');
    const stranger = start();
    const anchor = { cacheId: 'another', generation: 1 };
    await expect(
      openByRelease(stranger, cachePath(), {
        escrow: opened.escrow,
        where: { ...where(cachePath()), minimumGeneration: anchor },
      }),
    ).rejects.toThrow('cacheRolledBack');
  });

  it('from the future, missing, or cut to nothing is refused with its own word', async () => {
    const opened = await filledAndKilled();
    const database = openEncrypted(cachePath(), keyOf(opened));
    if (!database.ok) throw new Error(database.code);
    database.value.applyScript('SELECT 1;', 99);
    database.value.close();
    expect((await reopen(opened)).code).toBe('cacheFromFuture');
    truncateSync(cachePath(), 4096 * 2);
    expect((await reopen(opened)).code).toBe('cacheDamaged');
    rmSync(cachePath());
    expect((await reopen(opened)).code).toBe('cacheMissing');
  });

  it('is replaced by a new one when the server releases no escrow', async () => {
    await filledAndKilled();
    const vault = start();
    const opened = await openByRelease(vault, cachePath());
    expect(opened).toMatchObject({ generation: 1, cursor: null, asOfMs: null });
    expect((await must(vault.call('boardRead', { personId: 'n1', nowMs: now }))).rows).toEqual([]);
  });

  it('in a folder that cannot be written says so', async () => {
    await expect(openByRelease(start(), join(folder(), 'missing', 'cache.db'))).rejects.toThrow(
      'diskReadOnly',
    );
  });
});

describe('a cache of the version before', () => {
  it('is brought up to date with its records and its unsettled operations', () => {
    const key = Buffer.alloc(32, 6);
    const old = openEncrypted(cachePath(), key);
    if (!old.ok) throw new Error(old.code);
    migrate(old.value, cacheMigrations.slice(0, 1));
    old.value.db.run(
      sql`INSERT INTO cache_meta(id, cache_id, key_epoch, inbox_private_key, generation, cursor, feed_epoch, as_of_ms)
        VALUES (1, 'c', 1, ${new Uint8Array(3)}, 41, 'cur', 'e', 5)`,
    );
    old.value.db.run(
      sql`INSERT INTO operation(operation_id, patient, patient_label, type, id, base_version, json, state) VALUES ('o', 'p', 'l', 't', 'i', 0, '{}', 'pending')`,
    );
    old.value.close();
    const opened = openCache(where(cachePath()), key, 'c');
    if (!opened.ok) throw new Error(opened.code);
    expect(opened.value.meta).toMatchObject({
      generation: 41,
      cursor: 'cur',
      asOfMs: 5,
      malformed: 0,
    });
    expect(opened.value.database.userVersion()).toBe(cacheMigrations.at(-1)?.version);
    expect(
      opened.value.database.db.all(sql`SELECT operation_id, theirs_version FROM operation`),
    ).toEqual([{ operation_id: 'o', theirs_version: 0 }]);
    opened.value.database.close();
    expect(openCache(where(cachePath()), key, 'c', cacheMigrations.slice(0, 1))).toEqual({
      ok: false,
      code: 'cacheFromFuture',
    });
  });
});

describe('a cache that still shows what the server refused', () => {
  it('lets go of it, and is filled anew so that no set keeps a trace', () => {
    const key = Buffer.alloc(32, 6);
    const old = openEncrypted(cachePath(), key);
    if (!old.ok) throw new Error(old.code);
    migrate(old.value, cacheMigrations.slice(0, 2));
    old.value.db.run(
      sql`INSERT INTO cache_meta VALUES (1, 'c', 1, ${new Uint8Array(3)}, 41, 'cur', 'e', 5)`,
    );
    for (const state of ['rejected', 'conflict'])
      old.value.db.run(
        sql`INSERT INTO operation(operation_id, patient, patient_label, type, id, base_version, json, state) VALUES (${state}, 'p', 'l', 't', 'i', 0, '{}', ${state})`,
      );
    old.value.close();
    const opened = openCache(where(cachePath()), key, 'c');
    if (!opened.ok) throw new Error(opened.code);
    expect(opened.value.meta).toMatchObject({ generation: 41, cursor: null, feedEpoch: null });
    expect(opened.value.database.db.all(sql`SELECT operation_id FROM operation`)).toEqual([
      { operation_id: 'conflict' },
    ]);
    opened.value.database.close();
  });
});

describe('killed at any moment', () => {
  it('the vault loses no committed page and doubles none, and the file is never taken for damaged', async () => {
    const opened = await filledAndKilled();
    let known = 3;
    for (let round = 0; round < 30; round++) {
      const { vault, code, generation } = await reopen(opened, known);
      expect([round, code]).toEqual([round, 'open']);
      expect(generation).toBeGreaterThanOrEqual(known);
      known = generation ?? 0;
      let asked = 0;
      let underWay: () => void = () => undefined;
      const started = new Promise<void>((resolve) => {
        underWay = resolve;
      });
      const write = async () => {
        for (;;) {
          const cursor = `k${known}`;
          asked = known + 1;
          const changes = Array.from({ length: 1 + (round % 5) * 12 }, (_, n) =>
            put('p1', {
              resourceType: 'Condition',
              id: `k${asked}-${n}`,
              meta: { versionId: '1' },
              code: { text: 'x'.repeat(900) },
            }),
          );
          const applied = await vault.call('feedApply', page(changes, cursor));
          if (!applied.ok) return;
          known = applied.value.generation;
          underWay();
        }
      };
      const writing = write();
      // On a busy machine too, each kill falls among writes.
      await started;
      await new Promise((resolve) => setTimeout(resolve, 3 + ((round * 7) % 23)));
      await vault.kill();
      await writing;
      // What was under way may be in or out, whole either way.
      expect(asked - known).toBeLessThanOrEqual(1);
    }
    const last = await reopen(opened, known);
    expect(last.code).toBe('open');
    const { total } = await must(
      last.vault.call('chartSectionRead', { patientId: 'p1', section: 'problems', offset: 0 }),
    );
    await last.vault.kill();
    const database = openEncrypted(cachePath(), keyOf(opened));
    if (!database.ok) throw new Error(database.code);
    const { db } = database.value;
    expect(database.value.integrityErrors()).toEqual([]);
    expect(
      db.get(sql`SELECT count(*) AS n FROM resource WHERE type = 'Condition' AND patient = 'p1'`),
    ).toEqual({ n: total });
    // Every page is whole: the lines of one page are all there or none.
    const sizes = db.all(
      sql`SELECT substr(id, 1, instr(id, '-') - 1) AS page, count(*) AS n, max(cast(substr(id, instr(id, '-') + 1) AS INTEGER)) + 1 AS size FROM resource WHERE type = 'Condition' AND id LIKE 'k%' GROUP BY 1`,
    );
    expect(sizes.length).toBeGreaterThanOrEqual(30);
    for (const row of sizes) expect(row['n']).toBe(row['size']);
    database.value.close();
  }, 60_000);
});

describe('10,000 planted markers', () => {
  it('are in no file that the vault writes: database, WAL, shared memory, temporary files', async () => {
    const before = new Set(readdirSync(tmpdir()));
    const vault = start();
    await openByRelease(vault, cachePath());
    const markers = Array.from(
      { length: 10_000 },
      (_, at) => `Marker${(at * 7919 + 100_003).toString(36)}Zq${at}`,
    );
    const changes = wardChanges(4, 0, 'MarkerInTheWard');
    for (const [at, marker] of markers.entries())
      changes.push(
        put(`p${1 + (at % 4)}`, {
          resourceType: at % 2 === 0 ? 'Condition' : 'Observation',
          id: `m${at}`,
          meta: { versionId: '1' },
          status: 'final',
          code: { text: marker },
          valueString: marker,
        }),
      );
    for (let from = 0; from < changes.length; from += 1000)
      await must(
        vault.call('feedApply', page(changes.slice(from, from + 1000), `m${from}`, from === 0)),
      );
    await must(vault.call('wardSearch', { text: 'family', limit: 10 }));
    const prepared = await must(
      vault.call('notePrepare', {
        ...order(),
        patientId: 'p1',
        draftId: null,
        note: { text: 'MarkerInTheNote', corrects: null },
      }),
    );
    await must(
      vault.call('operationsCommit', {
        operationIds: prepared.operations.map(({ operation }) => operation.operationId),
      }),
    );
    await must(vault.call('feedApply', page([{ op: 'purge', patientId: 'p4' }], 'z')));
    const look = (): { files: string[]; found: string[] } => {
      const files = readdirSync(folder()).map((name) => join(folder(), name));
      for (const name of readdirSync(tmpdir())) {
        const file = join(tmpdir(), name);
        if (
          !before.has(name) &&
          statSync(file, { throwIfNoEntry: false })?.isFile() === true &&
          name.startsWith('etilqs')
        )
          files.push(file);
      }
      const found: string[] = [];
      for (const file of files) {
        const bytes = readFileSync(file);
        // All markers share a stem: one search finds any of the 10,000.
        for (const encoding of ['latin1', 'utf16le'] as const)
          if (bytes.includes(Buffer.from('Marker', encoding))) found.push(file);
      }
      return { files, found };
    };
    expect(markers.every((marker) => marker.includes('Marker'))).toBe(true);
    const whileOpen = look();
    expect(whileOpen.files.length).toBeGreaterThanOrEqual(3);
    expect(whileOpen.found).toEqual([]);
    // What the search finds when it is there.
    expect(
      (await must(vault.call('chartRead', { patientId: 'p1', nowMs: now }))).sections.problems
        ?.items[0]?.title,
    ).toContain('Marker');
    await vault.kill();
    expect(look().found).toEqual([]);
    expect(existsSync(`${cachePath()}-wal`)).toBe(true);
  });
});
