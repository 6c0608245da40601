import * as v from 'valibot';
import { decide, type AccessDecision, type AccessRequest } from '#core/access/decide.ts';
import type { Database, Query } from '../postgres/database.ts';
import type { KeyRing } from '../seal/keyRing.ts';
import { accessPerson, actorJson, type Actor } from './actor.ts';
import { createDataKeys } from './dataKeys.ts';
import type { Validate } from './definitions.ts';
import { patientOf } from './recordTypes.ts';
import { indexTexts } from './searchIndex.ts';
import { linkOf } from './wardMembership.ts';

/** A resource as the store handles it. */
export type RecordResource = Readonly<Record<string, unknown>> & {
  readonly resourceType: string;
  readonly id: string;
};

/** One write: the version its author knew (0: none yet), and what shall stand now. */
export interface RecordWrite {
  readonly resource: RecordResource;
  readonly expectedVersion: number;
  readonly deleted: boolean;
}

/** What became of one write. `json` is the stored body. */
export type WriteOutcome =
  | { readonly stored: true; readonly version: number; readonly json: string }
  | { readonly stored: false; readonly currentVersion: number };

const sealedRowSchema = v.object({
  type: v.string(),
  id: v.string(),
  version: v.number(),
  patient_id: v.nullable(v.string()),
  sealed: v.nullable(v.instance(Uint8Array)),
});
/** A row that a release function gave out; `sealed` null: nothing stands there. */
export type SealedRow = v.InferOutput<typeof sealedRowSchema>;
const sealedRows = v.array(sealedRowSchema);
const putRows = v.array(v.object({ stored: v.boolean(), current_version: v.number() }));
const factRows = v.array(
  v.object({ patient_id: v.string(), ward_ids: v.array(v.string()), related: v.boolean() }),
);

/** A decision that also knows the service itself. */
export type StoreDecision = AccessDecision | { readonly permit: true; readonly basis: 'system' };

/** Sealing, storing, releasing and deciding over the database's doors. Every method takes the query of its transaction. */
export interface RecordStore {
  readonly database: Database;
  readonly validate: Validate;
  searchToken(text: string): string;
  /** Stores what fits its expected version; the rest is left alone. Resources must be valid and of distinct ids. */
  put(
    query: Query,
    actor: Actor,
    writes: readonly RecordWrite[],
    note: { readonly subject: string; readonly reason: string },
  ): Promise<WriteOutcome[]>;
  /** Opens the bodies of released rows, in order; null where nothing stands. */
  open(query: Query, rows: readonly unknown[]): Promise<{ row: SealedRow; json: string | null }[]>;
  /** Decides for each patient (null: no patient). `sinceMs`: wards the patient has left since then count too. */
  decide(
    query: Query,
    actor: Actor,
    action: AccessRequest['action'],
    patientIds: Iterable<string | null>,
    sinceMs?: number,
  ): Promise<(patientId: string | null) => StoreDecision>;
  /** Writes down that somebody was refused. */
  auditDenial(
    query: Query,
    actor: Actor,
    patientIds: readonly string[],
    subject: string,
    reason: string,
  ): Promise<void>;
}

/** What a record store is built of. */
export interface RecordStoreParts {
  readonly database: Database;
  readonly keyRing: KeyRing;
  readonly validate: Validate;
  readonly nowMs: () => number;
}

interface PreparedRow {
  readonly write: RecordWrite;
  readonly patientId: string | null;
  readonly version: number;
  readonly json: string;
}

function prepare(write: RecordWrite, updated: string): PreparedRow {
  const patientId = patientOf(write.resource);
  if (patientId === undefined) throw new Error('a resource without its patient reached the store');
  const version = write.expectedVersion + 1;
  const meta = {
    ...(write.resource['meta'] as object | undefined),
    versionId: String(version),
    lastUpdated: updated,
  };
  return { write, patientId, version, json: JSON.stringify({ ...write.resource, meta }) };
}

