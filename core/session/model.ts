import type { AuditDraft } from '#core/contracts/audit.ts';
import type { BadgeFault } from '#core/contracts/badge.ts';
import type { RefusalCode, WorkspaceNotice } from '#core/contracts/ipc.ts';
import type { Person } from '#core/contracts/terminal.ts';

/*
 * The session machine of a terminal: what it knows (state), what happens to it (event), what it asks of the shell (effect).
 * Times named `atMs` are the terminal's monotonic clock. The machine holds no key, no PIN and no patient data.
 */

/** Numbers a site may set; see `defaultSessionPolicy`. */
export interface SessionPolicy {
  /** No input for this long covers the screen. */
  readonly idleCoverMs: number;
  /** A covered session locks after this long. */
  readonly coverCountdownMs: number;
  /** Whether any key, press or touch lifts a cover, or only the owner's badge. */
  readonly coverLiftsByInput: boolean;
  /** The owner's own tap while active never locks by itself; this says what does (the lock key always does). */
  readonly leaveBy: 'secondTap' | 'hold' | 'lockKey';
  readonly leaveSecondTapWithinMs: number;
  readonly leaveHoldMs: number;
  readonly identifyTimeoutMs: number;
  readonly pinTimeoutMs: number;
  readonly openTimeoutMs: number;
  /** How long a refusal stays on the screen. */
  readonly refusalShownMs: number;
  /** How long the reader may be gone before a session that was opened by badge is covered. */
  readonly readerLostCoverMs: number;
  /** The same badge seen again within this long of its removal is the same tap (readers flicker). */
  readonly tapDebounceMs: number;
  /** A card found lying on a reader within this long of the reader's return was there before: not a tap. */
  readonly readerSettleMs: number;
  /** So long before a session ends by itself its person is told. */
  readonly endNoticeMs: number;
}

/** One badge in one field: `badgeKey` is a keyed hash, never the id itself; `presence` numbers this stay of the card. */
export interface Tap {
  readonly reader: string;
  readonly presence: number;
  readonly badgeKey: string;
  readonly atMs: number;
}

/** Why a PIN is asked. */
export type PinReason = 'newShift' | 'newTerminal' | 'graceEnded' | 'offline';

/** When a session ends by itself: with the terminal's lease, or with the person's shift. */
export interface SessionEnds {
  readonly leaseAtMs: number;
  readonly shiftAtMs: number;
}

/** A live session: exactly one person, one vault process, one renderer. */
export interface LiveSession {
  readonly sessionId: string;
  /** The attempt it came from. A session resumed within the grace keeps its id, so only this tells two openings apart. */
  readonly attempt: number;
  readonly person: Person;
  readonly badgeKey: string;
  readonly openedAtMs: number;
  readonly ends: SessionEnds;
}

export type SessionPhase =
  | {
      readonly kind: 'idle';
      readonly refusal: { readonly code: RefusalCode; readonly untilMs: number } | null;
    }
  | {
      readonly kind: 'identifying';
      readonly attempt: number;
      readonly tap: Tap;
      readonly deadlineMs: number;
    }
  | {
      readonly kind: 'pin';
      readonly attempt: number;
      readonly tap: Tap;
      readonly person: Person;
      readonly reason: PinReason;
      readonly triesLeft: number | null;
      readonly retryAtMs: number | null;
      readonly error: 'pinWrong' | 'pinThrottled' | null;
      readonly checking: boolean;
      readonly deadlineMs: number;
    }
  /** Identity proven; vault and workspace are being opened. */
  | {
      readonly kind: 'opening';
      readonly attempt: number;
      readonly session: LiveSession;
      readonly deadlineMs: number;
    }
  | {
      readonly kind: 'active';
      readonly session: LiveSession;
      readonly lastInputAtMs: number;
      /** The owner's last own tap while active, for leaving on purpose. */
      readonly ownTap: {
        readonly presence: number;
        readonly reader: string;
        readonly atMs: number;
        /** The card of this tap is still in the field. */
        readonly held: boolean;
      } | null;
      readonly cover: { readonly locksAtMs: number } | null;
      /** The end that the person was told of; a later one is told anew. */
      readonly toldOfEndAtMs: number | null;
    }
  /** The former person's renderer, vault and clipboard are going; nobody gets in before they are gone. */
  | {
      readonly kind: 'closing';
      readonly session: LiveSession;
      /** Whose turn it is once the former person is gone: the latest tap. */
      readonly next: Tap | null;
      /** What to tell the person afterwards when nobody is next. */
      readonly refusal: RefusalCode | null;
      /** The terminal may serve nobody afterwards. */
      readonly fault: RefusalCode | null;
    }
  | { readonly kind: 'fault'; readonly code: RefusalCode };

