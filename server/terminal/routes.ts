import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import * as v from 'valibot';
import {
  auditPushRequestSchema,
  closeOtherRequestSchema,
  draftRecordSchema,
  enrolRequestSchema,
  identifyRequestSchema,
  offlineSessionRequestSchema,
  openSessionRequestSchema,
  renewCertificateRequestSchema,
  type RenewReply,
} from '#core/contracts/terminal.ts';
import { preferencesSchema } from '#core/contracts/preferences.ts';
import { auditHead, takeAuditEntries } from '../audit/intake.ts';
import { appendServerAudit } from '../audit/serverAudit.ts';
import type { PersonContext } from '../context.ts';
import { needTerminal } from '../identity/authentication.ts';
import { enrolTerminal, renewCertificate, type EnrolmentParts } from '../identity/enrolment.ts';
import { draftsOf, dropDraft, keepDraft, mayKeepFor } from './drafts.ts';
import { releaseToTerminal } from './lease.ts';
import { identify, openSession } from './login.ts';
import { registerOfflineSession, type OfflineSessionParts } from './offlineSessions.ts';
import { keepPreferences } from './preferences.ts';
import { endSession, otherSessions, sessionStanding } from './sessions.ts';

/** What the terminal API needs of the rest of the service. */
export type TerminalRouteParts = EnrolmentParts & OfflineSessionParts;

const idParameters = v.object({ id: v.pipe(v.string(), v.uuid()) });

/** Adds every route of `core/contracts/terminal.ts` but the event stream. */
export function addTerminalRoutes(server: FastifyInstance, parts: TerminalRouteParts): void {
  addCertificateRoutes(server, parts);
  addLoginRoutes(server, parts);
  addSessionRoutes(server, parts);
  addAuditRoutes(server, parts);
  addPersonalRoutes(server, parts);
}

function addCertificateRoutes(server: FastifyInstance, parts: TerminalRouteParts): void {
  server.post('/enrol', { config: { open: true }, bodyLimit: 16_384 }, async (request, reply) => {
    const asked = v.parse(enrolRequestSchema, request.body);
    const answer = await enrolTerminal(parts, asked, parts.clock());
    if (answer.ok) return answer.value;
    return sendRefusal(reply, answer.code === 'tokenRefused' ? 403 : 400, answer.code);
  });
  server.post(
    '/terminal/certificate',
    { config: { expiredCertificateMayServe: true }, bodyLimit: 16_384 },
    async (request, reply) => {
      const { terminalId } = needTerminal(request);
      const { csrPem } = v.parse(renewCertificateRequestSchema, request.body);
      const answer = await renewCertificate(parts, terminalId, csrPem, parts.clock());
      return answer.ok ? answer.value : sendRefusal(reply, 400, answer.code);
    },
  );
}

function addLoginRoutes(server: FastifyInstance, parts: TerminalRouteParts): void {
  const options = { bodyLimit: 16_384 };
  server.post('/terminal/identify', options, async (request, reply) => {
    const asked = v.parse(identifyRequestSchema, request.body);
    const answer = await identify(parts, needTerminal(request), asked);
    return answer ?? sendRefusal(reply, 429, 'tooMany');
  });
  server.post('/terminal/sessions', options, async (request, reply) => {
    const asked = v.parse(openSessionRequestSchema, request.body);
    const answer = await openSession(parts, needTerminal(request), asked);
    return answer ?? sendRefusal(reply, 429, 'tooMany');
  });
  server.post('/terminal/offline-sessions', options, async (request) => {
    const asked = v.parse(offlineSessionRequestSchema, request.body);
    return registerOfflineSession(parts, needTerminal(request), asked);
  });
}

function addSessionRoutes(server: FastifyInstance, parts: TerminalRouteParts): void {
  const { database, clock } = parts;
  server.post('/terminal/sessions/:id/renew', async (request): Promise<RenewReply> => {
    const { id } = v.parse(idParameters, request.params);
    return renewSession(parts, request, id);
  });
  server.delete('/terminal/sessions/:id', async (request, reply) => {
    const { id } = v.parse(idParameters, request.params);
    const { terminalId } = needTerminal(request);
    const standing = await sessionStanding(database.query, id, clock());
    // Another terminal's session is ended by its person through `close-other`, never from here.
    if (standing?.terminalId !== terminalId) return sendRefusal(reply, 404, 'notFound');
    await database.transaction(async (query) => {
      if (!(await endSession(query, id, 'left', clock()))) return;
      await appendServerAudit(query, {
        action: 'logout',
        outcome: 'success',
        personId: standing.personId,
        sessionId: id,
        terminalId,
        subject: 'session',
      });
    });
    return reply.code(204).send();
  });
  server.get('/terminal/sessions', async (request, reply) => {
    const { person } = request;
    if (!person) return sendRefusal(reply, 401, 'tokenRefused');
    const sessions = await otherSessions(
      database.query,
      person.personId,
      person.sessionId,
      clock(),
    );
    return { sessions };
  });
  server.post('/terminal/sessions/:id/close-other', async (request, reply) => {
    const { id } = v.parse(idParameters, request.params);
    const { sessionId } = v.parse(closeOtherRequestSchema, request.body);
    const { person } = request;
    if (person?.sessionId !== id) return sendRefusal(reply, 401, 'tokenRefused');
    const closed = await closeOther(parts, person, needTerminal(request).terminalId, sessionId);
    return closed ? reply.code(204).send() : sendRefusal(reply, 404, 'notFound');
  });
}

