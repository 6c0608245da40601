import path from 'node:path';
import type { ReaderEvent } from '#core/contracts/badge.ts';
import type { RefusalCode } from '#core/contracts/ipc.ts';
import type { TerminalEvent } from '#core/contracts/terminal.ts';
import type { SessionEvent, SessionPolicy } from '#core/session/model.ts';
import type { TerminalConfig } from './config.ts';
import type { SenderRegistry } from './ipc/serve.ts';
import type { LatencyRecorder } from './latency.ts';
import type { Logger } from './log.ts';
import { createCertificateKeeper } from './identity/certificateKeeper.ts';
import { spawnReaderHost } from './readerHost/spawnReaderHost.ts';
import {
  superviseReaderHost,
  type SupervisedReaderHost,
} from './readerHost/superviseReaderHost.ts';
import { createRecordServer } from './recordServer/recordServer.ts';
import { createTransport } from './recordServer/transport.ts';
import { createChangePush } from './session/changePush.ts';
import { createCacheCure } from './session/cacheCure.ts';
import { createBadgeKeys } from './session/badgeKeys.ts';
import { clearClipboards } from './session/clipboards.ts';
import { bringElsewhere } from './session/elsewhere.ts';
import { endLostSession, leaveInOrder } from './session/ending.ts';
import { createGraceStore } from './session/grace.ts';
import { createHands } from './session/hands.ts';
import { createLeaseKeeper } from './session/leaseKeeper.ts';
import { createLogins } from './session/logins.ts';
import type { Where } from './session/loginDeps.ts';
import { createSessionRunner } from './session/runner.ts';
import { judgeOfflineReply } from './session/offlineSession.ts';
import type { SystemView } from './session/systemView.ts';
import { createTaps } from './session/taps.ts';
import { createTokenMemory, endTokensWith } from './session/tokens.ts';
import type { Workspace } from './session/workspace.ts';
import { createWarnings } from './session/warnings.ts';
import { createWorkspaces } from './session/workspaces.ts';
import { spoolRefusalOf } from './spool/guard.ts';
import type { SpoolRefusal } from './spool/spool.ts';
import type { Foundations, statePaths } from './startUp.ts';
import { createInbox } from './sync/inbox.ts';
import type { OfflineAnswer } from './sync/offlineSessionSender.ts';
import { createSync } from './sync/sync.ts';
import { freshnessOf, surroundingsOf, watchClock, whereOf } from './terminalFacts.ts';
import { createVaultPool } from './vaultPool.ts';
import type { Stage, WorkspacePage } from './views/stage.ts';
import { serveWorkspace } from './serveWorkspace.ts';

/** A terminal that serves people. */
export interface RunningTerminal {
  dispatch(event: SessionEvent): void;
  workspacePage(): WorkspacePage | null;
  isPainting(): boolean;
  spoolFailed(code: SpoolRefusal): void;
  retryFault(): void;
  stop(): Promise<void>;
}

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

const clockLookMs = 60_000;
const graceSweepMs = 15_000;
/** Spares are made after the ward has seen what it waited for. */
const spareDelayMs = 150;

