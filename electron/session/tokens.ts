import type { LinkRefusal } from '../recordServer/transport.ts';
import type { RecordServer } from '../recordServer/recordServer.ts';
import { refuse, succeed, type Result } from '#core/result.ts';
import type { SessionFacts } from './sessionFacts.ts';

/** A token this close to its end is renewed before it is used. */
const renewBeforeMs = 20_000;

/**
 * A token for this person's session that is good for the next call. A session that began offline has none until the record
 * server has seen it.
 */
export async function freshToken(
  holder: { facts: SessionFacts },
  server: Pick<RecordServer, 'renewSession'>,
  wallMs: number,
): Promise<Result<string, LinkRefusal>> {
  const { token, sessionId } = holder.facts;
  if (token === null) return refuse('unreachable');
  if (token.expiresAtMs - wallMs > renewBeforeMs) return succeed(token.value);
  const renewed = await server.renewSession(sessionId);
  if (!renewed.ok) return renewed;
  if (renewed.value.status === 'refused') return refuse('personRefused');
  const value = renewed.value.token;
  holder.facts = { ...holder.facts, token: { value, expiresAtMs: renewed.value.tokenExpiresAtMs } };
  return succeed(value);
}
