import { liveSession } from '#core/session/change.ts';
import type { SessionEvent, SessionState } from '#core/session/model.ts';
import type { Spool, SpoolRefusal } from '../spool/spool.ts';

/* Sessions that do not end by a person: the program is told to end, or ended without a word. */

/** Longer than a page, a vault and an entry need; whatever is not done by then is not waited for. */
const leaveDeadlineMs = 4_000;

/** Ends what is open by the same way as the lock key, entry included. The record server hears of the end through the spool. */
export async function leaveInOrder(deps: {
  readonly dispatch: (event: SessionEvent) => void;
  readonly phase: () => SessionState['phase'];
  readonly nowMs: () => number;
}): Promise<void> {
  deps.dispatch({ type: 'leaveRequested', atMs: deps.nowMs() });
  const deadlineMs = deps.nowMs() + leaveDeadlineMs;
  while (liveSession(deps.phase()) !== null && deps.nowMs() < deadlineMs) await pause(5);
}

/** The log ends with a login if the program was cut off: it gets the end that it lacks. Answers why that could not be kept. */
export function endLostSession(
  spool: Pick<Spool, 'append' | 'lastSessionEntry'>,
): SpoolRefusal | null {
  const last = spool.lastSessionEntry();
  if (last?.action !== 'login' || last.sessionId === null) return null;
  const { personId, sessionId } = last;
  const appended = spool.append([
    {
      action: 'lock',
      outcome: 'failure',
      personId,
      sessionId,
      patientIds: [],
      subject: 'session',
      purposeOfUse: 'TREAT',
      reason: 'processLost',
    },
  ]);
  return appended.ok ? null : appended.code;
}

async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}
