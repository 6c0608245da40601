import type { Preferences } from '#core/contracts/preferences.ts';
import type { SessionEvent, SessionPolicy } from '#core/session/model.ts';
import type { TerminalConfig } from './config.ts';
import type { SenderRegistry } from './ipc/serve.ts';
import type { LatencyRecorder } from './latency.ts';
import type { Logger } from './log.ts';
import type { RefusedCall } from './session/refusedCalls.ts';
import type { SystemView } from './session/systemView.ts';
import type { SpoolRefusal } from './spool/spool.ts';
import type { Foundations, statePaths } from './startUp.ts';
import type { Stage, WorkspacePage } from './views/stage.ts';

/** A terminal that serves people. */
export interface RunningTerminal {
  dispatch(event: SessionEvent): void;
  workspacePage(): WorkspacePage | null;
  isPainting(): boolean;
  spoolFailed(code: SpoolRefusal): void;
  retryFault(): void;
  /** How a person likes her screens, as far as she has chosen. */
  preferencesOf(personId: string): Preferences | null;
  readonly refusedCall: RefusedCall;
  stop(): Promise<void>;
}

/** What a terminal is put together from; made once, in `compose`. */
export interface TerminalParts {
  readonly config: TerminalConfig;
  readonly outFolder: string;
  readonly paths: ReturnType<typeof statePaths>;
  readonly foundations: Foundations;
  readonly stage: Stage;
  readonly senders: SenderRegistry;
  readonly view: SystemView;
  readonly policy: SessionPolicy;
  readonly latency: LatencyRecorder;
  readonly logger: Logger;
  /** Monotonic and wall clock, ms. */
  readonly nowMs: () => number;
  readonly wallMs: () => number;
  /** A process of a former session will not die: the program must end and come back locked. */
  readonly onStuck: () => void;
}
