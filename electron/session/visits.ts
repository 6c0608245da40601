import type { ChartView } from '#core/contracts/clinical.ts';
import { refuse, type Result } from '#core/result.ts';
import type { LinkRefusal } from '../recordServer/transport.ts';
import type { Spool } from '../spool/spool.ts';
import type { VaultFailure, WorkspaceCallDeps } from './callContext.ts';
import type { Workspace } from './workspace.ts';

type Opened = Result<ChartView, VaultFailure | LinkRefusal>;
type VisitDeps = Pick<WorkspaceCallDeps, 'fetchPatient' | 'onMalformed' | 'wallMs'>;

/** The record server cannot be asked now. That says nothing about what this person may see: what is held is shown meanwhile. */
const passing: readonly string[] = [
  'unreachable',
  'untrusted',
  'serverFault',
  'tooMany',
  'malformed',
];
/** What was charted meanwhile is not in a record that was fetched before it arrived; then it is fetched again. */
const mostFetches = 3;

/**
 * Opens a chart: of a patient of the ward out of the cache, of anybody else out of what this session fetched, which is brought
 * up to date first when `fetch` is set. A record that cannot be fetched again now is shown as it was; the view says when.
 */
export async function openChart(
  deps: VisitDeps,
  workspace: Workspace,
  patientId: string,
  fetch: boolean,
): Promise<Opened> {
  const read = async () =>
    await workspace.vault.call('chartRead', { patientId, nowMs: deps.wallMs() });
  const held = await read();
  if (held.ok && held.value.visiting === null) {
    // She has come to the ward since: the feed keeps her record from now on.
    workspace.visits.delete(patientId);
    return held;
  }
  if (!fetch || (!held.ok && held.code !== 'notFound')) return held;
  for (let round = 0; round < mostFetches; round += 1) {
    const changes = workspace.changes.get(patientId);
    const visit = await fetchVisit(deps, workspace, patientId);
    if (!visit.ok) return held.ok && passing.includes(visit.code) ? held : visit;
    if (workspace.changes.get(patientId) === changes) break;
  }
  return await read();
}

/** Fetches a record into the vault; one that this person may not see (any more), or that is gone, goes from it. */
async function fetchVisit(
  deps: VisitDeps,
  workspace: Workspace,
  patientId: string,
): Promise<Result<null, VaultFailure | LinkRefusal>> {
  const { vault, visits } = workspace;
  const fetchedAtMs = deps.wallMs();
  const record = await deps.fetchPatient(workspace, patientId);
  if (!record.ok) {
    if (passing.includes(record.code)) return record;
    visits.delete(patientId);
    const forgotten = await vault.call('visitForget', { patientId });
    return forgotten.ok ? record : forgotten;
  }
  const { changes, accessBasis, malformed } = record.value;
  if (malformed > 0) deps.onMalformed(malformed);
  const kept = await vault.call('visitKeep', { patientId, changes, accessBasis, fetchedAtMs });
  if (kept.ok) visits.set(patientId, accessBasis);
  // It was not the whole record of this one patient.
  return !kept.ok && kept.code === 'invalid' ? refuse('malformed') : kept;
}

/**
 * Gives the vault back what this person charted of visiting patients in sessions before. Called before the vault hears of
 * any result, so that none passes what is on its way.
 */
export async function restoreOwnOperations(
  spool: Pick<Spool, 'outbox'>,
  workspace: Workspace,
): Promise<void> {
  const own = spool.outbox.ownVisiting(workspace.session.person.personId);
  if (own.length === 0) return;
  await workspace.vault.call('ownOperationsRestore', {
    operations: own.map(({ sealedForAuthor, result }) => ({ sealedForAuthor, result })),
  });
}
