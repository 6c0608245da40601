import { randomUUID } from 'node:crypto';
import {
  badRequest,
  conflict,
  gone,
  matchesSearchRequest,
  notFound,
  OperationOutcomeError,
  preconditionFailed,
  type SearchRequest,
  type WithId,
} from '@medplum/core';
import {
  FhirRepository,
  type CreateResourceOptions,
  type ReadHistoryOptions,
  type UpdateResourceOptions,
} from '@medplum/fhir-router';
import type { Bundle, BundleEntry, Reference, Resource } from '@medplum/fhirtypes';
import { applyPatch, type Operation as PatchOperation } from 'rfc6902';
import * as v from 'valibot';
import type { Query } from '../postgres/database.ts';
import { actorJson, type Actor } from './actor.ts';
import { isLogicalId, isRecordType, patientOf } from './recordTypes.ts';
import { RecordAccess } from './recordAccess.ts';
import { writeAttempts } from './retryTransaction.ts';
import type { RecordResource, RecordStore, SealedRow } from './recordStore.ts';
import { planSearch, type SearchPlan } from './searchPlan.ts';

const foundRows = v.array(v.object({ id: v.string(), patient_id: v.nullable(v.string()) }));
const versionRows = v.array(v.object({ version: v.number(), patient_id: v.nullable(v.string()) }));
const candidateLimit = 5000;

function parseBody<T extends Resource>(json: string): WithId<T> {
  return JSON.parse(json) as WithId<T>;
}

/**
 * The FHIR repository of one actor: what the router asks of it is decided, released through the one door with its audit entry,
 * and refused with an OperationOutcome otherwise. Make one per request.
 */
export class RecordRepository extends FhirRepository<Query> {
  private readonly access: RecordAccess;

  constructor(store: RecordStore, actor: Actor) {
    super();
    this.access = new RecordAccess(store, actor);
  }

  override setMode(): void {
    // One database serves reads and writes alike.
  }

  override generateId(): string {
    return randomUUID();
  }

  override withTransaction<Answer>(
    callback: (client: Query) => Promise<Answer>,
    options?: { serializable?: boolean },
  ): Promise<Answer> {
    return this.access.withTransaction(callback, options);
  }

  override async createResource<T extends Resource>(
    resource: T,
    options?: CreateResourceOptions,
  ): Promise<WithId<T>> {
    const assigned = options?.assignedId === true ? resource.id : undefined;
    const checked = this.access.check({ ...resource, id: assigned ?? this.generateId() });
    const basis = await this.access.demand('write', resource.resourceType, [checked.patientId]);
    const json = await this.access.write(checked.resource, 0, false, basis);
    if (json === null) throw new OperationOutcomeError(conflict('this id is in use'));
    return parseBody<T>(json);
  }

  override async readResource<T extends Resource>(
    resourceType: string,
    id: string,
  ): Promise<WithId<T>> {
    return (await this.readCurrent<T>(resourceType, id)).body;
  }

  private async readCurrent<T extends Resource>(
    resourceType: string,
    id: string,
  ): Promise<{ body: WithId<T>; version: number }> {
    const head = await this.access.head(resourceType, id);
    if (head === null) throw new OperationOutcomeError(notFound);
    const basis = await this.access.demand('read', resourceType, [head.patientId]);
    if (head.deleted) throw new OperationOutcomeError(gone);
    const place = { id, patientId: head.patientId };
    const [released] = await this.access.release('view', basis, resourceType, [place]);
    if (released?.json == null) throw new OperationOutcomeError(gone);
    return { body: parseBody<T>(released.json), version: released.row.version };
  }

  override async readReference<T extends Resource>(reference: Reference<T>): Promise<WithId<T>> {
    const [type, id, ...more] = (reference.reference ?? '').split('/');
    if (type === undefined || id === undefined || more.length > 0) {
      throw new OperationOutcomeError(badRequest('not a local reference'));
    }
    return this.readResource<T>(type, id);
  }

  override async readReferences<T extends Resource>(
    references: readonly Reference<T>[],
  ): Promise<(T | Error)[]> {
    const answers: (T | Error)[] = [];
    for (const reference of references) {
      answers.push(
        await this.readReference(reference).catch((error: unknown) => {
          if (error instanceof OperationOutcomeError) return error;
          throw error;
        }),
      );
    }
    return answers;
  }

