import * as v from 'valibot';
import { auditEntrySchema } from './audit.ts';
import { badgeTrustSchema, canonicalBadgeSchema } from './badge.ts';
import { preferencesSchema } from './preferences.ts';

/*
 * The terminal API of the record server: JSON over TLS 1.3. `/enrol` takes a one-time token; every other route takes the
 * terminal's client certificate, and those marked (person) also `Authorization: Bearer <token>` bound to that certificate.
 * Byte strings are base64url.
 */

const base64url = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]+$/));
const epochMs = v.pipe(v.number(), v.integer(), v.minValue(0));

/** Argon2id parameters (RFC 9106) by which a terminal stretches a PIN. */
export const pinParametersSchema = v.strictObject({
  salt: base64url,
  memoryKib: v.pipe(v.number(), v.integer()),
  iterations: v.pipe(v.number(), v.integer()),
  parallelism: v.pipe(v.number(), v.integer()),
});
export type PinParameters = v.InferOutput<typeof pinParametersSchema>;

/** Who a badge belongs to: enough for the PIN screen, nothing more. */
export const personSchema = v.strictObject({
  personId: v.string(),
  displayName: v.string(),
  role: v.picklist(['nurse', 'physician', 'technologist', 'paramedic', 'officer', 'other']),
  trust: badgeTrustSchema,
});
export type Person = v.InferOutput<typeof personSchema>;

/** POST /enrol: first contact of a terminal. `csrPem` is PKCS#10 with the terminal's own P-256 key. */
export const enrolRequestSchema = v.strictObject({ token: v.string(), csrPem: v.string() });
export const enrolReplySchema = v.strictObject({
  terminalId: v.string(),
  terminalName: v.string(),
  wardId: v.string(),
  wardName: v.string(),
  place: v.string(),
  certificatePem: v.string(),
  authorityPem: v.string(),
  /** X25519 public key (SPKI DER) to which terminals seal operations; only the server can open them. */
  intakePublicKey: base64url,
});
export type EnrolReply = v.InferOutput<typeof enrolReplySchema>;

/**
 * POST /terminal/certificate: the next certificate, asked for before the present one ends (24 h). A terminal that was off may
 * still ask with a certificate that ended less than 30 days ago; everything else refuses it. Body: CSR with the terminal's key.
 */
export const renewCertificateRequestSchema = v.strictObject({ csrPem: v.string() });
export const renewCertificateReplySchema = v.strictObject({ certificatePem: v.string() });

/** What a refused request carries (4xx, 5xx): a closed code and nothing else. 401 certificate*, tokenRefused or sessionEnded; 403 terminalRevoked; 429 tooMany. */
export const errorReplySchema = v.object({ code: v.string() });

/** POST /terminal/identify */
export const identifyRequestSchema = v.strictObject({
  badge: canonicalBadgeSchema,
  trust: badgeTrustSchema,
});
export const identifyReplySchema = v.variant('status', [
  v.strictObject({
    status: v.literal('known'),
    person: personSchema,
    pin: pinParametersSchema,
    /** Set while PIN tries are throttled or locked. */
    retryAtMs: v.nullable(epochMs),
    triesLeft: v.number(),
  }),
  v.strictObject({
    status: v.literal('refused'),
    code: v.picklist([
      'badgeUnknown',
      'badgeRevoked',
      'personDisabled',
      'trustDowngraded',
      'roleRefused',
    ]),
  }),
]);
export type IdentifyReply = v.InferOutput<typeof identifyReplySchema>;

/** What a live server session lets the terminal keep: short-lived, and worthless on another machine. */
export const leaseSchema = v.strictObject({
  epoch: v.pipe(v.number(), v.integer()),
  secret: base64url,
  notAfterMs: epochMs,
});
export type Lease = v.InferOutput<typeof leaseSchema>;

