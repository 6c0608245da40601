import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { FeedChange } from '#core/contracts/sync.ts';
import type { VaultAnswer, VaultPayload } from '#core/contracts/vault.ts';
import { openEscrow } from '#electron/vault/keys.ts';
import { openEncrypted } from '#native/sqlite/encryptedDatabase.ts';
import { sql, type SqlQuery } from '#native/sqlite/query.ts';
import { readText } from '#native/sqlite/row.ts';
import { vaultFixture } from './fixture.ts';
import type { ForkedVault } from './vaultClient.ts';
import {
  badgeSecretOf,
  deviceSecret,
  escrowKey,
  graceSecret,
  must,
  now,
  openByRelease,
  order,
  patientChanges,
  put,
  where,
} from './ward.ts';
import { chart, entry, filledWard, openOperation } from './writing.ts';

const { start, cachePath, folder } = vaultFixture();

/** The word that only the visiting patient's record holds. */
const mark = 'Zanzibar';
const place = (id: string, code: string, name: string, partOf: string | null): FeedChange =>
  put(null, {
    resourceType: 'Location',
    id,
    meta: { versionId: '1' },
    status: 'active',
    name,
    physicalType: { coding: [{ code }] },
    ...(partOf === null ? {} : { partOf: { reference: `Location/${partOf}` } }),
  });

/** Patient p8, who lies in bed b8 of another ward. */
const record = (
  over: Partial<VaultPayload<'visitKeep'>> = {},
  at = 8,
): VaultPayload<'visitKeep'> => ({
  patientId: `p${at}`,
  changes: [
    ...patientChanges(at, 60, mark),
    place(`b${at}`, 'bd', `Birch ${at}`, 'far-bay'),
    place('far-bay', 'ro', 'Bay Z', 'far'),
    place('far', 'wa', 'Birch', null),
  ],
  accessBasis: 'careTeam',
  fetchedAtMs: now - 1000,
  ...over,
});

async function visited(): Promise<{ vault: ForkedVault; opened: VaultAnswer<'openByRelease'> }> {
  const vault = start();
  const opened = await filledWard(vault, cachePath());
  await must(vault.call('visitKeep', record()));
  return { vault, opened };
}

/** Charts a note on the visiting patient, as main does once it is durable. */
async function note(
  vault: ForkedVault,
  text: string,
  corrects: { id: string; version: number; operationId?: string } | null = null,
) {
  const prepared = await must(
    vault.call('notePrepare', {
      ...order(),
      patientId: 'p8',
      draftId: null,
      note: { text, corrects: corrects && { operationId: null, ...corrects } },
    }),
  );
  const [{ operation, sealedForAuthor }] = prepared.operations as [
    VaultAnswer<'notePrepare'>['operations'][number],
  ];
  const { operationId } = operation;
  await must(vault.call('operationsCommit', { operationIds: [operationId] }));
  return { prepared, operationId, operation, sealedForAuthor };
}

const notesOf = async (vault: ForkedVault) =>
  ((await chart(vault, 'p8')).sections.notes?.items ?? []).map((item) => [item.detail, item.state]);

/** What is on the terminal's disk: each file's bytes, and each row of the cache under its own key. */
function whatRemains(opened: VaultAnswer<'openByRelease'>): { files: string; rows: string } {
  const files = readdirSync(folder()).map((name) => readFileSync(join(folder(), name), 'latin1'));
  const cacheKey = openEscrow(opened.escrow, 't1', { escrowKey, deviceSecret });
  const cache = openEncrypted(cachePath(), cacheKey!);
  if (!cache.ok) throw new Error(cache.code);
  const { db } = cache.value;
  const rows = db.all(sql`SELECT name FROM sqlite_schema WHERE type = 'table'`).flatMap((table) =>
    db.all({
      text: `SELECT * FROM "${readText(table, 'name')}"`,
      values: [],
    } as unknown as SqlQuery),
  );
  cache.value.close();
  return { files: files.join('\n'), rows: JSON.stringify(rows) };
}

function expectNoTrace({ files, rows }: { files: string; rows: string }): void {
  // The search itself finds what is there.
  expect(rows).toContain('Family1');
  expect(rows).not.toMatch(/Zanzibar|Family8|\bp8\b|Birch/);
  expect(/Zanzibar|Family8|Birch 8/.test(files)).toBe(false);
}

