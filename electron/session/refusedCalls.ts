import type { AuditDraft } from '#core/contracts/audit.ts';
import type { CallTrouble } from '../ipc/serve.ts';
import type { Workspaces } from './workspaces.ts';

/** Hears of a call that was refused for who sent it or for what it held. */
export type RefusedCall = (trouble: CallTrouble, call: string, senderId: number) => void;

interface RefusedCallsDeps {
  readonly workspaces: Pick<Workspaces, 'ofSender'>;
  readonly audit: (entry: AuditDraft) => boolean;
  readonly nowMs: () => number;
}

/** A page that cries without end must not fill the disk on which the log stands: so many entries a minute, then one that says so. */
const entriesAMinute = 20;
const minuteMs = 60_000;

/** Puts every denied call into the audit, in the name of whose page sent it. What broke within a handler is for the log alone. */
export function createRefusedCalls(deps: RefusedCallsDeps): RefusedCall {
  let sinceMs = -Infinity;
  let count = 0;
  return (trouble, call, senderId) => {
    if (trouble === 'failed' || trouble === 'invalidReply') return;
    const nowMs = deps.nowMs();
    if (nowMs - sinceMs >= minuteMs) {
      sinceMs = nowMs;
      count = 0;
    }
    count += 1;
    if (count > entriesAMinute + 1) return;
    const session = deps.workspaces.ofSender(senderId)?.session;
    deps.audit({
      action: 'denied',
      outcome: 'denied',
      personId: session?.person.personId ?? null,
      sessionId: session?.sessionId ?? null,
      patientIds: [],
      subject: call,
      purposeOfUse: 'TREAT',
      reason: count > entriesAMinute ? 'tooMany' : trouble,
    });
  };
}
