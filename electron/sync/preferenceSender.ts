import { linkDown, type DraftSenderOptions } from './draftSender.ts';
import type { Turn } from './pump.ts';

/** Brings the server what people have chosen for their screens. Without a token of hers a choice waits for her next login. */
export function createPreferenceSender(options: DraftSenderOptions): () => Promise<Turn> {
  const { server, spool, tokenOf } = options;
  return async () => {
    for (const { personId, preferences } of spool.preferences.unsent()) {
      const token = tokenOf(personId);
      if (token === null) continue;
      const sent = await server.putPreferences(preferences, token);
      if (sent.ok) spool.preferences.markSent(personId, preferences.savedAtMs);
      else if (linkDown.includes(sent.code)) return 'retry';
    }
    return 'done';
  };
}
