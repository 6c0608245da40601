import { uptime } from 'node:os';
import { performance } from 'node:perf_hooks';
import { app, powerMonitor } from 'electron';
import { systemCallSchemas } from '#core/contracts/ipc.ts';
import type { RefusalCode } from '#core/contracts/ipc.ts';
import {
  defaultSessionPolicy,
  type SessionEvent,
  type SessionPolicy,
} from '#core/session/model.ts';
import { initialSession } from '#core/session/step.ts';
import { createComeBack } from './comeBack.ts';
import type { TerminalConfig } from './config.ts';
import { serveCalls, type SenderRegistry } from './ipc/serve.ts';
import { createLatencyRecorder } from './latency.ts';
import { createLogger, createRotatingFile, createStderrSink, type Logger } from './log.ts';
import { createSystemCalls } from './session/systemCalls.ts';
import { createSystemView } from './session/systemView.ts';
import type { SpoolRefusal } from './spool/spool.ts';
import { createStartUp, statePaths } from './startUp.ts';
import { createSteadyClock, watchSleep } from './steadyClock.ts';
import { startTerminal } from './terminal.ts';
import type { RunningTerminal } from './terminalParts.ts';
import { lockDownApp } from './views/lockDown.ts';
import { createStage } from './views/stage.ts';

/** The running program as its entry sees it. */
export interface Program {
  prepareToQuit(): void;
  stop(): Promise<void>;
  isStopped(): boolean;
}

/** While a terminal cannot start it tries again this often by itself: a server that is away, a disk that was full. */
const retryStartMs = 5_000;
const logFileBytes = 5_000_000;
const logFilesKept = 4;

/** Builds everything once: window and system page first, so that whatever fails afterwards has a screen to be told on. */
export async function compose(config: TerminalConfig, outFolder: string): Promise<Program> {
  const paths = statePaths(config.stateFolder);
  const wallMs = (): number => Date.now();
  const clock = createSteadyClock({
    runningMs: () => performance.now(),
    uptimeMs: () => uptime() * 1_000,
  });
  const { nowMs } = clock;
  const policy: SessionPolicy = { ...defaultSessionPolicy, ...config.session };
  const logger = openLog(paths.log, wallMs);
  const comeBack = createComeBack(app);
  const latency = createLatencyRecorder();
  const senders: SenderRegistry = new Map();
  lockDownApp((kind) => logger.log('navigationRefused', { kind }));
  const stage = await createStage({
    outFolder,
    kiosk: config.kiosk,
    size: config.window,
    senders,
    onUnfitPush: (topic) => logger.log('ipcRefused', { call: topic, code: 'invalidPush' }),
  });
  let running: RunningTerminal | null = null;
  let stopped = false;
  let retry: NodeJS.Timeout | null = null;

  const view = createSystemView({
    stage,
    policy,
    terminal: { name: '', wardName: '', place: '', helpDesk: config.helpDesk },
    language: config.language,
    theme: config.theme,
    latency,
    nowMs,
    wallMs,
    workspacePage: () => running?.workspacePage() ?? null,
    isPainting: () => running?.isPainting() ?? false,
    preferencesOf: (personId) => running?.preferencesOf(personId) ?? null,
  });

  const onSpoolFault = (code: SpoolRefusal): void => {
    if (running === null) view.setHealth({ storage: code });
    else running.spoolFailed(code);
  };
  const layFoundations = createStartUp(config, logger, onSpoolFault, nowMs);
  const tryToStart = async (): Promise<void> => {
    if (retry !== null) clearTimeout(retry);
    retry = null;
    const foundations = await layFoundations();
    if (foundations.ok) {
      // Started on a disk that could not be written (electron/main.ts): only a fresh start keeps second copies out again.
      if (!app.getPath('userData').startsWith(config.stateFolder)) {
        comeBack.now();
        return;
      }
      view.setHealth({ storage: 'ok' });
      running = startTerminal({
        config,
        outFolder,
        paths,
        foundations: foundations.value,
        stage,
        senders,
        view,
        policy,
        latency,
        logger,
        nowMs,
        wallMs,
        onStuck: () => comeBack.now(),
      });
      return;
    }
    showFault(foundations.code);
    retry = setTimeout(() => void tryToStart(), retryStartMs);
  };
  const showFault = (code: RefusalCode): void => {
    view.show({ ...initialSession(), phase: { kind: 'fault', code } });
  };

  serveCalls({
    role: 'system',
    table: systemCallSchemas,
    handlers: createSystemCalls({
      view,
      dispatch: (event: SessionEvent) => running?.dispatch(event),
      nowMs,
      retryFault: () => {
        if (running === null) void tryToStart();
        else running.retryFault();
      },
    }),
    senders,
    onTrouble: (trouble, call, senderId, cause) => {
      logger.log('ipcRefused', { call, code: trouble }, cause);
      running?.refusedCall(trouble, call, senderId);
    },
  });
  stage.onSystemGone(() => {
    // Without its cover a terminal must not go on: it comes back locked.
    logger.log('rendererGone', { reason: 'systemPage' });
    comeBack.now();
  });
  for (const kind of ['uncaughtException', 'unhandledRejection'] as const)
    process.on(kind, (cause: unknown) => {
      logger.log('unexpected', { where: kind }, cause);
      comeBack.now();
    });
  watchSleep({
    clock,
    // Electron declares each event by itself; the listener is the same for all.
    onPower: (event, listener) => void powerMonitor.on(event as 'suspend', listener),
    // Nobody knows who stands before the machine when it wakes.
    onAway: () => running?.dispatch({ type: 'leaveRequested', atMs: nowMs() }),
  });
  app.on('second-instance', () => {
    // The second copy has said on its own standard error why it ended; this one stays, and is shown.
    logger.log('secondCopyRefused', {});
    stage.window.show();
  });
  logger.log('appStarted', { packaged: app.isPackaged });
  await tryToStart();
  return {
    prepareToQuit: () => {
      comeBack.neverAgain();
      if (retry !== null) clearTimeout(retry);
    },
    stop: async () => {
      await running?.stop();
      stopped = true;
      logger.log('appStopped', { code: 'asked' });
    },
    isStopped: () => stopped,
  };
}

function openLog(file: string, wallMs: () => number): Logger {
  return createLogger(
    [createRotatingFile(file, logFileBytes, logFilesKept), createStderrSink()],
    wallMs,
  );
}
