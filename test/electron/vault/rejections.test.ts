import { expect, it } from 'vitest';
import type { VaultAnswer } from '#core/contracts/vault.ts';
import { vaultFixture } from './fixture.ts';
import { chart, entry, filledWard, notes, writeNote } from './writing.ts';
import type { ForkedVault } from './vaultClient.ts';
import { must, now, openByRelease, order } from './ward.ts';

const { start, cachePath } = vaultFixture();

const refused = (write: VaultAnswer<'notePrepare'>, reason = 'denied: noRelationship') =>
  write.operations.map(({ operation, sealedForAuthor: sealed }) => ({
    id: operation.operationId,
    reason,
    sealed,
  }));
const refuse = (vault: ForkedVault, write: VaultAnswer<'notePrepare'>) =>
  must(
    vault.call('pushResultsApply', {
      results: refused(write).map(({ id: operationId, reason }) => ({
        operationId,
        status: 'rejected' as const,
        reason,
      })),
    }),
  );

async function chartVitals(vault: ForkedVault): Promise<VaultAnswer<'vitalsPrepare'>> {
  const prepared = await must(
    vault.call('vitalsPrepare', {
      ...order(),
      patientId: 'p1',
      draftId: null,
      vitals: entry,
      confirmedUnlikely: false,
    }),
  );
  const operationIds = prepared.operations.map(({ operation }) => operation.operationId);
  await must(vault.call('operationsCommit', { operationIds }));
  return prepared;
}

it('what the server refused is no part of the chart any more, for anybody', async () => {
  const vault = start();
  await filledWard(vault, cachePath(), 1);
  const before = { vitals: (await chart(vault)).vitals, notes: await notes(vault) };
  const note = await writeNote(vault, 'Refused');
  const vitals = await chartVitals(vault);
  expect(await notes(vault)).toHaveLength(before.notes.length + 1);
  expect(await refuse(vault, note)).toEqual({ changedPatientIds: ['p1'] });
  await refuse(vault, vitals);
  expect(await notes(vault)).toEqual(before.notes);
  expect((await chart(vault)).vitals).toEqual(before.vitals);
  const board = await must(vault.call('boardRead', { personId: 'n1', nowMs: now }));
  expect(board.rows[0]?.lastVitals?.setId).not.toBe(vitals.id);
});

it('its author has it back as she charted it, the parts of a set as one', async () => {
  const vault = start();
  await filledWard(vault, cachePath(), 1);
  const note = await writeNote(vault, 'Walked to the window');
  const vitals = await chartVitals(vault);
  const rejected = [...refused(vitals), ...refused(note, 'invalid')];
  const opened = await must(vault.call('rejectionsOpen', { rejected }));
  const charted = { patientId: 'p1', patientLabel: 'Family1, Given', patientIsHere: true };
  expect(opened).toEqual([
    {
      ids: refused(vitals).map(({ id }) => id),
      reason: 'denied: noRelationship',
      charted: { ...charted, atMs: order().nowMs, entry: { kind: 'vitals', vitals: entry } },
    },
    {
      ids: note.operationIds,
      reason: 'invalid',
      charted: {
        ...charted,
        atMs: order().nowMs,
        entry: { kind: 'note', text: 'Walked to the window', corrects: null },
      },
    },
  ]);
});

it('a refused correction corrects the note as it stands in the record', async () => {
  const vault = start();
  await filledWard(vault, cachePath(), 1);
  const first = await writeNote(vault, 'First');
  const results = first.operationIds.map((operationId) => ({
    operationId,
    status: 'applied' as const,
    version: 1,
    duplicate: false,
  }));
  await must(vault.call('pushResultsApply', { results }));
  const correction = await writeNote(vault, 'Second', { id: first.id, version: 1 });
  await refuse(vault, correction);
  const [opened] = await must(vault.call('rejectionsOpen', { rejected: refused(correction) }));
  expect(opened?.charted?.entry).toEqual({
    kind: 'note',
    text: 'Second',
    corrects: { id: first.id, version: 1, text: 'First' },
  });
  expect((await notes(vault)).map((item) => item.detail)).toEqual(['First']);
});

it('another person reads nothing of it, and it is told apart from a loss', async () => {
  const author = start();
  await filledWard(author, cachePath(), 1);
  const rejected = refused(await writeNote(author, 'Hers alone'));
  await must(author.call('close', null));
  const other = start();
  await openByRelease(other, `${cachePath()}.other`, { personId: 'n2' });
  expect(await must(other.call('rejectionsOpen', { rejected }))).toEqual([
    { ids: [rejected[0]?.id], reason: 'denied: noRelationship', charted: null },
  ]);
});
