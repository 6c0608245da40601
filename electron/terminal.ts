import path from 'node:path';
import type { RefusalCode } from '#core/contracts/ipc.ts';
import type { SessionEvent } from '#core/session/model.ts';
import { createCertificateKeeper } from './identity/certificateKeeper.ts';
import { startReaders } from './readerHost/startReaders.ts';
import { createRecordServer, type RecordServer } from './recordServer/recordServer.ts';
import { createTransport } from './recordServer/transport.ts';
import { createChangePush } from './session/changePush.ts';
import { createCacheCure } from './session/cacheCure.ts';
import { createBadgeKeys } from './session/badgeKeys.ts';
import { clearClipboards } from './session/clipboards.ts';
import { bringElsewhere } from './session/elsewhere.ts';
import { createCacheCheck } from './session/cacheCheck.ts';
import { endLostSession, leaveInOrder } from './session/ending.ts';
import { createGraceStore } from './session/grace.ts';
import { createHands } from './session/hands.ts';
import { createLeaseKeeper } from './session/leaseKeeper.ts';
import { createLogins } from './session/logins.ts';
import type { CacheTrouble, Where } from './session/loginDeps.ts';
import { createRevocations } from './session/revocations.ts';
import { createSessionRunner } from './session/runner.ts';
import { endsOf } from './session/sessionFacts.ts';
import { judgeOfflineReply } from './session/offlineSession.ts';
import { createRefusedCalls } from './session/refusedCalls.ts';
import { createTaps } from './session/taps.ts';
import { createTokenMemory, endTokensWith } from './session/tokens.ts';
import type { Workspace } from './session/workspace.ts';
import { restoreOwnOperations } from './session/visits.ts';
import { createWarnings } from './session/warnings.ts';
import { createWorkspaces } from './session/workspaces.ts';
import { diskTrouble } from './spool/guard.ts';
import type { SpoolRefusal } from './spool/spool.ts';
import { createInbox } from './sync/inbox.ts';
import type { OfflineAnswer } from './sync/offlineSessionSender.ts';
import { createSync } from './sync/sync.ts';
import { freshnessOf, surroundingsOf, watchClock, whereOf } from './terminalFacts.ts';
import type { RunningTerminal, TerminalParts } from './terminalParts.ts';
import { createVaultPool } from './vaultPool.ts';
import { serveWorkspace } from './serveWorkspace.ts';

