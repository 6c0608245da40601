import type { Client } from 'pg';
import type { Database } from '../postgres/database.ts';

/** Tells within this process that something changed on a ward, never what. */
export interface Pokes {
  /** Calls `listener` after every change on the ward; answers how to leave. */
  subscribe(wardId: string, listener: () => void): () => void;
  close(): Promise<void>;
}

const everyWard = '*';
const retryMs = 500;

/** Listens to the database and passes pokes on; a lost connection is made anew, and everybody is poked since some were missed. */
export async function listenForPokes(
  database: Database,
  onError: (error: Error) => void,
): Promise<Pokes> {
  const listeners = new Map<string, Set<() => void>>();
  let client: Client | null = null;
  let retry: NodeJS.Timeout | null = null;
  let closed = false;

  function poke(wardId: string): void {
    const wards = wardId === everyWard ? [...listeners.keys()] : [wardId];
    for (const ward of wards) {
      for (const listener of listeners.get(ward) ?? []) listener();
    }
  }

  async function connect(): Promise<void> {
    const made = await database.dedicated();
    let lost = false;
    const onLost = (error: Error) => {
      if (lost) return;
      lost = true;
      if (closed) return;
      onError(error);
      retryLater();
    };
    made.on('error', onLost);
    made.on('end', () => onLost(new Error('the listening connection ended')));
    made.on('notification', ({ payload }) => poke(payload ?? everyWard));
    await made.query('listen wardkey_changed');
    client = made;
  }

  function retryLater(): void {
    retry = setTimeout(() => {
      connect().then(
        () => poke(everyWard),
        () => {
          if (!closed) retryLater();
        },
      );
    }, retryMs);
  }

  await connect();
  return {
    subscribe(wardId, listener) {
      const ofWard = listeners.get(wardId) ?? new Set();
      listeners.set(wardId, ofWard);
      ofWard.add(listener);
      return () => {
        ofWard.delete(listener);
        if (ofWard.size === 0) listeners.delete(wardId);
      };
    },
    async close() {
      closed = true;
      if (retry !== null) clearTimeout(retry);
      await client?.end();
    },
  };
}
