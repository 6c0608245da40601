import { createPublicKey, verify } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { sealInfo } from '#core/contracts/sealing.ts';
import type { VaultAnswer } from '#core/contracts/vault.ts';
import { sealBox, unsealBox } from '#electron/vault/sealing.ts';
import { bundleVault, startVault, type ForkedVault } from './vaultClient.ts';
import {
  author,
  badgeSecretOf,
  deviceSecret,
  draftOf,
  graceSecret,
  intake,
  lease,
  must,
  now,
  openByRelease,
  order,
  page,
  patientChanges,
  personKeyOf,
  pin,
  put,
  randomSecret,
  wardChanges,
  where,
} from './ward.ts';

let bundle: string;
let folder: string;
let cachePath: string;
const vaults: ForkedVault[] = [];

beforeAll(async () => {
  bundle = await bundleVault();
});
afterAll(() => rmSync(bundle, { force: true }));
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'wardkey-vault-'));
  cachePath = join(folder, 'cache.db');
});
afterEach(async () => {
  await Promise.all(vaults.splice(0).map((vault) => vault.kill()));
  rmSync(folder, { recursive: true, force: true });
});

function start(deadlineMs?: number): ForkedVault {
  const vault = startVault(bundle, deadlineMs);
  vaults.push(vault);
  return vault;
}

async function filled(
  patients = 2,
  extra = 0,
): Promise<{ vault: ForkedVault; opened: VaultAnswer<'openByRelease'> }> {
  const vault = start();
  const opened = await openByRelease(vault, cachePath);
  await must(vault.call('feedApply', page(wardChanges(patients, extra), 'c1', true)));
  return { vault, opened };
}

const entry = {
  takenAtMs: now - 1000,
  respirationRate: 18,
  oxygenSaturation: 96,
  supplementalOxygen: false,
  systolic: 121,
  diastolic: 71,
  heartRate: 71,
  consciousness: 'A' as const,
  temperature: 37.1,
};
const chart = async (vault: ForkedVault, patientId = 'p1') =>
  await must(vault.call('chartRead', { patientId, nowMs: now }));
const notes = async (vault: ForkedVault) => (await chart(vault)).sections.notes?.items ?? [];
const writeNote = async (
  vault: ForkedVault,
  text: string,
  corrects: { id: string; version: number } | null = null,
) => {
  const prepared = await must(
    vault.call('notePrepare', { ...order(), patientId: 'p1', note: { text, corrects } }),
  );
  const operationIds = prepared.operations.map(({ operation }) => operation.operationId);
  await must(vault.call('operationsCommit', { operationIds }));
  return { ...prepared, operationIds };
};

function openOperation(sealed: string) {
  const plain = unsealBox(
    intake.privateKey,
    Buffer.from(sealed, 'base64url'),
    sealInfo.operationBox,
  );
  return JSON.parse(plain!.toString()) as {
    body: { resource: object; baseVersion: number; personId: string };
    signature: string;
  };
}

