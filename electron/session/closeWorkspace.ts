import { randomBytes } from 'node:crypto';
import type { Workspace, WorkspacesDeps } from './workspace.ts';

/** How long the vault may take to fold in its write-ahead log; it is killed in any case. */
const vaultCloseDeadlineMs = 80;

/** The next person waits behind this: a vault busy with a page of the feed keeps no way back in, and the PIN is asked again. */
const graceDeadlineMs = 150;

/** Keeps the way back in. Sealed at the session's end, so that no key material lies about while it is open. */
export async function sealGrace(deps: WorkspacesDeps, workspace: Workspace): Promise<void> {
  const graceSecret = randomBytes(32).toString('base64url');
  const sealed = await within(
    graceDeadlineMs,
    workspace.vault.call('graceSeal', {
      graceSecret,
      badgeSecret: deps.badgeKeys.secretOf(workspace.facts.badge),
      deviceSecret: deps.deviceSecret,
    }),
  );
  if (!sealed?.ok) return;
  // Whoever was shut out while the seal was made does not come back by it: then nothing is kept.
  deps.graces.put(workspace.session.badgeKey, {
    slot: sealed.value,
    graceSecret,
    facts: workspace.facts,
    untilMs: deps.nowMs() + deps.graceMs,
  });
}

/** Ends the vault, cleanly if it can be quick about it, and anchors how far its cache had come. */
export async function closeVault(deps: WorkspacesDeps, workspace: Workspace): Promise<void> {
  const closed = await within(vaultCloseDeadlineMs, workspace.vault.call('close', null));
  if (closed?.ok) deps.spool.anchors.raise(workspace.cacheId, closed.value.generation);
  await workspace.vault.kill();
}

/** What an answer is, or null once it took too long. */
async function within<Value>(deadlineMs: number, answer: Promise<Value>): Promise<Value | null> {
  const deadline = new Promise<null>((resolve) =>
    setTimeout(() => resolve(null), deadlineMs).unref(),
  );
  return await Promise.race([answer, deadline]);
}
