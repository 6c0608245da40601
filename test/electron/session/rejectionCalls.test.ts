import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCallContext, type WorkspaceCallDeps } from '#electron/session/callContext.ts';
import { createRejectionCalls } from '#electron/session/rejectionCalls.ts';
import type { Workspace } from '#electron/session/workspace.ts';
import type { Spool } from '#electron/spool/spool.ts';
import { createSpoolFixture, must as mustHave, type SpoolFixture } from '../spool/spoolFixture.ts';
import { vaultFixture } from '../vault/fixture.ts';
import type { ForkedVault } from '../vault/vaultClient.ts';
import { must, order, person } from '../vault/ward.ts';
import { entry, filledWard } from '../vault/writing.ts';

/* The calls as main answers them, over a real vault and a real spool. */

const { start, cachePath } = vaultFixture();
let fixture: SpoolFixture;
let spool: Spool;
let told: string[];
beforeEach(() => {
  fixture = createSpoolFixture();
  spool = fixture.mustOpen(true);
  told = [];
});
afterEach(() => {
  spool.close();
  fixture.remove();
});

const sender = 7;

/** The handlers for one person with her vault; a page is whoever sends as `sender`. */
function callsOf(vault: ForkedVault, personId = 'n1') {
  const session = { sessionId: 's1', person: person(personId) };
  const workspace = { session, vault, closing: false } as unknown as Workspace;
  const deps = {
    workspaces: { ofSender: (id: number) => (id === sender ? workspace : null) },
    spool,
    onAppended: () => told.push('audit'),
    onPersonal: () => told.push('drafts'),
    onRejectionsChanged: () => told.push('count'),
    onSpoolRefusal: (code: string) => told.push(code),
  } as unknown as WorkspaceCallDeps;
  return createRejectionCalls(deps, createCallContext(deps));
}

/** Charts a set of vital signs and lets the record server refuse all of it. */
async function chartRefused(vault: ForkedVault): Promise<string[]> {
  const prepared = await must(
    vault.call('vitalsPrepare', {
      ...order(),
      patientId: 'p1',
      draftId: null,
      vitals: entry,
      confirmedUnlikely: false,
    }),
  );
  const { visiting, operations } = prepared;
  const ids = operations.map(({ operation }) => operation.operationId);
  const write = {
    personId: 'n1',
    patientId: 'p1',
    operations,
    draftId: null,
    settles: null,
  };
  mustHave(spool.commitWrite({ ...write, visiting, audit: [] }));
  const reason = 'denied: noRelationship';
  const status = 'rejected' as const;
  mustHave(spool.outbox.settle(ids.map((operationId) => ({ operationId, status, reason }))));
  return ids;
}

describe('what the record server refused', () => {
  it('is shown to its author with its values, after the entry that says so', async () => {
    const vault = start();
    await filledWard(vault, cachePath(), 1);
    const ids = await chartRefused(vault);
    const reply = await callsOf(vault).rejectionList(null, sender);
    if (!reply.ok) throw new Error(reply.code);
    expect(reply.value).toHaveLength(1);
    expect([...(reply.value[0]?.ids ?? [])].sort()).toEqual([...ids].sort());
    expect(reply.value[0]?.charted?.entry).toEqual({ kind: 'vitals', vitals: entry });
    expect(spool.unsent(10).at(-1)).toMatchObject({
      action: 'view',
      subject: 'rejections',
      personId: 'n1',
      patientIds: ['p1'],
    });
  });

  it('is nothing to another person, who cannot dismiss it either', async () => {
    const vault = start();
    await filledWard(vault, cachePath(), 1);
    const ids = await chartRefused(vault);
    const calls = callsOf(vault, 'n2');
    expect(await calls.rejectionList(null, sender)).toEqual({ ok: true, value: [] });
    expect(await calls.rejectionDismiss({ ids, chartedAgain: false }, sender)).toEqual({
      ok: false,
      code: 'notFound',
    });
    expect(spool.drafts.rejectedOf('n1')).toHaveLength(ids.length);
    // Not even the entry of the denial names the patient.
    expect(spool.unsent(10)).toMatchObject([
      { action: 'write', outcome: 'denied', subject: 'rejection', personId: 'n2', patientIds: [] },
    ]);
  });

  it.each([
    [false, 'dismissed'],
    [true, 'chartedAgain'],
  ])(
    'goes when its author says so, logged with the patient (charted again: %s)',
    async (chartedAgain, reason) => {
      const vault = start();
      await filledWard(vault, cachePath(), 1);
      const ids = await chartRefused(vault);
      const calls = callsOf(vault);
      expect(await calls.rejectionDismiss({ ids, chartedAgain }, sender)).toMatchObject({
        ok: true,
      });
      expect(spool.unsent(10).at(-1)).toMatchObject({
        action: 'write',
        subject: 'rejection',
        reason,
        personId: 'n1',
        patientIds: ['p1'],
      });
      expect(told).toEqual(['audit', 'drafts', 'count']);
      expect(await calls.rejectionList(null, sender)).toEqual({ ok: true, value: [] });
      expect(spool.drafts.unsent().map((one) => one.sealed)).toEqual(ids.map(() => null));
    },
  );
});
