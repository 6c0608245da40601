import { generateKeyPairSync } from 'node:crypto';
import * as v from 'valibot';
import { sealInfo } from '#core/contracts/sealing.ts';
import type { FeedChange, PushResult } from '#core/contracts/sync.ts';
import { inboxPageSchema, vaultCallSchemas } from '#core/contracts/vault.ts';
import { refuse, succeed } from '#core/result.ts';
import { unsealBox } from '#electron/vault/sealing.ts';
import type { AttachedVault, SyncVault } from '#electron/sync/feedPuller.ts';

/** A vault's cache in memory: keeps only which resources it holds. Payloads are checked as a vault would. */
export interface MemoryVault extends SyncVault {
  /** Hears each call before it is carried out. */
  onCall: (count: number) => void;
  readonly resources: Map<string, string | null>;
  readonly results: PushResult[];
  /** Whose records a result changes. */
  readonly settledPatientIds: string[];
  readonly publicKey: string;
  readonly calls: string[];
  /** Refuses the next calls with this code. */
  refusal: string | null;
  joinedAtMs: number | null;
  attached(): AttachedVault;
}

/** Makes an empty cache with an inbox key of its own. */
export function createMemoryVault(cacheId = 'cache-1'): MemoryVault {
  const { publicKey, privateKey } = generateKeyPairSync('x25519');
  let generation = 0;
  let cursor: string | null = null;
  let feedEpoch: string | null = null;
  let malformed = 0;
  const take = (changes: readonly FeedChange[]): string[] => {
    for (const change of changes) {
      if (change.op === 'put') vault.resources.set(change.resource.id, change.patientId);
      if (change.op === 'tombstone') vault.resources.delete(change.id);
      if (change.op === 'purge') {
        for (const [id, patientId] of vault.resources) {
          if (patientId === change.patientId) vault.resources.delete(id);
        }
      }
    }
    generation += 1;
    return [...new Set(changes.flatMap((change) => change.patientId ?? []))];
  };
  const handlers = {
    feedApply(payload: unknown) {
      const page = v.parse(vaultCallSchemas.feedApply.payload, payload);
      if (page.restart) {
        vault.resources.clear();
        malformed = 0;
        vault.joinedAtMs = null;
      }
      const changedPatientIds = take(page.changes);
      ({ cursor, feedEpoch } = page);
      malformed += page.malformed;
      vault.joinedAtMs = page.joinedAtMs ?? vault.joinedAtMs;
      return { generation, changedPatientIds, malformed };
    },
    inboxApply(payload: unknown) {
      const { sealed } = v.parse(vaultCallSchemas.inboxApply.payload, payload);
      const changed: string[] = [];
      let unreadable = 0;
      for (const one of sealed) {
        const plain = unsealBox(privateKey, Buffer.from(one, 'base64url'), sealInfo.inboxBox);
        if (plain === null) {
          unreadable += 1;
          continue;
        }
        const page = v.parse(inboxPageSchema, JSON.parse(plain.toString('utf8')));
        changed.push(...take(page.changes));
        ({ cursor, feedEpoch } = page);
        malformed += page.malformed;
      }
      return { generation, cursor, changedPatientIds: changed, unreadable, malformed };
    },
    pushResultsApply(payload: unknown) {
      vault.results.push(...v.parse(vaultCallSchemas.pushResultsApply.payload, payload).results);
      return { changedPatientIds: vault.settledPatientIds };
    },
  };
  const vault: MemoryVault = {
    resources: new Map(),
    results: [],
    settledPatientIds: [],
    publicKey: publicKey.export({ type: 'spki', format: 'der' }).toString('base64url'),
    calls: [],
    onCall: () => undefined,
    refusal: null,
    joinedAtMs: null,
    attached: () => {
      const filled = vault.joinedAtMs === null ? vault.resources.size : null;
      return {
        vault,
        cacheId,
        generation,
        cursor,
        feedEpoch,
        malformed,
        filled,
        asOfMs: vault.joinedAtMs,
      };
    },
    async call(call, payload) {
      await Promise.resolve();
      vault.calls.push(call);
      vault.onCall(vault.calls.length);
      if (vault.refusal !== null) return refuse(vault.refusal);
      // The answer fits the call: one handler for each, of the same name.
      return succeed(handlers[call](payload) as never);
    },
  };
  return vault;
}
