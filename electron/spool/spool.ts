import type { AuditDraft, AuditEntry } from '#core/contracts/audit.ts';
import type { Preferences } from '#core/contracts/preferences.ts';
import type { Operation, PushResult } from '#core/contracts/sync.ts';
import type { AuditHead, DraftRecord } from '#core/contracts/terminal.ts';
import type { PinAttempts } from '#core/access/pinThrottle.ts';
import type { Result } from '#core/result.ts';

/** Why the spool does not take or keep anything: nobody is served until it is cured. */
export type SpoolRefusal = 'spoolDamaged' | 'rollback' | 'diskFull' | 'readOnly';

/** Thrown by reads when the file fails under them: not an answer anyone can go on with. */
export class SpoolFailure extends Error {
  override readonly name = 'SpoolFailure';
  readonly code: SpoolRefusal;
  constructor(code: SpoolRefusal, cause?: unknown) {
    super(`the spool failed: ${code}`, { cause });
    this.code = code;
  }
}

/** An operation as the vault prepared it. */
export interface PreparedOperation {
  readonly operation: Operation;
  /**
   * The same body sealed to its author: shown to her again in another session, and given back to her if the record server
   * refuses the operation.
   */
  readonly sealedForAuthor: string;
}

/** One thing a person charted: all of it becomes durable, or nothing. */
export interface SpoolWrite {
  readonly audit: readonly AuditDraft[];
  readonly personId: string;
  readonly patientId: string;
  /** About a patient who is not on this ward: what becomes of it is for its author alone to see. */
  readonly visiting: boolean;
  readonly operations: readonly PreparedOperation[];
  /** The draft this came from; it goes with the write. */
  readonly draftId: string | null;
  /** The conflict that this settles; it goes with the write. */
  readonly settles: string | null;
}

export interface OutboxCounts {
  readonly pending: number;
  readonly conflicts: number;
}

/** What its author charted of a visiting patient and nobody has settled; `result` null while it is on its way. */
export interface OwnOperation {
  readonly operationId: string;
  readonly sealedForAuthor: string;
  readonly result: PushResult | null;
}

/** What an author decided about what was refused. */
export interface RejectionDismissal {
  readonly audit: AuditDraft;
  readonly personId: string;
  readonly draftIds: readonly string[];
}

/** Edits on their way to the record server, oldest first. */
export interface Outbox {
  /**
   * What may be sent now: not yet what people charted who logged in offline and wait to be judged, nor operations put `aside`
   * with all later ones of the same patient, which may build on them.
   */
  pending(limit: number, aside?: readonly string[]): readonly Operation[];
  counts(personId: string | null): OutboxCounts;
  /** Conflicts that this person may see: the ward's, and her own about visiting patients. */
  conflictsFor(personId: string): number;
  /**
   * Keeps what the server said; what it refused goes back to its author (`drafts.rejectedOf`). Answers for operations that are
   * settled already change nothing.
   */
  settle(results: readonly PushResult[]): Result<null, SpoolRefusal>;
  /** Results that no vault has taken over yet, in order. */
  undelivered(limit: number): readonly PushResult[];
  delivered(operationIds: readonly string[]): Result<null, SpoolRefusal>;
  /**
   * What a person charted of visiting patients, oldest first: no cache holds it for her next session. What was refused is not
   * among it: that went back to her.
   */
  ownVisiting(personId: string): readonly OwnOperation[];
}

/** A draft on its way to the server; `sealed` null = discarded. */
export type UnsentDraft = Omit<DraftRecord, 'sealed'> & { readonly sealed: string | null };

/** Something charted that the record server refused, with its reason. */
export type RejectedRecord = Omit<DraftRecord, 'rejection'> & { readonly rejection: string };

/** Unfinished work, sealed to its author; beside it what the record server gave back. */
export interface DraftStore {
  save(draft: Omit<DraftRecord, 'rejection'>): Result<null, SpoolRefusal>;
  discard(draftId: string): Result<null, SpoolRefusal>;
  ofPerson(personId: string): readonly DraftRecord[];
  /** What this person charted and the record server refused, until she has decided; newest first. */
  rejectedOf(personId: string): readonly RejectedRecord[];
  /** What the server has not been told yet, of everyone, oldest first. */
  unsent(): readonly UnsentDraft[];
  /** The server has this state of the draft; one saved again since stays unsent. */
  markSent(draftId: string, savedAtMs: number): Result<null, SpoolRefusal>;
  /**
   * Takes over all that the server has of a person: newer states win over sent ones, and a sent draft that the server no
   * longer has was finished elsewhere. What was typed here and not sent stays.
   */
  receive(personId: string, drafts: readonly DraftRecord[]): Result<null, SpoolRefusal>;
}

/** A login that this terminal granted alone; `sealed` is its proof, for the record server only. */
export interface OfflineSessionRecord {
  readonly sessionId: string;
  readonly personId: string;
  readonly sealed: string;
}

