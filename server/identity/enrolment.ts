import { randomBytes, randomUUID } from 'node:crypto';
import * as v from 'valibot';
import type { EnrolReply } from '#core/contracts/terminal.ts';
import { refuse, succeed, type Result } from '#core/result.ts';
import { appendServerAudit } from '../audit/serverAudit.ts';
import type { Database, Query } from '../postgres/database.ts';
import { firstSecrets } from '../terminal/lease.ts';
import { tellTerminals } from '../terminal/notices.ts';
import { endSessionsOnTerminal } from '../terminal/sessions.ts';
import type { IssuedCertificate, SiteAuthority } from './authority.ts';
import type { ServiceKeys } from './serviceKeys.ts';

/** What enrolment needs of the rest of the service. */
export interface EnrolmentParts {
  readonly database: Database;
  readonly keys: ServiceKeys;
  readonly authority: SiteAuthority;
  /** X25519 public key (SPKI DER) to which terminals seal operations. */
  readonly intakePublicKey: Uint8Array;
}

const tokenRow = v.object({
  name: v.string(),
  ward_id: v.string(),
  ward_name: v.string(),
  place: v.string(),
  usable: v.boolean(),
});

/** Makes a one-time token for a terminal that does not exist yet; only its keyed hash is kept. */
export async function issueEnrolmentToken(
  query: Query,
  keys: ServiceKeys,
  terminal: { readonly name: string; readonly wardId: string; readonly place: string },
  expiresAtMs: number,
): Promise<string> {
  const token = randomBytes(32).toString('base64url');
  await query(
    `insert into terminal.enrolment_tokens (token_hash, name, ward_id, place, expires_at)
     values ($1,$2,$3,$4,to_timestamp($5::float8/1000))`,
    [keys.tokenHash(token), terminal.name, terminal.wardId, terminal.place, expiresAtMs],
  );
  return token;
}

/**
 * Turns a token and a proven key into a terminal. A token that is unknown, used or expired gets one and the same answer;
 * a faulty request does not use the token up.
 */
export async function enrolTerminal(
  parts: EnrolmentParts,
  request: { readonly token: string; readonly csrPem: string },
  nowMs: number,
): Promise<Result<EnrolReply, 'tokenRefused' | 'requestInvalid'>> {
  const { database, keys, authority } = parts;
  return database.transaction(async (query) => {
    const tokenHash = keys.tokenHash(request.token);
    // The row lock makes two enrolments with one token wait for each other: the second finds it used.
    const { rows } = await query(
      `select t.name, t.ward_id, w.name as ward_name, t.place,
              t.used_by is null and t.expires_at > to_timestamp($2::float8/1000) as usable
       from terminal.enrolment_tokens t join directory.wards w using (ward_id)
       where t.token_hash = $1 for update of t`,
      [tokenHash, nowMs],
    );
    const token = rows[0] ? v.parse(tokenRow, rows[0]) : null;
    if (!token?.usable) {
      await appendServerAudit(query, {
        action: 'enrol',
        outcome: 'denied',
        subject: 'Device',
        reason: 'tokenRefused',
      });
      return refuse('tokenRefused');
    }
    const terminalId = randomUUID();
    const issued = await authority.issueClient(request.csrPem, terminalId, nowMs);
    if (!issued.ok) return issued;
    const secrets = firstSecrets(keys, terminalId);
    await query(
      `insert into terminal.terminals
         (terminal_id, name, ward_id, place, escrow_key, lease_secret, enrolled_at)
       values ($1,$2,$3,$4,$5,$6,to_timestamp($7::float8/1000))`,
      [
        terminalId,
        token.name,
        token.ward_id,
        token.place,
        secrets.escrowKey,
        secrets.leaseSecret,
        nowMs,
      ],
    );
    await query('update terminal.enrolment_tokens set used_by = $2 where token_hash = $1', [
      tokenHash,
      terminalId,
    ]);
    await recordCertificate(query, terminalId, issued.value);
    await appendServerAudit(query, {
      action: 'enrol',
      outcome: 'success',
      terminalId,
      subject: 'Device',
    });
    return succeed({
      terminalId,
      terminalName: token.name,
      wardId: token.ward_id,
      wardName: token.ward_name,
      place: token.place,
      certificatePem: issued.value.certificatePem,
      authorityPem: authority.authorityPem,
      intakePublicKey: Buffer.from(parts.intakePublicKey).toString('base64url'),
    });
  });
}

/** Gives an enrolled terminal its next certificate, for the key it proves in the request. */
export async function renewCertificate(
  parts: EnrolmentParts,
  terminalId: string,
  csrPem: string,
  nowMs: number,
): Promise<Result<{ readonly certificatePem: string }, 'requestInvalid'>> {
  const issued = await parts.authority.issueClient(csrPem, terminalId, nowMs);
  if (!issued.ok) return issued;
  await recordCertificate(parts.database.query, terminalId, issued.value);
  return succeed({ certificatePem: issued.value.certificatePem });
}

/** Shuts a terminal out: a stolen one is told at once if it listens, and refused from its next request on. */
export async function revokeTerminal(database: Database, terminalId: string): Promise<void> {
  await database.transaction(async (query) => {
    await query(
      'update terminal.terminals set revoked_at = coalesce(revoked_at, now()) where terminal_id = $1',
      [terminalId],
    );
    await endSessionsOnTerminal(query, terminalId, 'terminalRevoked');
    await tellTerminals(query, { type: 'terminalRevoked' }, terminalId);
    await appendServerAudit(query, {
      action: 'revoke',
      outcome: 'success',
      terminalId,
      subject: 'Device',
      reason: 'terminalRevoked',
    });
  });
}

async function recordCertificate(
  query: Query,
  terminalId: string,
  issued: IssuedCertificate,
): Promise<void> {
  await query(
    `insert into terminal.certificates (thumbprint, terminal_id, not_after)
     values ($1,$2,to_timestamp($3::float8/1000))`,
    [issued.thumbprint, terminalId, issued.notAfterMs],
  );
}
