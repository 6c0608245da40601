import { badRequest, getStatus, unauthorized, OperationOutcomeError } from '@medplum/core';
import { FhirRouter, type FhirRequest } from '@medplum/fhir-router';
import type { OperationOutcome, Resource } from '@medplum/fhirtypes';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Actor } from '../store/actor.ts';
import { isRecordType } from '../store/recordTypes.ts';
import type { RecordStore } from '../store/recordStore.ts';
import { RecordRepository } from '../store/repository.ts';
import { capabilityStatement } from './capability.ts';

/** What the FHIR face needs of the service. */
export interface FhirParts {
  readonly store: RecordStore;
  /** Wards a person is assigned to. */
  readonly personWards: (personId: string) => Promise<readonly string[]>;
  readonly nowMs: () => number;
}

const mediaType = 'application/fhir+json; charset=utf-8';
const base = '/fhir/R4';
const internal: OperationOutcome = {
  resourceType: 'OperationOutcome',
  issue: [{ severity: 'error', code: 'exception', details: { text: 'Internal server error' } }],
};
const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

function send(reply: FastifyReply, outcome: OperationOutcome, resource?: Resource): FastifyReply {
  const meta = resource?.meta;
  if (meta?.versionId !== undefined) void reply.header('etag', `W/"${meta.versionId}"`);
  if (meta?.lastUpdated !== undefined) {
    void reply.header('last-modified', new Date(meta.lastUpdated).toUTCString());
  }
  const status = getStatus(outcome);
  if (status === 201 && resource?.id !== undefined) {
    const version = meta?.versionId ?? '1';
    void reply.header(
      'location',
      `${base}/${resource.resourceType}/${resource.id}/_history/${version}`,
    );
  }
  return reply
    .code(status)
    .type(mediaType)
    .send(JSON.stringify(resource ?? outcome));
}

/** The path below the base, or why it is none of ours. */
function checkPath(path: string): OperationOutcome | null {
  const [first = ''] = path.split('/');
  if (path === '') return null;
  if (first.startsWith('$') || path.includes('/$'))
    return badRequest('operations are not supported');
  if (!isRecordType(first)) return badRequest('this resource type is not kept here');
  return null;
}

async function actorOf(request: FastifyRequest, parts: FhirParts): Promise<Actor | null> {
  const { terminal, person } = request;
  if (terminal === null || person === null) return null;
  const wardIds = await parts.personWards(person.personId);
  const { terminalId, wardId: atWardId } = terminal;
  return { kind: 'person', person, terminalId, wardIds, atWardId };
}

function parseConditions(request: FastifyRequest): OperationOutcome | null {
  const match = request.headers['if-match'];
  // The library reads a quoted version and silently ignores anything else: that would be an unguarded write.
  if (match !== undefined && !/^(W\/)?"\d+"$/.test(match)) {
    return badRequest('If-Match must be W/"<version>"');
  }
  if (match !== undefined && request.method !== 'PUT') {
    return badRequest('If-Match is supported on PUT alone');
  }
  return null;
}

/** FHIR R4 under /fhir/R4: served to an authenticated person alone, everything else is refused with an OperationOutcome. */
export function addFhirRoutes(server: FastifyInstance, parts: FhirParts): void {
  const router = new FhirRouter();
  const capability = capabilityStatement(parts.nowMs());

  server.get(`${base}/metadata`, (request, reply) =>
    request.terminal === null
      ? send(reply, unauthorized)
      : reply.type(mediaType).send(JSON.stringify(capability)),
  );

  const serve = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const actor = await actorOf(request, parts);
    if (actor === null) return send(reply, unauthorized);
    const url = new URL(request.url, 'http://record.invalid');
    const path = url.pathname.slice(base.length).replace(/^\//, '').replace(/\/$/, '');
    const refusal = checkPath(path) ?? parseConditions(request);
    if (refusal !== null) return send(reply, refusal);
    if (request.method !== 'GET' && request.method !== 'DELETE' && !isObject(request.body)) {
      return send(reply, badRequest('the body must be JSON'));
    }
    const fhirRequest: FhirRequest = {
      method: request.method as FhirRequest['method'],
      url: `/${path}${url.search}`,
      pathname: '',
      body: request.body,
      params: {},
      query: Object.fromEntries(url.searchParams),
      headers: request.headers,
      config: { transactions: true },
    };
    const repository = new RecordRepository(parts.store, actor);
    try {
      const [outcome, resource] = await router.handleRequest(fhirRequest, repository);
      if (getStatus(outcome) >= 500) {
        request.log.error({ event: 'fhirFailed', code: outcome.issue[0]?.code });
        // The library quotes the error's own words, which may quote the database's.
        return await send(reply, internal);
      }
      return await send(reply, outcome, resource);
    } catch (error) {
      if (error instanceof OperationOutcomeError) return send(reply, error.outcome);
      throw error;
    }
  };
  server.route({ method: [...methods], url: base, handler: serve });
  server.route({ method: [...methods], url: `${base}/*`, handler: serve });
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
