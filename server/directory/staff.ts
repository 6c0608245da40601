import { randomBytes, randomUUID } from 'node:crypto';
import * as v from 'valibot';
import type { BadgeTrust, CanonicalBadge } from '#core/contracts/badge.ts';
import { personSchema, type Person, type PinParameters } from '#core/contracts/terminal.ts';
import { appendServerAudit } from '../audit/serverAudit.ts';
import type { ServiceKeys } from '../identity/serviceKeys.ts';
import type { Database, Query } from '../postgres/database.ts';
import { rotateLeasesOf } from '../terminal/lease.ts';
import { endSessionsOf } from '../terminal/sessions.ts';
import { tellTerminals } from '../terminal/notices.ts';

/** One badge as the directory knows it, with its bearer. */
export interface BadgeBearer {
  readonly badgeHash: Buffer;
  readonly enrolledTrust: BadgeTrust;
  readonly revoked: boolean;
  readonly revokedAtMs: number | null;
  readonly personId: string;
  readonly displayName: string;
  readonly role: Person['role'];
  readonly disabled: boolean;
  readonly disabledAtMs: number | null;
  /** Null until a PIN was set: such a badge lets nobody in. */
  readonly pin: PinParameters | null;
  readonly pinVerifier: Buffer | null;
}

const bytes = v.instance(Buffer);
const bearerRow = v.object({
  badge_hash: bytes,
  trust: v.picklist(['B0', 'B1', 'B2', 'B3']),
  revoked_ms: v.nullable(v.number()),
  person_id: v.string(),
  display_name: v.string(),
  role: personSchema.entries.role,
  disabled_ms: v.nullable(v.number()),
  pin_salt: v.nullable(bytes),
  pin_memory_kib: v.nullable(v.number()),
  pin_iterations: v.nullable(v.number()),
  pin_parallelism: v.nullable(v.number()),
  pin_verifier: v.nullable(bytes),
});

/**
 * Whose badge this is, or null. `held`: until the transaction ends nobody can disable the person or revoke the badge, and one
 * that is about to is waited for; so a login either sees it or is ended by it.
 */
export async function findBadgeBearer(
  query: Query,
  keys: ServiceKeys,
  badge: CanonicalBadge,
  held = false,
): Promise<BadgeBearer | null> {
  const { rows } = await query(
    `select b.badge_hash, b.trust, extract(epoch from b.revoked_at)::float8 * 1000 as revoked_ms, p.person_id, p.display_name,
            p.role, extract(epoch from p.disabled_at)::float8 * 1000 as disabled_ms, p.pin_salt, p.pin_memory_kib, p.pin_iterations, p.pin_parallelism, p.pin_verifier
     from directory.badges b join directory.people p using (person_id) where b.badge_hash = $1
     ${held ? 'for share of b, p' : ''}`,
    [keys.badgeHash(badge)],
  );
  if (rows.length === 0) return null;
  const row = v.parse(bearerRow, rows[0]);
  const { pin_salt: salt, pin_verifier: verifier } = row;
  return {
    badgeHash: row.badge_hash,
    enrolledTrust: row.trust,
    revoked: row.revoked_ms !== null,
    revokedAtMs: row.revoked_ms,
    personId: row.person_id,
    displayName: row.display_name,
    role: row.role,
    disabled: row.disabled_ms !== null,
    disabledAtMs: row.disabled_ms,
    pin:
      salt && verifier
        ? {
            salt: salt.toString('base64url'),
            memoryKib: row.pin_memory_kib ?? 0,
            iterations: row.pin_iterations ?? 0,
            parallelism: row.pin_parallelism ?? 0,
          }
        : null,
    pinVerifier: verifier,
  };
}

/** Records a ward by the id of its FHIR Location. */
export async function putWard(query: Query, wardId: string, name: string): Promise<void> {
  await query(
    `insert into directory.wards (ward_id, name) values ($1,$2)
     on conflict (ward_id) do update set name = excluded.name`,
    [wardId, name],
  );
}

/** Records a member of staff by the id of the FHIR Practitioner, with a personal key of their own. */
export async function putPerson(
  query: Query,
  keys: ServiceKeys,
  person: {
    readonly personId: string;
    readonly displayName: string;
    readonly role: Person['role'];
  },
): Promise<void> {
  const personKey = keys.wrap(`person-key/${person.personId}`, randomBytes(32));
  await query(
    `insert into directory.people (person_id, display_name, role, person_key) values ($1,$2,$3,$4)
     on conflict (person_id) do update set display_name = excluded.display_name, role = excluded.role`,
    [person.personId, person.displayName, person.role, personKey],
  );
}