export interface SessionState {
  readonly phase: SessionPhase;
  /** Counts attempts; answers to an older attempt are stale and change nothing. */
  readonly attempt: number;
  readonly readerUp: boolean;
  /** Since when the reader is gone, null while it is there. */
  readonly readerLostAtMs: number | null;
  readonly online: boolean;
  /** Cards in the field now, by reader. */
  readonly present: Readonly<Record<string, Tap>>;
  /** When each badge was last removed, as long as that tells a flicker from a second tap. */
  readonly removedAtMs: Readonly<Record<string, number>>;
}

export type SessionEvent =
  | { readonly type: 'badge'; readonly tap: Tap }
  | {
      readonly type: 'badgeFault';
      readonly reader: string;
      readonly fault: BadgeFault;
      readonly atMs: number;
    }
  | {
      readonly type: 'badgeRemoved';
      readonly reader: string;
      readonly presence: number;
      readonly atMs: number;
    }
  /** Answer to `identify`. */
  | {
      readonly type: 'identified';
      readonly attempt: number;
      readonly result: IdentifyResult;
      readonly atMs: number;
    }
  | {
      readonly type: 'pinSubmitted';
      readonly attempt: number;
      readonly pin: string;
      readonly atMs: number;
    }
  | { readonly type: 'pinCancelled'; readonly attempt: number; readonly atMs: number }
  /** Answer to `checkPin`. */
  | {
      readonly type: 'pinChecked';
      readonly attempt: number;
      readonly result: PinResult;
      readonly atMs: number;
    }
  /** Answer to `openWorkspace`: its board is painted. */
  | { readonly type: 'opened'; readonly attempt: number; readonly atMs: number }
  | {
      readonly type: 'openFailed';
      readonly attempt: number;
      readonly code: RefusalCode;
      readonly atMs: number;
    }
  /** The lock key or button. */
  | { readonly type: 'leaveRequested'; readonly atMs: number }
  /** Any key, touch or pointer, on either view. One that only `moved` shows that somebody is there, and lifts no cover. */
  | { readonly type: 'input'; readonly moved?: boolean; readonly atMs: number }
  /** Answer to `closeWorkspace`: renderer and vault have ended. */
  | {
      readonly type: 'closed';
      readonly sessionId: string;
      /** `attempt` of the closed LiveSession. */
      readonly attempt: number;
      readonly atMs: number;
    }
  | {
      readonly type: 'processLost';
      readonly sessionId: string;
      /** `attempt` of the LiveSession the process belonged to. */
      readonly attempt: number;
      readonly which: 'vault' | 'renderer';
      /** What the person is told, where the shell knows more than that it stopped. */
      readonly code?: RefusalCode;
      readonly atMs: number;
    }
  | { readonly type: 'readerService'; readonly up: boolean; readonly atMs: number }
  | { readonly type: 'serverLink'; readonly online: boolean; readonly atMs: number }
  /** The server ended this session or disabled this person. */
  | {
      readonly type: 'revoked';
      readonly personId: string;
      readonly sessionId: string | null;
      /** What the person is told; if nothing is said: that her account was switched off when all of hers ends, else nothing. */
      readonly code?: 'personDisabled' | 'badgeRevoked';
      readonly atMs: number;
    }
  /** The server gave this session a lease that lasts longer. */
  | {
      readonly type: 'leaseRenewed';
      readonly sessionId: string;
      readonly leaseEndsAtMs: number;
      readonly atMs: number;
    }
  /** The terminal cannot log or keep anything: nobody may be served. `code` null clears it. */
  | { readonly type: 'terminalFault'; readonly code: RefusalCode | null; readonly atMs: number }
  /** A deadline of `nextDeadlineMs` has passed. */
  | { readonly type: 'tick'; readonly atMs: number };

