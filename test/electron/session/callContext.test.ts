import { expect, it } from 'vitest';
import type { AuditDraft } from '#core/contracts/audit.ts';
import type { Person } from '#core/contracts/terminal.ts';
import { succeed } from '#core/result.ts';
import { createCallContext, type WorkspaceCallDeps } from '#electron/session/callContext.ts';
import type { Workspace } from '#electron/session/workspace.ts';

/* Every view and write of a page goes past the access decision; the vault is asked only after it. */

function openAs(role: Person['role']) {
  const entries: AuditDraft[] = [];
  let asked = 0;
  const context = createCallContext({
    wardId: 'ward-ash',
    spool: { append: (drafts: AuditDraft[]) => succeed(entries.push(...drafts)) },
    onAppended: () => undefined,
    onSpoolRefusal: () => undefined,
  } as unknown as WorkspaceCallDeps);
  const person: Person = { personId: 'p', displayName: 'P', role, trust: 'B0' };
  const workspace = {
    session: { sessionId: 's', person },
    visits: new Map(),
  } as unknown as Workspace;
  const ask = async () => {
    asked += 1;
    return await Promise.resolve({ ok: false as const, code: 'notFound' as const });
  };
  return {
    entries,
    asked: () => asked,
    view: async () => await context.view(workspace, 'chart', 'p1', ask),
    write: async () =>
      await context.write({
        workspace,
        subject: 'Observation',
        patientId: 'p1',
        prepare: ask,
        draftId: null,
        settles: null,
      }),
  };
}

it('a person without a relationship of care reads and writes nothing, and each try is logged', async () => {
  const clerk = openAs('other');
  expect(await clerk.view()).toEqual({ ok: false, code: 'denied' });
  expect(await clerk.write()).toEqual({ ok: false, code: 'denied' });
  expect(clerk.asked()).toBe(0);
  const denial = {
    action: 'denied',
    outcome: 'denied',
    personId: 'p',
    sessionId: 's',
    patientIds: ['p1'],
    reason: 'role',
  };
  expect(clerk.entries).toMatchObject([
    { ...denial, subject: 'chart' },
    { ...denial, subject: 'Observation' },
  ]);
});

it('a nurse of the ward gets through to the vault', async () => {
  const nurse = openAs('nurse');
  expect(await nurse.view()).toEqual({ ok: false, code: 'notFound' });
  expect(await nurse.write()).toEqual({ ok: false, code: 'notFound' });
  expect(nurse.asked()).toBe(2);
});
