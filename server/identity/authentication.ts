import { TLSSocket } from 'node:tls';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import * as v from 'valibot';
import type { TerminalContext } from '../context.ts';
import type { Query } from '../postgres/database.ts';
import { sessionStanding } from '../terminal/sessions.ts';
import { thumbprintOf } from './authority.ts';
import type { PersonTokens } from './personToken.ts';

/** Why a caller is not who it must be; closed codes, said without detail. */
export type AuthenticationRefusal =
  | 'certificateMissing'
  | 'certificateUntrusted'
  | 'certificateExpired'
  | 'terminalRevoked'
  | 'tokenRefused'
  | 'sessionEnded';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Set on `/enrol` alone: everything else is closed to callers without a certificate. */
    open?: boolean;
    /** Set on the renewal of certificates: a terminal that was off for a few days may still come back by its key. */
    expiredCertificateMayServe?: boolean;
  }
}

/** How long after its end a certificate may still be exchanged for a new one. */
export const renewalWindowMs = 30 * 86_400_000;

/** What the hook needs to know callers by. */
export interface AuthenticationParts {
  readonly query: Query;
  readonly tokens: PersonTokens;
  readonly clock: () => number;
}

/** Puts terminal and person on every request, or refuses it, before anything of its body is read. */
export function addAuthentication(server: FastifyInstance, parts: AuthenticationParts): void {
  server.decorateRequest('terminal', null);
  server.decorateRequest('person', null);
  server.addHook('onRequest', async (request, reply) => {
    if (request.routeOptions.config.open === true) return;
    const refusal =
      (await authenticateTerminal(request, parts)) ?? (await authenticatePerson(request, parts));
    if (refusal) return refuseCaller(reply, refusal);
  });
}

async function refuseCaller(reply: FastifyReply, code: AuthenticationRefusal): Promise<void> {
  await reply.code(code === 'terminalRevoked' ? 403 : 401).send({ code });
}

const certificateRow = v.object({
  terminal_id: v.string(),
  ward_id: v.string(),
  revoked: v.boolean(),
  not_after_ms: v.number(),
});

async function authenticateTerminal(
  request: FastifyRequest,
  { query, clock }: AuthenticationParts,
): Promise<AuthenticationRefusal | null> {
  const { socket } = request.raw;
  if (!(socket instanceof TLSSocket)) return 'certificateMissing';
  const certificate = socket.getPeerCertificate();
  // Without a client certificate the object is empty, whatever its type says.
  if (!Buffer.isBuffer(certificate.raw)) return 'certificateMissing';
  const verdict = socket.authorized ? null : String(socket.authorizationError);
  if (verdict !== null && verdict !== 'CERT_HAS_EXPIRED') return 'certificateUntrusted';
  const thumbprint = thumbprintOf(certificate.raw);
  const { rows } = await query(
    `select c.terminal_id, t.ward_id, t.revoked_at is not null as revoked,
            extract(epoch from c.not_after)::float8 * 1000 as not_after_ms
     from terminal.certificates c join terminal.terminals t using (terminal_id) where c.thumbprint = $1`,
    [thumbprint],
  );
  if (!rows[0]) return 'certificateUntrusted';
  const row = v.parse(certificateRow, rows[0]);
  if (row.revoked) return 'terminalRevoked';
  // Asked anew at each request: a connection may outlive the certificate it was opened with.
  const graceMs = request.routeOptions.config.expiredCertificateMayServe ? renewalWindowMs : 0;
  if (clock() >= row.not_after_ms + graceMs || (verdict !== null && graceMs === 0))
    return 'certificateExpired';
  request.terminal = {
    terminalId: row.terminal_id,
    wardId: row.ward_id,
    certificateThumbprint: thumbprint,
  };
  return null;
}

/** A request without a bearer token is a terminal's own; one with a token must have a good one. */
async function authenticatePerson(
  request: FastifyRequest,
  { query, tokens, clock }: AuthenticationParts,
): Promise<AuthenticationRefusal | null> {
  const header = request.headers.authorization;
  if (header === undefined) return null;
  const token = /^Bearer ([\w.-]+)$/.exec(header)?.[1];
  const terminal = needTerminal(request);
  const person = token ? await tokens.verify(token, terminal.certificateThumbprint, clock()) : null;
  if (!person) return 'tokenRefused';
  // The token outlives a closed session by minutes; the session's own row decides.
  const standing = await sessionStanding(query, person.sessionId, clock());
  if (!standing || standing.refusal || standing.terminalId !== terminal.terminalId)
    return 'sessionEnded';
  request.person = person;
  return null;
}

/** The terminal of a request that passed the hook; a route outside the hook is a programmer error. */
export function needTerminal(request: FastifyRequest): TerminalContext {
  if (!request.terminal) throw new Error('invariant broken: route without a terminal context');
  return request.terminal;
}
