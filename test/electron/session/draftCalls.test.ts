import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { succeed } from '#core/result.ts';
import { createCallContext, type WorkspaceCallDeps } from '#electron/session/callContext.ts';
import { createDraftCalls } from '#electron/session/draftCalls.ts';
import type { Workspace } from '#electron/session/workspace.ts';
import type { Spool } from '#electron/spool/spool.ts';
import {
  createSpoolFixture,
  spoolWrite,
  type SpoolFixture,
} from '#test/electron/spool/spoolFixture.ts';

/* A real spool; the vault seals when the test says so. */

let spools: SpoolFixture;
let spool: Spool;
let sealed: (() => void)[];
beforeEach(() => {
  spools = createSpoolFixture();
  spool = spools.mustOpen(true);
  sealed = [];
});
afterEach(() => {
  spool.close();
  spools.remove();
});

const senderId = 1;
const personId = 'person-1';

function draftCalls() {
  const vault = {
    call: async (call: string) => {
      if (call === 'draftSeal') await new Promise<void>((resolve) => sealed.push(resolve));
      return succeed({ sealed: 'c2VhbGVk' });
    },
  };
  const workspace = {
    session: { person: { personId, role: 'nurse' }, sessionId: 'session-1' },
    vault,
    finishedDrafts: new Set<string>(),
    visits: new Map<string, string>(),
    closing: false,
  } as unknown as Workspace;
  const deps = {
    workspaces: { ofSender: () => workspace },
    spool,
    wardId: 'ward-1',
    wallMs: () => Date.now(),
    onPersonal: () => undefined,
    onAppended: () => undefined,
    onWritten: () => undefined,
    onSpoolRefusal: () => undefined,
  } as unknown as WorkspaceCallDeps;
  const context = createCallContext(deps);
  return { calls: createDraftCalls(deps, context), context, workspace };
}

const draftOf = (draftId: string) => ({
  draftId,
  patientId: 'patient-1',
  patientLabel: 'One',
  kind: 'note' as const,
  content: '{}',
});
const kept = () => spool.drafts.ofPerson(personId).map((draft) => draft.draftId);

it('a draft thrown away while a save of it is under way stays thrown away', async () => {
  const { calls } = draftCalls();
  const [draftId, other] = [randomUUID(), randomUUID()];
  const first = calls.draftSave(draftOf(draftId), senderId);
  sealed.splice(0).forEach((done) => done());
  expect((await first).ok).toBe(true);
  const late = [draftId, other].map((id) => calls.draftSave(draftOf(id), senderId));
  expect((await calls.draftDiscard({ draftId }, senderId)).ok).toBe(true);
  sealed.splice(0).forEach((done) => done());
  expect((await Promise.all(late)).map((reply) => reply.ok)).toEqual([false, true]);
  expect(kept()).toEqual([other]);
});

it('a draft that was filed while a save of it is under way does not come back', async () => {
  const { calls, context, workspace } = draftCalls();
  const draftId = randomUUID();
  const late = calls.draftSave(draftOf(draftId), senderId);
  const { operations } = spoolWrite(1);
  const written = await context.write({
    workspace,
    subject: 'DocumentReference',
    patientId: 'patient-1',
    prepare: () =>
      Promise.resolve(succeed({ id: 'note-1', visiting: false, operations: [...operations] })),
    draftId,
    settles: null,
  });
  expect(written.ok).toBe(true);
  sealed.splice(0).forEach((done) => done());
  expect((await late).ok).toBe(false);
  expect(kept()).toEqual([]);
});
