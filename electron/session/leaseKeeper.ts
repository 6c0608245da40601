import type { KeyFile } from '../identity/keyFile.ts';
import type { RecordServer } from '../recordServer/recordServer.ts';
import type { BadgeKeys } from './badgeKeys.ts';
import type { SessionFacts } from './sessionFacts.ts';
import type { Workspace } from './workspace.ts';

interface LeaseKeeperDeps {
  readonly server: Pick<RecordServer, 'renewSession'>;
  readonly online: () => boolean;
  readonly keyFile: Pick<KeyFile, 'putLease' | 'slotOfBadge' | 'putSlot'>;
  readonly badgeKeys: Pick<BadgeKeys, 'secretOf'>;
  /** base64url */
  readonly deviceSecret: string;
  readonly wallMs: () => number;
  /** The open session may go on that much longer. */
  readonly onRenewed: (facts: SessionFacts) => void;
}

/** An open workspace as far as its lease goes. */
export type LeaseHolder = Pick<Workspace, 'session' | 'vault' | 'facts' | 'closing'>;

/** Often enough that an outage finds a lease that is almost new, seldom enough to be no load on the server. */
const renewEveryMs = 15 * 60_000;
/** A lease with little left is renewed sooner: a third of the rest leaves time for two more tries. */
const shareOfTheRest = 1 / 3;

/**
 * Keeps the lease of an open session young: the time without the record server counts from when it was last there, not from
 * the login hours before. To be asked every few seconds.
 */
export function createLeaseKeeper(
  deps: LeaseKeeperDeps,
): (workspace: LeaseHolder | null) => Promise<void> {
  let due = { sessionId: '', atMs: 0 };
  return async (workspace) => {
    if (workspace === null || workspace.closing || !deps.online()) return;
    const { sessionId } = workspace.facts;
    const nowMs = deps.wallMs();
    if (due.sessionId !== sessionId) due = dueOf(workspace.facts, nowMs);
    if (nowMs < due.atMs) return;
    due = dueOf(workspace.facts, nowMs);
    const reply = await deps.server.renewSession(sessionId);
    if (!reply.ok || reply.value.status === 'refused') return;
    const { lease, token, tokenExpiresAtMs } = reply.value;
    deps.keyFile.putLease(lease);
    workspace.facts = {
      ...workspace.facts,
      leaseNotAfterMs: lease.notAfterMs,
      token: { value: token, expiresAtMs: tokenExpiresAtMs },
    };
    deps.onRenewed(workspace.facts);
    due = dueOf(workspace.facts, nowMs);
    await renewSlot(deps, workspace, lease);
  };
}

/** When a session's lease is to be renewed next. */
function dueOf({ sessionId, leaseNotAfterMs }: SessionFacts, nowMs: number) {
  const restMs = Math.max(0, leaseNotAfterMs - nowMs);
  return { sessionId, atMs: nowMs + Math.min(renewEveryMs, restMs * shareOfTheRest) };
}

/** A vault that was resumed by a tap knows no PIN: its slot stays as it is until the next login. */
async function renewSlot(
  { keyFile, badgeKeys, deviceSecret }: LeaseKeeperDeps,
  { session, facts, vault }: LeaseHolder,
  lease: Parameters<KeyFile['putLease']>[0],
): Promise<void> {
  const slot = keyFile.slotOfBadge(session.badgeKey);
  if (slot === null) return;
  const renewed = await vault.call('slotRenew', {
    slot,
    person: slot.person,
    shiftEndsAtMs: slot.shiftEndsAtMs,
    badgeSecret: badgeKeys.secretOf(facts.badge),
    deviceSecret,
    lease,
  });
  // A slot that was dropped meanwhile, because its person was shut out, must not come back.
  if (renewed.ok && keyFile.slotOfBadge(session.badgeKey) !== null) {
    keyFile.putSlot(renewed.value, session.badgeKey);
  }
}
