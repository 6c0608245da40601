import * as v from 'valibot';
import type { DataKey, KeyRing } from '../seal/keyRing.ts';
import type { Query } from '../postgres/database.ts';

/** Under this name lies the key of what is about no patient. */
const hospitalKeyName = '';
const keyRows = v.array(v.object({ patient_id: v.string(), wrapped: v.instance(Uint8Array) }));
const rememberedKeys = 20_000;

/** Hands out data keys by patient; keeps opened ones in memory. */
export interface DataKeys {
  /** Keys of these patients (null: the hospital's). With `make`, missing ones are made; without, a missing one throws. */
  keysFor(
    query: Query,
    patientIds: Iterable<string | null>,
    make: boolean,
  ): Promise<(patientId: string | null) => DataKey>;
}

/** Builds the key store over the functions `key_get` and `key_add`. */
export function createDataKeys(keyRing: KeyRing): DataKeys {
  const remembered = new Map<string, DataKey>();
  // A key made in a transaction that is rolled back is gone: it must not be remembered beyond it.
  const madeIn = new WeakMap<Query, Set<string>>();

  async function read(query: Query, names: readonly string[], into: Map<string, DataKey>) {
    const { rows } = await query('select patient_id, wrapped from wardkey.key_get($1)', [names]);
    const made = madeIn.get(query);
    for (const row of v.parse(keyRows, rows)) {
      const key = keyRing.unwrapDataKey(row.patient_id, row.wrapped);
      into.set(row.patient_id, key);
      if (made?.has(row.patient_id) === true) continue;
      if (remembered.size >= rememberedKeys) remembered.clear();
      remembered.set(row.patient_id, key);
    }
  }

  return {
    async keysFor(query, patientIds, make) {
      const names = [...new Set([...patientIds].map((id) => id ?? hospitalKeyName))];
      const keys = new Map<string, DataKey>();
      for (const name of names) {
        const key = remembered.get(name);
        if (key !== undefined) keys.set(name, key);
      }
      const missing = () => names.filter((name) => !keys.has(name));
      if (missing().length > 0) await read(query, missing(), keys);
      if (make && missing().length > 0) {
        const fresh = missing();
        const made = madeIn.get(query) ?? new Set<string>();
        madeIn.set(query, made);
        for (const name of fresh) made.add(name);
        const wrapped = fresh.map((name) => keyRing.makeDataKey(name).wrapped);
        await query('select wardkey.key_add($1, $2)', [fresh, wrapped]);
        // Read back: another writer may have been first, and the key that is stored is the one that counts.
        await read(query, fresh, keys);
      }
      return (patientId) => {
        const key = keys.get(patientId ?? hospitalKeyName);
        if (key === undefined) throw new Error('a data key is missing from the database');
        return key;
      };
    },
  };
}