describe('a visiting patient', () => {
  it('has a whole chart that says where she lies, on what ground it is seen and when it was fetched', async () => {
    const { vault } = await visited();
    const view = await chart(vault, 'p8');
    expect(view).toMatchObject({
      identity: { patientId: 'p8', family: `Family8${mark}` },
      bed: 'Birch 8',
      wardName: 'Birch',
      sameFamilyName: [],
      accessBasis: 'careTeam',
      visiting: { fetchedAtMs: now - 1000 },
      allergies: { state: 'known' },
    });
    expect(view.vitals).toHaveLength(2);
    expect(view.sections.results?.total).toBe(60);
    const more = await must(
      vault.call('chartSectionRead', { patientId: 'p8', section: 'results', offset: 50 }),
    );
    expect(more.items).toHaveLength(10);
    const vitals = { patientId: 'p8', fromMs: 0, toMs: now };
    expect(await must(vault.call('vitalsRead', vitals))).toHaveLength(2);
    expect((await chart(vault, 'p1')).visiting).toBeNull();
  });

  it('is on no board and in no ward search, and warns of her namesakes on this ward', async () => {
    const { vault } = await visited();
    const board = await must(vault.call('boardRead', { personId: 'n1', nowMs: now }));
    expect(JSON.stringify(board)).not.toMatch(/p8|Zanzibar/);
    const found = await must(vault.call('wardSearch', { text: 'Family8', limit: 20 }));
    expect(found.hits).toEqual([]);
    const changes = patientChanges(8, 0, mark).map((change) =>
      change.op === 'put' && change.resource.resourceType === 'Patient'
        ? put('p8', { ...change.resource, name: [{ family: 'Family1', given: ['Other'] }] })
        : change,
    );
    await must(vault.call('visitKeep', record({ changes })));
    expect((await chart(vault, 'p8')).sameFamilyName).toEqual(['Bed 1']);
    expect((await chart(vault, 'p1')).sameFamilyName).toEqual([]);
  });

  it('fetched again is as the server has her now; forgotten she is gone, entries under way are not', async () => {
    const { vault } = await visited();
    await note(vault, 'Seen on the round.');
    const changes = patientChanges(8, 3, mark).filter(
      (change) => change.op === 'put' && change.resource.resourceType !== 'AllergyIntolerance',
    );
    await must(vault.call('visitKeep', record({ changes, fetchedAtMs: now })));
    const view = await chart(vault, 'p8');
    expect(view.allergies).toEqual({ state: 'notRecorded' });
    expect(view.sections.results?.total).toBe(3);
    expect(view.visiting).toEqual({ fetchedAtMs: now });
    expect(await notesOf(vault)).toEqual([['Seen on the round.', 'pending']]);
    await must(vault.call('visitForget', { patientId: 'p8' }));
    const reading = { patientId: 'p8', nowMs: now };
    expect(await vault.call('chartRead', reading)).toEqual({ ok: false, code: 'notFound' });
    const section = { patientId: 'p8', section: 'notes' as const, offset: 0 };
    expect(await vault.call('chartSectionRead', section)).toEqual({ ok: false, code: 'notFound' });
    await must(vault.call('visitKeep', record()));
    expect(await notesOf(vault)).toEqual([['Seen on the round.', 'pending']]);
  });

  it('is refused when the record is not hers alone and whole', async () => {
    const { vault } = await visited();
    const { changes } = record();
    const purge: FeedChange = { op: 'purge', patientId: 'p1' };
    const others = [
      record({ changes: [...changes, ...patientChanges(1)] }),
      record({ changes: changes.filter((one) => one.op === 'put' && one.patientId === null) }),
      record({ changes: [...changes, purge] }),
      record({ changes: [...changes, put(null, { resourceType: 'Observation', id: 'x' })] }),
      record({ patientId: 'p1' }),
    ];
    for (const wrong of others) {
      expect(await vault.call('visitKeep', wrong)).toEqual({ ok: false, code: 'invalid' });
    }
    expect((await chart(vault, 'p1')).visiting).toBeNull();
    expect((await chart(vault, 'p8')).sections.results?.total).toBe(60);
  });

  it('makes room after twenty others', async () => {
    const { vault } = await visited();
    for (let at = 10; at < 30; at += 1) {
      const changes = patientChanges(at);
      await must(vault.call('visitKeep', record({ patientId: `p${at}`, changes }, at)));
    }
    const read = async (patientId: string) =>
      (await vault.call('chartRead', { patientId, nowMs: now })).ok;
    expect(await Promise.all(['p8', 'p10', 'p29'].map(read))).toEqual([false, true, true]);
  });

  it('who comes to this ward is read from the ward’s own record from then on', async () => {
    const { vault } = await visited();
    const [patient] = patientChanges(8);
    await must(
      vault.call('feedApply', {
        changes: [patient!],
        cursor: 'c2',
        feedEpoch: 'e1',
        restart: false,
        joinedAtMs: now,
        malformed: 0,
      }),
    );
    expect(await chart(vault, 'p8')).toMatchObject({ accessBasis: 'ward', visiting: null });
  });
});

