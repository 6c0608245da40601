import * as v from 'valibot';
import {
  boardViewSchema,
  chartSectionNameSchema,
  chartSectionSchema,
  chartViewSchema,
  conflictSchema,
  draftSchema,
  noteEntrySchema,
  rejectionSchema,
  searchResultSchema,
  vitalsEntrySchema,
  vitalsSetSchema,
} from './clinical.ts';
import {
  feedChangeSchema,
  operationSchema,
  patientRecordSchema,
  pushResultSchema,
} from './sync.ts';
import { leaseSchema, personSchema, pinParametersSchema } from './terminal.ts';

/*
 * What the main process asks of a vault process (one per badge session). A request is `{ id, call, payload }`, its answer
 * `{ id, ok: true, value } | { id, ok: false, code }`. The vault holds the cache's key and never says it. Bytes are base64url.
 */

/** A person's sealed way to the cache key; safe on disk. Every field but `sealed` is associated data of the seal. */
export const slotSchema = v.strictObject({
  version: v.literal(1),
  terminalId: v.string(),
  /** Which cache file and generation of its key. */
  cacheId: v.string(),
  keyEpoch: v.number(),
  leaseEpoch: v.number(),
  personId: v.string(),
  notAfterMs: v.number(),
  pin: pinParametersSchema,
  person: personSchema,
  shiftEndsAtMs: v.number(),
  sealed: v.string(),
});
export type Slot = v.InferOutput<typeof slotSchema>;

/** The cache key sealed under HKDF(server's escrow key, device secret): how a person new to this terminal gets a slot. */
export const escrowSchema = v.strictObject({
  version: v.literal(1),
  terminalId: v.string(),
  cacheId: v.string(),
  keyEpoch: v.number(),
  /** X25519 public key (SPKI DER) to which changes are sealed while nobody is tapped in. */
  inboxPublicKey: v.string(),
  sealed: v.string(),
});
export type Escrow = v.InferOutput<typeof escrowSchema>;

/** A slot that lives in memory only: resumes the same person on the same terminal within the grace, without a PIN. */
export const graceSlotSchema = v.strictObject({
  personId: v.string(),
  cacheId: v.string(),
  sealed: v.string(),
});
export type GraceSlot = v.InferOutput<typeof graceSlotSchema>;

/** Why a vault could not open. */
export const openRefusalSchema = v.picklist([
  'wrongFactor',
  'leaseExpired',
  'cacheMissing',
  'cacheDamaged',
  'cacheRolledBack',
  'cacheFromFuture',
  'diskFull',
  'diskReadOnly',
]);
export type OpenRefusal = v.InferOutput<typeof openRefusalSchema>;

/** Every refusal a vault may answer with. */
export const vaultRefusalSchema = v.picklist([
  ...openRefusalSchema.options,
  'notOpen',
  'alreadyOpen',
  'notFound',
  'invalid',
  'implausible',
  'internal',
  /** The process is gone or did not answer in time; said by the client, never by a vault. */
  'vaultLost',
]);
export type VaultRefusal = v.InferOutput<typeof vaultRefusalSchema>;

const opened = v.strictObject({
  cacheId: v.string(),
  /** Counts up with every change of the cache's content; main anchors it in the spool to notice a rollback. */
  generation: v.number(),
  cursor: v.nullable(v.string()),
  feedEpoch: v.nullable(v.string()),
  /** When the cache last joined the feed, epoch ms. */
  asOfMs: v.nullable(v.number()),
  /** Entries of the feed that were passed over, since nobody could read them; counted from the last filling on. */
  malformed: v.number(),
  /** While the first filling is not through: how many resources are there already. */
  filled: v.nullable(v.number()),
});

const where = v.strictObject({
  cachePath: v.string(),
  terminalId: v.string(),
  wardName: v.string(),
  /** The lowest generation the spool has anchored for this cache file; an older file is yesterday's put back. */
  minimumGeneration: v.nullable(v.strictObject({ cacheId: v.string(), generation: v.number() })),
});

/** Who writes: stamped on what is charted in this session. */
const author = v.strictObject({
  personId: v.string(),
  displayName: v.string(),
  sessionId: v.string(),
  terminalId: v.string(),
});

/** The draft that a write was typed in. */
const draftId = v.nullable(draftSchema.entries.draftId);

/** One set of changes as an operation to be spooled: main makes it durable, then calls `operationsCommit`. */
const preparedWrite = v.strictObject({
  id: v.string(),
  /** About a patient who is not on this ward: what becomes of it is shown to its author alone. */
  visiting: v.boolean(),
  operations: v.array(
    v.strictObject({
      operation: operationSchema,
      /** The same body sealed to the author (`OwnOperation`), so that she alone can be shown it again, in whatever session. */
      sealedForAuthor: v.string(),
    }),
  ),
});