/** POST /terminal/sessions: badge and PIN proof (HKDF of the Argon2id output, never the PIN). */
export const openSessionRequestSchema = v.strictObject({
  badge: canonicalBadgeSchema,
  trust: badgeTrustSchema,
  pinProof: base64url,
  /** Ed25519 public key (SPKI DER) of this session; signs the operations pushed in it. */
  sessionPublicKey: base64url,
});
export const sessionGrantSchema = v.strictObject({
  status: v.literal('granted'),
  sessionId: v.string(),
  token: v.string(),
  tokenExpiresAtMs: epochMs,
  shiftEndsAtMs: epochMs,
  person: personSchema,
  lease: leaseSchema,
  /** Opens the terminal's escrowed cache key, so that a person new to this terminal can be given a slot. */
  escrowKey: base64url,
  /** 32 bytes of this person alone: drafts and own unsent operations are sealed to it. */
  personKey: base64url,
  /** Language and colours of this person (PUT /terminal/preferences, person, 204); null while she has chosen none. */
  preferences: v.nullable(preferencesSchema),
  otherSessions: v.array(
    v.strictObject({ sessionId: v.string(), terminalName: v.string(), openedAtMs: epochMs }),
  ),
});
export type SessionGrant = v.InferOutput<typeof sessionGrantSchema>;
export const openSessionReplySchema = v.variant('status', [
  sessionGrantSchema,
  v.strictObject({
    status: v.literal('refused'),
    code: v.picklist([
      'pinWrong',
      'pinLocked',
      /** Not looked at: this person or this terminal must wait. */
      'pinThrottled',
      'badgeUnknown',
      'badgeRevoked',
      'personDisabled',
      'trustDowngraded',
      'roleRefused',
    ]),
    triesLeft: v.number(),
    retryAtMs: v.nullable(epochMs),
  }),
]);
export type OpenSessionReply = v.InferOutput<typeof openSessionReplySchema>;

/**
 * How a login that only this terminal saw is proven afterwards. Sealed to the server's intake key (`sealInfo.offlineSession`)
 * in the moment of the login and kept on disk before anything of that session is: what the PIN gave leaves the terminal's
 * memory, and nobody but the server reads it again.
 */
export const offlineSessionSchema = v.strictObject({
  sessionId: v.pipe(v.string(), v.uuid()),
  terminalId: v.string(),
  personId: v.string(),
  badge: canonicalBadgeSchema,
  trust: badgeTrustSchema,
  /** By which salt the PIN was stretched: a PIN that was set anew since is not a wrong one. */
  pinSalt: base64url,
  pinProof: base64url,
  sessionPublicKey: base64url,
  openedAtMs: epochMs,
});
export type OfflineSession = v.InferOutput<typeof offlineSessionSchema>;

/**
 * POST /terminal/offline-sessions: before any operation of the session is pushed. `live` says whether somebody still works
 * in it; such a session goes on as if it had been opened online (`renew` gives its token). Asking again changes nothing.
 */
export const offlineSessionRequestSchema = v.strictObject({
  sessionId: v.pipe(v.string(), v.uuid()),
  sealed: base64url,
  live: v.boolean(),
});
export const offlineSessionReplySchema = v.variant('status', [
  v.strictObject({
    status: v.literal('registered'),
    /** Why nobody may go on in it, if so: what was done until then counts. */
    over: v.nullable(v.picklist(['sessionEnded', 'personDisabled', 'badgeRevoked'])),
  }),
  /** PIN tries are throttled now, for whatever reason: ask again then. */
  v.strictObject({ status: v.literal('later'), retryAtMs: epochMs }),
  v.strictObject({
    status: v.literal('refused'),
    code: v.picklist([
      'unreadable',
      'malformed',
      'notThisTerminal',
      'notThisPerson',
      'sessionTaken',
      'leaseExpired',
      'clockWrong',
      'badgeUnknown',
      'badgeRevoked',
      'personDisabled',
      'trustDowngraded',
      'roleRefused',
      'pinChanged',
      'pinWrong',
    ]),
  }),
]);
export type OfflineSessionReply = v.InferOutput<typeof offlineSessionReplySchema>;

