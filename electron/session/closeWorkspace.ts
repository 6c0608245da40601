import { randomBytes } from 'node:crypto';
import type { Workspace, WorkspacesDeps } from './workspace.ts';

/** How long the vault may take to fold in its write-ahead log; it is killed in any case. */
const vaultCloseDeadlineMs = 80;

/** Keeps the way back in. Sealed at the session's end, so that no key material lies about while it is open. */
export async function sealGrace(deps: WorkspacesDeps, workspace: Workspace): Promise<boolean> {
  const graceSecret = randomBytes(32).toString('base64url');
  const sealed = await workspace.vault.call('graceSeal', {
    graceSecret,
    badgeSecret: deps.badgeKeys.secretOf(workspace.facts.badge),
    deviceSecret: deps.deviceSecret,
  });
  if (!sealed.ok) return false;
  deps.graces.put(workspace.session.badgeKey, {
    slot: sealed.value,
    graceSecret,
    facts: workspace.facts,
    untilMs: deps.nowMs() + deps.graceMs,
  });
  return true;
}

/** Ends the vault, cleanly if it can be quick about it, and anchors how far its cache had come. */
export async function closeVault(deps: WorkspacesDeps, workspace: Workspace): Promise<void> {
  const deadline = new Promise<null>((resolve) =>
    setTimeout(() => resolve(null), vaultCloseDeadlineMs).unref(),
  );
  const closed = await Promise.race([workspace.vault.call('close', null), deadline]);
  if (closed?.ok) deps.spool.anchors.raise(workspace.cacheId, closed.value.generation);
  await workspace.vault.kill();
}