async function renewSession(
  parts: TerminalRouteParts,
  request: FastifyRequest,
  sessionId: string,
): Promise<RenewReply> {
  const { database, tokens, clock } = parts;
  const { terminalId, certificateThumbprint } = needTerminal(request);
  const standing = await sessionStanding(database.query, sessionId, clock());
  if (standing?.terminalId !== terminalId) return { status: 'refused', code: 'sessionEnded' };
  if (standing.refusal) return { status: 'refused', code: standing.refusal };
  const { personId, role } = standing;
  const { token, expiresAtMs } = await tokens.issue(
    { personId, sessionId, role, purposeOfUse: 'TREAT' },
    certificateThumbprint,
    clock(),
  );
  const { lease } = await releaseToTerminal(database.query, parts, terminalId, clock());
  return { status: 'granted', token, tokenExpiresAtMs: expiresAtMs, lease };
}

async function closeOther(
  { database, clock }: TerminalRouteParts,
  person: PersonContext,
  terminalId: string,
  sessionId: string,
): Promise<boolean> {
  return database.transaction(async (query) => {
    const standing = await sessionStanding(query, sessionId, clock());
    if (standing?.personId !== person.personId) return false;
    if (!(await endSession(query, sessionId, 'closedElsewhere', clock()))) return true;
    await appendServerAudit(query, {
      action: 'logout',
      outcome: 'success',
      personId: person.personId,
      sessionId,
      terminalId,
      subject: 'session',
      reason: 'closedElsewhere',
    });
    return true;
  });
}

function addAuditRoutes(server: FastifyInstance, { database }: TerminalRouteParts): void {
  server.post('/terminal/audit', { bodyLimit: 4_194_304 }, async (request) => {
    const { entries } = v.parse(auditPushRequestSchema, request.body);
    return takeAuditEntries(database, needTerminal(request).terminalId, entries);
  });
  server.get('/terminal/audit/head', async (request) =>
    auditHead(database.query, needTerminal(request).terminalId),
  );
}

/** What is a person's own: unfinished work, and how she likes her screens. */
function addPersonalRoutes(server: FastifyInstance, parts: TerminalRouteParts): void {
  const { query } = parts.database;
  server.get('/terminal/drafts', async (request, reply) => {
    const { person } = request;
    if (!person) return sendRefusal(reply, 401, 'tokenRefused');
    return { drafts: await draftsOf(query, person.personId) };
  });
  server.put('/terminal/preferences', { bodyLimit: 4_096 }, async (request, reply) => {
    const { person } = request;
    if (!person) return sendRefusal(reply, 401, 'tokenRefused');
    const preferences = v.parse(preferencesSchema, request.body);
    await keepPreferences(query, person.personId, preferences, parts.clock());
    return reply.code(204).send();
  });
  server.put('/terminal/drafts/:id', { bodyLimit: 131_072 }, async (request, reply) => {
    const { id } = v.parse(idParameters, request.params);
    const draft = v.parse(draftRecordSchema, request.body);
    if (draft.draftId !== id) return sendRefusal(reply, 400, 'invalid');
    const allowed = request.person
      ? request.person.personId === draft.personId
      : await mayKeepFor(query, needTerminal(request).terminalId, draft.personId, parts.clock());
    if (!allowed) return sendRefusal(reply, 403, 'notYours');
    const outcome = await keepDraft(query, draft);
    if (outcome === 'tooMany') return sendRefusal(reply, 409, 'tooManyDrafts');
    return outcome === 'kept' ? reply.code(204).send() : sendRefusal(reply, 403, 'notYours');
  });
  server.delete('/terminal/drafts/:id', async (request, reply) => {
    const { id } = v.parse(idParameters, request.params);
    if (!request.person) return sendRefusal(reply, 401, 'tokenRefused');
    await dropDraft(query, request.person.personId, id);
    return reply.code(204).send();
  });
}

function sendRefusal(reply: FastifyReply, status: number, code: string): FastifyReply {
  return reply.code(status).send({ code });
}
