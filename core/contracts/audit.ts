import * as v from 'valibot';

/** What was done. `view` covers every screen that shows patient data; a screen without its entry must not appear. */
export const auditActionSchema = v.picklist([
  'login',
  'logout',
  'loginRefused',
  'lock',
  'uncover',
  'view',
  'search',
  'write',
  'print',
  'denied',
  'syncFill',
  'readerLost',
  'tamper',
  'clockJump',
]);
export type AuditAction = v.InferOutput<typeof auditActionSchema>;

/** The part of an entry its author supplies; sequence, chain and time are added by the spool. Never holds clinical content. */
export const auditDraftSchema = v.strictObject({
  action: auditActionSchema,
  outcome: v.picklist(['success', 'denied', 'failure']),
  /** FHIR logical id of the Practitioner; null when nobody is identified. */
  personId: v.nullable(v.string()),
  sessionId: v.nullable(v.string()),
  /** FHIR logical ids of the patients concerned. */
  patientIds: v.array(v.string()),
  /** Which screen or resource, as a closed word: `board`, `chart.vitals`, `Observation`, … */
  subject: v.string(),
  /** HL7 v3 ActReason purpose of use; TREAT in ordinary care. */
  purposeOfUse: v.picklist(['TREAT', 'ETREAT', 'BTG', 'HOPERAT']),
  /** Closed code of why it was allowed or refused (`ward`, `pinWrong`, `badgeUnknown`, …); null if self-evident. */
  reason: v.nullable(v.string()),
});
export type AuditDraft = v.InferOutput<typeof auditDraftSchema>;

/**
 * One entry of a terminal's chained spool. `hash` = SHA-256 over `previousHash` and the canonical bytes of all other
 * fields (`core/audit/chain.ts`); sequences are gapless from 1.
 */
export const auditEntrySchema = v.strictObject({
  ...auditDraftSchema.entries,
  sequence: v.pipe(v.number(), v.integer(), v.minValue(1)),
  entryId: v.pipe(v.string(), v.uuid()),
  terminalId: v.string(),
  /** Wall clock of the terminal, epoch ms. */
  recordedAtMs: v.number(),
  previousHash: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
  hash: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
});
export type AuditEntry = v.InferOutput<typeof auditEntrySchema>;