describe('charting on a visiting patient', () => {
  it('goes the same way as on the ward’s and is marked as its author’s own', async () => {
    const { vault } = await visited();
    const prepared = await must(
      vault.call('vitalsPrepare', {
        ...order(),
        patientId: 'p8',
        draftId: null,
        vitals: entry,
        confirmedUnlikely: false,
      }),
    );
    expect(prepared.visiting).toBe(true);
    const operationIds = prepared.operations.map(({ operation }) => operation.operationId);
    await must(vault.call('operationsCommit', { operationIds }));
    expect((await chart(vault, 'p8')).vitals.at(-1)).toMatchObject({ state: 'pending' });
    const results = operationIds.map((operationId) => ({
      operationId,
      status: 'applied' as const,
      version: 1,
      duplicate: false,
    }));
    expect(await must(vault.call('pushResultsApply', { results }))).toEqual({
      changedPatientIds: ['p8'],
    });
    expect((await chart(vault, 'p8')).vitals.at(-1)).toMatchObject({
      heartRate: 71,
      state: 'stored',
    });
    const onWard = await must(
      vault.call('notePrepare', {
        ...order(),
        patientId: 'p1',
        draftId: null,
        note: { text: 'x', corrects: null },
      }),
    );
    expect(onWard.visiting).toBe(false);
  });

  it('that meets another version is a conflict for its author, settled like any other', async () => {
    const { vault } = await visited();
    const first = await note(vault, 'First');
    const applied = { status: 'applied' as const, version: 1, duplicate: false };
    await must(
      vault.call('pushResultsApply', { results: [{ operationId: first.operationId, ...applied }] }),
    );
    const second = await note(vault, 'Mine', { id: first.prepared.id, version: 1 });
    const { resource } = openOperation(second.operation.sealed).body as {
      resource: { resourceType: string; id: string };
    };
    const current = { ...resource, meta: { versionId: '2' } };
    const { operationId } = second;
    await must(
      vault.call('pushResultsApply', {
        results: [{ operationId, status: 'conflict', current, currentVersion: 2 }],
      }),
    );
    expect(await must(vault.call('conflictsRead', null))).toMatchObject([
      { operationId, patientId: 'p8', patientLabel: `Family8${mark}, Given` },
    ]);
    const kept = await must(
      vault.call('conflictPrepare', { ...order(), operationId, choice: { keep: 'mine' } }),
    );
    expect(kept).toMatchObject({ visiting: true, operations: [{}] });
    await must(
      vault.call('operationsCommit', {
        operationIds: kept.operations.map(({ operation }) => operation.operationId),
      }),
    );
    expect(await must(vault.call('conflictsRead', null))).toEqual([]);
    expect(await notesOf(vault)).toEqual([['Mine', 'pending']]);
  });
});

