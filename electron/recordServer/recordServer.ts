import * as v from 'valibot';
import type { AuditEntry } from '#core/contracts/audit.ts';
import type { BadgeTrust, CanonicalBadge } from '#core/contracts/badge.ts';
import { searchResultSchema, type SearchResult } from '#core/contracts/clinical.ts';
import type { Preferences } from '#core/contracts/preferences.ts';
import { pushReplySchema, type Operation, type PushReply } from '#core/contracts/sync.ts';
import {
  auditHeadSchema,
  auditPushReplySchema,
  draftListSchema,
  identifyReplySchema,
  offlineSessionReplySchema,
  openSessionReplySchema,
  renewCertificateReplySchema,
  renewReplySchema,
  sessionListSchema,
  type AuditHead,
  type AuditPushReply,
  type DraftRecord,
  type IdentifyReply,
  type OfflineSessionReply,
  type offlineSessionRequestSchema,
  type OpenSessionReply,
  type RenewReply,
} from '#core/contracts/terminal.ts';
import { succeed, type Result } from '#core/result.ts';
import {
  openEventStream,
  type EventStreamHandlers,
  type EventStreamOptions,
} from './eventStream.ts';
import { bundleSchema, patientQuery, searchResultOf } from './patientSearch.ts';
import {
  feedReplySchema,
  patientReplySchema,
  type ReadFeedPage,
  type ReadPatientRecord,
} from './syncReplies.ts';
import type { LinkRefusal, Transport } from './transport.ts';

/** What the record server answered, or why it did not. */
export type Answer<Value> = Promise<Result<Value, LinkRefusal>>;

/** The record server as a terminal sees it: every route, typed. `token` is the person's. */
export interface RecordServer {
  identify(badge: CanonicalBadge, trust: BadgeTrust, deadlineMs: number): Answer<IdentifyReply>;
  openSession(proof: {
    readonly badge: CanonicalBadge;
    readonly trust: BadgeTrust;
    readonly pinProof: string;
    readonly sessionPublicKey: string;
  }): Answer<OpenSessionReply>;
  registerOfflineSession(
    session: v.InferOutput<typeof offlineSessionRequestSchema>,
  ): Answer<OfflineSessionReply>;
  renewSession(sessionId: string): Answer<RenewReply>;
  endSession(sessionId: string): Answer<null>;
  otherSessions(token: string): Answer<v.InferOutput<typeof sessionListSchema>['sessions']>;
  closeOtherSession(token: string, sessionId: string, otherSessionId: string): Answer<null>;
  renewCertificate(csrPem: string): Answer<{ readonly certificatePem: string }>;
  auditHead(): Answer<AuditHead>;
  pushAudit(entries: readonly AuditEntry[]): Answer<AuditPushReply>;
  drafts(token: string): Answer<readonly DraftRecord[]>;
  putDraft(draft: DraftRecord, token: string | null): Answer<null>;
  deleteDraft(draftId: string, token: string): Answer<null>;
  putPreferences(preferences: Preferences, token: string): Answer<null>;
  feed(cursor: string | null, limit: number): Answer<ReadFeedPage>;
  push(operations: readonly Operation[]): Answer<PushReply>;
  /** Patients of the whole hospital by name; what comes back is decided and logged by the server. */
  searchPatients(text: string, limit: number, token: string): Answer<SearchResult>;
  /** The record of one patient who is not on this ward, for this session. */
  patient(patientId: string, token: string): Answer<ReadPatientRecord>;
  events(handlers: EventStreamHandlers, options: EventStreamOptions): { close(): void };
  close(): void;
}

/** A logical id from outside becomes a path only in this shape. */
const idShape = /^[A-Za-z0-9.-]{1,64}$/;
const feedDeadlineMs = 12_000;
const feedMaxBytes = 64_000_000;