/** POST /terminal/sessions/:id/renew (also resumes after a tap within the grace). */
export const renewReplySchema = v.variant('status', [
  v.strictObject({
    status: v.literal('granted'),
    token: v.string(),
    tokenExpiresAtMs: epochMs,
    lease: leaseSchema,
  }),
  v.strictObject({
    status: v.literal('refused'),
    code: v.picklist(['sessionEnded', 'personDisabled', 'badgeRevoked']),
  }),
]);
export type RenewReply = v.InferOutput<typeof renewReplySchema>;

/* DELETE /terminal/sessions/:id (204) ends a session of this terminal. */

/** POST /terminal/sessions/:id/close-other (person, 204) ends another session of the same person. */
export const closeOtherRequestSchema = v.strictObject({ sessionId: v.string() });

/** GET /terminal/sessions (person): this person's other live sessions. */
export const sessionListSchema = v.strictObject({
  sessions: sessionGrantSchema.entries.otherSessions,
});

/** POST /terminal/audit, GET /terminal/audit/head (replies an AuditHead): entries in sequence; the reply is what the server holds durably. */
export const auditPushRequestSchema = v.strictObject({
  entries: v.pipe(v.array(auditEntrySchema), v.maxLength(500)),
});
export const auditHeadSchema = v.strictObject({
  sequence: v.pipe(v.number(), v.integer(), v.minValue(0)),
  hash: v.string(),
});
export type AuditHead = v.InferOutput<typeof auditHeadSchema>;
export const auditPushReplySchema = v.variant('status', [
  v.strictObject({ status: v.literal('accepted'), head: auditHeadSchema }),
  /** The chain does not continue what the server holds: a gap, a fork or a rollback. Both sides raise it. */
  v.strictObject({ status: v.literal('broken'), head: auditHeadSchema }),
]);
export type AuditPushReply = v.InferOutput<typeof auditPushReplySchema>;

/**
 * GET /terminal/drafts (person), PUT /terminal/drafts/:draftId (204; with the author's token, or without one from a terminal
 * on which the author had a session lately), DELETE /terminal/drafts/:draftId (person, 204). Sealed to the author's person key.
 */
export const draftRecordSchema = v.strictObject({
  draftId: v.pipe(v.string(), v.uuid()),
  personId: v.string(),
  sealed: base64url,
  savedAtMs: epochMs,
  /**
   * Why the record server refused it, when this is no draft but something charted that went back to its author: `draftId` is
   * then the id of the operation, `sealed` the author's own copy of it.
   */
  rejection: v.nullable(v.string()),
});
export type DraftRecord = v.InferOutput<typeof draftRecordSchema>;
export const draftListSchema = v.strictObject({ drafts: v.array(draftRecordSchema) });

/** One line of GET /terminal/events (text/event-stream): a poke, never data. */
export const terminalEventSchema = v.variant('type', [
  v.strictObject({ type: v.literal('hello'), serverTimeMs: epochMs }),
  v.strictObject({ type: v.literal('changed') }),
  /** `code` says why when its person or badge was shut out. */
  v.strictObject({
    type: v.literal('sessionEnded'),
    sessionId: v.string(),
    code: v.nullable(v.picklist(['personDisabled', 'badgeRevoked'])),
  }),
  v.strictObject({ type: v.literal('personDisabled'), personId: v.string() }),
  /** One badge of a person: her sessions of that badge are told by themselves. Her slots of older lease epochs are worthless. */
  v.strictObject({
    type: v.literal('badgeRevoked'),
    personId: v.string(),
    leaseEpoch: leaseSchema.entries.epoch,
  }),
  /** This terminal itself is shut out; the stream ends with it, and every request is refused from now on. */
  v.strictObject({ type: v.literal('terminalRevoked') }),
]);
export type TerminalEvent = v.InferOutput<typeof terminalEventSchema>;
