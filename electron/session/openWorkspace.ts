import type { AuditDraft } from '#core/contracts/audit.ts';
import type { BoardView, Draft } from '#core/contracts/clinical.ts';
import type { RefusalCode, WorkspaceBegin } from '#core/contracts/ipc.ts';
import type { LiveSession } from '#core/session/model.ts';
import type { OpenedLogin } from './loginDeps.ts';
import { refusalOfVault } from './vaultRefusals.ts';
import type { Workspace, WorkspacesDeps } from './workspace.ts';

/** Opens the vault of a person who was here a moment ago, without a PIN. */
export async function openByGrace(
  deps: WorkspacesDeps,
  session: LiveSession,
): Promise<OpenedLogin | RefusalCode> {
  const grace = deps.graces.find(session.badgeKey, deps.nowMs(), deps.wallMs());
  if (grace === null) return 'internal';
  const vault = deps.takeVault();
  const opened = await vault.call('openByGrace', {
    where: deps.where(),
    grace: grace.slot,
    graceSecret: grace.graceSecret,
    badgeSecret: deps.badgeKeys.secretOf(grace.facts.badge),
    deviceSecret: deps.deviceSecret,
  });
  if (!opened.ok) {
    deps.graces.drop(session.badgeKey);
    await vault.kill();
    return refusalOfVault(opened.code);
  }
  return { facts: grace.facts, vault, ...opened.value };
}

/** The patients on a board, for its audit entry. */
export function patientsOf(board: BoardView): string[] {
  return board.rows.flatMap((row) => (row.patient === null ? [] : [row.patient.patientId]));
}

/** The entry of a board view. */
export function boardEntry(session: LiveSession, patientIds: string[]): AuditDraft {
  return {
    action: 'view',
    outcome: 'success',
    personId: session.person.personId,
    sessionId: session.sessionId,
    patientIds,
    subject: 'board',
    purposeOfUse: 'TREAT',
    reason: 'ward',
  };
}

/** The entry of unfinished work that is offered back to its author: it names patients and holds what was typed of them. */
export function draftsEntry(session: LiveSession, drafts: readonly Draft[]): AuditDraft {
  const patientIds = [...new Set(drafts.map((draft) => draft.patientId))];
  return { ...boardEntry(session, patientIds), subject: 'drafts', reason: 'author' };
}

/** Person and board in one message, so that the first paint has data. */
export function beginMessage(
  deps: WorkspacesDeps,
  workspace: Workspace,
  opened: OpenedLogin,
  board: BoardView,
  drafts: Draft[],
): WorkspaceBegin {
  const { facts, session, token } = workspace;
  return {
    token,
    person: session.person,
    ...deps.surroundings(session.person.personId),
    nowMs: deps.wallMs(),
    shiftEndsAtMs: facts.shiftEndsAtMs,
    board,
    freshness: deps.freshness(opened),
    drafts,
    otherSessions: facts.otherSessions,
  };
}
