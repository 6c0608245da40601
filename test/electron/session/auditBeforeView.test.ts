import { expect, it, vi } from 'vitest';
import type { AuditDraft } from '#core/contracts/audit.ts';
import type { WorkspaceCall } from '#core/contracts/channels.ts';
import type { Freshness } from '#core/contracts/clinical.ts';
import type { Reply } from '#core/contracts/ipc.ts';
import { succeed } from '#core/result.ts';
import { createLatencyRecorder } from '#electron/latency.ts';
import { createChangePush, type ChangePush } from '#electron/session/changePush.ts';
import { bringElsewhere } from '#electron/session/elsewhere.ts';
import type { WorkspacesDeps } from '#electron/session/workspace.ts';
import { createWorkspaces } from '#electron/session/workspaces.ts';
import { must } from '#test/electron/spool/spoolFixture.ts';
import { must as mustAnswer, now, order } from '#test/electron/vault/ward.ts';
import { writeNote } from '#test/electron/vault/writing.ts';
import { answers } from './answers.ts';
import { callsFixture, pageId, type OpenCalls } from './callsFixture.ts';

/* No data without its entry on disk: every call that answers with patient data, on a spool that takes entries and on one that does not. */

const { open } = callsFixture();

const payloads: Partial<Record<WorkspaceCall, unknown>> = {
  boardRead: null,
  chartOpen: { patientId: 'p1', fetch: true },
  chartSectionRead: { patientId: 'p1', section: 'problems', offset: 0 },
  vitalsRead: { patientId: 'p1', fromMs: 0, toMs: now },
  patientSearch: { text: 'family1', where: 'ward' },
  draftList: null,
  conflictList: null,
  rejectionList: null,
};
const identity = {
  patientId: 'p1',
  family: 'Family1',
  given: 'Given',
  prefix: null,
  preferredName: null,
  birthDate: null,
  gender: null,
  recordNumber: null,
  deceasedAt: null,
};

/** Something to be seen behind each call: a draft, a conflict, an entry that the record server refused. */
async function furnish(calls: OpenCalls): Promise<void> {
  const mine = await writeNote(calls.vault, 'Mine');
  const [operationId = ''] = mine.operationIds;
  const results = [{ operationId, status: 'conflict' as const, current: null, currentVersion: 0 }];
  await mustAnswer(calls.vault.call('pushResultsApply', { results }));
  const draftId = '3b0e1f6e-7c5d-4f0a-9a52-0f2d7b1f1c11';
  const draft = { draftId, patientId: 'p1', patientLabel: 'Family1', kind: 'note', content: 'x' };
  const saved = await calls.handlers.draftSave(draft as never, pageId);
  expect(saved.ok).toBe(true);
  const refused = await mustAnswer(
    calls.vault.call('notePrepare', {
      ...order(),
      patientId: 'p1',
      draftId: null,
      note: { text: 'Refused', corrects: null },
    }),
  );
  const write = { personId: 'n1', patientId: 'p1', draftId: null, settles: null, audit: [] };
  const { visiting, operations } = refused;
  must(calls.spool.commitWrite({ ...write, visiting, operations }));
  const verdict = { status: 'rejected' as const, reason: 'denied: noRelationship' };
  const ids = refused.operations.map(({ operation }) => operation.operationId);
  must(calls.spool.outbox.settle(ids.map((id) => ({ ...verdict, operationId: id }))));
  const hit = { identity, bed: null, wardName: null };
  calls.server.search = succeed({ hits: [hit], more: false });
}

const showing = Object.entries(answers)
  .filter(([, holds]) => holds === 'patientData')
  .map(([name]) => name as WorkspaceCall);
const asked: readonly (readonly [string, WorkspaceCall, unknown])[] = [
  ...showing.map((name) => [name, name, payloads[name]] as const),
  ['patientSearch of the hospital', 'patientSearch', { text: 'family1', where: 'server' }],
];
const call = async (calls: OpenCalls, name: WorkspaceCall, payload: unknown) =>
  await (calls.handlers[name] as (given: unknown, senderId: number) => Promise<Reply<unknown>>)(
    payload,
    pageId,
  );

it('every call that answers with patient data is asked here', () => {
  expect(Object.keys(payloads).sort()).toEqual([...showing].sort());
});

it.each(asked)('%s answers with its patients in an entry', async (_name, name, payload) => {
  const calls = await open();
  await furnish(calls);
  calls.entries();
  const reply = JSON.stringify(await call(calls, name, payload));
  expect(reply).toContain('"ok":true');
  expect(reply.length).toBeGreaterThan(40);
  const entries = calls.entries();
  expect(entries.flatMap(({ patientIds }) => patientIds)).toContain('p1');
  expect(entries.map(({ outcome }) => outcome)).toEqual(['success']);
});

