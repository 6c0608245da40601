import { hospitalQuestion } from '#core/clinical/nameSearch.ts';
import type { LinkRefusal } from '../recordServer/transport.ts';
import {
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
      const basis = context.permits(workspace, 'read', 'board', patientIds);
      if (basis === null) return refuseCall('denied');
      return context.audited(sessionEntry(workspace, 'view', 'board', patientIds, 'success', basis))
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
      // What a search of the whole hospital may find, the record server decides.
      if (context.permits(workspace, 'read', where, []) === null) return refuseCall('denied');
      // Nothing is asked, so nothing is found and nothing is logged as a search.
      if (where === 'server' && hospitalQuestion(text) === null) return refuseCall('tooShort');
      const found =
        where === 'ward'
          ? await workspace.vault.call('wardSearch', { text, limit: searchLimit })
          : await deps.searchServer(workspace, text);
      if (!found.ok) {
        context.audited(refusedEntry(workspace, 'search', where, [], found.code));
        return notFound(where, found.code);
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
      if (context.permits(workspace, 'read', 'conflicts', patientIds) === null)
        return refuseCall('denied');
      const entry = sessionEntry(workspace, 'view', 'conflicts', patientIds);
      if (patientIds.length > 0 && !context.audited(entry)) return refuseCall('internal');
      return { ok: true, value: conflicts.value };
    }),
    chartPrint: context.inSession(async (workspace, { patientId }) => {
      const basis = context.permits(workspace, 'read', 'chart', [patientId]);
      if (basis === null) return refuseCall('denied');
      const entry = sessionEntry(workspace, 'print', 'chart', [patientId], 'success', basis);
      if (!context.audited(entry)) return refuseCall('internal');
      if (await deps.print(workspace)) return done;
      // The entry stands: the page was given to the system to print. This one says what became of it.
      context.audited({ ...entry, outcome: 'failure', reason: null });
      return refuseCall('notPrinted');
    }),
  };
}

/** Why a search found nothing, as the page hears it: the ward is asked of the vault, the hospital of its server. */
function notFound(where: 'ward' | 'server', code: VaultFailure | LinkRefusal) {
  return where === 'ward' ? fromVault(code as VaultFailure) : fromLink(code as LinkRefusal);
}
