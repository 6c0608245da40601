import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import * as v from 'valibot';
import { chainStart, findBreak } from '#core/audit/chain.ts';
import type { AuditEntry } from '#core/contracts/audit.ts';
import { preferencesSchema, type Preferences } from '#core/contracts/preferences.ts';
import {
  pushRequestSchema,
  type FeedChange,
  type Operation,
  type PushResult,
} from '#core/contracts/sync.ts';
import {
  auditPushRequestSchema,
  draftRecordSchema,
  offlineSessionRequestSchema,
  type DraftRecord,
  type TerminalEvent,
} from '#core/contracts/terminal.ts';
import type { Asked, Handler } from '#test/electron/recordServer/testServer.ts';

/** The record server's side of the sync contract, in memory, with ways to misbehave. */
export interface ContractServer {
  readonly handler: Handler;
  readonly audit: AuditEntry[];
  /** Takes lines after a gap, as an administrator may permit. */
  permitsGap: boolean;
  readonly applied: Operation[];
  readonly drafts: Map<string, DraftRecord>;
  readonly preferences: Preferences[];
  /** What it heard of sessions and of what was charted in them, in order: `login s1`, `push`, `end s1`. */
  readonly heard: string[];
  /** Offline logins wait for their judgement while this is set. */
  judgesLater: boolean;
  readonly changes: unknown[];
  /** Says something else than `applied` for some operations. */
  answerFor: (operation: Operation) => PushResult | null;
  /** Fails every call that such an operation is in. */
  stumblesOver: (operation: Operation) => boolean;
  /** What a new cache is given instead of all changes: where the ward stands after them. */
  snapshot: readonly unknown[] | null;
  epoch: string;
  pageSize: number;
  /** This many of the next calls take effect, and their answers get lost. */
  loseReplies: number;
  /** A change happened: poke every open stream. */
  change(...changes: readonly unknown[]): void;
  send(event: TerminalEvent): void;
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** A put of a small resource of one patient. */
export function put(id: string, patientId = 'patient-1'): FeedChange {
  return { op: 'put', patientId, resource: { resourceType: 'Observation', id } };
}

/** Makes the server's state and its request handler. */
export function createContractServer(): ContractServer {
  const streams = new Set<ServerResponse>();
  const known = new Map<string, PushResult>();
  const head = () => {
    const last = server.audit.at(-1);
    return { sequence: last?.sequence ?? 0, hash: last?.hash ?? chainStart };
  };
  const takeAudit = (entries: readonly AuditEntry[]) => {
    const fresh = entries.filter((entry) => entry.sequence > head().sequence);
    const [next] = fresh;
    const isPassed = server.permitsGap && next !== undefined;
    const before = isPassed ? { sequence: next.sequence - 1, hash: next.previousHash } : head();
    const broken = findBreak(fresh, before, sha256) !== null;
    if (!broken) server.audit.push(...fresh);
    return { status: broken ? 'broken' : 'accepted', head: head() };
  };
  const takeOperation = (operation: Operation): PushResult => {
    const before = known.get(operation.operationId);
    if (before?.status === 'applied') return { ...before, duplicate: true };
    if (before !== undefined) return before;
    const { operationId } = operation;
    const result = server.answerFor(operation) ?? {
      operationId,
      status: 'applied' as const,
      version: 1,
      duplicate: false,
    };
    if (result.status === 'applied') server.applied.push(operation);
    known.set(operationId, result);
    return result;
  };
  const judgeLogin = (body: unknown) => {
    const { sessionId } = v.parse(offlineSessionRequestSchema, body);
    if (server.judgesLater) return { status: 200, body: { status: 'later', retryAtMs: 1 } };
    server.heard.push(`login ${sessionId}`);
    return { status: 200, body: { status: 'registered', over: null } };
  };
  const feed = (cursor: string | null) => {
    const [epoch, position] = (cursor ?? `${server.epoch}:0`).split(':');
    if (epoch !== server.epoch) return { status: 410, body: { code: 'gone' } };
    if (cursor === null && server.snapshot !== null) {
      const changes = server.snapshot;
      const to = `${epoch}:${server.changes.length}`;
      const rest = { more: false, epoch, totalResources: changes.length };
      return { status: 200, body: { changes, cursor: to, ...rest } };
    }
    const isFill = cursor === null || cursor.endsWith(':fill');
    const from = Number(position);
    const changes = server.changes.slice(from, from + server.pageSize);
    const to = from + changes.length;
    return {
      status: 200,
      body: {
        changes,
        cursor: `${server.epoch}:${to}${isFill && to < server.changes.length ? ':fill' : ''}`,
        more: to < server.changes.length,
        epoch: server.epoch,
        totalResources: isFill ? server.changes.length : null,
      },
    };
  };
  const keepDrafts = ({ method, body }: Asked, id: string) => {
    if (method === 'PUT') server.drafts.set(id, v.parse(draftRecordSchema, body));
    if (method === 'DELETE') server.drafts.delete(id);
    if (method !== 'GET') return { status: 204 };
    return { status: 200, body: { drafts: [...server.drafts.values()] } };
  };
  const route = (asked: Asked) => {
    const { method, url, body, response } = asked;
    const [, , name, id = ''] = url.pathname.split('/');
    if (url.pathname === '/terminal/events') {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(`data: ${JSON.stringify({ type: 'hello', serverTimeMs: 1 })}\n\n`);
      streams.add(response);
      response.on('close', () => streams.delete(response));
      return undefined;
    }
    if (url.pathname === '/terminal/audit/head') return { status: 200, body: head() };
    if (name === 'audit') {
      return { status: 200, body: takeAudit(v.parse(auditPushRequestSchema, body).entries) };
    }
    if (name === 'push') {
      const { operations } = v.parse(pushRequestSchema, body);
      server.heard.push('push');
      if (operations.some(server.stumblesOver)) return { status: 500, body: { code: 'internal' } };
      return { status: 200, body: { results: operations.map(takeOperation) } };
    }
    if (name === 'feed') return feed(url.searchParams.get('cursor'));
    if (name === 'preferences') {
      server.preferences.push(v.parse(preferencesSchema, body));
      return { status: 204 };
    }
    if (name === 'sessions' && method === 'DELETE') {
      server.heard.push(`end ${id}`);
      return { status: 204 };
    }
    if (name === 'offline-sessions') return judgeLogin(body);
    if (name === 'drafts') return keepDrafts(asked, id);
    return { status: 404 };
  };
  const server: ContractServer = {
    audit: [],
    permitsGap: false,
    applied: [],
    drafts: new Map(),
    preferences: [],
    heard: [],
    judgesLater: false,
    changes: [],
    answerFor: () => null,
    stumblesOver: () => false,
    snapshot: null,
    epoch: 'first',
    pageSize: 50,
    loseReplies: 0,
    handler(asked) {
      if (!asked.withCertificate) return { status: 401, body: { code: 'certificateMissing' } };
      const reply = route(asked);
      if (reply === undefined || server.loseReplies === 0) return reply;
      server.loseReplies -= 1;
      asked.response.destroy();
      return undefined;
    },
    change(...changes) {
      server.changes.push(...changes);
      server.send({ type: 'changed' });
    },
    send(event) {
      for (const stream of streams) stream.write(`data: ${JSON.stringify(event)}\n\n`);
    },
  };
  return server;
}