/** Gives a badge to a person; a badge that is another's is refused by the primary key. */
export async function enrolBadge(
  query: Query,
  keys: ServiceKeys,
  personId: string,
  badge: CanonicalBadge,
  trust: BadgeTrust,
): Promise<void> {
  await query('insert into directory.badges (badge_hash, person_id, trust) values ($1,$2,$3)', [
    keys.badgeHash(badge),
    personId,
    trust,
  ]);
}

/** Sets how a person's PIN is checked. The PIN itself never comes here, only its stretched proof. */
export async function setPinVerifier(
  query: Query,
  keys: ServiceKeys,
  personId: string,
  pin: PinParameters,
  pinProof: Uint8Array,
): Promise<void> {
  await query(
    `update directory.people set pin_salt = $2, pin_memory_kib = $3, pin_iterations = $4, pin_parallelism = $5,
       pin_verifier = $6 where person_id = $1`,
    [
      personId,
      Buffer.from(pin.salt, 'base64url'),
      pin.memoryKib,
      pin.iterations,
      pin.parallelism,
      keys.pinVerifier(personId, pinProof),
    ],
  );
}

/** Makes a person a member of a ward's staff. */
export async function assignToWard(query: Query, personId: string, wardId: string): Promise<void> {
  await query(
    'insert into directory.ward_members (person_id, ward_id) values ($1,$2) on conflict do nothing',
    [personId, wardId],
  );
}

/** Rosters a shift. */
export async function addShift(
  query: Query,
  shift: {
    readonly personId: string;
    readonly wardId: string;
    readonly startsAtMs: number;
    readonly endsAtMs: number;
  },
): Promise<void> {
  await query(
    `insert into directory.shifts (shift_id, person_id, ward_id, starts_at, ends_at)
     values ($1,$2,$3,to_timestamp($4::float8/1000),to_timestamp($5::float8/1000))`,
    [randomUUID(), shift.personId, shift.wardId, shift.startsAtMs, shift.endsAtMs],
  );
}

/** The wards a person belongs to or is rostered on at a moment. */
export async function wardsOfPerson(
  query: Query,
  personId: string,
  atMs: number,
): Promise<string[]> {
  const { rows } = await query(
    `select ward_id from directory.ward_members where person_id = $1
     union select ward_id from directory.shifts
       where person_id = $1 and to_timestamp($2::float8/1000) between starts_at and ends_at`,
    [personId, atMs],
  );
  return v.parse(v.array(v.object({ ward_id: v.string() })), rows).map((row) => row.ward_id);
}

/** Shuts a person out everywhere at once: sessions end, terminals are told, tokens stop working. */
export async function disablePerson(
  database: Database,
  keys: ServiceKeys,
  personId: string,
): Promise<void> {
  await database.transaction(async (query) => {
    await query(
      'update directory.people set disabled_at = coalesce(disabled_at, now()) where person_id = $1',
      [personId],
    );
    await endSessionsOf(query, personId, 'personDisabled');
    await rotateLeasesOf(query, keys, personId);
    await tellTerminals(query, { type: 'personDisabled', personId });
    await appendServerAudit(query, {
      action: 'revoke',
      outcome: 'success',
      personId,
      subject: 'Practitioner',
      reason: 'personDisabled',
    });
  });
}

/** Ends a lost or stolen badge; its bearer's sessions opened with it end too. */
export async function revokeBadge(
  database: Database,
  keys: ServiceKeys,
  badge: CanonicalBadge,
): Promise<void> {
  const hash = keys.badgeHash(badge);
  await database.transaction(async (query) => {
    const { rows } = await query(
      `update directory.badges set revoked_at = coalesce(revoked_at, now()) where badge_hash = $1 returning person_id`,
      [hash],
    );
    if (rows.length === 0) return;
    const { person_id: personId } = v.parse(v.object({ person_id: v.string() }), rows[0]);
    await endSessionsOf(query, personId, 'badgeRevoked', hash);
    for (const { terminalId, epoch } of await rotateLeasesOf(query, keys, personId)) {
      await tellTerminals(query, { type: 'badgeRevoked', personId, leaseEpoch: epoch }, terminalId);
    }
    await appendServerAudit(query, {
      action: 'revoke',
      outcome: 'success',
      personId,
      subject: 'badge',
      reason: 'badgeRevoked',
    });
  });
}

/** A person's own key, released with a session: drafts and unsent operations are sealed to it. */
export async function personKeyOf(
  query: Query,
  keys: ServiceKeys,
  personId: string,
): Promise<string> {
  const { rows } = await query('select person_key from directory.people where person_id = $1', [
    personId,
  ]);
  const row = v.parse(v.object({ person_key: v.instance(Buffer) }), rows[0]);
  return keys.unwrap(`person-key/${personId}`, row.person_key).toString('base64url');
}
