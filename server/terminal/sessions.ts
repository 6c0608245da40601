import { randomUUID } from 'node:crypto';
import * as v from 'valibot';
import { personSchema, type SessionGrant, type TerminalEvent } from '#core/contracts/terminal.ts';
import type { SessionKey } from '../context.ts';
import type { Query } from '../postgres/database.ts';
import { tellTerminals } from './notices.ts';

/** Why a session is over; goes into its row and nowhere else. */
export type EndReason =
  'left' | 'replaced' | 'closedElsewhere' | 'personDisabled' | 'badgeRevoked' | 'terminalRevoked';

/** Someone who works without a rostered shift gets a session of this length. */
const unrosteredShiftMs = 8 * 3_600_000;
/** Early birds: a shift counts from this long before it starts, and handover runs this long past its end. */
const shiftMarginMs = 45 * 60_000;

/** When the shift of someone who logs in now ends. */
export async function shiftEndsAt(query: Query, personId: string, nowMs: number): Promise<number> {
  const { rows } = await query(
    `select extract(epoch from max(ends_at))::float8 * 1000 as ends_ms from directory.shifts
     where person_id = $1 and starts_at <= to_timestamp($2::float8/1000) and ends_at > to_timestamp($3::float8/1000)`,
    [personId, nowMs + shiftMarginMs, nowMs],
  );
  const { ends_ms: endsMs } = v.parse(v.object({ ends_ms: v.nullable(v.number()) }), rows[0]);
  return Math.round(endsMs === null ? nowMs + unrosteredShiftMs : endsMs + shiftMarginMs);
}

/** Records a new session and ends an older one of the same person on the same terminal. */
export async function insertSession(
  query: Query,
  session: {
    readonly personId: string;
    readonly terminalId: string;
    readonly badgeHash: Buffer;
    readonly publicKey: Buffer;
    readonly shiftEndsAtMs: number;
  },
  nowMs: number,
): Promise<string> {
  await query(
    `update terminal.sessions set ended_at = to_timestamp($3::float8/1000), end_reason = 'replaced'
     where person_id = $1 and terminal_id = $2 and ended_at is null`,
    [session.personId, session.terminalId, nowMs],
  );
  const sessionId = randomUUID();
  await query(
    `insert into terminal.sessions
       (session_id, person_id, terminal_id, badge_hash, public_key, opened_at, shift_ends_at)
     values ($1,$2,$3,$4,$5,to_timestamp($6::float8/1000),to_timestamp($7::float8/1000))`,
    [
      sessionId,
      session.personId,
      session.terminalId,
      session.badgeHash,
      session.publicKey,
      nowMs,
      session.shiftEndsAtMs,
    ],
  );
  return sessionId;
}

/** When and why a session was over. */
export interface SessionEnd {
  readonly atMs: number;
  readonly reason: EndReason;
}

const nextRow = v.object({ next_ms: v.nullable(v.number()) });

/**
 * Records a session that began earlier, while its terminal was alone. The sessions of one person on one terminal follow each
 * other: the one before ends where this begins, and this one where the next began, or by the earliest of `ends`.
 */
export async function insertPastSession(
  query: Query,
  session: {
    readonly sessionId: string;
    readonly personId: string;
    readonly terminalId: string;
    readonly badgeHash: Buffer;
    readonly publicKey: Buffer;
    readonly openedAtMs: number;
  },
  ends: readonly SessionEnd[],
): Promise<void> {
  const { personId, terminalId, openedAtMs } = session;
  await query(
    `update terminal.sessions set ended_at = to_timestamp($3::float8/1000), end_reason = 'replaced'
     where person_id = $1 and terminal_id = $2 and ended_at is null and opened_at <= to_timestamp($3::float8/1000)`,
    [personId, terminalId, openedAtMs],
  );
  const { rows } = await query(
    `select extract(epoch from min(opened_at))::float8 * 1000 as next_ms from terminal.sessions
     where person_id = $1 and terminal_id = $2 and opened_at > to_timestamp($3::float8/1000)`,
    [personId, terminalId, openedAtMs],
  );
  const nextMs = v.parse(nextRow, rows[0]).next_ms;
  const all = nextMs === null ? ends : [...ends, { atMs: nextMs, reason: 'replaced' as const }];
  const [end] = [...all].sort((left, right) => left.atMs - right.atMs);
  await query(
    `insert into terminal.sessions
       (session_id, person_id, terminal_id, badge_hash, public_key, opened_at, shift_ends_at, ended_at, end_reason)
     values ($1,$2,$3,$4,$5,to_timestamp($6::float8/1000),to_timestamp($7::float8/1000),to_timestamp($8::float8/1000),$9)`,
    [
      session.sessionId,
      personId,
      terminalId,
      session.badgeHash,
      session.publicKey,
      openedAtMs,
      await shiftEndsAt(query, personId, openedAtMs),
      end?.atMs ?? null,
      end?.reason ?? null,
    ],
  );
}

const otherRow = v.object({
  session_id: v.string(),
  terminal_name: v.string(),
  opened_ms: v.number(),
});

/** A person's live sessions but one, newest first. */
export async function otherSessions(
  query: Query,
  personId: string,
  sessionId: string,
  nowMs: number,
): Promise<SessionGrant['otherSessions']> {
  const { rows } = await query(
    `select s.session_id, t.name as terminal_name, extract(epoch from s.opened_at)::float8 * 1000 as opened_ms
     from terminal.sessions s join terminal.terminals t using (terminal_id)
     where s.person_id = $1 and s.session_id <> $2 and s.ended_at is null
       and s.shift_ends_at > to_timestamp($3::float8/1000)
     order by s.opened_at desc`,
    [personId, sessionId, nowMs],
  );
  return v.parse(v.array(otherRow), rows).map((row) => ({
    sessionId: row.session_id,
    terminalName: row.terminal_name,
    openedAtMs: Math.round(row.opened_ms),
  }));
}

