import type { TerminalEvent } from '#core/contracts/terminal.ts';
import type { LinkState } from '#electron/recordServer/eventStream.ts';
import type { Answer } from '#electron/recordServer/recordServer.ts';
import { createAuditSender } from './auditSender.ts';
import { createDraftSender, fetchDrafts } from './draftSender.ts';
import {
  createFeedPuller,
  type AttachedVault,
  type FeedPullerOptions,
  type Filling,
  type SyncVault,
} from './feedPuller.ts';
import { createOfflineSessionSender, type OfflineAnswer } from './offlineSessionSender.ts';
import { createOperationSender } from './operationSender.ts';
import { createPreferenceSender } from './preferenceSender.ts';
import { createPump, oneAfterOther, type Pump, type Turn } from './pump.ts';
import { createSessionEndSender } from './sessionEndSender.ts';

/** Where sync stands, for the screens. */
export interface SyncStatus {
  readonly link: LinkState;
  /** When the attached cache last had everything; null = never, or none is attached. */
  readonly asOfMs: number | null;
  readonly filling: Filling | null;
  /** Entries of the feed that nobody could read, since the attached cache was last filled. */
  readonly malformed: number;
}

export interface SyncOptions extends Omit<
  FeedPullerOptions,
  'onFilling' | 'onJoined' | 'onChanged' | 'onMalformed'
> {
  readonly random: () => number;
  /** A person's token while it lasts. */
  readonly tokenOf: (personId: string) => string | null;
  /** Patients whose record changed in the attached cache. */
  readonly onChanged: (patientIds: readonly string[]) => void;
  /** Link, freshness or outbox have changed. */
  readonly onStatus: () => void;
  /** Session endings and the like, as the server says them. */
  readonly onEvent: (event: TerminalEvent) => void;
  /** Whether somebody is in this session, or may come back into it by a tap. */
  readonly isLive: (sessionId: string) => boolean;
  /** The record server has judged a login that this terminal granted alone. */
  readonly onOfflineAnswer: (answer: OfflineAnswer) => void;
  /** The audit chain does not belong to the server's: nobody is to be served. */
  readonly onBroken: () => void;
  /** The server lacks lines that are no longer kept here, or has been helped over them. */
  readonly onBehind: (isBehind: boolean) => void;
  /** Keeps the terminal's certificate from ending; see `electron/identity/certificateKeeper.ts`. */
  readonly keepCertificate?: () => Promise<Turn>;
  readonly pollMs?: number;
  readonly silenceMs?: number;
}

/** Keeps terminal and record server in step; every wake-up is safe to give at any time. */
export interface Sync {
  start(): void;
  /** Ends after what is under way, two seconds at most. */
  stop(): Promise<void>;
  /** From now on changes go into this vault. Resolves when what waited in the inbox is in it, or cannot be. */
  attachVault(vault: AttachedVault): Promise<void>;
  detachVault(): void;
  auditAppended(): void;
  /** Call after the vault has been told to commit the operations. */
  operationsAdded(): void;
  /** Drafts, what was given back, or how a person likes her screens. */
  personalChanged(): void;
  /** A session may be over. */
  sessionsChanged(): void;
  /** Brings a person's drafts from other terminals into the spool. */
  fetchDrafts(personId: string, token: string): Answer<null>;
  status(): SyncStatus;
}

const stopGraceMs = 2_000;
const usualPollMs = 30_000;
const usualSilenceMs = 35_000;