describe('ways in', () => {
  it('through the server make a slot, and the slot opens the same cache offline in another process', async () => {
    const { vault, opened } = await filled();
    expect(opened.generation).toBe(1);
    const closed = await must(vault.call('close', null));
    expect(closed.generation).toBe(2);
    const second = start();
    const payload = {
      where: where(cachePath),
      slot: opened.slot,
      badgeSecret: badgeSecretOf('n1'),
      deviceSecret,
      lease,
      nowMs: now,
    };
    expect(await second.call('openBySlot', payload)).toEqual({ ok: false, code: 'invalid' });
    await must(second.call('pinStretch', { pin: '123457', parameters: pin }));
    expect(await second.call('openBySlot', payload)).toEqual({ ok: false, code: 'wrongFactor' });
    expect(await second.call('boardRead', { personId: 'n1', nowMs: now })).toEqual({
      ok: false,
      code: 'notOpen',
    });
    await must(second.call('pinStretch', { pin: '123456', parameters: pin }));
    expect(await second.call('openBySlot', { ...payload, badgeSecret: randomSecret() })).toEqual({
      ok: false,
      code: 'wrongFactor',
    });
    expect(await second.call('openBySlot', { ...payload, nowMs: lease.notAfterMs })).toEqual({
      ok: false,
      code: 'leaseExpired',
    });
    const again = await must(second.call('openBySlot', payload));
    expect(again).toEqual({
      cacheId: opened.cacheId,
      generation: 2,
      cursor: 'c1',
      feedEpoch: 'e1',
      asOfMs: now,
    });
    expect(await second.call('openBySlot', payload)).toEqual({ ok: false, code: 'alreadyOpen' });
  });

  it('by escrow give a second person a slot to the same cache, and the server key alone is not enough', async () => {
    const { vault, opened } = await filled();
    await must(vault.call('close', null));
    const second = start();
    const stolen = openByRelease(second, cachePath, {
      personId: 'n2',
      escrow: opened.escrow,
      deviceSecret: randomSecret(),
    });
    await expect(stolen).rejects.toThrow('wrongFactor');
    const other = await openByRelease(second, cachePath, { personId: 'n2', escrow: opened.escrow });
    expect(other).toMatchObject({
      cacheId: opened.cacheId,
      generation: 2,
      slot: { personId: 'n2' },
    });
    expect(
      (await must(second.call('boardRead', { personId: 'n2', nowMs: now }))).rows,
    ).toHaveLength(2);
  });

  it('by grace resume without a PIN and sign with the key that the server knows', async () => {
    const vault = start();
    await must(vault.call('pinStretch', { pin: '123456', parameters: pin }));
    const opened = await openByRelease(vault, cachePath);
    const { publicKey } = await must(vault.call('sessionKeyMake', null));
    await must(vault.call('feedApply', page(wardChanges(1), 'c1', true)));
    const secrets = { graceSecret, badgeSecret: badgeSecretOf('n1'), deviceSecret };
    const grace = await must(vault.call('graceSeal', secrets));
    await vault.kill();
    const second = start();
    expect(
      await second.call('openByGrace', {
        where: where(cachePath),
        grace,
        ...secrets,
        badgeSecret: randomSecret(),
      }),
    ).toEqual({ ok: false, code: 'wrongFactor' });
    const resumed = await must(
      second.call('openByGrace', { where: where(cachePath), grace, ...secrets }),
    );
    expect(resumed.cacheId).toBe(opened.cacheId);
    const prepared = await must(
      second.call('notePrepare', {
        ...order(),
        patientId: 'p1',
        note: { text: 'after the grace', corrects: null },
      }),
    );
    const { body, signature } = openOperation(prepared.operations[0]!.operation.sealed);
    const key = createPublicKey({
      key: Buffer.from(publicKey, 'base64url'),
      type: 'spki',
      format: 'der',
    });
    expect(
      verify(null, Buffer.from(JSON.stringify(body)), key, Buffer.from(signature, 'base64url')),
    ).toBe(true);
  });

  it('take only calls of the contract, with payloads of the contract', async () => {
    const vault = start();
    const odd = vault as unknown as { call(name: string, payload: unknown): Promise<unknown> };
    const asked: unknown[] = [];
    vault.process.on('message', (message) => asked.push(message));
    for (const call of ['constructor', '__proto__', 'toString', 'hasOwnProperty', 'nothing'])
      vault.process.send({ id: 90, call, payload: null });
    expect(await odd.call('boardRead', { personId: 1 })).toEqual({ ok: false, code: 'invalid' });
    expect(await odd.call('close', null)).toEqual({ ok: false, code: 'notOpen' });
    expect(asked.slice(0, 5)).toEqual(
      Array.from({ length: 5 }, () => ({ id: 90, ok: false, code: 'invalid' })),
    );
  });

  it('are lost with the process: every call under way and every later one says so', async () => {
    const vault = start();
    const under = vault.call('pinStretch', {
      pin: '123456',
      parameters: { ...pin, memoryKib: 262_144, iterations: 8 },
    });
    await vault.kill();
    expect(await under).toEqual({ ok: false, code: 'vaultLost' });
    expect(await vault.call('close', null)).toEqual({ ok: false, code: 'vaultLost' });
    expect(vault.process.signalCode).toBe('SIGKILL');
  });

  it('that do not answer in time end the process', async () => {
    const vault = start(50);
    const slow = { ...pin, memoryKib: 524_288, iterations: 20 };
    expect(await vault.call('pinStretch', { pin: '123456', parameters: slow })).toEqual({
      ok: false,
      code: 'vaultLost',
    });
    await vault.kill();
    expect(vault.process.signalCode).toBe('SIGKILL');
  });
});