export type IdentifyResult =
  /** Within the grace: the session resumes without a PIN. */
  | {
      readonly kind: 'grace';
      readonly sessionId: string;
      readonly person: Person;
      readonly ends: SessionEnds;
    }
  | {
      readonly kind: 'pin';
      readonly person: Person;
      readonly reason: PinReason;
      readonly triesLeft: number | null;
      /** Monotonic, like every time here; the shell converts the server's wall clock. */
      readonly retryAtMs: number | null;
    }
  | {
      readonly kind: 'refused';
      readonly code: RefusalCode;
      /** Whose badge it is, where that is known: the log names who was turned away. */
      readonly personId?: string;
    };

export type PinResult =
  | { readonly kind: 'accepted'; readonly sessionId: string; readonly ends: SessionEnds }
  | { readonly kind: 'wrong'; readonly triesLeft: number; readonly retryAtMs: number | null }
  /** Nobody looked at the PIN: it may be the right one, but none may be tried before then. */
  | { readonly kind: 'throttled'; readonly retryAtMs: number }
  | { readonly kind: 'refused'; readonly code: RefusalCode };

/** Why a session closes; goes into the audit entry. */
export type CloseReason =
  | 'left'
  | 'tapOver'
  | 'idle'
  | 'leaseEnded'
  | 'shiftEnded'
  | 'revoked'
  | 'vaultLost'
  | 'rendererLost'
  | 'openTimeout'
  | 'openFailed'
  | 'terminalFault';

export type SessionEffect =
  /** Find out whose badge this is: grace slot, slot on this terminal, or the server. Answer: `identified`. */
  | { readonly type: 'identify'; readonly attempt: number; readonly tap: Tap }
  /** Verify a PIN and unlock the vault with it. Answer: `pinChecked`. The PIN passes through and is not kept. */
  | { readonly type: 'checkPin'; readonly attempt: number; readonly pin: string }
  /** Open the vault (already unlocked after a PIN; by grace slot otherwise), read the board, paint. Answer: `opened` or `openFailed`. */
  | {
      readonly type: 'openWorkspace';
      readonly attempt: number;
      readonly session: LiveSession;
      readonly by: 'grace' | 'pin';
    }
  /**
   * Forget everything of an attempt that did not become a session (its vault included). May come again for the same
   * attempt, when a late answer shows that something of it was still made.
   */
  | { readonly type: 'dropAttempt'; readonly attempt: number }
  /** Clear, then destroy renderer and vault, clipboard too. `keepGrace` keeps the way back in for the same badge. Answer: `closed`. */
  | {
      readonly type: 'closeWorkspace';
      readonly session: LiveSession;
      readonly reason: CloseReason;
      readonly keepGrace: boolean;
    }
  | { readonly type: 'notice'; readonly notice: WorkspaceNotice['notice'] }
  /** An audit entry about the session itself (login, lock, refusal, reader lost). */
  | { readonly type: 'audit'; readonly entry: AuditDraft };

/** The pure step: same state and event, same answer. */
export interface SessionStep {
  readonly state: SessionState;
  readonly effects: readonly SessionEffect[];
}

/** What the screen must show; the shell raises the system view for everything but `workspace`. */
export type ScreenChoice =
  { readonly kind: 'workspace'; readonly sessionId: string } | { readonly kind: 'system' };

/** Numbers that serve a ward well; a site may set others. */
export const defaultSessionPolicy: SessionPolicy = {
  idleCoverMs: 120_000,
  coverCountdownMs: 30_000,
  coverLiftsByInput: true,
  leaveBy: 'secondTap',
  leaveSecondTapWithinMs: 2_000,
  leaveHoldMs: 1_500,
  identifyTimeoutMs: 5_000,
  pinTimeoutMs: 60_000,
  openTimeoutMs: 8_000,
  refusalShownMs: 6_000,
  readerLostCoverMs: 5_000,
  tapDebounceMs: 250,
  readerSettleMs: 2_000,
  endNoticeMs: 300_000,
};
