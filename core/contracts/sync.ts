import * as v from 'valibot';

/*
 * The sync API: GET /sync/feed?cursor=&limit= (terminal), POST /sync/push (terminal) and GET /sync/patient/:id (terminal and
 * person). The ward is the certificate's.
 */

/** A FHIR R4 resource as it travels: only what every resource has is promised. */
export const resourceSchema = v.looseObject({
  resourceType: v.string(),
  id: v.string(),
  meta: v.optional(
    v.looseObject({ versionId: v.optional(v.string()), lastUpdated: v.optional(v.string()) }),
  ),
});
export type SyncResource = v.InferOutput<typeof resourceSchema>;

/** One change of the ward's patients, in commit order. */
export const feedChangeSchema = v.variant('op', [
  v.strictObject({
    op: v.literal('put'),
    patientId: v.nullable(v.string()),
    resource: resourceSchema,
  }),
  v.strictObject({
    op: v.literal('tombstone'),
    patientId: v.nullable(v.string()),
    resourceType: v.string(),
    id: v.string(),
    version: v.number(),
  }),
  /** The patient left the ward (or was locked away): everything of hers goes from the cache. */
  v.strictObject({ op: v.literal('purge'), patientId: v.string() }),
]);
export type FeedChange = v.InferOutput<typeof feedChangeSchema>;

/** One page of the feed. `epoch` changes when the database was restored: the cache is then filled anew (HTTP 410). */
export const feedPageSchema = v.strictObject({
  changes: v.array(feedChangeSchema),
  cursor: v.string(),
  more: v.boolean(),
  epoch: v.string(),
  /** First fill only: how many resources the fill has in all, for the progress bar. */
  totalResources: v.nullable(v.number()),
});
export type FeedPage = v.InferOutput<typeof feedPageSchema>;

/**
 * The whole record of one patient who is not on the terminal's ward, for one person's session, with the places she lies in.
 * It comes once: the feed does not carry her. 403 refused, 410 the record is deleted or was joined with another.
 */
export const patientRecordSchema = v.strictObject({
  changes: v.array(feedChangeSchema),
  /** Why the server released it, as `core/access/decide.ts` says it. */
  accessBasis: v.pipe(v.string(), v.maxLength(64)),
});
export type PatientRecord = v.InferOutput<typeof patientRecordSchema>;

/** What an operation does once opened: signed by the session key before it was sealed. */
export const operationBodySchema = v.strictObject({
  operationId: v.pipe(v.string(), v.uuid()),
  sessionId: v.string(),
  personId: v.string(),
  terminalId: v.string(),
  patientId: v.string(),
  madeAtMs: v.number(),
  /** The version the author edited; 0 = must not exist yet. */
  baseVersion: v.number(),
  /**
   * The operation that was to make that version. When something else came of it, another's version may have the number: then
   * this one is in conflict with what stands there. Null when the version was in the record. Older terminals name none.
   */
  follows: v.optional(v.nullable(v.pipe(v.string(), v.uuid())), null),
  /** The draft this was typed in: whoever takes the operation takes the draft away, everywhere. Older terminals name none. */
  draftId: v.optional(v.nullable(v.pipe(v.string(), v.uuid())), null),
  resource: resourceSchema,
});
export type OperationBody = v.InferOutput<typeof operationBodySchema>;

/** What is sealed to the author of an operation beside the operation: enough to show it and to chart it again. */
export const ownOperationSchema = v.strictObject({
  patientLabel: v.string(),
  body: operationBodySchema,
});
export type OwnOperation = v.InferOutput<typeof ownOperationSchema>;

/**
 * An operation on the wire and on the terminal's disk: `sealed` = X25519 + HKDF-SHA256 + AES-256-GCM to the server's intake
 * key over JSON `{ body, signature }`, where `signature` is Ed25519 over the UTF-8 of `JSON.stringify(body)`.
 */
export const operationSchema = v.strictObject({
  operationId: v.pipe(v.string(), v.uuid()),
  sealed: v.string(),
});
export type Operation = v.InferOutput<typeof operationSchema>;

export const pushRequestSchema = v.strictObject({
  operations: v.pipe(v.array(operationSchema), v.maxLength(200)),
});
export const pushResultSchema = v.variant('status', [
  v.strictObject({
    operationId: v.string(),
    status: v.literal('applied'),
    version: v.number(),
    duplicate: v.boolean(),
  }),
  v.strictObject({
    operationId: v.string(),
    status: v.literal('conflict'),
    /** Null: it was deleted, or was never there. */
    current: v.nullable(resourceSchema),
    /** The version to build on when one's own is kept all the same, that of a deletion included; 0 = never there. */
    currentVersion: v.optional(v.number(), 0),
  }),
  v.strictObject({ operationId: v.string(), status: v.literal('rejected'), reason: v.string() }),
]);
export type PushResult = v.InferOutput<typeof pushResultSchema>;
export const pushReplySchema = v.strictObject({ results: v.array(pushResultSchema) });
export type PushReply = v.InferOutput<typeof pushReplySchema>;
