import type { Rejection } from '#core/contracts/clinical.ts';
import {
  done,
  refuseCall,
  refusedEntry,
  sessionEntry,
  spoolRefusal,
  type CallContext,
  type WorkspaceCallDeps,
} from './callContext.ts';
import type { Workspace } from './workspace.ts';
import type { WorkspaceHandlers } from './workspaceCalls.ts';

/** What the record server gave back to its author: shown to her alone, and gone only when she has said so. */
export function createRejectionCalls(
  deps: WorkspaceCallDeps,
  context: CallContext,
): Pick<WorkspaceHandlers, 'rejectionList' | 'rejectionDismiss'> {
  const open = async (workspace: Workspace, ids: readonly string[] | null) => {
    const own = deps.spool.drafts.rejectedOf(workspace.session.person.personId);
    const asked = own.filter(({ draftId }) => ids === null || ids.includes(draftId));
    const rejected = asked.map(({ draftId, rejection, sealed }) => ({
      id: draftId,
      reason: rejection,
      sealed,
    }));
    return await workspace.vault.call('rejectionsOpen', { rejected });
  };
  return {
    rejectionList: context.inSession(async (workspace) => {
      const opened = await open(workspace, null);
      if (!opened.ok) return context.refuse(workspace, 'view', 'rejections', [], opened.code);
      const patientIds = patientsOf(opened.value);
      const entry = sessionEntry(workspace, 'view', 'rejections', patientIds, 'success', 'author');
      if (opened.value.length > 0 && !context.audited(entry)) return refuseCall('internal');
      return { ok: true, value: opened.value };
    }),
    rejectionDismiss: context.inSession(async (workspace, { ids, chartedAgain }) => {
      // Opened once more, for the entry must name the patient and a page is not believed in that.
      const opened = await open(workspace, ids);
      if (!opened.ok) return context.refuse(workspace, 'write', 'rejection', [], opened.code);
      const draftIds = opened.value.flatMap((one) => one.ids);
      if (draftIds.length < ids.length) {
        context.audited(refusedEntry(workspace, 'write', 'rejection', [], 'notOwn'));
        return refuseCall('notFound');
      }
      const reason = chartedAgain ? 'chartedAgain' : 'dismissed';
      const dismissed = deps.spool.dismissRejected({
        audit: sessionEntry(
          workspace,
          'write',
          'rejection',
          patientsOf(opened.value),
          'success',
          reason,
        ),
        personId: workspace.session.person.personId,
        draftIds,
      });
      if (!dismissed.ok) {
        deps.onSpoolRefusal(dismissed.code);
        return spoolRefusal(dismissed.code);
      }
      deps.onAppended();
      deps.onPersonal(workspace);
      deps.onRejectionsChanged();
      return done;
    }),
  };
}

function patientsOf(rejections: readonly Rejection[]): string[] {
  return [...new Set(rejections.flatMap(({ charted }) => charted?.patientId ?? []))];
}
