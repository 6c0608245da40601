import type { LinkRefusal, Transport } from '../recordServer/transport.ts';
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

/** A transport under whose next certificate no token is used that was bound to the one before. */
export function endTokensWith(
  transport: Pick<Transport, 'present'>,
  memory: TokenMemory,
  open: () => { facts: SessionFacts } | null,
): Pick<Transport, 'present'> {
  return {
    present(certificatePem) {
      transport.present(certificatePem);
      memory.forgetAll();
      const holder = open();
      if (holder !== null) endToken(holder);
    },
  };
}

/** Makes a token count as ended: the next call asks for another. */
function endToken(holder: { facts: SessionFacts }): void {
  const { token } = holder.facts;
  if (token !== null) holder.facts = { ...holder.facts, token: { ...token, expiresAtMs: 0 } };
}

/** Asks in a person's name. A token that is refused before its end is renewed once: nothing was done with the refused call. */
export async function askWithToken<Value>(
  holder: { facts: SessionFacts },
  server: Pick<RecordServer, 'renewSession'>,
  wallMs: () => number,
  ask: (token: string) => Promise<Result<Value, LinkRefusal>>,
): Promise<Result<Value, LinkRefusal>> {
  const token = await freshToken(holder, server, wallMs());
  if (!token.ok) return token;
  const answer = await ask(token.value);
  if (answer.ok || answer.code !== 'personRefused') return answer;
  endToken(holder);
  const next = await freshToken(holder, server, wallMs());
  return next.ok ? await ask(next.value) : next;
}

/** The tokens of the latest people, for what is sent in their name just after they left: a draft thrown away, say. */
export interface TokenMemory {
  keep(holder: { readonly facts: SessionFacts }): void;
  /** Null once it has ended. */
  of(personId: string): string | null;
  /** All of them were bound to a certificate that was replaced. */
  forgetAll(): void;
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
    forgetAll: () => tokens.clear(),
  };
}