/** Logins that the record server has not judged yet. Pending operations of their people wait behind them. */
export interface OfflineSessionStore {
  /** Nobody gets in before this has answered. The end of the session will have to be told, too. */
  keep(session: OfflineSessionRecord): Result<null, SpoolRefusal>;
  /** Oldest first. */
  waiting(): readonly OfflineSessionRecord[];
  /** The server has taken it over or refused it: what was done in it is its to judge from here on. */
  answered(sessionId: string): Result<null, SpoolRefusal>;
}

/**
 * Sessions of this terminal that are open as far as the record server knows. They outlive a restart: whoever was here then
 * is not any more.
 */
export interface OpenSessionStore {
  /** The server has opened this session: sooner or later it must be told its end. */
  begin(sessionId: string): Result<null, SpoolRefusal>;
  /** Oldest first; not those of logins that the server has not judged, for it does not know them yet. */
  known(): readonly string[];
  /** The server has been told, or knows no such session. */
  ended(sessionId: string): Result<null, SpoolRefusal>;
}

/** Tries of a PIN, where a restart does not forget them. */
export interface PinAttemptStore {
  read(personId: string): PinAttempts | null;
  /** Counts a try before it is checked. */
  count(personId: string, nowMs: number): Result<PinAttempts, SpoolRefusal>;
  /** A counted try was not checked after all: what stood before stands again. */
  putBack(personId: string, before: PinAttempts | null): Result<null, SpoolRefusal>;
  /** The PIN was right. */
  clear(personId: string): Result<null, SpoolRefusal>;
}

/** How people like their screens. Here, so that a tap without the record server, or before it answers, shows it too. */
export interface PreferenceStore {
  /** Null while this person has chosen nothing that is known here. */
  read(personId: string): Preferences | null;
  /** Takes one choice; what it does not name stays. */
  choose(
    personId: string,
    choice: Partial<Pick<Preferences, 'language' | 'theme'>>,
    nowMs: number,
  ): Result<null, SpoolRefusal>;
  /** What the record server has of a person; a later choice made here stays. Writes only what is new. */
  receive(personId: string, preferences: Preferences): void;
  unsent(): readonly { readonly personId: string; readonly preferences: Preferences }[];
  /** The server has this choice; one made since stays unsent. */
  markSent(personId: string, savedAtMs: number): Result<null, SpoolRefusal>;
}

/** Where a cache stands: its least generation, and how far it or its inbox has followed the feed. */
export interface CacheAnchor {
  readonly cacheId: string;
  readonly generation: number;
  readonly cursor: string | null;
  readonly feedEpoch: string | null;
}

export interface CacheAnchors {
  read(cacheId: string): CacheAnchor | null;
  /** The generation never goes back; cursor and epoch are as given. */
  put(anchor: CacheAnchor): Result<null, SpoolRefusal>;
  /** Only the generation: the cache changed by something else than the feed. */
  raise(cacheId: string, generation: number): Result<null, SpoolRefusal>;
}

/** The terminal's one durable store of what must not be lost. Every write is on disk when it returns. */
export interface Spool {
  /** Links the drafts into the chain, all or none. Nothing may be shown before this has answered. */
  append(drafts: readonly AuditDraft[]): Result<readonly AuditEntry[], SpoolRefusal>;
  unsent(limit: number): readonly AuditEntry[];
  /** The last beginning or end of a session: one that begins and is not followed by its end was cut off. */
  lastSessionEntry(): AuditEntry | null;
  /** The oldest lines that are still here, acknowledged or not. */
  kept(limit: number): readonly AuditEntry[];
  /**
   * Takes the server's head as what it holds. `behindBy` counts lines that it had acknowledged before and will be sent again.
   * A head that is not in this chain is a `rollback`, of this file or of the server's: from then on nothing is appended.
   * One from before the kept lines (`behindKept`, a server restored from an old backup) changes nothing.
   */
  acknowledge(head: AuditHead): Result<{ readonly behindBy: number }, SpoolRefusal | 'behindKept'>;
  head(): AuditHead;
  unsentCount(): number;
  commitWrite(write: SpoolWrite): Result<readonly AuditEntry[], SpoolRefusal>;
  /** Lets go of what was refused, together with the entry of who decided so. */
  dismissRejected(dismissal: RejectionDismissal): Result<null, SpoolRefusal>;
  readonly outbox: Outbox;
  readonly drafts: DraftStore;
  readonly preferences: PreferenceStore;
  readonly pinAttempts: PinAttemptStore;
  readonly offlineSessions: OfflineSessionStore;
  readonly openSessions: OpenSessionStore;
  readonly anchors: CacheAnchors;
  lastSeenMs(): number | null;
  /** Remembers the wall clock; see `core/access/clockJudge.ts`. Its answer says whether the spool takes anything at all. */
  noteSeen(nowMs: number): Result<null, SpoolRefusal>;
  close(): void;
}
