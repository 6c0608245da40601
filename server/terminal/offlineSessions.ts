import type { InferOutput } from 'valibot';
import * as v from 'valibot';
import { decideLogin } from '#core/access/decide.ts';
import type {
  OfflineSession,
  OfflineSessionReply,
  offlineSessionRequestSchema,
} from '#core/contracts/terminal.ts';
import { appendServerAudit } from '../audit/serverAudit.ts';
import type { TerminalContext } from '../context.ts';
import { findBadgeBearer, type BadgeBearer } from '../directory/staff.ts';
import type { Query } from '../postgres/database.ts';
import type { IntakeKey } from '../seal/intake.ts';
import { auditRefusal, checkPin, isDowngraded, type LoginParts } from './login.ts';
import {
  endSession,
  findSessionKey,
  insertPastSession,
  sessionStanding,
  type SessionEnd,
} from './sessions.ts';

/** What judging a login after the fact needs of the rest of the service. */
export type OfflineSessionParts = LoginParts & { readonly intake: IntakeKey };

type Request = InferOutput<typeof offlineSessionRequestSchema>;
type Refusal = Extract<OfflineSessionReply, { status: 'refused' }>['code'];

/** A terminal's clock may be this far from ours. */
const clockToleranceMs = 5 * 60_000;
/** When to ask again if the throttle itself does not say. */
const laterMs = 60_000;

/**
 * Takes over a login that a terminal granted while it could not ask: badge and PIN proof are checked as they would have been
 * then, under a lease that the terminal really had. Only afterwards do operations of that session count.
 */
export async function registerOfflineSession(
  parts: OfflineSessionParts,
  terminal: TerminalContext,
  request: Request,
): Promise<OfflineSessionReply> {
  return parts.database.transaction(async (query) => {
    const opened = parts.intake.openOfflineSession(request.sealed);
    if (!opened.ok) return refused(query, terminal, null, opened.code);
    const session = opened.value;
    if (session.sessionId !== request.sessionId) return refused(query, terminal, null, 'malformed');
    if (session.terminalId !== terminal.terminalId)
      return refused(query, terminal, null, 'notThisTerminal');
    const known = await findSessionKey(query, session.sessionId);
    if (known === null) return judge(query, parts, terminal, session, request.live);
    // The answer to an earlier asking got lost; meanwhile the session may have ended.
    const publicKey = Buffer.from(session.sessionPublicKey, 'base64url');
    if (known.terminalId !== terminal.terminalId || !publicKey.equals(known.publicKey))
      return refused(query, terminal, null, 'sessionTaken');
    if (!request.live) await endSession(query, session.sessionId, 'left', parts.clock());
    return registered(query, session.sessionId, parts.clock());
  });
}

async function judge(
  query: Query,
  parts: OfflineSessionParts,
  { terminalId }: TerminalContext,
  session: OfflineSession,
  live: boolean,
): Promise<OfflineSessionReply> {
  const nowMs = parts.clock();
  const context = { terminalId };
  const bearer = await findBadgeBearer(query, parts.keys, session.badge, true);
  const untimely = await judgeTime(query, terminalId, session.openedAtMs, nowMs);
  const code = untimely ?? judgeBearer(bearer, session);
  if (bearer === null || code !== null)
    return refused(query, context, bearer, code ?? 'badgeUnknown');
  const wrong = await checkPin(query, parts.keys, terminalId, bearer, session.pinProof, nowMs);
  if (wrong !== null && wrong.code !== 'pinWrong')
    return { status: 'later', retryAtMs: Math.ceil(wrong.retryAtMs ?? nowMs + laterMs) };
  if (wrong !== null) return refused(query, context, bearer, 'pinWrong');
  await insertPastSession(
    query,
    {
      sessionId: session.sessionId,
      personId: bearer.personId,
      terminalId,
      badgeHash: bearer.badgeHash,
      publicKey: Buffer.from(session.sessionPublicKey, 'base64url'),
      openedAtMs: session.openedAtMs,
    },
    endsOf(bearer, live, nowMs),
  );
  await appendServerAudit(query, {
    action: 'login',
    outcome: 'success',
    personId: bearer.personId,
    sessionId: session.sessionId,
    terminalId,
    subject: 'session',
    reason: 'offline',
  });
  return registered(query, session.sessionId, nowMs);
}

const leaseRow = v.object({ covered: v.boolean() });

/** Whether the terminal had a lease then. When it did is our own word, not the terminal's. */
async function judgeTime(
  query: Query,
  terminalId: string,
  openedAtMs: number,
  nowMs: number,
): Promise<Refusal | null> {
  if (openedAtMs > nowMs + clockToleranceMs) return 'clockWrong';
  const { rows } = await query(
    `select exists (select from terminal.lease_spans where terminal_id = $1
       and starts_at <= to_timestamp($3::float8/1000) and ends_at > to_timestamp($2::float8/1000)) as covered`,
    [terminalId, openedAtMs, openedAtMs + clockToleranceMs],
  );
  return v.parse(leaseRow, rows[0]).covered ? null : 'leaseExpired';
}

/** Who was shut out before the login had no right to it; who was shut out later keeps what was done until then. */
function judgeBearer(bearer: BadgeBearer | null, session: OfflineSession): Refusal | null {
  if (!bearer?.pin) return 'badgeUnknown';
  const { openedAtMs } = session;
  if (bearer.disabledAtMs !== null && bearer.disabledAtMs <= openedAtMs) return 'personDisabled';
  if (bearer.revokedAtMs !== null && bearer.revokedAtMs <= openedAtMs) return 'badgeRevoked';
  if (bearer.personId !== session.personId) return 'notThisPerson';
  if (isDowngraded(bearer, session.trust)) return 'trustDowngraded';
  if (!decideLogin(bearer).permit) return 'roleRefused';
  return bearer.pin.salt === session.pinSalt ? null : 'pinChanged';
}

function endsOf(bearer: BadgeBearer, live: boolean, nowMs: number): SessionEnd[] {
  const { disabledAtMs, revokedAtMs } = bearer;
  const ends: SessionEnd[] = [];
  if (!live) ends.push({ atMs: nowMs, reason: 'left' });
  if (disabledAtMs !== null) ends.push({ atMs: disabledAtMs, reason: 'personDisabled' });
  if (revokedAtMs !== null) ends.push({ atMs: revokedAtMs, reason: 'badgeRevoked' });
  return ends;
}

async function registered(
  query: Query,
  sessionId: string,
  nowMs: number,
): Promise<OfflineSessionReply> {
  const standing = await sessionStanding(query, sessionId, nowMs);
  return { status: 'registered', over: standing?.refusal ?? null };
}

async function refused(
  query: Query,
  { terminalId }: { readonly terminalId: string },
  bearer: BadgeBearer | null,
  code: Refusal,
): Promise<OfflineSessionReply> {
  await auditRefusal(query, terminalId, bearer, `offline.${code}`);
  return { status: 'refused', code };
}
