import type { BadgeTrust, CanonicalBadge } from '#core/contracts/badge.ts';
import type {
  IdentifyReply,
  OpenSessionReply,
  Person,
  PinParameters,
} from '#core/contracts/terminal.ts';
import type { Tap } from '#core/session/model.ts';
import type { Result } from '#core/result.ts';
import type { KeyFile } from '../identity/keyFile.ts';
import type { LatencyRecorder } from '../latency.ts';
import type { LinkRefusal } from '../recordServer/transport.ts';
import type { Spool } from '../spool/spool.ts';
import type { VaultClient } from '../vault/vaultClient.ts';
import type { BadgeKeys } from './badgeKeys.ts';
import type { GraceStore } from './grace.ts';
import type { SessionFacts } from './sessionFacts.ts';

/** The record server as far as a login needs it. */
export interface LoginServer {
  identify(
    badge: CanonicalBadge,
    trust: BadgeTrust,
    deadlineMs: number,
  ): Promise<Result<IdentifyReply, LinkRefusal>>;
  openSession(request: {
    readonly badge: CanonicalBadge;
    readonly trust: BadgeTrust;
    readonly pinProof: string;
    readonly sessionPublicKey: string;
  }): Promise<Result<OpenSessionReply, LinkRefusal>>;
}

/** Where the cache is, and how old it may not be. */
export interface Where {
  readonly cachePath: string;
  readonly terminalId: string;
  readonly wardName: string;
  readonly minimumGeneration: { readonly cacheId: string; readonly generation: number } | null;
}

/** Why a cache was given up and made anew. */
export type CacheTrouble = 'cacheDamaged' | 'cacheRolledBack' | 'cacheFromFuture' | 'cacheMissing';

/** What a login works with. */
export interface LoginDeps {
  readonly server: LoginServer;
  readonly online: () => boolean;
  /** Whoever answers at the record server's address is not the record server. */
  readonly serverUntrusted: () => boolean;
  readonly keyFile: KeyFile;
  readonly spool: Pick<Spool, 'pinAttempts' | 'offlineSessions' | 'openSessions' | 'preferences'>;
  readonly graces: GraceStore;
  readonly badgeKeys: BadgeKeys;
  /** base64url */
  readonly deviceSecret: string;
  /** SPKI DER, base64url. */
  readonly intakePublicKey: string;
  readonly where: () => Where;
  readonly takeVault: () => VaultClient;
  readonly latency: Pick<LatencyRecorder, 'record'>;
  /** Monotonic and wall clock, ms. */
  readonly nowMs: () => number;
  readonly wallMs: () => number;
  /** The time of day as the record server has it, as far as it is known. */
  readonly timeMs: () => number;
  /** False after the clock jumped, until the record server has told the time. */
  readonly clockIsSound: () => boolean;
  readonly onCacheTrouble: (trouble: CacheTrouble) => void;
}

/** A proven identity with its vault open. */
export interface OpenedLogin {
  readonly facts: SessionFacts;
  readonly vault: VaultClient;
  readonly asOfMs: number | null;
  readonly cursor: string | null;
  readonly feedEpoch: string | null;
  readonly cacheId: string;
  readonly generation: number;
  readonly malformed: number;
  /** Resources so far while its first filling is not through. */
  readonly filled: number | null;
}

/** A badge on its way to a session. */
export interface Attempt {
  readonly tap: Tap;
  readonly badge: CanonicalBadge;
  readonly trust: BadgeTrust;
  readonly person: Person;
  readonly pin: PinParameters;
  /** The record server gave no answer to this tap: its silence is not waited for again. */
  readonly serverIsSilent: boolean;
  /** The vault that stretches the PIN and, if it is right, opens the cache. */
  vault: VaultClient | null;
  /** The session that the record server granted, or this terminal, whether or not it comes to be opened. */
  sessionId: string | null;
  opened: OpenedLogin | null;
}