const liveRow = v.object({
  session_id: v.string(),
  person_id: v.string(),
  terminal_id: v.string(),
  role: personSchema.entries.role,
  over: v.boolean(),
  disabled: v.boolean(),
  revoked: v.boolean(),
});

/** How a session stands: whether it is over, and whether its person or badge has been shut out. */
export interface SessionStanding {
  readonly sessionId: string;
  readonly personId: string;
  readonly terminalId: string;
  readonly role: v.InferOutput<typeof liveRow>['role'];
  readonly refusal: 'sessionEnded' | 'personDisabled' | 'badgeRevoked' | null;
}

/** Looks a session up; null = no such session. */
export async function sessionStanding(
  query: Query,
  sessionId: string,
  nowMs: number,
): Promise<SessionStanding | null> {
  if (!isUuid(sessionId)) return null;
  const { rows } = await query(
    `select s.session_id, s.person_id, s.terminal_id, p.role,
            s.ended_at is not null or s.shift_ends_at <= to_timestamp($2::float8/1000) as over,
            p.disabled_at is not null as disabled, b.revoked_at is not null as revoked
     from terminal.sessions s join directory.people p using (person_id)
       join directory.badges b on b.badge_hash = s.badge_hash
     where s.session_id = $1`,
    [sessionId, nowMs],
  );
  if (!rows[0]) return null;
  const row = v.parse(liveRow, rows[0]);
  const refusal = row.disabled
    ? 'personDisabled'
    : row.revoked
      ? 'badgeRevoked'
      : row.over
        ? 'sessionEnded'
        : null;
  return {
    sessionId: row.session_id,
    personId: row.person_id,
    terminalId: row.terminal_id,
    role: row.role,
    refusal,
  };
}

/** Ends one session and tells its terminal; false when it was over already. */
export async function endSession(
  query: Query,
  sessionId: string,
  reason: EndReason,
  nowMs: number,
): Promise<boolean> {
  const { rows } = await query(
    `update terminal.sessions set ended_at = to_timestamp($3::float8/1000), end_reason = $2
     where session_id = $1 and ended_at is null returning terminal_id, session_id`,
    [sessionId, reason, nowMs],
  );
  return tellEnded(query, rows, reason);
}

/** Ends every session of a person, or those opened with one badge. */
export async function endSessionsOf(
  query: Query,
  personId: string,
  reason: EndReason,
  badgeHash: Buffer | null = null,
): Promise<void> {
  const { rows } = await query(
    `update terminal.sessions set ended_at = now(), end_reason = $2
     where person_id = $1 and ended_at is null and ($3::bytea is null or badge_hash = $3)
     returning terminal_id, session_id`,
    [personId, reason, badgeHash],
  );
  await tellEnded(query, rows, reason);
}

/** Ends every session on a terminal. */
export async function endSessionsOnTerminal(
  query: Query,
  terminalId: string,
  reason: EndReason,
): Promise<void> {
  await query(
    `update terminal.sessions set ended_at = now(), end_reason = $2 where terminal_id = $1 and ended_at is null`,
    [terminalId, reason],
  );
}

const endedRow = v.object({ terminal_id: v.string(), session_id: v.string() });

/** What a terminal is told of why a session ended: only what its person must do something about. */
export function endingOf(
  sessionId: string,
  reason: string,
): Extract<TerminalEvent, { type: 'sessionEnded' }> {
  const code = reason === 'personDisabled' || reason === 'badgeRevoked' ? reason : null;
  return { type: 'sessionEnded', sessionId, code };
}

async function tellEnded(
  query: Query,
  rows: readonly unknown[],
  reason: EndReason,
): Promise<boolean> {
  for (const row of v.parse(v.array(endedRow), rows)) {
    await tellTerminals(query, endingOf(row.session_id, reason), row.terminal_id);
  }
  return rows.length > 0;
}

const keyRow = v.object({
  session_id: v.string(),
  person_id: v.string(),
  terminal_id: v.string(),
  role: personSchema.entries.role,
  public_key: v.instance(Buffer),
  opened_ms: v.number(),
  ended_ms: v.nullable(v.number()),
});

/** The signing key of a session, live or over: offline work is pushed after its session has gone. */
export async function findSessionKey(query: Query, sessionId: string): Promise<SessionKey | null> {
  if (!isUuid(sessionId)) return null;
  const { rows } = await query(
    `select s.session_id, s.person_id, s.terminal_id, p.role, s.public_key,
            extract(epoch from s.opened_at)::float8 * 1000 as opened_ms,
            extract(epoch from s.ended_at)::float8 * 1000 as ended_ms
     from terminal.sessions s join directory.people p using (person_id) where s.session_id = $1`,
    [sessionId],
  );
  if (!rows[0]) return null;
  const row = v.parse(keyRow, rows[0]);
  return {
    sessionId: row.session_id,
    personId: row.person_id,
    terminalId: row.terminal_id,
    role: row.role,
    publicKey: row.public_key,
    openedAtMs: Math.round(row.opened_ms),
    endedAtMs: row.ended_ms === null ? null : Math.round(row.ended_ms),
  };
}

/** The database would answer a malformed id with an error; it is simply no session. */
function isUuid(text: string): boolean {
  return v.is(v.pipe(v.string(), v.uuid()), text);
}
