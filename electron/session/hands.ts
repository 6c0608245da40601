import { performance } from 'node:perf_hooks';
import type { RefusalCode, WorkspaceNotice } from '#core/contracts/ipc.ts';
import type { IdentifyResult, PinResult, Tap } from '#core/session/model.ts';
import type { LatencyRecorder } from '../latency.ts';
import type { Logger } from '../log.ts';
import type { Spool, SpoolRefusal } from '../spool/spool.ts';
import type { Logins } from './logins.ts';
import type { SessionHands } from './runner.ts';
import type { SystemView } from './systemView.ts';
import type { Taps } from './taps.ts';
import type { Workspaces } from './workspaces.ts';

interface HandsDeps {
  readonly logins: Logins;
  readonly workspaces: Workspaces;
  readonly taps: Taps;
  readonly view: SystemView;
  readonly spool: Pick<Spool, 'append'>;
  readonly latency: LatencyRecorder;
  readonly logger: Logger;
  readonly nowMs: () => number;
  readonly wallMs: () => number;
  readonly onAppended: () => void;
  readonly onSpoolRefusal: (code: SpoolRefusal) => void;
  readonly onStuck: () => void;
  /** A session or an attempt may have ended. */
  readonly onEnded: () => void;
}

/** What the session machine's effects do: one line each, the work is elsewhere. Latencies are taken here, around the work. */
export function createHands(deps: HandsDeps): SessionHands {
  let pinAtMs = 0;
  let phase = '';
  let tappedOver = false;
  const monotonicOf = (atWallMs: number): number => atWallMs - deps.wallMs() + deps.nowMs();
  /** Throttles are kept and sent as wall clock; the machine's time is monotonic. */
  const monotonic = (atWallMs: number | null): number | null =>
    atWallMs === null ? null : monotonicOf(atWallMs);

  const identify = async (attempt: number, tap: Tap): Promise<IdentifyResult> => {
    const seen = deps.taps.seen(tap.badgeKey);
    if (seen === null) return { kind: 'refused', code: 'internal' };
    const result = await deps.logins.identify(attempt, tap, seen);
    return result.kind === 'pin' ? { ...result, retryAtMs: monotonic(result.retryAtMs) } : result;
  };

  const checkPin = async (attempt: number, pin: string): Promise<PinResult> => {
    pinAtMs = deps.nowMs();
    const result = await deps.logins.checkPin(attempt, pin);
    if (result.kind === 'throttled') return { ...result, retryAtMs: monotonicOf(result.retryAtMs) };
    return result.kind === 'wrong' ? { ...result, retryAtMs: monotonic(result.retryAtMs) } : result;
  };

  return {
    identify,
    checkPin,
    async openWorkspace(attempt, session, by): Promise<RefusalCode | null> {
      const refusal = await deps.workspaces.open(attempt, session, by);
      if (refusal !== null) return refusal;
      const seenAtMs = deps.taps.seen(session.badgeKey)?.seenAtMs;
      if (by === 'grace' && seenAtMs !== undefined) {
        const durationMs = performance.timeOrigin + performance.now() - seenAtMs;
        // In the time of a tap over lies the end of the session before.
        deps.latency.record(tappedOver ? 'tapOver' : 'tapToWorkspace', durationMs);
      }
      if (by === 'pin') deps.latency.record('pinToWorkspace', deps.nowMs() - pinAtMs);
      return null;
    },
    dropAttempt: (attempt) => deps.logins.drop(attempt),
    closeWorkspace: async (session, reason, keepGrace) => {
      tappedOver = reason === 'tapOver';
      await deps.workspaces.close(session, reason, keepGrace);
    },
    notice(notice: WorkspaceNotice['notice']) {
      deps.workspaces.current()?.page.push('workspaceNotice', { notice });
    },
    audit(entry) {
      // Every way of not getting in, also those that the machine alone knows (two badges, an empty UID).
      if (entry.action === 'loginRefused')
        deps.logger.log('loginRefused', { code: entry.reason ?? 'unknown' });
      const appended = deps.spool.append([entry]);
      if (appended.ok) deps.onAppended();
      else deps.onSpoolRefusal(appended.code);
      return appended.ok;
    },
    show: (state) => {
      deps.view.show(state);
      if (state.phase.kind === phase) return;
      if (phase === 'closing' || state.phase.kind === 'idle') deps.onEnded();
      phase = state.phase.kind;
      deps.logger.log('sessionPhase', { phase });
    },
    onStuck: deps.onStuck,
    onUnexpected: (where, cause) => {
      deps.logger.log('unexpected', { where }, cause);
    },
  };
}