describe('reading', () => {
  it('shows the ward as the feed told it', async () => {
    const { vault } = await filled(12);
    const board = await must(vault.call('boardRead', { personId: 'n1', nowMs: now }));
    expect(board.rows.map((row) => row.bed)).toEqual(
      Array.from({ length: 12 }, (_, at) => `Bed ${at + 1}`),
    );
    expect(board.rows[1]).toMatchObject({
      patient: { family: 'Family2', recordNumber: 'MRN2' },
      plan: 'Reason ',
      earlyWarning: { total: 8, singleThree: false, previousTotal: 0 },
      lastVitals: { heartRate: 95, temperature: 38.2, state: 'stored' },
      alerts: [{ shape: 'danger' }],
      mine: true,
    });
  });

  it('opens a chart with every section, and pages through the longest', async () => {
    const { vault } = await filled(1, 120);
    const view = await chart(vault);
    expect(view).toMatchObject({
      bed: 'Bed 1',
      wardName: 'Ward 7',
      allergies: { state: 'known' },
      accessBasis: 'ward',
    });
    expect(view.vitals.map((set) => set.heartRate)).toEqual([70, 95]);
    expect(Object.values(view.sections).map((section) => section?.total)).toEqual([
      1, 0, 120, 0, 0, 1,
    ]);
    const seen = [...view.sections.results!.items];
    for (let next = view.sections.results!.nextOffset; next !== null;) {
      const more = await must(
        vault.call('chartSectionRead', { patientId: 'p1', section: 'results', offset: next }),
      );
      seen.push(...more.items);
      next = more.nextOffset;
    }
    expect(new Set(seen.map((item) => item.id)).size).toBe(120);
    expect(seen.map((item) => item.atMs)).toEqual(
      [...seen.map((item) => item.atMs!)].sort((a, b) => b - a),
    );
    expect(await vault.call('chartRead', { patientId: 'nobody', nowMs: now })).toEqual({
      ok: false,
      code: 'notFound',
    });
  });

  it('finds patients by the beginning of a name or a record number, and takes no search language', async () => {
    const { vault } = await filled(11);
    const search = async (text: string, limit = 20) =>
      await must(vault.call('wardSearch', { text, limit }));
    expect((await search('famILY1')).hits.map((hit) => hit.identity.patientId).sort()).toEqual([
      'p1',
      'p10',
      'p11',
    ]);
    expect((await search('given family2')).hits.map((hit) => hit.bed)).toEqual(['Bed 2']);
    expect((await search('mrn7')).hits).toHaveLength(1);
    expect(await search('given', 3)).toMatchObject({ more: true });
    for (const text of ['"', '*', 'NOT', 'a OR b', 'words:x', "'; DROP TABLE resource", '((('])
      expect((await search(text)).hits).toEqual([]);
  });

  it('keeps only the newest version, removes what was deleted, and forgets a patient who left', async () => {
    const { vault } = await filled(2);
    const note = (version: string, text: string) =>
      put('p1', {
        resourceType: 'DocumentReference',
        id: 'd1',
        meta: { versionId: version },
        status: 'current',
        date: '2026-11-22',
        subject: { reference: 'Patient/p1' },
        type: { text: 'Note' },
        content: [
          { attachment: { contentType: 'text/plain', data: Buffer.from(text).toString('base64') } },
        ],
      });
    await must(
      vault.call('feedApply', page([note('3', 'newest'), note('2', 'late and old')], 'c2')),
    );
    expect((await notes(vault)).map((item) => [item.detail, item.version])).toEqual([
      ['newest', 3],
    ]);
    await must(
      vault.call(
        'feedApply',
        page(
          [
            {
              op: 'tombstone',
              patientId: 'p1',
              resourceType: 'DocumentReference',
              id: 'd1',
              version: 4,
            },
          ],
          'c3',
        ),
      ),
    );
    expect(await notes(vault)).toEqual([]);
    const purged = await must(
      vault.call('feedApply', page([{ op: 'purge', patientId: 'p1' }], 'c4')),
    );
    expect(purged.changedPatientIds).toEqual(['p1']);
    expect(await vault.call('chartRead', { patientId: 'p1', nowMs: now })).toEqual({
      ok: false,
      code: 'notFound',
    });
    expect((await must(vault.call('wardSearch', { text: 'family1', limit: 9 }))).hits).toEqual([]);
    const board = await must(vault.call('boardRead', { personId: 'n1', nowMs: now }));
    expect(board.rows.map((row) => row.patient?.patientId ?? null)).toEqual([null, 'p2']);
  });

  it('counts every change of the content, and applying a page twice changes nothing else', async () => {
    const { vault } = await filled(3);
    const before = await must(vault.call('boardRead', { personId: 'n1', nowMs: now }));
    const first = await must(vault.call('feedApply', page(wardChanges(3), 'c2')));
    const second = await must(vault.call('feedApply', page(wardChanges(3), 'c2')));
    expect(second.generation).toBe(first.generation + 1);
    expect(await must(vault.call('boardRead', { personId: 'n1', nowMs: now }))).toEqual(before);
  });

  it('survives malformed resources: they are kept and shown as far as they make sense', async () => {
    const { vault } = await filled(1);
    const bad = [
      { resourceType: 'Observation', id: 'x1', code: 7, valueQuantity: [] },
      { resourceType: 'Condition', id: 'x2', code: null, onsetDateTime: {} },
      { resourceType: 'Patient', id: 'x3', name: 'Smith' },
      { resourceType: 'Encounter', id: 'x4', status: 'in-progress', location: 3 },
      { resourceType: '__proto__', id: 'x5' },
      {
        resourceType: 'DocumentReference',
        id: 'x6',
        content: [{ attachment: { contentType: 'text/plain', data: '*' } }],
      },
    ];
    await must(
      vault.call(
        'feedApply',
        page(
          bad.map((resource) => put('p1', resource)),
          'c2',
        ),
      ),
    );
    expect((await chart(vault)).identity.family).toBeTypeOf('string');
    await must(vault.call('boardRead', { personId: 'n1', nowMs: now }));
  });
});

