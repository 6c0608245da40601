import {
  done,
  refuseCall,
  refusedEntry,
  type CallContext,
  type WorkspaceCallDeps,
} from './callContext.ts';
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
): Pick<WorkspaceHandlers, 'vitalsRecord' | 'noteWrite' | 'conflictResolve'> {
  return {
    vitalsRecord: context.inSession(
      async (workspace, { patientId, draftId, vitals, confirmedUnlikely }) => {
        const prepare = async () =>
          await workspace.vault.call('vitalsPrepare', {
            ...writing(deps, workspace),
            patientId,
            draftId,
            vitals,
            confirmedUnlikely,
          });
        const written = await context.write({
          workspace,
          subject: 'Observation',
          patientId,
          prepare,
          draftId,
          settles: null,
        });
        return written.ok ? { ok: true, value: { setId: written.value } } : written;
      },
    ),
    noteWrite: context.inSession(async (workspace, { patientId, draftId, note }) => {
      const prepare = async () =>
        await workspace.vault.call('notePrepare', {
          ...writing(deps, workspace),
          patientId,
          draftId,
          note,
        });
      const written = await context.write({
        workspace,
        subject: 'DocumentReference',
        patientId,
        prepare,
        draftId,
        settles: null,
      });
      return written.ok ? { ok: true, value: { noteId: written.value } } : written;
    }),
    conflictResolve: context.inSession(async (workspace, { operationId, choice }) => {
      const conflicts = await workspace.vault.call('conflictsRead', null);
      if (!conflicts.ok) return context.refuse(workspace, 'write', 'conflict', [], conflicts.code);
      const conflict = conflicts.value.find((one) => one.operationId === operationId);
      if (conflict === undefined) {
        context.audited(refusedEntry(workspace, 'write', 'conflict', [], 'conflictGone'));
        return refuseCall('conflictGone');
      }
      const prepare = async () =>
        await workspace.vault.call('conflictPrepare', {
          ...writing(deps, workspace),
          operationId,
          choice,
        });
      const written = await context.write({
        workspace,
        subject: conflict.resourceType,
        patientId: conflict.patientId,
        prepare,
        draftId: null,
        settles: operationId,
      });
      return written.ok ? done : written;
    }),
  };
}