/** Builds the loop; nothing runs before `start`. */
export function createSync(options: SyncOptions): Sync {
  const { server, logger, onStatus } = options;
  let link: LinkState = 'connecting';
  let asOfMs: number | null = null;
  let filling: Filling | null = null;
  let malformed = 0;
  let vault: SyncVault | null = null;
  let events: { close(): void } | null = null;
  let poll: NodeJS.Timeout | null = null;

  const pump = (turn: () => Promise<Turn>) => makePump(options, turn);
  const audit = pump(createAuditSender(options));
  const delivery = pump(() => deliverResults(options, () => vault));
  const onSettled = () => {
    // What was refused goes back to its author, wherever she logs in next.
    for (const one of [delivery, drafts]) one.wake();
    onStatus();
  };
  const onAnswered = options.onOfflineAnswer;
  const tellLogins = createOfflineSessionSender({ ...options, onAnswered });
  const sendOperations = createOperationSender({ ...options, onSettled });
  const tellEnds = createSessionEndSender(options);
  // In this order: the server must know a session before what was charted in it, and its end comes last.
  const operations = pump(oneAfterOther(tellLogins, sendOperations, tellEnds));
  const drafts = pump(oneAfterOther(createPreferenceSender(options), createDraftSender(options)));
  const stand = (change: () => void) => {
    change();
    onStatus();
  };
  const onFilling = (now: Filling | null) => stand(() => (filling = now));
  const onJoined = (atMs: number) => stand(() => (asOfMs = atMs));
  const onMalformed = (count: number) => stand(() => (malformed = count));
  const puller = createFeedPuller({ ...options, onFilling, onJoined, onMalformed });
  const feed = pump(() => puller.turn());
  const certificate = pump(options.keepCertificate ?? (() => Promise.resolve('done')));
  const pumps = [certificate, audit, operations, drafts, feed, delivery];
  const wakeAll = () => pumps.forEach((one) => one.wake());

  const onState = (state: LinkState) => {
    if (state === link) return;
    link = state;
    logger.log('serverLink', { state });
    if (state === 'connected') pumps.forEach((one) => one.wakeNow());
    onStatus();
  };
  const onEvent = (event: TerminalEvent) => {
    if (event.type === 'changed') feed.wakeNow();
    options.onEvent(event);
  };
  const onMalformedEvent = () => logger.log('serverReplyMalformed', { route: 'events' });
  return {
    start() {
      const { random, silenceMs = usualSilenceMs } = options;
      events = server.events(
        { onState, onEvent, onMalformed: onMalformedEvent },
        { random, silenceMs },
      );
      poll = setInterval(wakeAll, options.pollMs ?? usualPollMs);
      wakeAll();
    },
    async stop() {
      events?.close();
      if (poll !== null) clearInterval(poll);
      // The sessions that end with the program; what cannot be told now is told after the next start.
      const told = link === 'connected' ? operations.between(tellEnds) : null;
      await stopPumps(pumps, server, told);
    },
    async attachVault(attached) {
      vault = attached.vault;
      // Until the feed is joined again, what is shown is as old as the cache says it is.
      asOfMs = attached.asOfMs;
      malformed = attached.malformed;
      const { cacheId, generation, cursor, feedEpoch } = attached;
      options.spool.anchors.put({ cacheId, generation, cursor, feedEpoch });
      const inboxApplied = puller.attach(attached);
      feed.wakeNow();
      delivery.wakeNow();
      await inboxApplied;
    },
    detachVault() {
      vault = null;
      asOfMs = null;
      puller.detach();
      feed.wake();
    },
    auditAppended: () => audit.wake(),
    operationsAdded: () => operations.wake(),
    personalChanged: () => drafts.wake(),
    sessionsChanged: () => operations.wake(),
    fetchDrafts: (personId, token) => drafts.between(() => fetchDrafts(options, personId, token)),
    status: () => ({ link, asOfMs, filling, malformed }),
  };
}

function makePump({ random, logger }: SyncOptions, turn: () => Promise<Turn>): Pump {
  const onUnexpected = (cause: unknown) => logger.log('unexpected', { where: 'sync' }, cause);
  return createPump(turn, { random, onUnexpected });
}

/** A line that is dead without saying so must not hold up the end: its calls are broken off. */
async function stopPumps(
  pumps: readonly Pump[],
  server: Pick<SyncOptions['server'], 'close'>,
  last: Promise<unknown> | null,
): Promise<void> {
  const giveUp = setTimeout(() => server.close(), stopGraceMs);
  await Promise.allSettled([last, ...pumps.map((one) => one.stop())]);
  clearTimeout(giveUp);
}

/** Tells the vault what became of its operations; what no vault has heard waits in the spool. */
async function deliverResults(
  { spool, logger, onChanged }: SyncOptions,
  vaultNow: () => SyncVault | null,
): Promise<Turn> {
  for (;;) {
    const vault = vaultNow();
    const results = vault === null ? [] : spool.outbox.undelivered(100);
    if (vault === null || results.length === 0) return 'done';
    const answer = await vault.call('pushResultsApply', { results: [...results] });
    if (!answer.ok) {
      logger.log('vaultRefused', { call: 'pushResultsApply', code: answer.code });
      return 'done';
    }
    const { changedPatientIds } = answer.value;
    if (changedPatientIds.length > 0) onChanged(changedPatientIds);
    const delivered = spool.outbox.delivered(results.map((result) => result.operationId));
    if (!delivered.ok) return 'retry';
  }
}