/** Wires one terminal: readers to machine, machine to vault and page, everything to spool and record server. */
export function startTerminal(parts: TerminalParts): RunningTerminal {
  const { foundations, logger, nowMs, wallMs, view, stage, latency } = parts;
  const { identity, spool, keyFile } = foundations;
  const deviceSecret = foundations.deviceSecret.toString('base64url');
  const badgeKeys = createBadgeKeys(foundations.deviceSecret);
  const graces = createGraceStore();
  const transport = createTransport(identity);
  const server = createRecordServer(transport);
  const tokens = createTokenMemory(wallMs);
  view.setTerminal({
    name: identity.terminalName,
    wardName: identity.wardName,
    place: identity.place,
    helpDesk: parts.config.helpDesk,
  });

  const dispatch = (event: SessionEvent): void => runner.dispatch(event);
  const spoolFailed = (code: SpoolRefusal): void => {
    if (view.health().storage !== code) logger.log('storageFault', { code });
    view.setHealth({ storage: code });
    dispatch({ type: 'terminalFault', code: 'storageFault', atMs: nowMs() });
  };
  const warnings = createWarnings({
    view,
    spool,
    logger,
    notice: (notice) => workspaces.current()?.page.push('workspaceNotice', { notice }),
  });
  const vaults = createVaultPool(
    path.join(parts.outFolder, 'electron'),
    (vault, expected, exitCode) => {
      logger.log('vaultExited', { exitCode, expected });
      if (expected) return;
      if (workspaces.current()?.vault === vault) processLost('vault');
      else prepareSpares();
    },
    (vault) => cureCache(vault),
  );
  const prepareSpares = (): void => {
    setTimeout(() => {
      stage.prepareSpare();
      vaults.prepareSpare();
    }, spareDelayMs);
  };
  const processLost = (which: 'vault' | 'renderer', code?: RefusalCode): void => {
    const workspace = workspaces.current();
    if (workspace === null || workspace.closing) return;
    const { sessionId, attempt } = workspace.session;
    const told = code === undefined ? {} : { code };
    dispatch({ type: 'processLost', sessionId, attempt, which, ...told, atMs: nowMs() });
  };
  const cureCache = createCacheCure({
    warnings,
    keyFile,
    graces,
    endSession: (sessionId) => void server.endSession(sessionId),
    closeSessionOf: (vault) => {
      if (workspaces.current()?.vault === vault) processLost('vault', 'cacheDamaged');
    },
    onDiskTrouble: (cause) => {
      const code = spoolRefusalOf(parts.paths.keys, cause);
      if (code === null) throw cause;
      spoolFailed(code);
    },
  });
  const where = (): Where => whereOf(parts);
  const logins = createLogins({
    server: {
      identify: (badge, trust, deadlineMs) => server.identify(badge, trust, deadlineMs),
      openSession: (proof) => server.openSession(proof),
    },
    online: () => sync.status().link === 'connected',
    serverUntrusted: () => sync.status().link === 'untrusted',
    keyFile,
    spool,
    graces,
    badgeKeys,
    deviceSecret,
    intakePublicKey: identity.intakePublicKey,
    where,
    takeVault: () => vaults.take(),
    nowMs,
    wallMs,
    clockIsSound: () => clock.isSound(),
    onCacheTrouble: (code) => warnings.cacheTrouble(code),
  });
  const workspaces = createWorkspaces({
    stage,
    takeVault: () => vaults.take(),
    prepareSpares,
    claimLogin: (attempt) => logins.claim(attempt),
    graces,
    graceMs: parts.config.graceMs,
    badgeKeys,
    deviceSecret,
    where,
    spool,
    onAppended: () => sync.auditAppended(),
    latency,
    logger,
    nowMs,
    wallMs,
    freshness: (opened) => ({
      ...freshnessOf(parts, sync),
      asOfMs: opened.asOfMs,
      malformed: opened.malformed,
      filling: opened.filled === null ? null : { done: opened.filled, total: 0 },
    }),
    surroundings: () => surroundingsOf(parts),
    onOpened: (workspace, opened) => {
      tokens.keep(workspace);
      warnings.opened();
      void sync.attachVault(opened);
      void bringWork(workspace);
    },
    onClosing: (workspace) => {
      tokens.keep(workspace);
      sync.detachVault();
    },
    onClosed: (sessionId, kept) => {
      if (!kept) void server.endSession(sessionId);
    },
    clearClipboards,
  });
  const clock = watchClock(parts, (sound, byMs) => warnings.clockChanged(sound, byMs));
  const bringWork = (workspace: Workspace): Promise<void> =>
    bringElsewhere(
      {
        server,
        sync,
        spool,
        wallMs,
        isOpen: (one) => workspaces.current() === one && !one.closing,
        audit: (entry) => hands.audit(entry),
      },
      workspace,
    );
  const isLive = (sessionId: string): boolean => {
    const { phase } = runner.state();
    const isOpen = 'session' in phase && phase.session.sessionId === sessionId;
    return isOpen || graces.holds(sessionId);
  };
  /** An offline login goes on as an online one, or ends here and now. */
  const settleOffline = ({ session, reply, toldLive }: OfflineAnswer): void => {
    const { sessionId, personId } = session;
    const verdict = judgeOfflineReply(reply);
    if (verdict.dropSlot) keyFile.dropSlot(personId);
    if (verdict.endSession) {
      graces.dropSession(sessionId);
      dispatch({ type: 'revoked', personId, sessionId, atMs: nowMs() });
    }
    const workspace = workspaces.current();
    if (!isLive(sessionId)) {
      if (toldLive) void server.endSession(sessionId);
    } else if (workspace?.session.sessionId === sessionId) {
      void bringWork(workspace);
    }
  };
  const changes = createChangePush({
    workspaces,
    freshness: () => freshnessOf(parts, sync),
    wallMs,
  });
  const sync = createSync({
    server,
    spool,
    inbox: createInbox(parts.paths.inbox),
    logger,
    now: wallMs,
    random: Math.random,
    inboxTarget: () => {
      const escrow = keyFile.escrow();
      return escrow === null ? null : { cacheId: escrow.cacheId, publicKey: escrow.inboxPublicKey };
    },
    tokenOf: (personId) => tokens.of(personId),
    keepCertificate: createCertificateKeeper({
      server,
      transport: endTokensWith(transport, tokens, () => workspaces.current()),
      identityFile: parts.paths.identity,
      deviceSecret: foundations.deviceSecret,
      identity,
      logger,
      now: wallMs,
    }),
    onChanged: (patientIds) => changes.patientsChanged(patientIds),
    onStatus: () => {
      const { link, asOfMs, filling } = sync.status();
      view.setHealth({ server: link });
      if (filling === null && asOfMs !== null) warnings.filled();
      dispatch({ type: 'serverLink', online: link === 'connected', atMs: nowMs() });
      changes.freshnessChanged();
    },
    onEvent: (event) => hearServer(event),
    isLive,
    onOfflineAnswer: settleOffline,
    onBroken: () => spoolFailed('rollback'),
    onBehind: (isBehind) => warnings.serverBehind(isBehind),
  });
  const hearServer = (event: TerminalEvent): void => {
    if (event.type === 'hello') clock.heardServer(event.serverTimeMs);
    if (event.type === 'sessionEnded') {
      const personId = workspaces.current()?.session.person.personId ?? '';
      graces.dropSession(event.sessionId);
      dispatch({ type: 'revoked', personId, sessionId: event.sessionId, atMs: nowMs() });
    }
    if (event.type === 'personDisabled' || event.type === 'badgeRevoked') {
      graces.dropPerson(event.personId);
      keyFile.dropSlot(event.personId);
      const { personId, type: code } = event;
      dispatch({ type: 'revoked', personId, sessionId: null, code, atMs: nowMs() });
    }
  };
  const keepLease = createLeaseKeeper({
    server,
    online: () => sync.status().link === 'connected',
    keyFile,
    badgeKeys,
    deviceSecret,
    wallMs,
  });
  const taps = createTaps({
    badgeKeys,
    nowMs,
    dispatch,
    onHealth: (reader) => {
      if (view.health().reader !== reader)
        logger.log('readerService', { up: reader === 'ready', code: reader });
      view.setHealth({ reader });
    },
  });
  const hands = createHands({
    logins,
    workspaces,
    taps,
    view,
    spool,
    latency,
    logger,
    nowMs,
    wallMs,
    onSpoolRefusal: spoolFailed,
    onStuck: parts.onStuck,
    onAppended: () => sync.auditAppended(),
  });
  const runner = createSessionRunner(hands, parts.policy, nowMs);
  serveWorkspace(parts, { server, sync, taps, workspaces, changes, dispatch, spoolFailed });

  stage.prepareSpare();
  const endSession = (sessionId: string): Promise<unknown> => server.endSession(sessionId);
  hands.show(runner.state());
  const refused = endLostSession(spool, endSession);
  if (refused !== null) spoolFailed(refused);
  stage.onInput((moved) => dispatch({ type: 'input', moved, atMs: nowMs() }));
  stage.onWorkspaceGone((page) => {
    logger.log('rendererGone', { reason: 'workspacePage' });
    if (workspaces.current()?.page === page) processLost('renderer');
    else void stage.destroyWorkspace(page).then(prepareSpares);
  });
  const readerHost = startReaders(parts, (event) => taps.take(event));
  const sweep = setInterval(() => {
    for (const facts of graces.dropEnded(nowMs())) void server.endSession(facts.sessionId);
  }, graceSweepMs);
  const look = setInterval(() => {
    clock.look();
    void keepLease(workspaces.current());
  }, clockLookMs);
  sync.start();
  logger.log('spoolOpened', {
    sequence: spool.head().sequence,
    unsent: spool.unsentCount(),
    ms: 0,
  });
  return {
    dispatch,
    workspacePage: () => workspaces.current()?.page ?? null,
    isPainting: () => workspaces.isPainting(),
    spoolFailed,
    retryFault: () => {
      const probe = spool.noteSeen(wallMs());
      if (!probe.ok) return;
      logger.log('storageRecovered', {});
      view.setHealth({ storage: 'ok' });
      dispatch({ type: 'terminalFault', code: null, atMs: nowMs() });
    },
    stop: async () => {
      clearInterval(sweep);
      clearInterval(look);
      readerHost.stop();
      await leaveInOrder({
        dispatch,
        phase: () => runner.state().phase,
        graces,
        endSession,
        nowMs,
      }).catch((cause: unknown) => logger.log('unexpected', { where: 'stop' }, cause));
      runner.stop();
      await Promise.all([sync.stop(), vaults.stop()]);
      server.close();
      spool.close();
    },
  };
}

/** The reader host beside the main bundle, restarted by itself when a driver takes it down. */
function startReaders(
  parts: TerminalParts,
  onEvent: (event: ReaderEvent) => void,
): SupervisedReaderHost {
  const { outFolder, logger } = parts;
  return superviseReaderHost({
    spawn: () =>
      spawnReaderHost({
        modulePath: path.join(outFolder, 'electron', 'readerHost.cjs'),
        addonPath: path.join(outFolder, 'native', 'pcsc.node'),
      }),
    onEvent,
    onDeath: ({ exitCode, restarts }) => logger.log('readerHostExited', { exitCode, restarts }),
  });
}