  override async readHistory<T extends Resource>(
    resourceType: string,
    id: string,
    options?: ReadHistoryOptions,
  ): Promise<Bundle<WithId<T>>> {
    const { versions, basis } = await this.versions(resourceType, id);
    const offset = options?.offset ?? 0;
    const wanted = versions.slice(offset, offset + Math.min(options?.limit ?? 100, 1000));
    const opened = await this.releaseVersions(resourceType, id, wanted, basis);
    const entry = opened.map(({ row, json }): BundleEntry<WithId<T>> => {
      const etag = `W/"${row.version}"`;
      const fullUrl = `${resourceType}/${id}`;
      if (json === null) {
        return {
          fullUrl,
          request: { method: 'DELETE', url: fullUrl },
          response: { status: '204', etag },
        };
      }
      const method = row.version === 1 ? 'POST' : 'PUT';
      return {
        fullUrl,
        request: { method, url: fullUrl },
        response: { status: '200', etag },
        resource: parseBody<T>(json),
      };
    });
    return { resourceType: 'Bundle', type: 'history', total: versions.length, entry };
  }

  override async readVersion<T extends Resource>(
    resourceType: string,
    id: string,
    vid: string,
  ): Promise<WithId<T>> {
    const { versions, basis } = await this.versions(resourceType, id);
    const version = versions.find((candidate) => String(candidate) === vid);
    if (version === undefined) throw new OperationOutcomeError(notFound);
    const [opened] = await this.releaseVersions(resourceType, id, [version], basis);
    if (opened?.json == null) throw new OperationOutcomeError(gone);
    return parseBody<T>(opened.json);
  }

  /** All versions, newest first, once every patient that any of them was about is permitted. */
  private async versions(type: string, id: string): Promise<{ versions: number[]; basis: string }> {
    if (!isRecordType(type) || !isLogicalId(id)) throw new OperationOutcomeError(notFound);
    const { rows } = await this.access.query('select * from wardkey.history_find($1,$2)', [
      type,
      id,
    ]);
    const found = v.parse(versionRows, rows);
    if (found.length === 0) throw new OperationOutcomeError(notFound);
    const patients = [...new Set(found.map((row) => row.patient_id))];
    const basis = await this.access.demand('read', type, patients);
    return { versions: found.map((row) => row.version), basis };
  }

  private async releaseVersions(
    type: string,
    id: string,
    versions: readonly number[],
    basis: string,
  ): Promise<{ row: SealedRow; json: string | null }[]> {
    const { rows } = await this.access.query(
      'select * from wardkey.history_release($1,$2,$3,$4,$5)',
      [actorJson(this.access.actor), basis, type, id, versions],
    );
    return this.access.store.open(this.access.query, rows);
  }

  override async updateResource<T extends Resource>(
    resource: T,
    options?: UpdateResourceOptions,
  ): Promise<WithId<T>> {
    const { resource: checked, patientId } = this.access.check(resource);
    for (let attempt = 1; ; attempt += 1) {
      const head = await this.access.head(resource.resourceType, checked.id);
      const concerned = head === null ? [patientId] : [...new Set([patientId, head.patientId])];
      const basis = await this.access.demand('write', resource.resourceType, concerned);
      const ifMatch = options?.ifMatch;
      if (ifMatch !== undefined && String(head?.version ?? 0) !== ifMatch) {
        throw new OperationOutcomeError(preconditionFailed);
      }
      const json = await this.access.write(checked, head?.version ?? 0, false, basis);
      if (json !== null) return parseBody<T>(json);
      if (ifMatch !== undefined) throw new OperationOutcomeError(preconditionFailed);
      if (attempt >= writeAttempts) throw new OperationOutcomeError(conflict('changed meanwhile'));
    }
  }

