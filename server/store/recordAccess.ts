import { badRequest, forbidden, notFound, OperationOutcomeError } from '@medplum/core';
import type { Resource } from '@medplum/fhirtypes';
import * as v from 'valibot';
import type { Query } from '../postgres/database.ts';
import { actorJson, type Actor } from './actor.ts';
import { isInOthersName, isLogicalId, isRecordType, patientOf } from './recordTypes.ts';
import { retryTransaction } from './retryTransaction.ts';
import type { RecordResource, RecordStore, SealedRow } from './recordStore.ts';

const headRows = v.array(
  v.object({ version: v.number(), patient_id: v.nullable(v.string()), deleted: v.boolean() }),
);
/** Where a record stands now, without its body. */
export interface RecordHead {
  readonly version: number;
  readonly patientId: string | null;
  readonly deleted: boolean;
}

/** One actor's way to the store for one request: its transaction, its decisions and its refusals. */
export class RecordAccess {
  readonly store: RecordStore;
  readonly actor: Actor;
  private transactionQuery: Query | null = null;
  /** Refusals met inside a transaction, written down after it: a rollback must not take them along. */
  private denials: { patientIds: string[]; subject: string; reason: string }[] = [];

  constructor(store: RecordStore, actor: Actor) {
    this.store = store;
    this.actor = actor;
  }

  /** The open transaction, else any connection. */
  get query(): Query {
    return this.transactionQuery ?? this.store.database.query;
  }

  /** Runs `callback` in one transaction; one inside another is the same. Deadlocks are tried again. */
  async withTransaction<Answer>(
    callback: (client: Query) => Promise<Answer>,
    options?: { serializable?: boolean },
  ): Promise<Answer> {
    if (this.transactionQuery !== null) return callback(this.transactionQuery);
    try {
      return await retryTransaction(this.store.database, async (query) => {
        this.transactionQuery = query;
        // "Look, then write" of two requests must not interleave; a lock is enough and never fails half-way.
        if (options?.serializable === true) {
          await query('select pg_advisory_xact_lock($1)', [7_310_233_003]);
        }
        return callback(query);
      });
    } finally {
      this.transactionQuery = null;
      await this.flushDenials();
    }
  }

  private async flushDenials(): Promise<void> {
    const denials = this.denials.splice(0);
    for (const { patientIds, subject, reason } of denials) {
      await this.store.auditDenial(
        this.store.database.query,
        this.actor,
        patientIds,
        subject,
        reason,
      );
    }
  }

  /** Throws 403 unless every one of these patients is permitted; answers why it is. */
  async demand(
    action: 'read' | 'write',
    type: string,
    patientIds: readonly (string | null)[],
  ): Promise<string> {
    const decide = await this.store.decide(this.query, this.actor, action, patientIds);
    let basis = '';
    for (const patientId of patientIds) {
      const decision = decide(patientId);
      if (decision.permit) basis = decision.basis;
      else {
        const concerned = patientIds.filter((id) => id !== null);
        this.denials.push({ patientIds: concerned, subject: type, reason: decision.reason });
        if (this.transactionQuery === null) await this.flushDenials();
        throw new OperationOutcomeError(forbidden);
      }
    }
    return basis;
  }

  /** Where a record stands; null when there never was one. Unknown types and impossible ids are not found. */
  async head(type: string, id: string): Promise<RecordHead | null> {
    if (!isRecordType(type) || !isLogicalId(id)) throw new OperationOutcomeError(notFound);
    const { rows } = await this.query('select * from wardkey.record_head($1,$2)', [type, id]);
    const row = v.parse(headRows, rows)[0];
    return row === undefined
      ? null
      : { version: row.version, patientId: row.patient_id, deleted: row.deleted };
  }

  /** Releases bodies of the patients that were decided upon, with the audit entry. */
  async release(
    action: 'view' | 'search',
    reason: string,
    type: string,
    places: readonly { readonly id: string; readonly patientId: string | null }[],
  ): Promise<{ row: SealedRow; json: string | null }[]> {
    const { rows } = await this.query('select * from wardkey.record_release($1,$2,$3,$4,$5,$6)', [
      actorJson(this.actor),
      action,
      reason,
      type,
      places.map((place) => place.id),
      places.map((place) => place.patientId),
    ]);
    return this.store.open(this.query, rows);
  }

  /** Validates what came in and finds its patient, or refuses it with words. */
  check(resource: Resource): { resource: RecordResource; patientId: string | null } {
    const validation = this.store.validate(resource);
    if (!validation.ok) throw new OperationOutcomeError(badRequest(validation.code));
    const loose = resource as unknown as RecordResource;
    if (!isLogicalId(loose.id)) throw new OperationOutcomeError(badRequest('not a logical id'));
    const patientId = patientOf(loose);
    if (patientId === undefined) {
      throw new OperationOutcomeError(
        badRequest(`a ${resource.resourceType} must name its patient as Patient/id`),
      );
    }
    return { resource: loose, patientId };
  }

  private async refuseOthersName(resource: RecordResource): Promise<void> {
    const { actor } = this;
    if (actor.kind !== 'person' || !isInOthersName(resource, actor.person.personId)) return;
    const patientId = patientOf(resource);
    const patientIds = patientId == null ? [] : [patientId];
    this.denials.push({ patientIds, subject: resource.resourceType, reason: 'othersName' });
    if (this.transactionQuery === null) await this.flushDenials();
    throw new OperationOutcomeError(forbidden);
  }

  /** Stores one version; null when the expected version is not the current one. */
  async write(
    resource: RecordResource,
    expectedVersion: number,
    deleted: boolean,
    reason: string,
  ): Promise<string | null> {
    if (!deleted) await this.refuseOthersName(resource);
    const work = async (query: Query) => {
      const write = { resource, expectedVersion, deleted };
      const note = { subject: resource.resourceType, reason };
      const [outcome] = await this.store.put(query, this.actor, [write], note);
      return outcome?.stored === true ? outcome.json : null;
    };
    return this.withTransaction(work);
  }
}
