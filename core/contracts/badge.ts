import * as v from 'valibot';

/** How the badge was read; with the bit length and the raw bits it makes the canonical badge id. */
export const badgeTechnologySchema = v.picklist([
  'iso14443-uid',
  'prox',
  'ntag424',
  'desfire',
  'piv',
]);
export type BadgeTechnology = v.InferOutput<typeof badgeTechnologySchema>;

/** The trust ladder of the design: B0 is any bare identifier, B3 a PIV card authentication key. */
export const badgeTrustSchema = v.picklist(['B0', 'B1', 'B2', 'B3']);
export type BadgeTrust = v.InferOutput<typeof badgeTrustSchema>;

/**
 * The one identity of a badge: technology, bit length, raw bits. The same badge gives the same value on every reader.
 * Rendered `technology:bitLength:hex` (see `core/badge/canonicalBadge.ts`); stored and logged only as a keyed hash.
 */
export const canonicalBadgeSchema = v.strictObject({
  technology: badgeTechnologySchema,
  bitLength: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(512)),
  hex: v.pipe(v.string(), v.regex(/^[0-9a-f]{2,128}$/)),
});
export type CanonicalBadge = v.InferOutput<typeof canonicalBadgeSchema>;

/** Why a card in the field gave no usable identity. Every one of them fails closed. */
export const badgeFaultSchema = v.picklist([
  'emptyUid',
  'randomUid',
  'cardMute',
  'cardTimeout',
  'cardRemoved',
  'readError',
]);
export type BadgeFault = v.InferOutput<typeof badgeFaultSchema>;

/** What the reader host tells the main process. `presence` numbers one stay of one card in the field. */
export const readerEventSchema = v.variant('type', [
  v.strictObject({ type: v.literal('service'), up: v.boolean(), code: v.string() }),
  v.strictObject({ type: v.literal('readerAdded'), reader: v.string() }),
  v.strictObject({ type: v.literal('readerRemoved'), reader: v.string() }),
  v.strictObject({
    type: v.literal('badge'),
    reader: v.string(),
    presence: v.number(),
    badge: canonicalBadgeSchema,
    trust: badgeTrustSchema,
    /** Wall clock, epoch ms with fraction, when the card was first seen in the field (for latency measurement). */
    seenAtMs: v.number(),
  }),
  v.strictObject({
    type: v.literal('badgeFault'),
    reader: v.string(),
    presence: v.number(),
    fault: badgeFaultSchema,
  }),
  v.strictObject({ type: v.literal('removed'), reader: v.string(), presence: v.number() }),
]);
export type ReaderEvent = v.InferOutput<typeof readerEventSchema>;
