import type {
  IdentifyReply,
  OpenSessionReply,
  openSessionRequestSchema,
  identifyRequestSchema,
} from '#core/contracts/terminal.ts';
import type { InferOutput } from 'valibot';
import { decideLogin } from '#core/access/decide.ts';
import type { BadgeTrust } from '#core/contracts/badge.ts';
import { appendServerAudit } from '../audit/serverAudit.ts';
import type { TerminalContext } from '../context.ts';
import { findBadgeBearer, personKeyOf, type BadgeBearer } from '../directory/staff.ts';
import type { PersonTokens } from '../identity/personToken.ts';
import { sameSecret, type ServiceKeys } from '../identity/serviceKeys.ts';
import type { Database, Query } from '../postgres/database.ts';
import { releaseToTerminal } from './lease.ts';
import { preferencesOf } from './preferences.ts';
import { insertSession, otherSessions, shiftEndsAt } from './sessions.ts';
import {
  clearFailures,
  countFailure,
  lockAttempts,
  personGate,
  readAttempts,
  terminalGate,
} from './throttle.ts';

/** What logging in needs of the rest of the service. */
export interface LoginParts {
  readonly database: Database;
  readonly keys: ServiceKeys;
  readonly tokens: PersonTokens;
  readonly clock: () => number;
  /** How long a lease lasts. */
  readonly leaseLifeMs: number;
}

type IdentifyRequest = InferOutput<typeof identifyRequestSchema>;
type OpenSessionRequest = InferOutput<typeof openSessionRequestSchema>;
type BadgeRefusal = Extract<IdentifyReply, { status: 'refused' }>['code'];

/** Whose badge this is, for the PIN screen. Null: this terminal has shown too many unknown badges and must wait. */
export async function identify(
  { database, keys, clock }: LoginParts,
  terminal: TerminalContext,
  request: IdentifyRequest,
): Promise<IdentifyReply | null> {
  const nowMs = clock();
  return database.transaction(async (query) => {
    const { terminalId } = terminal;
    const tried = await lockAttempts(query, 'terminalBadge', terminalId);
    // Known badges wait too: else the pause itself would tell which ids exist.
    if (!terminalGate('terminalBadge', tried, nowMs).open) return null;
    const bearer = await findBadgeBearer(query, keys, request.badge);
    const code = refusalOf(bearer, request.trust);
    if (!bearer?.pin || code) {
      const reason = code ?? 'badgeUnknown';
      if (reason === 'badgeUnknown') await countFailure(query, 'terminalBadge', terminalId, nowMs);
      await auditRefusal(query, terminalId, bearer, reason);
      return { status: 'refused', code: reason };
    }
    const gate = personGate(await readAttempts(query, 'personPin', bearer.personId), nowMs);
    return {
      status: 'known',
      person: personOf(bearer),
      pin: bearer.pin,
      retryAtMs: gate.retryAtMs,
      triesLeft: gate.triesLeft,
    };
  });
}

/** Checks badge and PIN proof and opens a session. The try is counted in the transaction that checks it. */
export async function openSession(
  parts: LoginParts,
  terminal: TerminalContext,
  request: OpenSessionRequest,
): Promise<OpenSessionReply | null> {
  const nowMs = parts.clock();
  const outcome = await parts.database.transaction((query) =>
    judgeLogin(query, parts, terminal, request, nowMs),
  );
  if (outcome === null || outcome.status === 'refused') return outcome;
  const { bearer, grant } = outcome;
  const { token, expiresAtMs } = await parts.tokens.issue(
    {
      personId: bearer.personId,
      sessionId: grant.sessionId,
      role: bearer.role,
      purposeOfUse: 'TREAT',
    },
    terminal.certificateThumbprint,
    nowMs,
  );
  return { ...grant, token, tokenExpiresAtMs: expiresAtMs };
}

