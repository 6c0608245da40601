import { createPublicKey, verify } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { VaultAnswer } from '#core/contracts/vault.ts';
import { vaultFixture } from './fixture.ts';
import type { ForkedVault } from './vaultClient.ts';
import { author, must, now, openByRelease, order, page, patientChanges, put } from './ward.ts';
import { chart, entry, notes, openOperation, writeNote, filledWard } from './writing.ts';

const { start, cachePath } = vaultFixture();

async function filled(
  patients = 2,
  extra = 0,
): Promise<{ vault: ForkedVault; opened: VaultAnswer<'openByRelease'> }> {
  const vault = start();
  return { vault, opened: await filledWard(vault, cachePath(), patients, extra) };
}

/** The record server has stored an operation as this version. */
const applied = async (vault: ForkedVault, operationId: string, version: number) =>
  await must(
    vault.call('pushResultsApply', {
      results: [{ operationId, status: 'applied', version, duplicate: false }],
    }),
  );

describe('charting', () => {
  it('of vital signs shows nothing before it is durable, then pending, then stored under the server version', async () => {
    const { vault } = await filled(1);
    const prepared = await must(
      vault.call('vitalsPrepare', {
        ...order(),
        patientId: 'p1',
        draftId: null,
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

  it('of one value alone keeps the score and the values from before it on the board', async () => {
    const { vault } = await filled(1);
    const none = Object.fromEntries(Object.keys(entry).map((key) => [key, null])) as never;
    const vitals = { ...(none as object), takenAtMs: now - 1000, temperature: 37 };
    const prepared = await must(
      vault.call('vitalsPrepare', {
        ...order(),
        patientId: 'p1',
        draftId: null,
        vitals: vitals as typeof entry,
        confirmedUnlikely: false,
      }),
    );
    const operationIds = prepared.operations.map(({ operation }) => operation.operationId);
    await must(vault.call('operationsCommit', { operationIds }));
    const board = await must(vault.call('boardRead', { personId: 'n1', nowMs: now }));
    expect(board.rows[0]).toMatchObject({
      earlyWarning: { total: null, lastComplete: { total: 8 }, risk: 3 },
      lastVitals: { heartRate: 95, temperature: 37, state: 'pending' },
    });
    expect(board.rows[0]?.carriedVitals).toHaveLength(6);
  });

  it('refuses what cannot be, asks about what is unlikely, and refuses an empty set', async () => {
    const { vault } = await filled(1);
    const prepare = async (vitals: Partial<typeof entry>, confirmedUnlikely = false) =>
      await vault.call('vitalsPrepare', {
        ...order(),
        patientId: 'p1',
        draftId: null,
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
        draftId: null,
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
          draftId: null,
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
    expect(openOperation(second.operations[0]!.operation.sealed).body).toMatchObject({
      baseVersion: 1,
      follows: first.operationIds[0],
    });
    expect((await notes(vault)).map((item) => [item.detail, item.state])).toEqual([
      ['Slept well', 'pending'],
    ]);
    await applied(vault, first.operationIds[0]!, 1);
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
        draftId: null,
        note: { text: 'x', corrects: { id: 'none', version: 1, operationId: null } },
      }),
    ).toEqual({ ok: false, code: 'notFound' });
  });

  it('of a correction begun on a note under way names it, whatever came of that meanwhile', async () => {
    const { vault } = await filled(1);
    const first = await writeNote(vault, 'Slept wel');
    const [operationId = ''] = first.operationIds;
    const [seen] = await notes(vault);
    expect(seen).toMatchObject({ state: 'pending', version: 1, operationId });
    await applied(vault, operationId, 1);
    const second = await writeNote(vault, 'Slept well', {
      id: first.id,
      version: seen!.version,
      operationId,
    });
    expect(openOperation(second.operations[0]!.operation.sealed).body).toMatchObject({
      baseVersion: 1,
      follows: operationId,
    });
  });

  it('that conflicts stays visible beside the other version until a person has chosen', async () => {
    const { vault } = await filled(1);
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
          {
            operationId: mine.operationIds[0]!,
            status: 'conflict',
            current,
            currentVersion: 6,
          },
          {
            operationId: '11111111-1111-4111-8111-111111111111',
            status: 'rejected',
            reason: 'unknown',
          },
        ],
      }),
    );
    expect((await notes(vault)).map((item) => item.state)).toEqual(['conflict']);
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

  it('names the draft it was typed in, so that nobody is offered it again', async () => {
    const { vault } = await filled(1);
    const draftId = '0b6e6fd0-6b8c-4a3f-9d8e-0a4f6d8b7a11';
    const note = await writeNote(vault, 'Typed', null, draftId);
    expect(openOperation(note.operations[0]!.operation.sealed).body.draftId).toBe(draftId);
    const other = await writeNote(vault, 'Dictated');
    expect(openOperation(other.operations[0]!.operation.sealed).body.draftId).toBeNull();
  });

  it('that another person keeps stands in both names', async () => {
    const { vault, opened } = await filled(1);
    const hers = await writeNote(vault, 'Hers');
    const [operationId] = hers.operationIds;
    const conflict = { status: 'conflict', current: null, currentVersion: 0 } as const;
    const results = [{ operationId: operationId!, ...conflict }];
    await must(vault.call('pushResultsApply', { results }));
    await must(vault.call('close', null));
    const second = start();
    await openByRelease(second, cachePath(), { personId: 'n2', escrow: opened.escrow });
    const kept = await must(
      second.call('conflictPrepare', {
        ...order('n2'),
        operationId: operationId!,
        choice: { keep: 'mine' },
      }),
    );
    expect(openOperation(kept.operations[0]!.operation.sealed).body.resource).toMatchObject({
      author: [{ reference: 'Practitioner/n1' }, { reference: 'Practitioner/n2' }],
    });
  });

  it('gives way when a person keeps theirs', async () => {
    const { vault } = await filled(1);
    const mine = await writeNote(vault, 'Mine');
    await must(
      vault.call('pushResultsApply', {
        results: [
          {
            operationId: mine.operationIds[0]!,
            status: 'conflict',
            current: null,
            currentVersion: 3,
          },
        ],
      }),
    );
    const own = await must(
      vault.call('conflictPrepare', {
        ...order(),
        operationId: mine.operationIds[0]!,
        choice: { keep: 'mine' },
      }),
    );
    // She wrote it herself: her name stands there once.
    expect(openOperation(own.operations[0]!.operation.sealed).body.resource).toMatchObject({
      author: [{ reference: 'Practitioner/n1' }],
    });
    // Built on the deletion: on anything else the server would answer with the same conflict for ever.
    expect(openOperation(own.operations[0]!.operation.sealed).body.baseVersion).toBe(3);
    const kept = await must(
      vault.call('conflictPrepare', {
        ...order(),
        operationId: mine.operationIds[0]!,
        choice: { keep: 'theirs' },
      }),
    );
    expect(kept.operations).toEqual([]);
    // Not on disk yet: until then the conflict stands, or a full disk would lose it from every screen.
    expect(await must(vault.call('conflictsRead', null))).toHaveLength(1);
    await must(vault.call('operationsCommit', { operationIds: [kept.id] }));
    expect(await must(vault.call('conflictsRead', null))).toEqual([]);
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
        draftId: null,
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
