import {
  done,
  refuseCall,
  refusedEntry,
  spoolRefusal,
  type CallContext,
  type WorkspaceCallDeps,
} from './callContext.ts';
import { draftsEntry } from './openWorkspace.ts';
import type { WorkspaceHandlers } from './workspaceCalls.ts';

/** Unfinished work: sealed to its author by the vault, kept by the spool. */
export function createDraftCalls(
  deps: WorkspaceCallDeps,
  context: CallContext,
): Pick<WorkspaceHandlers, 'draftSave' | 'draftDiscard' | 'draftList'> {
  return {
    draftSave: async (draft, senderId) => {
      // The one thing that is still taken while a session ends: what the person had typed.
      const workspace = deps.workspaces.ofSender(senderId);
      if (workspace === null) return refuseCall('noSession');
      const savedAtMs = deps.wallMs();
      const sealed = await workspace.vault.call('draftSeal', { draft: { ...draft, savedAtMs } });
      if (!sealed.ok)
        return context.refuse(workspace, 'write', 'draft', [draft.patientId], sealed.code);
      if (workspace.finishedDrafts.has(draft.draftId)) return refuseCall('notFound');
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
      deps.onPersonal(workspace);
      return { ok: true, value: { savedAtMs } };
    },
    draftDiscard: context.inSession(async (workspace, { draftId }) => {
      workspace.finishedDrafts.add(draftId);
      const own = deps.spool.drafts.ofPerson(workspace.session.person.personId);
      if (!own.some((draft) => draft.draftId === draftId)) {
        // Another's, or one that is gone already.
        context.audited(refusedEntry(workspace, 'write', 'draft', [], 'notOwn'));
        return refuseCall('notFound');
      }
      const dropped = deps.spool.drafts.discard(draftId);
      deps.onPersonal(workspace);
      return await Promise.resolve(dropped.ok ? done : refuseCall('internal'));
    }),
    draftList: context.inSession(async (workspace) => {
      const sealed = deps.spool.drafts
        .ofPerson(workspace.session.person.personId)
        .map((draft) => draft.sealed);
      const opened = await workspace.vault.call('draftsOpen', { sealed });
      if (!opened.ok) return context.refuse(workspace, 'view', 'drafts', [], opened.code);
      const { drafts } = opened.value;
      if (drafts.length > 0 && !context.audited(draftsEntry(workspace.session, drafts)))
        return refuseCall('internal');
      return { ok: true, value: drafts };
    }),
  };
}