describe('charting', () => {
  it('of vital signs shows nothing before it is durable, then pending, then stored under the server version', async () => {
    const { vault } = await filled(1);
    const prepared = await must(
      vault.call('vitalsPrepare', {
        ...order(),
        patientId: 'p1',
        vitals: entry,
        confirmedUnlikely: false,
      }),
    );
    expect((await chart(vault)).vitals).toHaveLength(2);
    const operationIds = prepared.operations.map(({ operation }) => operation.operationId);
    await must(vault.call('operationsCommit', { operationIds }));
    expect((await chart(vault)).vitals.at(-1)).toEqual({
      ...entry,
      setId: prepared.id,
      recordedBy: 'Name of n1',
      state: 'pending',
    });
    expect(
      (await must(vault.call('boardRead', { personId: 'n1', nowMs: now }))).rows[0],
    ).toMatchObject({
      earlyWarning: { total: 0, previousTotal: 8 },
      lastVitals: { state: 'pending' },
    });
    await must(
      vault.call('pushResultsApply', {
        results: operationIds.map((operationId) => ({
          operationId,
          status: 'applied',
          version: 1,
          duplicate: false,
        })),
      }),
    );
    expect((await chart(vault)).vitals.at(-1)).toMatchObject({ heartRate: 71, state: 'stored' });
    // The feed brings the same records back.
    const resources = prepared.operations.map(
      ({ operation }) => openOperation(operation.sealed).body.resource,
    );
    await must(
      vault.call(
        'feedApply',
        page(
          resources.map((resource) =>
            put('p1', {
              ...(resource as { resourceType: string; id: string }),
              meta: { versionId: '1' },
            }),
          ),
          'c9',
        ),
      ),
    );
    expect((await chart(vault)).vitals).toHaveLength(3);
  });

  it('refuses what cannot be, asks about what is unlikely, and refuses an empty set', async () => {
    const { vault } = await filled(1);
    const prepare = async (vitals: Partial<typeof entry>, confirmedUnlikely = false) =>
      await vault.call('vitalsPrepare', {
        ...order(),
        patientId: 'p1',
        vitals: { ...entry, ...vitals },
        confirmedUnlikely,
      });
    expect(await prepare({ temperature: 99 }, true)).toEqual({ ok: false, code: 'implausible' });
    expect(await prepare({ temperature: 42 })).toEqual({ ok: false, code: 'implausible' });
    expect((await prepare({ temperature: 42 }, true)).ok).toBe(true);
    const empty = Object.fromEntries(Object.keys(entry).map((key) => [key, null])) as never;
    expect(await prepare({ ...(empty as object), takenAtMs: now })).toEqual({
      ok: false,
      code: 'invalid',
    });
    expect(
      await vault.call('vitalsPrepare', {
        ...order(),
        patientId: 'p9',
        vitals: entry,
        confirmedUnlikely: false,
      }),
    ).toEqual({ ok: false, code: 'notFound' });
  });

  it('under another name or from another terminal is refused', async () => {
    const { vault } = await filled(1);
    for (const wrong of [author('n2'), { ...author(), terminalId: 't2' }]) {
      expect(
        await vault.call('notePrepare', {
          ...order(),
          author: wrong,
          patientId: 'p1',
          note: { text: 'x', corrects: null },
        }),
      ).toEqual({ ok: false, code: 'invalid' });
    }
  });

  it('seals each operation to the server and signs it with the session key', async () => {
    const { vault } = await filled(1);
    const { publicKey } = await must(vault.call('sessionKeyMake', null));
    const { operations, id } = await writeNote(vault, 'Slept well');
    const { body, signature } = openOperation(operations[0]!.operation.sealed);
    expect(body).toMatchObject({
      personId: 'n1',
      baseVersion: 0,
      patientId: 'p1',
      resource: { resourceType: 'DocumentReference', id },
    });
    const key = createPublicKey({
      key: Buffer.from(publicKey, 'base64url'),
      type: 'spki',
      format: 'der',
    });
    expect(
      verify(null, Buffer.from(JSON.stringify(body)), key, Buffer.from(signature, 'base64url')),
    ).toBe(true);
    expect(
      verify(
        null,
        Buffer.from(JSON.stringify({ ...body, personId: 'n2' })),
        key,
        Buffer.from(signature, 'base64url'),
      ),
    ).toBe(false);
  });

  it('of a correction takes the place of the note, and a second one builds on the first', async () => {
    const { vault } = await filled(1);
    const first = await writeNote(vault, 'Slept wel');
    const second = await writeNote(vault, 'Slept well', { id: first.id, version: 0 });
    expect(openOperation(second.operations[0]!.operation.sealed).body.baseVersion).toBe(1);
    expect((await notes(vault)).map((item) => [item.detail, item.state])).toEqual([
      ['Slept well', 'pending'],
    ]);
    await must(
      vault.call('pushResultsApply', {
        results: [
          { operationId: first.operationIds[0]!, status: 'applied', version: 1, duplicate: false },
        ],
      }),
    );
    expect((await notes(vault)).map((item) => [item.detail, item.state])).toEqual([
      ['Slept well', 'pending'],
    ]);
    await must(
      vault.call('pushResultsApply', {
        results: [
          { operationId: second.operationIds[0]!, status: 'applied', version: 2, duplicate: true },
        ],
      }),
    );
    expect((await notes(vault)).map((item) => [item.detail, item.state, item.version])).toEqual([
      ['Slept well', 'stored', 2],
    ]);
    expect(
      await vault.call('notePrepare', {
        ...order(),
        patientId: 'p1',
        note: { text: 'x', corrects: { id: 'none', version: 1 } },
      }),
    ).toEqual({ ok: false, code: 'notFound' });
  });

  it('that the server did not take stays visible: rejected, or in conflict beside the other version', async () => {
    const { vault } = await filled(1);
    const rejected = await writeNote(vault, 'Rejected');
    const mine = await writeNote(vault, 'Mine');
    const current = {
      resourceType: 'DocumentReference',
      id: mine.id,
      meta: { versionId: '6' },
      author: [{ display: 'Dr. Other' }],
      date: '2026-11-23T10:00:00Z',
      content: [
        {
          attachment: { contentType: 'text/plain', data: Buffer.from('Theirs').toString('base64') },
        },
      ],
    };
    await must(
      vault.call('pushResultsApply', {
        results: [
          { operationId: rejected.operationIds[0]!, status: 'rejected', reason: 'notAllowed' },
          { operationId: mine.operationIds[0]!, status: 'conflict', current },
          {
            operationId: '11111111-1111-4111-8111-111111111111',
            status: 'rejected',
            reason: 'unknown',
          },
        ],
      }),
    );
    expect((await notes(vault)).map((item) => item.state).sort()).toEqual(['conflict', 'rejected']);
    const [conflict, ...none] = await must(vault.call('conflictsRead', null));
    expect(none).toEqual([]);
    expect(conflict).toMatchObject({
      patientId: 'p1',
      patientLabel: 'Family1, Given',
      mine: { text: 'Mine', author: 'Name of n1' },
      theirs: { text: 'Theirs', author: 'Dr. Other', version: 6 },
    });
    const merged = await must(
      vault.call('conflictPrepare', {
        ...order(),
        operationId: conflict!.operationId,
        choice: { keep: 'merged', text: 'Both' },
      }),
    );
    expect(openOperation(merged.operations[0]!.operation.sealed).body).toMatchObject({
      baseVersion: 6,
      resource: { id: mine.id },
    });
    expect(await must(vault.call('conflictsRead', null))).toHaveLength(1);
    await must(
      vault.call('operationsCommit', {
        operationIds: merged.operations.map(({ operation }) => operation.operationId),
      }),
    );
    expect(await must(vault.call('conflictsRead', null))).toEqual([]);
    expect((await notes(vault)).find((item) => item.id === mine.id)).toMatchObject({
      detail: 'Both',
      state: 'pending',
    });
  });

  it('gives way when a person keeps theirs', async () => {
    const { vault } = await filled(1);
    const mine = await writeNote(vault, 'Mine');
    await must(
      vault.call('pushResultsApply', {
        results: [{ operationId: mine.operationIds[0]!, status: 'conflict', current: null }],
      }),
    );
    const kept = await must(
      vault.call('conflictPrepare', {
        ...order(),
        operationId: mine.operationIds[0]!,
        choice: { keep: 'theirs' },
      }),
    );
    expect(kept.operations).toEqual([]);
    expect(await notes(vault)).toEqual([]);
    expect(
      await vault.call('conflictPrepare', {
        ...order(),
        operationId: mine.operationIds[0]!,
        choice: { keep: 'mine' },
      }),
    ).toEqual({ ok: false, code: 'notFound' });
  });

  it('that is not settled outlives a new filling of the cache', async () => {
    const { vault } = await filled(1);
    await writeNote(vault, 'Unsent');
    const prepared = await must(
      vault.call('vitalsPrepare', {
        ...order(),
        patientId: 'p1',
        vitals: entry,
        confirmedUnlikely: false,
      }),
    );
    await must(
      vault.call('operationsCommit', {
        operationIds: prepared.operations.map(({ operation }) => operation.operationId),
      }),
    );
    await must(vault.call('feedApply', { ...page([], 'r0', true), joinedAtMs: null }));
    expect(await vault.call('chartRead', { patientId: 'p1', nowMs: now })).toEqual({
      ok: false,
      code: 'notFound',
    });
    await must(vault.call('feedApply', page(patientChanges(1), 'r1')));
    expect((await notes(vault)).map((item) => item.detail)).toEqual(['Unsent']);
    expect((await chart(vault)).vitals.map((set) => set.state)).toEqual([
      'stored',
      'stored',
      'pending',
    ]);
  });

  it('commits only what it prepared, once', async () => {
    const { vault } = await filled(1);
    const { operationIds } = await writeNote(vault, 'Once');
    expect(await vault.call('operationsCommit', { operationIds })).toEqual({
      ok: false,
      code: 'notFound',
    });
  });
});