/** Payload and answer of every vault call. */
export const vaultCallSchemas = {
  /** The one Argon2id call of a login: keeps the stretched PIN and answers the proof for the server. */
  pinStretch: {
    payload: v.strictObject({ pin: v.string(), parameters: pinParametersSchema }),
    answer: v.strictObject({ proof: v.string() }),
  },
  /** Makes this session's signing key; answers the Ed25519 public key (SPKI DER). */
  sessionKeyMake: { payload: v.null(), answer: v.strictObject({ publicKey: v.string() }) },
  /** Opens by a slot: stretched PIN, badge, device secret and lease must all be right. */
  openBySlot: {
    payload: v.strictObject({
      where,
      slot: slotSchema,
      badgeSecret: v.string(),
      deviceSecret: v.string(),
      lease: leaseSchema,
      nowMs: v.number(),
    }),
    answer: opened,
  },
  /** Opens by what the server released: with an escrow the cache it belongs to, without one a new empty cache. Answers the person's slot. */
  openByRelease: {
    payload: v.strictObject({
      where,
      escrow: v.nullable(escrowSchema),
      escrowKey: v.string(),
      personKey: v.string(),
      person: personSchema,
      pin: pinParametersSchema,
      shiftEndsAtMs: v.number(),
      badgeSecret: v.string(),
      deviceSecret: v.string(),
      lease: leaseSchema,
      nowMs: v.number(),
    }),
    answer: v.strictObject({ ...opened.entries, slot: slotSchema, escrow: escrowSchema }),
  },
  /** Makes the slot by which this vault was opened anew, under a newer lease or shift; the PIN is the one stretched here. */
  slotRenew: {
    payload: v.strictObject({
      slot: slotSchema,
      person: personSchema,
      shiftEndsAtMs: v.number(),
      badgeSecret: v.string(),
      deviceSecret: v.string(),
      lease: leaseSchema,
    }),
    answer: slotSchema,
  },
  /** Opens by a grace slot. */
  openByGrace: {
    payload: v.strictObject({
      where,
      grace: graceSlotSchema,
      graceSecret: v.string(),
      badgeSecret: v.string(),
      deviceSecret: v.string(),
    }),
    answer: opened,
  },
  /** Seals this session's way back in within the grace. */
  graceSeal: {
    payload: v.strictObject({
      graceSecret: v.string(),
      badgeSecret: v.string(),
      deviceSecret: v.string(),
    }),
    answer: graceSlotSchema,
  },
  boardRead: {
    payload: v.strictObject({ personId: v.string(), nowMs: v.number() }),
    answer: boardViewSchema,
  },
  /** Ids of all patients in the cache, in order; for the audit entry of a board. */
  chartRead: {
    payload: v.strictObject({ patientId: v.string(), nowMs: v.number() }),
    answer: chartViewSchema,
  },
  chartSectionRead: {
    payload: v.strictObject({
      patientId: v.string(),
      section: chartSectionNameSchema,
      offset: v.number(),
    }),
    answer: chartSectionSchema,
  },
  vitalsRead: {
    payload: v.strictObject({ patientId: v.string(), fromMs: v.number(), toMs: v.number() }),
    answer: v.array(vitalsSetSchema),
  },
  /**
   * Keeps the record of a patient who is not on this ward, in this process's memory alone: it is in no file, and gone with
   * the session. A record kept before is replaced.
   */
  visitKeep: {
    payload: v.strictObject({
      ...patientRecordSchema.entries,
      patientId: v.string(),
      fetchedAtMs: v.number(),
    }),
    answer: v.null(),
  },
  /** Lets go of such a record: it is not this person's to see any more. */
  visitForget: { payload: v.strictObject({ patientId: v.string() }), answer: v.null() },
  wardSearch: {
    payload: v.strictObject({ text: v.string(), limit: v.number() }),
    answer: searchResultSchema,
  },
  /** Prepares FHIR Observations for a set of vitals (one operation each part, one set id); nothing is stored yet. */
  vitalsPrepare: {
    payload: v.strictObject({
      author,
      patientId: v.string(),
      draftId,
      vitals: vitalsEntrySchema,
      confirmedUnlikely: v.boolean(),
      intakePublicKey: v.string(),
      nowMs: v.number(),
    }),
    answer: preparedWrite,
  },
  notePrepare: {
    payload: v.strictObject({
      author,
      patientId: v.string(),
      draftId,
      note: noteEntrySchema,
      intakePublicKey: v.string(),
      nowMs: v.number(),
    }),
    answer: preparedWrite,
  },
  /**
   * Shows the prepared operations in the cache as pending; called once they are durable in the spool. Where theirs is kept
   * there is none: the id of the answer, which is the conflict's, ends it.
   */
  operationsCommit: {
    payload: v.strictObject({ operationIds: v.array(v.string()) }),
    answer: v.null(),
  },
  /** What the server said to pushed operations: pending becomes stored or a conflict, or goes from the cache when refused. */
  pushResultsApply: {
    payload: v.strictObject({ results: v.array(pushResultSchema) }),
    answer: v.strictObject({ changedPatientIds: v.array(v.string()) }),
  },
  /** Takes back what this person charted of visiting patients in sessions before; `result` null = still on its way. */
  ownOperationsRestore: {
    payload: v.strictObject({
      operations: v.array(
        v.strictObject({ sealedForAuthor: v.string(), result: v.nullable(pushResultSchema) }),
      ),
    }),
    answer: v.strictObject({ unreadable: v.number() }),
  },
  conflictsRead: { payload: v.null(), answer: v.array(conflictSchema) },
  /** Prepares the outcome of a conflict; `theirs` needs no operation. */
  conflictPrepare: {
    payload: v.strictObject({
      author,
      operationId: v.string(),
      choice: v.variant('keep', [
        v.strictObject({ keep: v.literal('theirs') }),
        v.strictObject({ keep: v.literal('mine') }),
        v.strictObject({ keep: v.literal('merged'), text: v.string() }),
      ]),
      intakePublicKey: v.string(),
      nowMs: v.number(),
    }),
    answer: preparedWrite,
  },
  draftSeal: {
    payload: v.strictObject({ draft: draftSchema }),
    answer: v.strictObject({ sealed: v.string() }),
  },
  /** Opens what opens; drafts that do not (of another person, damaged) are left out and counted. */
  draftsOpen: {
    payload: v.strictObject({ sealed: v.array(v.string()) }),
    answer: v.strictObject({ drafts: v.array(draftSchema), unreadable: v.number() }),
  },
  /** Opens what the record server refused of this person; what does not open is there too, without its content. */
  rejectionsOpen: {
    payload: v.strictObject({
      rejected: v.array(v.strictObject({ id: v.string(), reason: v.string(), sealed: v.string() })),
    }),
    answer: v.array(rejectionSchema),
  },
  /** Applies one page of the feed in one transaction. */
  feedApply: {
    payload: v.strictObject({
      changes: v.array(feedChangeSchema),
      cursor: v.string(),
      feedEpoch: v.string(),
      /** True on the first page after 410 or a first fill: everything cached goes first (pending operations stay). */
      restart: v.boolean(),
      /** Set on the last page: the cache has joined the feed as of this time. */
      joinedAtMs: v.nullable(v.number()),
      /** Entries of this page that were passed over. */
      malformed: v.number(),
    }),
    answer: v.strictObject({
      generation: v.number(),
      changedPatientIds: v.array(v.string()),
      malformed: opened.entries.malformed,
    }),
  },
  /** Opens and applies pages that were sealed to the inbox key while nobody was tapped in, in order. */
  inboxApply: {
    payload: v.strictObject({ sealed: v.array(v.string()) }),
    answer: v.strictObject({
      generation: v.number(),
      cursor: v.nullable(v.string()),
      changedPatientIds: v.array(v.string()),
      unreadable: v.number(),
      malformed: opened.entries.malformed,
    }),
  },
  /** Looks whether pages of the cache are as they were written, from one on; `next` null at the end. */
  pagesCheck: {
    payload: v.strictObject({
      first: v.pipe(v.number(), v.integer(), v.minValue(1)),
      count: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1_000)),
    }),
    answer: v.strictObject({ next: v.nullable(v.number()) }),
  },
  /** Ends cleanly: WAL folded in, file closed, key buffers overwritten. The process is killed afterwards all the same. */
  close: { payload: v.null(), answer: v.strictObject({ generation: v.number() }) },
} as const satisfies Record<string, { payload: v.GenericSchema; answer: v.GenericSchema }>;

export type VaultCall = keyof typeof vaultCallSchemas;
export type VaultPayload<Call extends VaultCall> = v.InferOutput<
  (typeof vaultCallSchemas)[Call]['payload']
>;
export type VaultAnswer<Call extends VaultCall> = v.InferOutput<
  (typeof vaultCallSchemas)[Call]['answer']
>;

/** A page sealed to the inbox: JSON `{ changes, cursor, feedEpoch, joinedAtMs, malformed }` under X25519 + HKDF-SHA256 + AES-256-GCM. */
export const inboxPageSchema = v.strictObject({
  changes: v.array(feedChangeSchema),
  cursor: v.string(),
  feedEpoch: v.string(),
  joinedAtMs: v.nullable(v.number()),
  /** Pages from before this was counted have none. */
  malformed: v.optional(v.number(), 0),
});
export type InboxPage = v.InferOutput<typeof inboxPageSchema>;
