import { hospitalQuestion } from '#core/clinical/nameSearch.ts';
import type { LinkRefusal } from '../recordServer/transport.ts';
import {
  basisOf,
  done,
  fromLink,
  fromVault,
  refuseCall,
  refusedEntry,
  sessionEntry,
  type CallContext,
  type VaultFailure,
  type WorkspaceCallDeps,
} from './callContext.ts';
import { patientsOf } from './openWorkspace.ts';
import { openChart } from './visits.ts';
import type { WorkspaceHandlers } from './workspaceCalls.ts';

const searchLimit = 20;

/** Everything that shows patient data. Each answer has its audit entry on disk first. */
export function createReadCalls(
  deps: WorkspaceCallDeps,
  context: CallContext,
): Pick<
  WorkspaceHandlers,
  | 'boardRead'
  | 'chartOpen'
  | 'chartSectionRead'
  | 'vitalsRead'
  | 'patientSearch'
  | 'conflictList'
  | 'chartPrint'
> {
  return {
    boardRead: context.inSession(async (workspace) => {
      const { personId } = workspace.session.person;
      const board = await workspace.vault.call('boardRead', { personId, nowMs: deps.wallMs() });
      if (!board.ok) return context.refuse(workspace, 'view', 'board', [], board.code);
      const patientIds = patientsOf(board.value);
      return context.audited(
        sessionEntry(workspace, 'view', 'board', patientIds, 'success', 'ward'),
      )
        ? { ok: true, value: board.value }
        : refuseCall('internal');
    }),
    chartOpen: context.inSession(
      async (workspace, { patientId, fetch }) =>
        await context.view(
          workspace,
          'chart',
          patientId,
          async () => await openChart(deps, workspace, patientId, fetch),
        ),
    ),
    chartSectionRead: context.inSession(
      async (workspace, { patientId, section, offset }) =>
        await context.view(
          workspace,
          `chart.${section}`,
          patientId,
          async () =>
            await workspace.vault.call('chartSectionRead', { patientId, section, offset }),
        ),
    ),
    vitalsRead: context.inSession(
      async (workspace, { patientId, fromMs, toMs }) =>
        await context.view(
          workspace,
          'chart.vitals',
          patientId,
          async () => await workspace.vault.call('vitalsRead', { patientId, fromMs, toMs }),
        ),
    ),
    patientSearch: context.inSession(async (workspace, { text, where }) => {
      // Nothing is asked, so nothing is found and nothing is logged as a search.
      if (where === 'server' && hospitalQuestion(text) === null) return refuseCall('tooShort');
      const found =
        where === 'ward'
          ? await workspace.vault.call('wardSearch', { text, limit: searchLimit })
          : await deps.searchServer(workspace, text);
      if (!found.ok) {
        context.audited(refusedEntry(workspace, 'search', where, [], found.code));
        return where === 'ward'
          ? fromVault(found.code as VaultFailure)
          : fromLink(found.code as LinkRefusal);
      }
      const patientIds = found.value.hits.map((hit) => hit.identity.patientId);
      return context.audited(sessionEntry(workspace, 'search', where, patientIds))
        ? { ok: true, value: found.value }
        : refuseCall('internal');
    }),
    conflictList: context.inSession(async (workspace) => {
      const conflicts = await workspace.vault.call('conflictsRead', null);
      if (!conflicts.ok) return context.refuse(workspace, 'view', 'conflicts', [], conflicts.code);
      const patientIds = [...new Set(conflicts.value.map((conflict) => conflict.patientId))];
      if (
        patientIds.length > 0 &&
        !context.audited(sessionEntry(workspace, 'view', 'conflicts', patientIds))
      )
        return refuseCall('internal');
      return { ok: true, value: conflicts.value };
    }),
    chartPrint: context.inSession(async (workspace, { patientId }) => {
      const basis = basisOf(workspace, patientId);
      const entry = sessionEntry(workspace, 'print', 'chart', [patientId], 'success', basis);
      if (!context.audited(entry)) return refuseCall('internal');
      if (await deps.print(workspace)) return done;
      // The entry stands: the page was given to the system to print. This one says what became of it.
      context.audited({ ...entry, outcome: 'failure', reason: null });
      return refuseCall('notPrinted');
    }),
  };
}
