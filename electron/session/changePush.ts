import type { Freshness } from '#core/contracts/clinical.ts';
import type { Workspace } from './workspace.ts';
import type { Workspaces } from './workspaces.ts';

/** Tells the open workspace that something changed, at most a few times a second. */
export interface ChangePush {
  patientsChanged(patientIds: readonly string[]): void;
  /** Link, progress or outbox: the board itself is the same. */
  freshnessChanged(): void;
}

interface ChangePushDeps {
  readonly workspaces: Workspaces;
  readonly freshness: (workspace: Workspace) => Freshness;
  readonly wallMs: () => number;
}

/** Changes within this long go in one message: a first fill must not repaint the board for every page of it. */
const gatherMs = 60;

export function createChangePush(deps: ChangePushDeps): ChangePush {
  let gathered = new Set<string>();
  let timer: NodeJS.Timeout | null = null;

  const push = async (): Promise<void> => {
    timer = null;
    const changedPatientIds = [...gathered];
    gathered = new Set();
    const workspace = deps.workspaces.current();
    if (workspace === null || workspace.closing) return;
    const board =
      changedPatientIds.length === 0 ? null : await deps.workspaces.readBoard(workspace);
    // It may have been put away while the board was read: nothing of it may come onto an emptied page.
    const open = deps.workspaces.current();
    if (open !== workspace || open.closing) return;
    const freshness = deps.freshness(workspace);
    const message = { board, freshness, changedPatientIds, nowMs: deps.wallMs() };
    workspace.page.push('workspaceChanged', message);
  };
  const soon = (): void => {
    timer ??= setTimeout(() => void push(), gatherMs);
  };
  return {
    patientsChanged(patientIds) {
      const changes = deps.workspaces.current()?.changes;
      for (const patientId of patientIds) {
        gathered.add(patientId);
        changes?.set(patientId, (changes.get(patientId) ?? 0) + 1);
      }
      soon();
    },
    freshnessChanged: soon,
  };
}
