import type { VaultAnswer, VaultCall, VaultPayload } from '#core/contracts/vault.ts';
import type { Result } from '#core/result.ts';
import type { Logger } from '#electron/log.ts';
import type { ReadFeedPage } from '#electron/recordServer/syncReplies.ts';
import type { RecordServer } from '#electron/recordServer/recordServer.ts';
import { storageFaultOf } from '#native/sqlite/storageFault.ts';
import type { Spool } from '#electron/spool/spool.ts';
import type { Inbox } from './inbox.ts';
import { judgePage, linkInbox, type FeedPosition, type PageStep } from './plan.ts';
import type { Turn } from './pump.ts';

type SyncCall = Extract<VaultCall, 'feedApply' | 'inboxApply' | 'pushResultsApply'>;

/** What sync asks of an open vault. */
export interface SyncVault {
  call<Call extends SyncCall>(
    call: Call,
    payload: VaultPayload<Call>,
  ): Promise<Result<VaultAnswer<Call>, string>>;
}

/** An open vault and where its cache stood when it was opened. */
export interface AttachedVault extends FeedPosition {
  readonly vault: SyncVault;
  readonly cacheId: string;
  readonly generation: number;
  /** When it last had everything; null while it never had. */
  readonly asOfMs: number | null;
  /** Entries of the feed that it has passed over. */
  readonly malformed: number;
  /** Resources that an unfinished filling has brought; null when the cache was complete once. */
  readonly filled: number | null;
}

/** Progress of a first fill; `total` 0 while the server has not said it. */
export interface Filling {
  readonly done: number;
  readonly total: number;
}

export interface FeedPullerOptions {
  readonly server: RecordServer;
  readonly spool: Spool;
  readonly inbox: Inbox;
  readonly logger: Logger;
  readonly now: () => number;
  /** The cache that waits for its people, and the key to which its pages are sealed; null before the first login. */
  readonly inboxTarget: () => { readonly cacheId: string; readonly publicKey: string } | null;
  readonly onChanged: (patientIds: readonly string[]) => void;
  readonly onFilling: (filling: Filling | null) => void;
  /** So many entries of the feed could not be read since the attached cache was last filled. */
  readonly onMalformed: (count: number) => void;
  /** The cache has everything up to now. */
  readonly onJoined: (atMs: number) => void;
}

/** Follows the ward's feed: into the vault while someone is tapped in, else into the inbox. */
export interface FeedPuller {
  turn(): Promise<Turn>;
  /** From now on no page goes to the inbox. Resolves when what waited there is in the vault, or cannot be. */
  attach(vault: AttachedVault): Promise<void>;
  detach(): void;
}

const pageLimit = 2_000;
const inboxMostBytes = 200_000_000;
const inboxChunk = 20;
/** Troubles of the disk that a person may cure while the session lives. */
const passing = ['diskFull', 'diskReadOnly'];

interface Session {
  readonly vault: SyncVault;
  readonly cacheId: string;
  generation: number;
  position: FeedPosition;
  /** The one application of the inbox, once begun. */
  inbox: Promise<void> | null;
  fill: { done: number; readonly total: number; readonly beganMs: number } | null;
  failed: boolean;
}

/** Makes the puller. Its turns must not overlap: run it in a pump. */
export function createFeedPuller(options: FeedPullerOptions): FeedPuller {
  let session: Session | null = null;
  return {
    async turn() {
      const current = session;
      if (current === null) return await pullIntoInbox(options, () => session === null);
      return await pullIntoVault(options, current, () => session === current);
    },
    attach({ vault, cacheId, generation, cursor, feedEpoch, filled }) {
      const attached: Session = {
        vault,
        cacheId,
        generation,
        position: { cursor, feedEpoch },
        inbox: null,
        // Broken off by the end of a session: it goes on where it was, and is shown again.
        fill: filled === null ? null : { done: filled, total: 0, beganMs: options.now() },
        failed: false,
      };
      session = attached;
      anchor(options, attached);
      // At once, beside a turn that may still wait for a dead line: it sees the change of session and adds no page.
      return inboxApplied(options, attached);
    },
    detach() {
      session = null;
      options.onFilling(null);
    },
  };
}