  override async deleteResource(resourceType: string, id: string): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      const head = await this.access.head(resourceType, id);
      if (head === null) throw new OperationOutcomeError(notFound);
      const basis = await this.access.demand('write', resourceType, [head.patientId]);
      if (head.deleted) return;
      // What remains of it says only whose it was, so that its grave lies under the patient's key and rule.
      const { body } = await this.readCurrent(resourceType, id);
      const grave = body as unknown as RecordResource;
      if ((await this.access.write(grave, head.version, true, basis)) !== null) return;
      if (attempt >= writeAttempts) throw new OperationOutcomeError(conflict('changed meanwhile'));
    }
  }

  override async patchResource<T extends Resource>(
    resourceType: T['resourceType'],
    id: string,
    patch: PatchOperation[],
  ): Promise<WithId<T>> {
    for (let attempt = 1; ; attempt += 1) {
      const { body, version } = await this.readCurrent<T>(resourceType, id);
      const former = patientOf(body as unknown as RecordResource);
      const failed = applyPatch(body, patch).find((error) => error !== null);
      if (failed !== undefined) {
        throw new OperationOutcomeError(badRequest('the patch does not fit the resource'));
      }
      if ((body.resourceType as string) !== resourceType || body.id !== id) {
        throw new OperationOutcomeError(badRequest('a patch cannot change type or id'));
      }
      const { resource, patientId } = this.access.check(body);
      const basis = await this.access.demand('write', resourceType, [patientId, former ?? null]);
      const json = await this.access.write(resource, version, false, basis);
      if (json !== null) return parseBody<T>(json);
      if (attempt >= writeAttempts) throw new OperationOutcomeError(conflict('changed meanwhile'));
    }
  }

  override async search<T extends Resource>(request: SearchRequest<T>): Promise<Bundle<WithId<T>>> {
    const plan = planSearch(request);
    if (plan.patientIds !== null) await this.access.demand('read', plan.type, plan.patientIds);
    const candidates = await this.permittedCandidates(plan);
    const matched =
      plan.rest.length > 0
        ? await this.matchOpened<T>(plan, candidates)
        : { total: candidates.length, page: await this.openPage<T>(plan, candidates) };
    return {
      resourceType: 'Bundle',
      type: 'searchset',
      ...(candidates.length < candidateLimit ? { total: matched.total } : {}),
      entry: matched.page.map((resource) => ({
        fullUrl: `${plan.type}/${resource.id}`,
        search: { mode: 'match' },
        resource,
      })),
    };
  }

  private async permittedCandidates(plan: SearchPlan) {
    const { rows } = await this.access.query(
      'select id, patient_id from wardkey.record_find($1,$2,$3,$4,$5,$6,$7,$8)',
      [
        plan.type,
        plan.ids,
        plan.patientIds,
        plan.groups.map(
          (group) => `{${group.map((text) => this.access.store.searchToken(text)).join(',')}}`,
        ),
        plan.updatedFrom,
        plan.updatedTo,
        candidateLimit,
        0,
      ],
    );
    const found = v.parse(foundRows, rows);
    const patients = found.map((row) => row.patient_id);
    const decide = await this.access.store.decide(
      this.access.query,
      this.access.actor,
      'read',
      patients,
    );
    return found
      .filter((row) => decide(row.patient_id).permit)
      .map((row) => ({ id: row.id, patientId: row.patient_id }));
  }

  private async openPage<T extends Resource>(
    plan: SearchPlan,
    candidates: readonly { id: string; patientId: string | null }[],
  ): Promise<WithId<T>[]> {
    const page = candidates.slice(plan.offset, plan.offset + plan.count);
    const opened = await this.access.release('search', 'search', plan.type, page);
    return opened.flatMap(({ json }) => (json === null ? [] : [parseBody<T>(json)]));
  }

  /** Filters that only the bodies can answer: all candidates are opened, and audited as opened. */
  private async matchOpened<T extends Resource>(
    plan: SearchPlan,
    candidates: readonly { id: string; patientId: string | null }[],
  ): Promise<{ total: number; page: WithId<T>[] }> {
    const opened = await this.access.release('search', 'search', plan.type, candidates);
    const request = { resourceType: plan.type, filters: [...plan.rest] } as SearchRequest;
    const matching = opened
      .flatMap(({ json }) => (json === null ? [] : [parseBody<T>(json)]))
      .filter((resource) => matchesSearchRequest(resource, request));
    const page = matching.slice(plan.offset, plan.offset + plan.count);
    return { total: matching.length, page };
  }

  override async searchByReference<T extends Resource>(
    request: SearchRequest<T>,
    referenceField: string,
    references: string[],
  ): Promise<Record<string, WithId<T>[]>> {
    const answers: Record<string, WithId<T>[]> = {};
    for (const value of references) {
      const filter = { code: referenceField, operator: 'eq' as const, value };
      const bundle = await this.search<T>({
        ...request,
        filters: [...(request.filters ?? []), filter],
      });
      answers[value] = (bundle.entry ?? []).flatMap((entry) => entry.resource ?? []);
    }
    return answers;
  }
}
