import type { Draft } from '#core/contracts/clinical.ts';
import type { AuditDraft } from '#core/contracts/audit.ts';
import type { Answer, RecordServer } from '../recordServer/recordServer.ts';
import type { Spool } from '../spool/spool.ts';
import type { Sync } from '../sync/sync.ts';
import { draftsEntry } from './openWorkspace.ts';
import { askWithToken, freshToken } from './tokens.ts';
import type { Workspace } from './workspace.ts';

interface ElsewhereDeps {
  readonly server: Pick<RecordServer, 'renewSession' | 'otherSessions'>;
  readonly sync: Pick<Sync, 'fetchDrafts'>;
  readonly spool: Pick<Spool, 'drafts'>;
  readonly wallMs: () => number;
  /** Whether this workspace is still the one that is open. */
  readonly isOpen: (workspace: Workspace) => boolean;
  /** What the record server refused at another terminal came here, or was decided about there. */
  readonly onRejectionsChanged: () => void;
  /** Puts an entry on disk; false = nothing may be shown. */
  readonly audit: (entry: AuditDraft) => boolean;
}

/**
 * Brings what a person left at other terminals, unfinished work and open sessions, while the board is already up. Without the
 * record server it brings nothing.
 */
export async function bringElsewhere(deps: ElsewhereDeps, workspace: Workspace): Promise<void> {
  const { personId } = workspace.session.person;
  const token = await freshToken(workspace, deps.server, deps.wallMs());
  if (!token.ok) return;
  const had = standingOf(deps, personId);
  const ask = async <Value>(call: (token: string) => Answer<Value>) =>
    await askWithToken(workspace, deps.server, deps.wallMs, call);
  const hadRejections = deps.spool.drafts.rejectedOf(personId).length;
  const fetched = await ask((token) => deps.sync.fetchDrafts(personId, token));
  if (deps.spool.drafts.rejectedOf(personId).length !== hadRejections) deps.onRejectionsChanged();
  const others = await ask((token) => deps.server.otherSessions(token));
  if (others.ok) workspace.facts = { ...workspace.facts, otherSessions: others.value };
  const isNew = fetched.ok && standingOf(deps, personId) !== had;
  const drafts = isNew ? await openDrafts(deps, workspace) : null;
  if (!deps.isOpen(workspace)) return;
  const isShown = drafts === null || drafts.length === 0 || logged(deps, workspace, drafts);
  workspace.page.push('workspaceElsewhere', {
    drafts: isShown ? drafts : null,
    otherSessions: [...workspace.facts.otherSessions],
  });
}

/** Which drafts there are, in which state. */
function standingOf({ spool }: ElsewhereDeps, personId: string): string {
  const drafts = spool.drafts.ofPerson(personId);
  return drafts.map(({ draftId, savedAtMs }) => `${draftId} ${savedAtMs}`).join();
}

async function openDrafts(deps: ElsewhereDeps, workspace: Workspace): Promise<Draft[] | null> {
  const { personId } = workspace.session.person;
  const sealed = deps.spool.drafts.ofPerson(personId).map((draft) => draft.sealed);
  const opened = await workspace.vault.call('draftsOpen', { sealed });
  if (!opened.ok) return null;
  // One that was filed or thrown away in the meantime must not be offered again.
  const still = new Set(deps.spool.drafts.ofPerson(personId).map((draft) => draft.draftId));
  return opened.value.drafts.filter((draft) => still.has(draft.draftId));
}

function logged(deps: ElsewhereDeps, { session }: Workspace, drafts: readonly Draft[]): boolean {
  return deps.audit(draftsEntry(session, drafts));
}