async function pullIntoVault(
  options: FeedPullerOptions,
  session: Session,
  isCurrent: () => boolean,
): Promise<Turn> {
  await inboxApplied(options, session);
  while (isCurrent() && !session.failed) {
    const began = options.now();
    const { cursor } = session.position;
    const reply = await options.server.feed(cursor, pageLimit);
    if (!reply.ok) {
      if (reply.code !== 'gone' || cursor === null) return refusedFeed(options, reply.code);
      restart(options, session, 'gone');
      continue;
    }
    if (!isCurrent()) break;
    const outcome = await applyPage(options, session, reply.value, began);
    if (outcome !== 'more') return outcome;
  }
  return 'done';
}

async function applyPage(
  options: FeedPullerOptions,
  session: Session,
  page: ReadFeedPage,
  began: number,
): Promise<Turn | 'more'> {
  logMalformed(options, page);
  if (page.unskippable) {
    // A new filling needs nothing taken away. One that is spoiled itself is begun again after a while.
    if (session.position.cursor === null) return refusedFeed(options, 'malformed');
    restart(options, session, 'malformed');
    return session.fill === null ? 'more' : 'retry';
  }
  if (session.position.cursor === null) {
    session.fill = { done: 0, total: 0, beganMs: began };
  }
  if (session.fill !== null && page.totalResources !== null)
    session.fill = { ...session.fill, total: page.totalResources };
  const step = judgePage(session.position, session.fill !== null, page);
  if (step.do === 'restart') {
    restart(options, session, 'epoch');
    return 'more';
  }
  if (step.do === 'nothing') {
    options.onJoined(began);
    return 'done';
  }
  const answer = await session.vault.call('feedApply', {
    changes: [...step.changes],
    cursor: step.cursor,
    feedEpoch: step.feedEpoch,
    restart: step.restart,
    joinedAtMs: step.joined ? began : null,
    malformed: page.malformed,
  });
  if (!answer.ok) return refusedByVault(options, session, answer.code);
  options.logger.log('feedApplied', {
    changes: step.changes.length,
    toInbox: false,
    ms: options.now() - began,
  });
  reportFilling(options, session, step.changes.length, step.joined);
  moveTo(options, session, answer.value.generation, step);
  options.onMalformed(answer.value.malformed);
  if (answer.value.changedPatientIds.length > 0) options.onChanged(answer.value.changedPatientIds);
  if (step.joined) options.onJoined(began);
  return step.joined ? 'done' : 'more';
}

function reportFilling(
  { logger, now, onFilling }: FeedPullerOptions,
  session: Session,
  changes: number,
  joined: boolean,
): void {
  const { fill } = session;
  if (fill === null) return;
  fill.done += changes;
  if (joined) {
    logger.log('feedFilled', { resources: fill.done, ms: now() - fill.beganMs });
    session.fill = null;
  }
  onFilling(joined ? null : { done: fill.done, total: Math.max(fill.total, fill.done) });
}

/** The vault has committed; the spool follows. A crash in between leaves an older anchor, which is harmless. */
function moveTo(
  options: FeedPullerOptions,
  session: Session,
  generation: number,
  { cursor, feedEpoch }: FeedPosition,
): void {
  session.generation = generation;
  session.position = { cursor, feedEpoch };
  anchor(options, session);
}

/** Where the inbox goes on once nobody is tapped in: nowhere while a filling is not through, which needs a vault. */
function anchor({ spool }: FeedPullerOptions, session: Session): void {
  const { cacheId, generation, position } = session;
  const { cursor, feedEpoch } = position;
  const isFilling = session.fill !== null;
  spool.anchors.put({ cacheId, generation, cursor: isFilling ? null : cursor, feedEpoch });
}

function restart({ logger }: FeedPullerOptions, session: Session, code: string): void {
  logger.log('feedRestarted', { code });
  session.position = { cursor: null, feedEpoch: null };
}

/** Applied once a session; a vault that died over it takes no pages either. */
function inboxApplied(options: FeedPullerOptions, session: Session): Promise<void> {
  session.inbox ??= applyInbox(options, session);
  return session.inbox;
}

async function applyInbox(options: FeedPullerOptions, session: Session): Promise<void> {
  const { inbox, logger } = options;
  const { cacheId } = session;
  inbox.keepOnly(cacheId);
  const linked = linkInbox(session.position, inbox.pages(cacheId));
  for (let at = 0; at < linked.length; at += inboxChunk) {
    const chunk = linked.slice(at, at + inboxChunk);
    const sealed = chunk.map((page) => page.sealed);
    const answer = await session.vault.call('inboxApply', { sealed });
    if (!answer.ok) {
      // A disk that is full now takes the feed later; the pages stay for the next session.
      refusedByVault(options, session, answer.code);
      return;
    }
    const { generation, cursor, unreadable, changedPatientIds } = answer.value;
    if (unreadable > 0) {
      logger.log('inboxUnreadable', { pages: unreadable });
      restart(options, session, 'inbox');
      break;
    }
    moveTo(options, session, generation, { ...session.position, cursor });
    options.onMalformed(answer.value.malformed);
    const numbers = chunk.map((page) => page.number);
    inbox.remove(cacheId, numbers);
    if (changedPatientIds.length > 0) options.onChanged(changedPatientIds);
  }
  inbox.clear(cacheId);
}