const clockLookMs = 10_000;
const leaseLookMs = 5_000;
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
  const recordServer = createRecordServer(transport);
  const server: RecordServer = {
    ...recordServer,
    async renewSession(sessionId) {
      const reply = await recordServer.renewSession(sessionId);
      if (reply.ok && reply.value.status === 'refused')
        revocations.renewalRefused(sessionId, reply.value.code);
      return reply;
    },
  };
  const tokens = createTokenMemory(wallMs);
  /** Nobody is in a session any more, nor comes back into one. */
  let stopping = false;
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
  const keyFileFailed = (cause: unknown): void => {
    logger.log('unexpected', { where: 'keyFile' }, cause);
    spoolFailed(diskTrouble(parts.paths.keys) ?? 'diskFull');
  };
  const warnings = createWarnings({
    view,
    spool,
    logger,
    notice: (notice) => workspaces.current()?.page.push('workspaceNotice', { notice }),
  });
  const vaults = createVaultPool({
    electronFolder: path.join(parts.outFolder, 'electron'),
    onExit: (vault, expected, exitCode) => {
      logger.log('vaultExited', { exitCode, expected });
      if (expected) return;
      if (workspaces.current()?.vault === vault) processLost('vault');
      else prepareSpares();
    },
    onDamaged: (vault) => cureCache(vault),
  });
  const prepareSpares = (): void => {
    setTimeout(() => {
      if (stopping) return;
      stage.prepareSpare();
      vaults.prepareSpare();
    }, spareDelayMs);
  };
  const processLost = (which: 'vault' | 'renderer', code?: RefusalCode): void => {
    const workspace = workspaces.current();
    if (workspace === null || workspace.closing) return;
    const { sessionId, attempt } = workspace.session;
    const cause = code === undefined ? {} : { code };
    dispatch({ type: 'processLost', sessionId, attempt, which, ...cause, atMs: nowMs() });
  };
  const cureCache = createCacheCure({
    warnings,
    keyFile,
    graces,
    onSessionsOver: () => sync.sessionsChanged(),
    closeSessionOf: (vault) => {
      if (workspaces.current()?.vault === vault) processLost('vault', 'cacheDamaged');
    },
    onDiskTrouble: keyFileFailed,
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
    latency,
    nowMs,
    wallMs,
    timeMs: () => clock.timeMs(),
    clockIsSound: () => clock.isSound(),
    onCacheTrouble: (code) => cacheTrouble(code),
  });
  const cacheTrouble = (code: CacheTrouble): void => {
    warnings.cacheTrouble(code);
    graces.dropAll();
  };
  const workspaces = createWorkspaces({
    stage,
    takeVault: () => vaults.take(),
    prepareSpares,
    clearClipboards,
    claimLogin: (attempt) => logins.claim(attempt),
    graces,
    graceMs: parts.config.graceMs,
    badgeKeys,
    deviceSecret,
    where,
    wardId: identity.wardId,
    spool,
    onAppended: () => sync.auditAppended(),
    latency,
    logger,
    nowMs,
    wallMs,
    freshness: (opened) => ({
      ...freshnessOf(parts, sync, opened.facts.person.personId),
      asOfMs: opened.asOfMs,
      malformed: opened.malformed,
      filling: opened.filled === null ? null : { done: opened.filled, total: 0 },
    }),
    surroundings: (personId) => surroundingsOf(parts, personId),
    onOpened: (workspace, opened) => {
      tokens.keep(workspace);
      // What she charts is dated by the clock; a jump is told as it is found.
      clock.isSound();
      warnings.opened();
      void restoreOwnOperations(spool, workspace);
      void sync.attachVault(opened);
      void bringWork(workspace);
      void checkCache(workspace);
    },
    onClosing: (workspace) => {
      tokens.keep(workspace);
      sync.detachVault();
    },
  });
  const checkCache = createCacheCheck({
    isOpen: (one) => workspaces.current()?.vault === one.vault && !workspaces.current()?.closing,
    nowMs,
    pause: (durationMs) => new Promise((resolve) => setTimeout(resolve, durationMs)),
  });
  const clock = watchClock(parts, (sound, byMs) => warnings.clockChanged(sound, byMs));
  const bringWork = async (workspace: Workspace): Promise<void> => {
    await bringElsewhere(
      {
        server,
        sync,
        spool,
        wallMs,
        isOpen: (one) => workspaces.current() === one && !one.closing,
        onRejectionsChanged: () => changes.freshnessChanged(),
        audit: (entry) => hands.audit(entry),
      },
      workspace,
    );
    // With the token that this may have brought, what waited for one can go.
    tokens.keep(workspace);
    sync.personalChanged();
  };
  const isLive = (sessionId: string): boolean => {
    if (stopping) return false;
    const { phase } = runner.state();
    const isOpen = 'session' in phase && phase.session.sessionId === sessionId;
    return isOpen || logins.holds(sessionId) || graces.holds(sessionId);
  };
  /** An offline login goes on as an online one, or ends here and now. */
  const settleOffline = ({ session, reply }: OfflineAnswer): void => {
    const { sessionId, personId } = session;
    const verdict = judgeOfflineReply(reply);
    if (verdict.endSession) {
      graces.dropSession(sessionId);
      dispatch({ type: 'revoked', personId, sessionId, atMs: nowMs() });
    }
    if (verdict.dropSlot) revocations.dropSlot(personId);
    const workspace = workspaces.current();
    if (workspace?.session.sessionId === sessionId) void bringWork(workspace);
  };
  const changes = createChangePush({
    workspaces,
    freshness: (workspace) => freshnessOf(parts, sync, workspace.session.person.personId),
    wallMs,
  });
  const sync = createSync({
    server,
    spool,
    inbox: createInbox(parts.paths.inbox, {
      deviceSecret: foundations.deviceSecret,
      onRefused: () => warnings.inboxRefused(),
    }),
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
    onEvent: (event) => {
      if (event.type === 'hello') clock.heardServer(event.serverTimeMs);
      revocations.hear(event);
    },
    isLive,
    onOfflineAnswer: settleOffline,
    onBroken: () => spoolFailed('rollback'),
    onBehind: (isBehind) => warnings.serverBehind(isBehind),
  });
  const retryFault = (): void => {
    const probe = spool.noteSeen(wallMs());
    if (!probe.ok || revocations.terminalIsRevoked()) return;
    logger.log('storageRecovered', {});
    view.setHealth({ storage: 'ok' });
    dispatch({ type: 'terminalFault', code: null, atMs: nowMs() });
  };
  const revocations = createRevocations({
    graces,
    keyFile,
    current: () => workspaces.current(),
    dispatch,
    nowMs,
    onTakenBack: retryFault,
    onWriteFailed: keyFileFailed,
  });
  const keepLease = createLeaseKeeper({
    server,
    online: () => sync.status().link === 'connected',
    keyFile,
    badgeKeys,
    deviceSecret,
    wallMs: () => clock.timeMs(),
    onRenewed: (facts) => {
      const { leaseAtMs } = endsOf(facts, { nowMs, timeMs: () => clock.timeMs() });
      const { sessionId } = facts;
      dispatch({ type: 'leaseRenewed', sessionId, leaseEndsAtMs: leaseAtMs, atMs: nowMs() });
    },
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
    onEnded: () => sync.sessionsChanged(),
  });
  const runner = createSessionRunner(hands, parts.policy, nowMs);
  const refusedCall = createRefusedCalls({
    workspaces,
    audit: (entry) => hands.audit(entry),
    nowMs,
  });
  serveWorkspace(parts, {
    server,
    sync,
    taps,
    workspaces,
    changes,
    tokens,
    dispatch,
    spoolFailed,
    refusedCall,
  });

  stage.prepareSpare();
  hands.show(runner.state());
  const refused = endLostSession(spool);
  if (refused !== null) spoolFailed(refused);
  stage.onInput((moved) => dispatch({ type: 'input', moved, atMs: nowMs() }));
  stage.onWorkspaceGone((page) => {
    logger.log('rendererGone', { reason: 'workspacePage' });
    if (workspaces.current()?.page === page) processLost('renderer');
    else void stage.destroyWorkspace(page).then(prepareSpares);
  });
  const readerHost = startReaders(parts.outFolder, logger, (event) => taps.take(event));
  const sweep = setInterval(() => {
    if (graces.dropEnded(nowMs())) sync.sessionsChanged();
  }, graceSweepMs);
  const look = setInterval(() => clock.look(), clockLookMs);
  const leaseLook = setInterval(() => void keepLease(workspaces.current()), leaseLookMs);
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
    preferencesOf: (personId) => spool.preferences.read(personId),
    refusedCall,
    retryFault,
    stop: async () => {
      clearInterval(sweep);
      clearInterval(look);
      clearInterval(leaseLook);
      readerHost.stop();
      await leaveInOrder({ dispatch, phase: () => runner.state().phase, nowMs }).catch(
        (cause: unknown) => logger.log('unexpected', { where: 'stop' }, cause),
      );
      stopping = true;
      runner.stop();
      await Promise.all([sync.stop(), vaults.stop()]);
      server.close();
      spool.close();
    },
  };
}