it.each(asked)('%s answers nothing while the spool takes nothing', async (_name, name, payload) => {
  const calls = await open();
  await furnish(calls);
  calls.breakSpool();
  expect(await call(calls, name, payload)).toEqual({ ok: false, code: 'internal' });
  expect(calls.spoolRefusals).toEqual(['rollback']);
});

it('nothing is printed while the spool takes nothing', async () => {
  const calls = await open();
  calls.breakSpool();
  expect(await call(calls, 'chartPrint', { patientId: 'p1' })).toEqual({
    ok: false,
    code: 'internal',
  });
  expect(calls.printed()).toBe(0);
});

const seen = (calls: OpenCalls, topic: string): string =>
  JSON.stringify(calls.pushed.filter((one) => one.topic === topic));

/** The real pushes of a changed board, which nobody asked for. */
function boardPushes(calls: OpenCalls): ChangePush {
  const deps = { spool: calls.spool, wallMs: () => now, onAppended: () => undefined };
  const workspaces = {
    ...createWorkspaces(deps as unknown as WorkspacesDeps),
    current: () => calls.workspace,
  };
  const freshness = {} as Freshness;
  return createChangePush({ workspaces, freshness: () => freshness, wallMs: () => now });
}

it('a patient who comes onto the board is pushed after an entry that names her', async () => {
  const calls = await open();
  calls.entries();
  boardPushes(calls).patientsChanged(['p1']);
  await vi.waitFor(() => expect(seen(calls, 'workspaceChanged')).toContain('Family1'));
  const [entry] = calls.entries();
  expect(entry).toMatchObject({ action: 'view', subject: 'board', personId: 'n1' });
  expect(entry?.patientIds).toContain('p1');
});

it('no board is pushed while the spool takes nothing', async () => {
  const calls = await open();
  calls.breakSpool();
  boardPushes(calls).patientsChanged(['p1']);
  await vi.waitFor(() => expect(seen(calls, 'workspaceChanged')).toContain('"board":null'));
  expect(seen(calls, 'workspaceChanged')).not.toContain('Family');
});

/** What the record server has of her at another terminal comes in while the session is open. */
async function bringDraft(calls: OpenCalls): Promise<void> {
  const draftId = '3b0e1f6e-7c5d-4f0a-9a52-0f2d7b1f1c11';
  const draft = { draftId, patientId: 'p1', patientLabel: 'Family1', content: 'half a sentence' };
  const sealed = await mustAnswer(
    calls.vault.call('draftSeal', { draft: { ...draft, kind: 'note', savedAtMs: now } }),
  );
  const deps = {
    server: { otherSessions: () => Promise.resolve(succeed([])) },
    sync: {
      fetchDrafts: () => {
        const record = {
          draftId,
          personId: 'n1',
          sealed: sealed.sealed,
          savedAtMs: now,
          rejection: null,
        };
        return Promise.resolve(calls.spool.drafts.receive('n1', [record]));
      },
    },
    spool: calls.spool,
    wallMs: () => now,
    isOpen: () => true,
    audit: (entry: AuditDraft) => calls.spool.append([entry]).ok,
    onRejectionsChanged: () => undefined,
  };
  await bringElsewhere(deps as unknown as Parameters<typeof bringElsewhere>[0], calls.workspace);
}

it('unfinished work from elsewhere is pushed after an entry that names its patient', async () => {
  const calls = await open();
  calls.entries();
  await bringDraft(calls);
  expect(seen(calls, 'workspaceElsewhere')).toContain('half a sentence');
  expect(calls.entries()).toMatchObject([{ subject: 'drafts', patientIds: ['p1'] }]);
});

it('no unfinished work is pushed while the spool takes nothing', async () => {
  const calls = await open();
  calls.breakSpool();
  await bringDraft(calls);
  expect(seen(calls, 'workspaceElsewhere')).toContain('"drafts":null');
  expect(seen(calls, 'workspaceElsewhere')).not.toContain('half a sentence');
});

it('no workspace begins while the spool takes nothing', async () => {
  const calls = await open();
  calls.breakSpool();
  const page = { ...calls.workspace.page, ready: Promise.resolve(true), isGone: () => false };
  const { vault, workspace, spool } = calls;
  const deps = {
    spool,
    stage: {
      takeSpare: () => page,
      raiseWorkspace: () => undefined,
      destroyWorkspace: async () => await Promise.resolve(),
    },
    claimLogin: () => ({ vault, facts: workspace.facts, cacheId: workspace.cacheId }),
    prepareSpares: () => undefined,
    latency: createLatencyRecorder(),
    wallMs: () => now,
    nowMs: () => now,
  };
  const workspaces = createWorkspaces(deps as unknown as WorkspacesDeps);
  expect(await workspaces.open(1, workspace.session, 'pin')).toBe('storageFault');
  expect(calls.pushed).toEqual([]);
  expect(workspaces.current()).toBeNull();
});
