import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import * as v from 'valibot';
import { pushRequestSchema } from '#core/contracts/sync.ts';
import type { Actor } from '../store/actor.ts';
import { isLogicalId } from '../store/recordTypes.ts';
import { readFeed } from './feed.ts';
import { readPatientRecord } from './patientRecord.ts';
import { pushOperations, type PushParts } from './push.ts';

const defaultLimit = 2000;
const feedQuery = v.object({
  cursor: v.optional(v.pipe(v.string(), v.maxLength(2000))),
  limit: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^\d{1,5}$/),
      v.transform(Number),
      v.minValue(1),
      v.maxValue(10_000),
    ),
  ),
});

async function refuseWith(
  reply: FastifyReply,
  status: number,
  code: string,
): Promise<FastifyReply> {
  return reply.code(status).send({ code });
}

/** GET /sync/feed, POST /sync/push and GET /sync/patient/:id. They refuse a request without its terminal or person. */
export function addSyncRoutes(server: FastifyInstance, parts: PushParts): void {
  server.get('/sync/feed', async (request, reply) => {
    const { terminal } = request;
    if (terminal === null) return refuseWith(reply, 401, 'certificateMissing');
    const query = v.safeParse(feedQuery, request.query);
    if (!query.success) return refuseWith(reply, 400, 'invalid');
    const { cursor, limit } = query.output;
    const page = await readFeed(parts.store, terminal, cursor ?? null, limit ?? defaultLimit);
    if (!page.ok) return refuseWith(reply, 410, page.code);
    return reply.type('application/json; charset=utf-8').send(page.value);
  });

  server.post('/sync/push', async (request, reply) => {
    const { terminal } = request;
    if (terminal === null) return refuseWith(reply, 401, 'certificateMissing');
    const body = v.safeParse(pushRequestSchema, request.body);
    if (!body.success) return refuseWith(reply, 400, 'invalid');
    return { results: await pushOperations(parts, terminal, body.output.operations) };
  });

  server.get<{ Params: { id: string } }>('/sync/patient/:id', async (request, reply) => {
    if (request.terminal === null) return refuseWith(reply, 401, 'certificateMissing');
    if (request.person === null) return refuseWith(reply, 401, 'tokenRefused');
    return sendPatient(parts, request, reply);
  });
}

/** One patient who is not on this ward, whole, for this person's session. */
async function sendPatient(
  { store, personWards }: PushParts,
  request: FastifyRequest<{ Params: { id: string } }>,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { terminal, person } = request;
  const { id } = request.params;
  if (terminal === null || person === null || !isLogicalId(id)) {
    return refuseWith(reply, 404, 'notFound');
  }
  const wardIds = await personWards(person.personId);
  const { terminalId, wardId: atWardId } = terminal;
  const actor: Actor = { kind: 'person', person, terminalId, wardIds, atWardId };
  const record = await readPatientRecord(store, actor, id);
  if (!record.ok) return refuseWith(reply, record.code === 'gone' ? 410 : 403, record.code);
  return reply.type('application/json; charset=utf-8').send(record.value);
}