async function pullIntoInbox(options: FeedPullerOptions, isCurrent: () => boolean): Promise<Turn> {
  const target = options.inboxTarget();
  if (target === null) return 'done';
  const { cacheId } = target;
  for (;;) {
    const position = inboxPosition(options, cacheId);
    // A fill needs a vault: it would be as large as the cache itself.
    if (position.cursor === null || options.inbox.bytes(cacheId) >= inboxMostBytes) return 'done';
    const began = options.now();
    const reply = await options.server.feed(position.cursor, pageLimit);
    // Someone tapped in meanwhile: the vault asks for this page itself.
    if (!isCurrent()) return 'done';
    if (!reply.ok && reply.code !== 'gone') return refusedFeed(options, reply.code);
    const page = reply.ok ? reply.value : null;
    const { step, why } = judgeForInbox(options, position, page);
    if (step.do === 'restart') dropInbox(options, cacheId, why);
    if (step.do !== 'apply') return 'done';
    const kept = { ...step, malformed: page?.malformed ?? 0 };
    if (!keepInInbox(options, target, position.cursor, kept, began)) return 'retry';
    if (step.joined) return 'done';
  }
}

/** `page` null: the feed cannot go on from here. One that may not be passed over is met again by the next vault, which fills anew. */
function judgeForInbox(
  options: FeedPullerOptions,
  position: FeedPosition,
  page: ReadFeedPage | null,
): { readonly step: PageStep; readonly why: string } {
  if (page === null) return { step: { do: 'restart' }, why: 'gone' };
  logMalformed(options, page);
  if (page.unskippable) return { step: { do: 'restart' }, why: 'malformed' };
  return { step: judgePage(position, false, page), why: 'epoch' };
}

/** Where the inbox ends, or, while it is empty, where the cache stood when it was closed. */
function inboxPosition({ inbox, spool }: FeedPullerOptions, cacheId: string): FeedPosition {
  const last = inbox.last(cacheId);
  if (last !== null) return { cursor: last.to, feedEpoch: last.feedEpoch };
  return spool.anchors.read(cacheId) ?? { cursor: null, feedEpoch: null };
}

/** The next vault fills its cache anew; until then there is nothing to follow. */
function dropInbox({ inbox, spool, logger }: FeedPullerOptions, cacheId: string, code: string) {
  logger.log('feedRestarted', { code });
  inbox.clear(cacheId);
  spool.anchors.put({ cacheId, generation: 0, cursor: null, feedEpoch: null });
}

/** False when the disk does not take it: the feed keeps what it cannot have now. */
function keepInInbox(
  { inbox, logger, now }: FeedPullerOptions,
  { cacheId, publicKey }: { readonly cacheId: string; readonly publicKey: string },
  from: string,
  step: Extract<PageStep, { do: 'apply' }> & { readonly malformed: number },
  began: number,
): boolean {
  const { changes, cursor, feedEpoch, joined, malformed } = step;
  const joinedAtMs = joined ? began : null;
  const page = { changes: [...changes], cursor, feedEpoch, joinedAtMs, malformed };
  try {
    inbox.add(cacheId, publicKey, from, page);
  } catch (error) {
    if (storageFaultOf(error) === null) throw error;
    return false;
  }
  logger.log('feedApplied', { changes: changes.length, toInbox: true, ms: now() - began });
  return true;
}

function logMalformed({ logger }: FeedPullerOptions, { malformed }: ReadFeedPage): void {
  if (malformed > 0) logger.log('feedMalformed', { changes: malformed });
}

function refusedFeed({ logger }: FeedPullerOptions, code: string): Turn {
  if (code === 'malformed') logger.log('serverReplyMalformed', { route: 'feed' });
  return 'retry';
}

function refusedByVault({ logger }: FeedPullerOptions, session: Session, code: string): Turn {
  logger.log('feedRefused', { code });
  session.failed = !passing.includes(code);
  return session.failed ? 'done' : 'retry';
}
