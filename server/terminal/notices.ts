import type { Client } from 'pg';
import * as v from 'valibot';
import { terminalEventSchema, type TerminalEvent } from '#core/contracts/terminal.ts';
import type { Database, Query } from '../postgres/database.ts';

const channel = 'wardkey_terminals';
const noticeSchema = v.strictObject({
  /** Null tells every terminal. */
  terminalId: v.nullable(v.string()),
  event: terminalEventSchema,
});

/** Tells terminals of something, through the database so that every copy of the service passes it on; sent at commit. */
export async function tellTerminals(
  query: Query,
  event: TerminalEvent,
  terminalId: string | null = null,
): Promise<void> {
  const notice: v.InferOutput<typeof noticeSchema> = { terminalId, event };
  await query('select pg_notify($1, $2)', [channel, JSON.stringify(notice)]);
}

/** Hands notices to the event streams of the terminals connected here. */
export interface Notices {
  subscribe(terminalId: string, listener: (event: TerminalEvent) => void): () => void;
  stop(): Promise<void>;
}

/**
 * Listens on a connection of its own, and comes back when that connection is lost. `onGap` hears of every such loss:
 * notices may have been missed, so whoever streams must say again what still matters.
 */
export async function openNotices(database: Database, onGap: () => void): Promise<Notices> {
  const listeners = new Map<(event: TerminalEvent) => void, string>();
  let client: Client | null = null;
  let retry: NodeJS.Timeout | null = null;
  let stopped = false;

  const deliver = (payload: string | undefined): void => {
    const notice = v.safeParse(noticeSchema, parseJson(payload ?? ''));
    if (!notice.success) return;
    const { terminalId, event } = notice.output;
    for (const [listener, subscriber] of listeners) {
      if (terminalId === null || terminalId === subscriber) listener(event);
    }
  };

  const connect = async (): Promise<void> => {
    const fresh = await database.dedicated();
    fresh.on('notification', (message) => deliver(message.payload));
    fresh.on('error', lost);
    fresh.on('end', lost);
    await fresh.query(`listen ${channel}`);
    client = fresh;
  };

  function lost(): void {
    if (stopped || retry) return;
    client = null;
    retry = setTimeout(() => {
      retry = null;
      connect().then(onGap, lost);
    }, 250);
  }

  await connect();
  return {
    subscribe: (terminalId, listener) => {
      listeners.set(listener, terminalId);
      return () => listeners.delete(listener);
    },
    stop: async () => {
      stopped = true;
      if (retry) clearTimeout(retry);
      await client?.end();
    },
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