describe('after the session', () => {
  it('nothing of a visiting patient is in any file, nor in the cache under its own key', async () => {
    const { vault, opened } = await visited();
    await note(vault, `Seen on the round, ${mark}.`);
    const during = whatRemains(opened);
    await must(vault.call('close', null));
    await vault.kill();
    for (const remains of [during, whatRemains(opened)]) expectNoTrace(remains);
  });

  it('nothing is left either when the vault is killed in the middle of it', async () => {
    const { vault, opened } = await visited();
    await note(vault, `Seen on the round, ${mark}.`);
    void vault.call('visitKeep', record({ fetchedAtMs: now }));
    await vault.kill();
    expectNoTrace(whatRemains(opened));
  });

  it('neither the next person nor the same one within her grace has the record', async () => {
    const { vault, opened } = await visited();
    const factors = { graceSecret, badgeSecret: badgeSecretOf('n1'), deviceSecret };
    const grace = await must(vault.call('graceSeal', factors));
    await must(vault.call('close', null));
    await vault.kill();
    const back = start();
    await must(back.call('openByGrace', { where: where(cachePath()), grace, ...factors }));
    const next = start();
    for (const reader of [back, next]) {
      if (reader === next) {
        await openByRelease(next, cachePath(), { personId: 'n2', escrow: opened.escrow });
      }
      expect((await chart(reader, 'p1')).identity.patientId).toBe('p1');
      expect(await reader.call('chartRead', { patientId: 'p8', nowMs: now })).toEqual({
        ok: false,
        code: 'notFound',
      });
      await must(reader.call('close', null));
      await reader.kill();
    }
  });

  it('what was charted comes back to its author, with what the server said, and to nobody else', async () => {
    const { vault, opened } = await visited();
    const pending = await note(vault, 'On its way');
    const met = await note(vault, 'Met another');
    await must(vault.call('close', null));
    await vault.kill();
    const operations: VaultPayload<'ownOperationsRestore'>['operations'] = [
      { sealedForAuthor: pending.sealedForAuthor, result: null },
      {
        sealedForAuthor: met.sealedForAuthor,
        result: {
          operationId: met.operationId,
          status: 'conflict',
          current: null,
          currentVersion: 0,
        },
      },
    ];
    const author = start();
    await openByRelease(author, cachePath(), { escrow: opened.escrow });
    // Twice is once.
    for (let round = 0; round < 2; round += 1) {
      expect(await must(author.call('ownOperationsRestore', { operations }))).toEqual({
        unreadable: 0,
      });
    }
    expect(await must(author.call('conflictsRead', null))).toMatchObject([
      { operationId: met.operationId, patientLabel: `Family8${mark}, Given`, theirs: null },
    ]);
    await must(author.call('visitKeep', record()));
    expect((await notesOf(author)).sort()).toEqual([
      ['Met another', 'conflict'],
      ['On its way', 'pending'],
    ]);
    await must(author.call('close', null));
    await author.kill();

    const other = start();
    await openByRelease(other, cachePath(), { personId: 'n2', escrow: opened.escrow });
    expect(await must(other.call('ownOperationsRestore', { operations }))).toEqual({
      unreadable: 2,
    });
    expect(await must(other.call('conflictsRead', null))).toEqual([]);
  });

  it('what was refused leaves the chart and goes back to its author, who can chart it again once the record is held', async () => {
    const { vault, opened } = await visited();
    const refused = await note(vault, 'Refused later');
    const { operationId, sealedForAuthor: sealed } = refused;
    const verdict = {
      operationId,
      status: 'rejected',
      reason: 'denied',
    } as const;
    expect(await must(vault.call('pushResultsApply', { results: [verdict] }))).toEqual({
      changedPatientIds: ['p8'],
    });
    expect(await notesOf(vault)).toEqual([]);
    const given = { rejected: [{ id: operationId, reason: 'denied', sealed }] };
    const charted = { patientId: 'p8', patientLabel: `Family8${mark}, Given` };
    expect(await must(vault.call('rejectionsOpen', given))).toMatchObject([
      { ids: [operationId], charted: { ...charted, patientIsHere: true } },
    ]);
    await must(vault.call('close', null));
    await vault.kill();
    const author = start();
    await openByRelease(author, cachePath(), { escrow: opened.escrow });
    expect(await must(author.call('rejectionsOpen', given))).toMatchObject([
      {
        charted: {
          ...charted,
          patientIsHere: false,
          entry: { text: 'Refused later' },
        },
      },
    ]);
    await must(author.call('visitKeep', record()));
    expect(await must(author.call('rejectionsOpen', given))).toMatchObject([
      { charted: { patientIsHere: true } },
    ]);
    await must(author.call('close', null));
    await author.kill();

    const other = start();
    await openByRelease(other, cachePath(), {
      personId: 'n2',
      escrow: opened.escrow,
    });
    await must(other.call('visitKeep', record()));
    expect(await must(other.call('rejectionsOpen', given))).toMatchObject([{ charted: null }]);
  });
});
