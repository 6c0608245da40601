import {
  done,
  fromVault,
  refuseCall,
  spoolRefusal,
  type CallContext,
  type WorkspaceCallDeps,
} from './callContext.ts';
import { draftsEntry } from './openWorkspace.ts';
import type { WorkspaceHandlers } from './workspaceCalls.ts';
import type { Workspace } from './workspace.ts';

/** Who writes, and to whom operations are sealed. */
function writing(deps: WorkspaceCallDeps, { session }: Workspace) {
  const { personId, displayName } = session.person;
  return {
    author: { personId, displayName, sessionId: session.sessionId, terminalId: deps.terminalId },
    intakePublicKey: deps.intakePublicKey,
    nowMs: deps.wallMs(),
  };
}

/** Everything that a person writes: on disk before it is called saved. */
export function createWriteCalls(
  deps: WorkspaceCallDeps,
  context: CallContext,
): Pick<
  WorkspaceHandlers,
  'vitalsRecord' | 'noteWrite' | 'draftSave' | 'draftDiscard' | 'draftList' | 'conflictResolve'
> {
  return {
    vitalsRecord: context.inSession(
      async (workspace, { patientId, draftId, vitals, confirmedUnlikely }) => {
        const prepared = await workspace.vault.call('vitalsPrepare', {
          ...writing(deps, workspace),
          patientId,
          vitals,
          confirmedUnlikely,
        });
        const written = await context.write({
          workspace,
          subject: 'Observation',
          patientId,
          prepared,
          draftId,
          settles: null,
        });
        return written.ok ? { ok: true, value: { setId: written.value } } : written;
      },
    ),
    noteWrite: context.inSession(async (workspace, { patientId, draftId, note }) => {
      const prepared = await workspace.vault.call('notePrepare', {
        ...writing(deps, workspace),
        patientId,
        note,
      });
      const written = await context.write({
        workspace,
        subject: 'DocumentReference',
        patientId,
        prepared,
        draftId,
        settles: null,
      });
      return written.ok ? { ok: true, value: { noteId: written.value } } : written;
    }),
    draftSave: async (draft, senderId) => {
      // The one thing that is still taken while a session ends: what the person had typed.
      const workspace = deps.workspaces.ofSender(senderId);
      if (workspace === null) return refuseCall('noSession');
      const savedAtMs = deps.wallMs();
      const sealed = await workspace.vault.call('draftSeal', { draft: { ...draft, savedAtMs } });
      if (!sealed.ok) return fromVault(sealed.code);
      const { personId } = workspace.session.person;
      const kept = deps.spool.drafts.save({
        draftId: draft.draftId,
        personId,
        sealed: sealed.value.sealed,
        savedAtMs,
      });
      if (!kept.ok) {
        deps.onSpoolRefusal(kept.code);
        return spoolRefusal(kept.code);
      }
      deps.onDraft();
      return { ok: true, value: { savedAtMs } };
    },
    draftDiscard: context.inSession(async (workspace, { draftId }) => {
      const own = deps.spool.drafts.ofPerson(workspace.session.person.personId);
      if (!own.some((draft) => draft.draftId === draftId)) return refuseCall('notFound');
      const dropped = deps.spool.drafts.discard(draftId);
      deps.onDraft();
      return await Promise.resolve(dropped.ok ? done : refuseCall('internal'));
    }),
    draftList: context.inSession(async (workspace) => {
      const sealed = deps.spool.drafts
        .ofPerson(workspace.session.person.personId)
        .map((draft) => draft.sealed);
      const opened = await workspace.vault.call('draftsOpen', { sealed });
      if (!opened.ok) return fromVault(opened.code);
      const { drafts } = opened.value;
      if (drafts.length > 0 && !context.audited(draftsEntry(workspace.session, drafts)))
        return refuseCall('internal');
      return { ok: true, value: drafts };
    }),
    conflictResolve: context.inSession(async (workspace, { operationId, choice }) => {
      const conflicts = await workspace.vault.call('conflictsRead', null);
      const conflict = conflicts.ok
        ? conflicts.value.find((one) => one.operationId === operationId)
        : undefined;
      if (conflict === undefined) return refuseCall('conflictGone');
      const prepared = await workspace.vault.call('conflictPrepare', {
        ...writing(deps, workspace),
        operationId,
        choice,
      });
      const written = await context.write({
        workspace,
        subject: conflict.resourceType,
        patientId: conflict.patientId,
        prepared,
        draftId: null,
        settles: operationId,
      });
      return written.ok ? done : written;
    }),
  };
}
