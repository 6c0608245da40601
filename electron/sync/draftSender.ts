import { succeed } from '#core/result.ts';
import type { Answer, RecordServer } from '#electron/recordServer/recordServer.ts';
import type { LinkRefusal } from '#electron/recordServer/transport.ts';
import type { Spool, UnsentDraft } from '#electron/spool/spool.ts';
import type { Turn } from './pump.ts';

export interface DraftSenderOptions {
  readonly server: RecordServer;
  readonly spool: Spool;
  /** The person's token while it lasts; a terminal may leave a draft without one, but not take one away. */
  readonly tokenOf: (personId: string) => string | null;
}

/** Refusals that hold for everything that is sent, not for this one alone. */
export const linkDown: readonly LinkRefusal[] = [
  'unreachable',
  'untrusted',
  'terminalRefused',
  'terminalRevoked',
  'tooMany',
];

/** Brings the server each draft's last state. One that is refused stays here and holds up no other. */
export function createDraftSender(options: DraftSenderOptions): () => Promise<Turn> {
  return async () => {
    for (const draft of options.spool.drafts.unsent()) {
      const sent = await sendDraft(options, draft);
      if (sent === null) continue;
      if (sent.ok) options.spool.drafts.markSent(draft.draftId, draft.savedAtMs);
      else if (linkDown.includes(sent.code)) return 'retry';
    }
    return 'done';
  };
}

async function sendDraft(
  { server, tokenOf }: DraftSenderOptions,
  { sealed, ...draft }: UnsentDraft,
): Promise<Awaited<Answer<null>> | null> {
  const token = tokenOf(draft.personId);
  if (sealed !== null) return await server.putDraft({ ...draft, sealed }, token);
  return token === null ? null : await server.deleteDraft(draft.draftId, token);
}

/** Fetches what a person left elsewhere; to be run between two turns of the sender. */
export async function fetchDrafts(
  { server, spool }: DraftSenderOptions,
  personId: string,
  token: string,
): Answer<null> {
  const answer = await server.drafts(token);
  if (!answer.ok) return answer;
  spool.drafts.receive(personId, answer.value);
  return succeed(null);
}