describe('drafts', () => {
  it('open for their author at any terminal, and for nobody else', async () => {
    const { vault, opened } = await filled(1);
    const { sealed } = await must(vault.call('draftSeal', { draft: draftOf('half a sentence') }));
    expect(Buffer.from(sealed, 'base64url').includes('half')).toBe(false);
    await must(vault.call('close', null));
    const other = start();
    await openByRelease(other, cachePath, { personId: 'n2', escrow: opened.escrow });
    expect(await must(other.call('draftsOpen', { sealed: [sealed] }))).toEqual({
      drafts: [],
      unreadable: 1,
    });
    const elsewhere = start();
    await openByRelease(elsewhere, join(folder, 'other-terminal.db'), {
      where: { ...where(join(folder, 'other-terminal.db')), terminalId: 't9' },
      deviceSecret: randomSecret(),
    });
    expect(await must(elsewhere.call('draftsOpen', { sealed: [sealed, 'AAAA'] }))).toEqual({
      drafts: [draftOf('half a sentence')],
      unreadable: 1,
    });
  });

  it('of one person do not open under the key of another who claims the name', async () => {
    const { vault } = await filled(1);
    const { sealed } = await must(vault.call('draftSeal', { draft: draftOf('private') }));
    const thief = start();
    await openByRelease(thief, join(folder, 'thief.db'), {
      personKey: personKeyOf('n2'),
      where: where(join(folder, 'thief.db')),
    });
    expect(await must(thief.call('draftsOpen', { sealed: [sealed] }))).toEqual({
      drafts: [],
      unreadable: 1,
    });
  });
});

