import type { LinkRefusal } from '../recordServer/transport.ts';
import type { RecordServer } from '../recordServer/recordServer.ts';
import { refuse, succeed, type Result } from '#core/result.ts';
import type { SessionFacts } from './sessionFacts.ts';

/** A token this close to its end is renewed before it is used. */
const renewBeforeMs = 20_000;

/**
 * A token for this person's session that is good for the next call. A session that began offline gets its first one once the
 * record server has taken it over; until then it is as good as offline.
 */
export async function freshToken(
  holder: { facts: SessionFacts },
  server: Pick<RecordServer, 'renewSession'>,
  wallMs: number,
): Promise<Result<string, LinkRefusal>> {
  const { token, sessionId } = holder.facts;
  if (token !== null && token.expiresAtMs - wallMs > renewBeforeMs) return succeed(token.value);
  const renewed = await server.renewSession(sessionId);
  if (!renewed.ok) return renewed;
  if (renewed.value.status === 'refused')
    return refuse(token === null ? 'unreachable' : 'personRefused');
  const value = renewed.value.token;
  holder.facts = { ...holder.facts, token: { value, expiresAtMs: renewed.value.tokenExpiresAtMs } };
  return succeed(value);
}

/** The tokens of the latest people, for what is sent in their name just after they left: a draft thrown away, say. */
export interface TokenMemory {
  keep(holder: { readonly facts: SessionFacts }): void;
  /** Null once it has ended. */
  of(personId: string): string | null;
}

/** Tokens end by themselves within minutes; those that have are forgotten. */
export function createTokenMemory(wallMs: () => number): TokenMemory {
  const tokens = new Map<string, NonNullable<SessionFacts['token']>>();
  return {
    keep({ facts }) {
      for (const [personId, token] of tokens)
        if (token.expiresAtMs <= wallMs()) tokens.delete(personId);
      if (facts.token !== null) tokens.set(facts.person.personId, facts.token);
    },
    of(personId) {
      const token = tokens.get(personId);
      return token !== undefined && token.expiresAtMs > wallMs() ? token.value : null;
    },
  };
}
