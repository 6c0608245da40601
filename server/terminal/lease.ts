import { randomBytes } from 'node:crypto';
import * as v from 'valibot';
import type { Lease } from '#core/contracts/terminal.ts';
import type { ServiceKeys } from '../identity/serviceKeys.ts';
import type { Query } from '../postgres/database.ts';

/** How long a terminal may serve without the server once it was last granted a lease; a site may set another. */
export const usualLeaseLifeMs = 8 * 3_600_000;

const releaseRow = v.object({
  lease_epoch: v.number(),
  lease_secret: v.instance(Buffer),
  escrow_key: v.instance(Buffer),
});

/** What a session on a terminal releases to it. When it held a lease is remembered: offline logins are judged by it. */
export async function releaseToTerminal(
  query: Query,
  { keys, leaseLifeMs }: { readonly keys: ServiceKeys; readonly leaseLifeMs: number },
  terminalId: string,
  nowMs: number,
): Promise<{ readonly lease: Lease; readonly escrowKey: string }> {
  const notAfterMs = Math.round(nowMs + leaseLifeMs);
  // Locked, so that a lease of the old epoch is not given out while somebody is being shut out.
  const { rows } = await query(
    `select lease_epoch, lease_secret, escrow_key from terminal.terminals where terminal_id = $1 for no key update`,
    [terminalId],
  );
  await query(
    `with extended as (
       update terminal.lease_spans set ends_at = greatest(ends_at, to_timestamp($3::float8/1000))
       where terminal_id = $1 and starts_at <= to_timestamp($2::float8/1000) and ends_at >= to_timestamp($2::float8/1000)
       returning terminal_id)
     insert into terminal.lease_spans (terminal_id, starts_at, ends_at)
       select $1, to_timestamp($2::float8/1000), to_timestamp($3::float8/1000) where not exists (select from extended)`,
    [terminalId, nowMs, notAfterMs],
  );
  const row = v.parse(releaseRow, rows[0]);
  const secret = keys.unwrap(leasePlace(terminalId, row.lease_epoch), row.lease_secret);
  return {
    lease: {
      epoch: row.lease_epoch,
      secret: secret.toString('base64url'),
      notAfterMs,
    },
    escrowKey: keys.unwrap(`escrow/${terminalId}`, row.escrow_key).toString('base64url'),
  };
}

/** A fresh escrow key and first lease for a terminal that enrols, wrapped for its row. */
export function firstSecrets(
  keys: ServiceKeys,
  terminalId: string,
): { readonly escrowKey: Buffer; readonly leaseSecret: Buffer } {
  return {
    escrowKey: keys.wrap(`escrow/${terminalId}`, randomBytes(32)),
    leaseSecret: keys.wrap(leasePlace(terminalId, 1), randomBytes(32)),
  };
}

/**
 * Starts a new lease epoch on every terminal where this person may have left a slot: the next lease such a terminal takes
 * makes all older slots worthless, even if it never heard that the person was shut out. Answers the new epochs.
 */
export async function rotateLeasesOf(
  query: Query,
  keys: ServiceKeys,
  personId: string,
): Promise<{ readonly terminalId: string; readonly epoch: number }[]> {
  const { rows } = await query(
    `select terminal_id, lease_epoch from terminal.terminals t where revoked_at is null and exists (
       select 1 from terminal.sessions s where s.terminal_id = t.terminal_id and s.person_id = $1
         and s.opened_at > now() - interval '2 days')
     order by terminal_id for update`,
    [personId],
  );
  const leases = v.parse(
    v.array(v.object({ terminal_id: v.string(), lease_epoch: v.number() })),
    rows,
  );
  const rotated = leases.map((row) => ({
    terminalId: row.terminal_id,
    epoch: row.lease_epoch + 1,
  }));
  for (const { terminalId, epoch } of rotated) {
    await query(
      'update terminal.terminals set lease_epoch = $2, lease_secret = $3 where terminal_id = $1',
      [terminalId, epoch, keys.wrap(leasePlace(terminalId, epoch), randomBytes(32))],
    );
  }
  return rotated;
}

function leasePlace(terminalId: string, epoch: number): string {
  return `lease/${terminalId}/${epoch}`;
}