describe('the inbox', () => {
  const sealTo = (publicKey: string, content: object) =>
    sealBox(
      Buffer.from(publicKey, 'base64url'),
      Buffer.from(JSON.stringify(content)),
      sealInfo.inboxBox,
    ).toString('base64url');
  const inboxPage = (cursor: string, text: string) => ({
    changes: [
      put('p1', { resourceType: 'Condition', id: text, meta: { versionId: '1' }, code: { text } }),
    ],
    cursor,
    feedEpoch: 'e1',
    joinedAtMs: now + 1,
  });

  it('applies what came while nobody was tapped in, in order', async () => {
    const { vault, opened } = await filled(1);
    const sealed = [
      sealTo(opened.escrow.inboxPublicKey, inboxPage('c2', 'first')),
      sealTo(opened.escrow.inboxPublicKey, inboxPage('c3', 'second')),
    ];
    const applied = await must(vault.call('inboxApply', { sealed }));
    expect(applied).toEqual({
      generation: 4,
      cursor: 'c3',
      changedPatientIds: ['p1'],
      unreadable: 0,
    });
    expect((await chart(vault)).sections.problems?.total).toBe(3);
  });

  it('stops at the first page that does not open, so that the cursor never passes a hole', async () => {
    const { vault, opened } = await filled(1);
    const good = (cursor: string) =>
      sealTo(opened.escrow.inboxPublicKey, inboxPage(cursor, cursor));
    const broken = Buffer.from(good('c3'), 'base64url').fill(7, 60, 61).toString('base64url');
    expect(
      await must(vault.call('inboxApply', { sealed: [good('c2'), broken, good('c4')] })),
    ).toMatchObject({ cursor: 'c2', unreadable: 2 });
    const otherEpoch = sealTo(opened.escrow.inboxPublicKey, {
      ...inboxPage('x1', 'x'),
      feedEpoch: 'e0',
    });
    const notAPage = sealTo(opened.escrow.inboxPublicKey, { cursor: 'x2' });
    for (const sealed of [otherEpoch, notAPage])
      expect(await must(vault.call('inboxApply', { sealed: [sealed] }))).toMatchObject({
        cursor: 'c2',
        unreadable: 1,
      });
  });
});