/** Speaks every route of the contracts over one transport. */
export function createRecordServer(transport: Transport): RecordServer {
  const { call } = transport;
  return {
    ...sessionRoutes(transport),
    ...personalRoutes(transport),
    auditHead: () => call({ method: 'GET', path: '/terminal/audit/head', schema: auditHeadSchema }),
    pushAudit: (entries) =>
      call({
        method: 'POST',
        path: '/terminal/audit',
        mayRepeat: true,
        body: { entries },
        schema: auditPushReplySchema,
        deadlineMs: 15_000,
      }),
    feed(cursor, limit) {
      const query = new URLSearchParams({ limit: String(limit) });
      if (cursor !== null) query.set('cursor', cursor);
      return call({
        method: 'GET',
        path: `/sync/feed?${query.toString()}`,
        schema: feedReplySchema,
        deadlineMs: feedDeadlineMs,
        maxReplyBytes: feedMaxBytes,
      });
    },
    push: (operations) =>
      call({
        method: 'POST',
        path: '/sync/push',
        mayRepeat: true,
        body: { operations },
        schema: pushReplySchema,
        deadlineMs: 15_000,
        maxReplyBytes: 16_000_000,
      }),
    async searchPatients(text, limit, token) {
      // One more than asked tells whether the limit cut the list.
      const query = patientQuery(text, limit + 1);
      // "Nobody" would be a lie about a question that was never asked.
      if (query === null) throw new Error('a search for nothing');
      const answer = await call({
        method: 'GET',
        path: `/fhir/R4/Patient?${query.toString()}`,
        token,
        schema: bundleSchema,
        maxReplyBytes: 4_000_000,
      });
      if (!answer.ok) return answer;
      return succeed(v.parse(searchResultSchema, searchResultOf(answer.value, limit)));
    },
    patient: (patientId, token) =>
      call({
        method: 'GET',
        path: `/sync/patient/${pathId(patientId)}`,
        token,
        schema: patientReplySchema,
        deadlineMs: feedDeadlineMs,
        maxReplyBytes: feedMaxBytes,
      }),
    events: (handlers, options) => openEventStream(transport, handlers, options),
    close: () => transport.close(),
  };
}

type SessionRoutes = Pick<
  RecordServer,
  | 'identify'
  | 'openSession'
  | 'registerOfflineSession'
  | 'renewSession'
  | 'endSession'
  | 'otherSessions'
  | 'closeOtherSession'
  | 'renewCertificate'
>;

function sessionRoutes({ call }: Transport): SessionRoutes {
  return {
    identify: (badge, trust, deadlineMs) =>
      call({
        method: 'POST',
        path: '/terminal/identify',
        mayRepeat: true,
        body: { badge, trust },
        schema: identifyReplySchema,
        deadlineMs,
      }),
    openSession: (proof) =>
      call({
        method: 'POST',
        path: '/terminal/sessions',
        body: proof,
        schema: openSessionReplySchema,
      }),
    registerOfflineSession: (session) =>
      call({
        method: 'POST',
        path: '/terminal/offline-sessions',
        mayRepeat: true,
        body: session,
        schema: offlineSessionReplySchema,
      }),
    renewSession: (sessionId) =>
      call({
        method: 'POST',
        path: `/terminal/sessions/${pathId(sessionId)}/renew`,
        mayRepeat: true,
        schema: renewReplySchema,
      }),
    endSession: (sessionId) =>
      call({
        method: 'DELETE',
        path: `/terminal/sessions/${pathId(sessionId)}`,
        schema: v.null(),
      }),
    async otherSessions(token) {
      const answer = await call({
        method: 'GET',
        path: '/terminal/sessions',
        token,
        schema: sessionListSchema,
      });
      return answer.ok ? succeed(answer.value.sessions) : answer;
    },
    closeOtherSession: (token, sessionId, otherSessionId) =>
      call({
        method: 'POST',
        path: `/terminal/sessions/${pathId(sessionId)}/close-other`,
        body: { sessionId: otherSessionId },
        token,
        schema: v.null(),
      }),
    renewCertificate: (csrPem) =>
      call({
        method: 'POST',
        path: '/terminal/certificate',
        mayRepeat: true,
        body: { csrPem },
        schema: renewCertificateReplySchema,
      }),
  };
}

type PersonalRoutes = Pick<RecordServer, 'drafts' | 'putDraft' | 'deleteDraft' | 'putPreferences'>;

function personalRoutes({ call }: Transport): PersonalRoutes {
  return {
    async drafts(token) {
      const answer = await call({
        method: 'GET',
        path: '/terminal/drafts',
        token,
        schema: draftListSchema,
        maxReplyBytes: 32_000_000,
      });
      return answer.ok ? succeed(answer.value.drafts) : answer;
    },
    putDraft: (draft, token) =>
      call({
        method: 'PUT',
        path: `/terminal/drafts/${pathId(draft.draftId)}`,
        body: draft,
        ...(token === null ? {} : { token }),
        schema: v.null(),
      }),
    deleteDraft: (draftId, token) =>
      call({
        method: 'DELETE',
        path: `/terminal/drafts/${pathId(draftId)}`,
        token,
        schema: v.null(),
      }),
    putPreferences: (preferences, token) =>
      call({
        method: 'PUT',
        path: '/terminal/preferences',
        body: preferences,
        token,
        schema: v.null(),
      }),
  };
}

/** An id that could leave its path segment is a programmer error by now: every boundary has validated it. */
function pathId(id: string): string {
  if (!idShape.test(id)) throw new Error('invariant broken: an id fits a path');
  return id;
}
