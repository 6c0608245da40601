import { liveSession } from '#core/session/change.ts';
import type { SessionEvent, SessionState } from '#core/session/model.ts';
import type { Spool, SpoolRefusal } from '../spool/spool.ts';
import type { GraceStore } from './grace.ts';

/* Sessions that do not end by a person: the program is told to end, or ended without a word. */

/** The record server's part in it; what it does not hear of ends there with the shift. */
type EndSession = (sessionId: string) => Promise<unknown>;

/** Longer than a page, a vault and an entry need; whatever is not done by then is not waited for. */
const leaveDeadlineMs = 4_000;
const tellDeadlineMs = 1_500;

/** Ends what is open by the same way as the lock key, entry included, then every way back and its session on the server. */
export async function leaveInOrder(deps: {
  readonly dispatch: (event: SessionEvent) => void;
  readonly phase: () => SessionState['phase'];
  readonly graces: Pick<GraceStore, 'dropEnded'>;
  readonly endSession: EndSession;
  readonly nowMs: () => number;
}): Promise<void> {
  deps.dispatch({ type: 'leaveRequested', atMs: deps.nowMs() });
  const deadlineMs = deps.nowMs() + leaveDeadlineMs;
  while (liveSession(deps.phase()) !== null && deps.nowMs() < deadlineMs) await pause(5);
  const told = deps.graces.dropEnded(Infinity).map(({ sessionId }) => deps.endSession(sessionId));
  await Promise.race([Promise.all(told), pause(tellDeadlineMs)]);
}

/** The log ends with a login if the program was cut off: it gets the end that it lacks. Answers why that could not be kept. */
export function endLostSession(
  spool: Pick<Spool, 'append' | 'lastSessionEntry'>,
  endSession: EndSession,
): SpoolRefusal | null {
  const last = spool.lastSessionEntry();
  if (last?.action !== 'login' || last.sessionId === null) return null;
  const { personId, sessionId } = last;
  void endSession(sessionId);
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