/** Builds the store. */
export function createRecordStore(parts: RecordStoreParts): RecordStore {
  const { keyRing } = parts;
  const dataKeys = createDataKeys(keyRing);

  return {
    database: parts.database,
    validate: parts.validate,
    searchToken: (text) => keyRing.searchToken(text),

    async put(query, actor, writes, note) {
      const updated = new Date(parts.nowMs()).toISOString();
      const rows = writes.map((write) => prepare(write, updated));
      const keyOf = await dataKeys.keysFor(
        query,
        rows.map((row) => row.patientId),
        true,
      );
      const column = <Value>(pick: (row: PreparedRow) => Value) => rows.map(pick);
      const { rows: answers } = await query(
        `select stored, current_version from wardkey.record_put($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12) order by ordinal`,
        [
          actorJson(actor),
          note.reason,
          note.subject,
          column((row) => row.write.resource.resourceType),
          column((row) => row.write.resource.id),
          column((row) => row.write.expectedVersion),
          column((row) => row.patientId),
          column((row) => row.write.deleted),
          updated,
          column((row) => tokensOf(row, keyRing)),
          column((row) => sealRow(row, keyRing, keyOf(row.patientId))),
          JSON.stringify(
            rows.flatMap((row) => linkOf(row.write.resource, row.write.deleted) ?? []),
          ),
        ],
      );
      return v.parse(putRows, answers).map((answer, position) => {
        const row = rows[position];
        return answer.stored && row !== undefined
          ? { stored: true, version: row.version, json: row.json }
          : { stored: false, currentVersion: answer.current_version };
      });
    },

    async open(query, rows) {
      const parsed = v.parse(sealedRows, rows);
      const keyOf = await dataKeys.keysFor(
        query,
        parsed.filter((row) => row.sealed !== null).map((row) => row.patient_id),
        false,
      );
      return parsed.map((row) => {
        if (row.sealed === null) return { row, json: null };
        const { type, id, version, patient_id: patientId } = row;
        const place = { type, id, version, patientId };
        return { row, json: keyRing.openBody(keyOf(patientId), place, row.sealed) };
      });
    },

    async decide(query, actor, action, patientIds, sinceMs) {
      if (actor.kind === 'system') return () => ({ permit: true, basis: 'system' });
      if (actor.kind === 'terminal') return () => ({ permit: false, reason: 'role' });
      const asked = [...new Set([...patientIds].filter((id) => id !== null))];
      const { rows } = await query(
        'select patient_id, ward_ids, related from wardkey.patient_facts($1,$2,$3)',
        [asked, actor.person.personId, sinceMs === undefined ? null : new Date(sinceMs)],
      );
      const facts = new Map(v.parse(factRows, rows).map((row) => [row.patient_id, row]));
      return (patientId) => {
        const fact = patientId === null ? undefined : facts.get(patientId);
        const patient =
          patientId === null
            ? null
            : { patientId, wardIds: fact?.ward_ids ?? [], related: fact?.related ?? false };
        const { purposeOfUse } = actor.person;
        return decide({ person: accessPerson(actor), purposeOfUse, action, patient });
      };
    },

    async auditDenial(query, actor, patientIds, subject, reason) {
      const who = JSON.parse(actorJson(actor)) as Record<string, string | undefined>;
      await query(`select wardkey.audit_append('denied', 'denied', $1, $2, $3, $4, $5, $6, $7)`, [
        who['personId'] ?? null,
        who['sessionId'] ?? null,
        who['terminalId'] ?? null,
        patientIds,
        subject,
        who['purposeOfUse'] ?? null,
        reason,
      ]);
    },
  };
}

function tokensOf(row: PreparedRow, keyRing: KeyRing): string {
  if (row.write.deleted) return '{}';
  const tokens = indexTexts(row.write.resource).map((text) => keyRing.searchToken(text));
  return `{${tokens.join(',')}}`;
}

function sealRow(row: PreparedRow, keyRing: KeyRing, key: Buffer): Buffer | null {
  if (row.write.deleted) return null;
  const { resourceType: type, id } = row.write.resource;
  const place = { type, id, version: row.version, patientId: row.patientId };
  return keyRing.sealBody(key, place, row.json);
}