async function judgeLogin(
  query: Query,
  { keys, leaseLifeMs }: LoginParts,
  terminal: TerminalContext,
  request: OpenSessionRequest,
  nowMs: number,
) {
  const { terminalId } = terminal;
  const badges = await lockAttempts(query, 'terminalBadge', terminalId);
  if (!terminalGate('terminalBadge', badges, nowMs).open) return null;
  const bearer = await findBadgeBearer(query, keys, request.badge, true);
  const code = refusalOf(bearer, request.trust);
  if (!bearer?.pin || code) {
    const reason = code ?? 'badgeUnknown';
    if (reason === 'badgeUnknown') await countFailure(query, 'terminalBadge', terminalId, nowMs);
    await auditRefusal(query, terminalId, bearer, reason);
    return { status: 'refused' as const, code: reason, triesLeft: 0, retryAtMs: null };
  }
  const wrong = await checkPin(query, keys, terminalId, bearer, request.pinProof, nowMs);
  if (wrong) {
    await auditRefusal(query, terminalId, bearer, wrong.code);
    return { status: 'refused' as const, ...wrong };
  }
  const { personId } = bearer;
  const shiftEndsAtMs = await shiftEndsAt(query, personId, nowMs);
  const sessionId = await insertSession(
    query,
    {
      personId,
      terminalId,
      badgeHash: bearer.badgeHash,
      publicKey: Buffer.from(request.sessionPublicKey, 'base64url'),
      shiftEndsAtMs,
    },
    nowMs,
  );
  await appendServerAudit(query, {
    action: 'login',
    outcome: 'success',
    personId,
    sessionId,
    terminalId,
    subject: 'session',
  });
  const grant = {
    status: 'granted' as const,
    sessionId,
    shiftEndsAtMs,
    person: personOf(bearer),
    ...(await releaseToTerminal(query, { keys, leaseLifeMs }, terminalId, nowMs)),
    personKey: await personKeyOf(query, keys, personId),
    preferences: await preferencesOf(query, personId),
    otherSessions: await otherSessions(query, personId, sessionId, nowMs),
  };
  return { status: 'granted' as const, bearer, grant };
}

/** Why a PIN does not let in; `pinThrottled` was not looked at, it may be the right one. */
interface PinRefusal {
  readonly code: 'pinWrong' | 'pinLocked' | 'pinThrottled';
  readonly triesLeft: number;
  readonly retryAtMs: number | null;
}

/** Null when the PIN is right; else why not, counted. Two tries at once wait for each other, so none comes free. */
export async function checkPin(
  query: Query,
  keys: ServiceKeys,
  terminalId: string,
  bearer: BadgeBearer,
  pinProof: string,
  nowMs: number,
): Promise<PinRefusal | null> {
  const { personId } = bearer;
  const ofPerson = await lockAttempts(query, 'personPin', personId);
  const ofTerminal = await lockAttempts(query, 'terminalPin', terminalId);
  const gate = personGate(ofPerson, nowMs);
  const { triesLeft } = gate;
  if (!gate.open) {
    const code = triesLeft === 0 ? 'pinLocked' : 'pinThrottled';
    return { code, triesLeft, retryAtMs: gate.retryAtMs };
  }
  const pause = terminalGate('terminalPin', ofTerminal, nowMs);
  if (!pause.open) return { code: 'pinThrottled', triesLeft, retryAtMs: pause.retryAtMs };
  const shown = keys.pinVerifier(personId, Buffer.from(pinProof, 'base64url'));
  if (bearer.pinVerifier && sameSecret(shown, bearer.pinVerifier)) {
    // Only the person's own count: a thief who knows one PIN must not reset what the terminal remembers.
    await clearFailures(query, personId);
    return null;
  }
  await countFailure(query, 'personPin', personId, nowMs);
  await countFailure(query, 'terminalPin', terminalId, nowMs);
  const after = personGate(await readAttempts(query, 'personPin', personId), nowMs);
  return {
    code: after.triesLeft === 0 ? 'pinLocked' : 'pinWrong',
    triesLeft: after.triesLeft,
    retryAtMs: after.retryAtMs,
  };
}

function refusalOf(bearer: BadgeBearer | null, shown: BadgeTrust): BadgeRefusal | null {
  if (!bearer) return 'badgeUnknown';
  if (bearer.disabled) return 'personDisabled';
  if (bearer.revoked) return 'badgeRevoked';
  if (isDowngraded(bearer, shown)) return 'trustDowngraded';
  return decideLogin(bearer).permit ? null : 'roleRefused';
}

const trustOrder: readonly BadgeTrust[] = ['B0', 'B1', 'B2', 'B3'];

/** A badge that could once prove more than its number and now shows only that is most likely a copy. */
export function isDowngraded(bearer: BadgeBearer, shown: BadgeTrust): boolean {
  return trustOrder.indexOf(shown) < trustOrder.indexOf(bearer.enrolledTrust);
}

/** Trust as enrolled: what a reader claims beyond it counts for nothing. */
function personOf(bearer: BadgeBearer) {
  return {
    personId: bearer.personId,
    displayName: bearer.displayName,
    role: bearer.role,
    trust: bearer.enrolledTrust,
  };
}

/** A refused login goes into the log with its reason. */
export async function auditRefusal(
  query: Query,
  terminalId: string,
  bearer: BadgeBearer | null,
  reason: string,
): Promise<void> {
  await appendServerAudit(query, {
    action: 'loginRefused',
    outcome: 'denied',
    personId: bearer?.personId ?? null,
    terminalId,
    subject: 'session',
    reason,
  });
}
