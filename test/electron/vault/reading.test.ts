import { describe, expect, it } from 'vitest';
import { sealInfo } from '#core/contracts/sealing.ts';
import type { VaultAnswer } from '#core/contracts/vault.ts';
import { sealBox } from '#electron/vault/sealing.ts';
import { vaultFixture } from './fixture.ts';
import type { ForkedVault } from './vaultClient.ts';
import { must, now, openByRelease, page, put, wardChanges } from './ward.ts';
import { chart, notes, filledWard } from './writing.ts';

const { start, cachePath } = vaultFixture();

async function filled(
  patients = 2,
  extra = 0,
): Promise<{ vault: ForkedVault; opened: VaultAnswer<'openByRelease'> }> {
  const vault = start();
  return { vault, opened: await filledWard(vault, cachePath(), patients, extra) };
}

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

describe('a first filling', () => {
  it('that was broken off says how far it came, and is through once the feed is joined', async () => {
    const vault = start();
    const opened = await openByRelease(vault, cachePath());
    expect(opened.filled).toBe(0);
    const changes = wardChanges(1);
    await must(vault.call('feedApply', { ...page(changes, 'f1', true), joinedAtMs: null }));
    await must(vault.call('close', null));
    const again = start();
    const halfWay = await openByRelease(again, cachePath(), { escrow: opened.escrow });
    expect(halfWay).toMatchObject({ asOfMs: null, filled: changes.length });
    await must(again.call('feedApply', page([], 'f2')));
    await must(again.call('close', null));
    const whole = await openByRelease(start(), cachePath(), { escrow: opened.escrow });
    expect(whole).toMatchObject({ asOfMs: now, filled: null });
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
      sealTo(opened.escrow.inboxPublicKey, { ...inboxPage('c3', 'second'), malformed: 2 }),
    ];
    const applied = await must(vault.call('inboxApply', { sealed }));
    expect(applied).toEqual({
      generation: 4,
      cursor: 'c3',
      changedPatientIds: ['p1'],
      unreadable: 0,
      malformed: 2,
    });
    expect((await chart(vault)).sections.problems?.total).toBe(3);
    const next = { ...page([], 'c4'), malformed: 1 };
    expect(await must(vault.call('feedApply', next))).toMatchObject({ malformed: 3 });
    const anew = { ...page([], 'c5', true), malformed: 1 };
    expect(await must(vault.call('feedApply', anew))).toMatchObject({ malformed: 1 });
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
