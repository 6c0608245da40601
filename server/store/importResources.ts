import * as v from 'valibot';
import type { Actor } from './actor.ts';
import { isLogicalId, patientOf } from './recordTypes.ts';
import type { RecordResource, RecordStore, RecordWrite } from './recordStore.ts';
import { retryTransaction, writeAttempts } from './retryTransaction.ts';

/** What became of one resource of an import, by its place in the list. */
export interface ImportRefusal {
  readonly index: number;
  /** Element paths and rules, never values. */
  readonly reason: string;
}

export interface ImportReport {
  readonly stored: number;
  readonly refused: readonly ImportRefusal[];
}

const batchSize = 500;
const headRows = v.array(v.object({ type: v.string(), id: v.string(), version: v.number() }));

interface Accepted {
  readonly index: number;
  readonly resource: RecordResource;
}

/** Validates, and cuts into batches in which no record stands twice. */
function accept(
  store: RecordStore,
  resources: readonly unknown[],
): { batches: Accepted[][]; refused: ImportRefusal[] } {
  const refused: ImportRefusal[] = [];
  const batches: Accepted[][] = [];
  let batch: Accepted[] = [];
  let names = new Set<string>();
  resources.forEach((candidate, index) => {
    const validation = store.validate(candidate);
    const resource = candidate as RecordResource;
    const reason = !validation.ok
      ? validation.code
      : !isLogicalId(resource.id)
        ? 'id: missing or not a logical id'
        : patientOf(resource) === undefined
          ? 'names no patient'
          : null;
    if (reason !== null) {
      refused.push({ index, reason });
      return;
    }
    const name = `${resource.resourceType}/${resource.id}`;
    if (batch.length >= batchSize || names.has(name)) {
      batches.push(batch);
      batch = [];
      names = new Set();
    }
    batch.push({ index, resource });
    names.add(name);
  });
  if (batch.length > 0) batches.push(batch);
  return { batches, refused };
}

async function storeBatch(
  store: RecordStore,
  actor: Actor,
  batch: readonly Accepted[],
): Promise<void> {
  let left = batch;
  for (let attempt = 1; left.length > 0; attempt += 1) {
    const types = left.map(({ resource }) => resource.resourceType);
    const ids = left.map(({ resource }) => resource.id);
    const outcomes = await retryTransaction(store.database, async (query) => {
      const { rows } = await query('select * from wardkey.record_heads($1,$2)', [types, ids]);
      const heads = new Map(
        v.parse(headRows, rows).map((row) => [`${row.type}/${row.id}`, row.version]),
      );
      const writes = left.map(({ resource }): RecordWrite => {
        const expectedVersion = heads.get(`${resource.resourceType}/${resource.id}`) ?? 0;
        return { resource, expectedVersion, deleted: false };
      });
      return store.put(query, actor, writes, { subject: 'import', reason: 'import' });
    });
    left = left.filter((_, position) => outcomes[position]?.stored !== true);
    if (left.length > 0 && attempt >= writeAttempts) {
      throw new Error('an import kept meeting other writers of the same records');
    }
  }
}

/** Stores many resources at once, each a new version of what stands there. What is not valid is named; the rest still loads. */
export async function importResources(
  store: RecordStore,
  actor: Actor,
  resources: readonly unknown[],
): Promise<ImportReport> {
  const { batches, refused } = accept(store, resources);
  for (const batch of batches) await storeBatch(store, actor, batch);
  return { stored: batches.reduce((sum, batch) => sum + batch.length, 0), refused };
}
