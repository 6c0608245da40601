import * as v from 'valibot';

/* View models: what the vault reads out of the cache for a screen. Texts from records are shown as they are; codes are translated by the renderer. */

const epochMs = v.number();
const nullableText = v.nullable(v.string());

/** Allergies have four states, never "none": known, no known, not recorded, unavailable (a failed or missing read). */
export const allergyStateSchema = v.variant('state', [
  v.strictObject({
    state: v.literal('known'),
    items: v.array(
      v.strictObject({
        substance: v.string(),
        reaction: nullableText,
        criticality: v.nullable(v.picklist(['low', 'high', 'unable-to-assess'])),
      }),
    ),
  }),
  v.strictObject({ state: v.literal('noKnown') }),
  v.strictObject({ state: v.literal('notRecorded') }),
  v.strictObject({ state: v.literal('unavailable') }),
]);
export type AllergyState = v.InferOutput<typeof allergyStateSchema>;

/** Alert flags by ISO shape: prohibition ring, mandatory disc, warning triangle, danger square, supplementary box. */
export const alertSchema = v.strictObject({
  shape: v.picklist(['prohibition', 'mandatory', 'warning', 'danger', 'supplementary']),
  text: v.string(),
});
export type Alert = v.InferOutput<typeof alertSchema>;

/** One set of vital signs; a value that was not taken is null, and stays a gap. Units: /min, %, mmHg, /min, °C. */
export const vitalsSetSchema = v.strictObject({
  setId: v.string(),
  takenAtMs: epochMs,
  respirationRate: v.nullable(v.number()),
  oxygenSaturation: v.nullable(v.number()),
  /** True on supplemental oxygen, false on air, null not recorded. */
  supplementalOxygen: v.nullable(v.boolean()),
  systolic: v.nullable(v.number()),
  diastolic: v.nullable(v.number()),
  heartRate: v.nullable(v.number()),
  /** ACVPU: alert, new confusion, voice, pain, unresponsive. */
  consciousness: v.nullable(v.picklist(['A', 'C', 'V', 'P', 'U'])),
  temperature: v.nullable(v.number()),
  recordedBy: nullableText,
  /** `pending` until the record server has it; `conflict` when a person must look. */
  state: v.picklist(['stored', 'pending', 'conflict']),
});
export type VitalsSet = v.InferOutput<typeof vitalsSetSchema>;

/** NEWS2 (Royal College of Physicians 2017). `total` is null while any of the seven parts is missing, never 0 for a gap. */
export const earlyWarningSchema = v.strictObject({
  total: v.nullable(v.number()),
  /** True when a single part scores 3. */
  singleThree: v.boolean(),
  takenAtMs: epochMs,
  /** Total of the last complete set before, for the trend. */
  previousTotal: v.nullable(v.number()),
  /** While the newest set is incomplete: the last complete one, which goes on speaking for the patient. */
  lastComplete: v.nullable(
    v.strictObject({ total: v.number(), singleThree: v.boolean(), takenAtMs: epochMs }),
  ),
  /** The worst of what is known: 3 from a total of 7, 2 from 5, 1 when one part alone scores 3. */
  risk: v.picklist([0, 1, 2, 3]),
});
export type EarlyWarning = v.InferOutput<typeof earlyWarningSchema>;

export const patientIdentitySchema = v.strictObject({
  patientId: v.string(),
  family: v.string(),
  given: v.string(),
  prefix: nullableText,
  preferredName: nullableText,
  /** FHIR date: YYYY, YYYY-MM or YYYY-MM-DD. */
  birthDate: nullableText,
  gender: v.nullable(v.picklist(['male', 'female', 'other', 'unknown'])),
  recordNumber: nullableText,
  deceasedAt: nullableText,
});
export type PatientIdentity = v.InferOutput<typeof patientIdentitySchema>;

/** One bed of the ward board, in bed order. An empty bed keeps its row (`patient` null). */
export const boardRowSchema = v.strictObject({
  bed: v.string(),
  bay: v.string(),
  patient: v.nullable(patientIdentitySchema),
  /** Beds on this ward whose patient shares the family name. */
  sameFamilyName: v.array(v.string()),
  plan: nullableText,
  earlyWarning: v.nullable(earlyWarningSchema),
  /** The newest set; what it lacks is filled from earlier ones, see `carriedVitals`. */
  lastVitals: v.nullable(vitalsSetSchema),
  /** What of `lastVitals` is older than its set, and when that was taken. */
  carriedVitals: v.array(v.strictObject({ vital: v.string(), takenAtMs: epochMs })),
  nextObservationsAtMs: v.nullable(epochMs),
  alerts: v.array(alertSchema),
  due: v.array(v.strictObject({ text: v.string(), atMs: v.nullable(epochMs) })),
  /** True when this person is assigned to the patient in the present shift. */
  mine: v.boolean(),
});
export type BoardRow = v.InferOutput<typeof boardRowSchema>;

/** How fresh what is on the screen is. `asOfMs` is when the cache last joined the server's feed; null = never. */
export const freshnessSchema = v.strictObject({
  asOfMs: v.nullable(epochMs),
  online: v.boolean(),
  unsentOperations: v.number(),
  conflicts: v.number(),
  /** What this person charted and the record server refused, in operations; until she has decided about it. */
  rejected: v.number(),
  /** Entries of the ward that nobody could read and no screen shows; counted since the cache was last filled. */
  malformed: v.number(),
  /** First fill under way: resources so far and in all. */
  filling: v.nullable(v.strictObject({ done: v.number(), total: v.number() })),
});
export type Freshness = v.InferOutput<typeof freshnessSchema>;

export const boardViewSchema = v.strictObject({
  wardName: v.string(),
  rows: v.array(boardRowSchema),
});
export type BoardView = v.InferOutput<typeof boardViewSchema>;

/** A line of a chart section: a problem, medicine, result, imaging study, encounter or note. */
export const chartItemSchema = v.strictObject({
  id: v.string(),
  resourceType: v.string(),
  title: v.string(),
  detail: nullableText,
  /** FHIR status code, translated by the renderer. */
  status: nullableText,
  atMs: v.nullable(epochMs),
  /** Results only. */
  value: nullableText,
  unit: nullableText,
  referenceRange: nullableText,
  interpretation: v.nullable(
    v.picklist(['low', 'high', 'criticalLow', 'criticalHigh', 'abnormal', 'normal']),
  ),
  author: nullableText,
  /** Version that a correction builds on: as it was read, or as it will be once what is under way is stored. */
  version: v.number(),
  /** The operation under way that makes this version; null where it is in the record. */
  operationId: v.nullable(v.string()),
  state: v.picklist(['stored', 'pending', 'conflict']),
});
export type ChartItem = v.InferOutput<typeof chartItemSchema>;

export const chartSectionNameSchema = v.picklist([
  'problems',
  'medications',
  'results',
  'notes',
  'imaging',
  'encounters',
]);
export type ChartSectionName = v.InferOutput<typeof chartSectionNameSchema>;

/** A section loads or fails alone; `more` says that older lines exist behind `nextOffset`. */
export const chartSectionSchema = v.strictObject({
  section: chartSectionNameSchema,
  total: v.number(),
  items: v.array(chartItemSchema),
  nextOffset: v.nullable(v.number()),
});
export type ChartSection = v.InferOutput<typeof chartSectionSchema>;

/** What a chart opens with: banner, latest vitals for the plot, and the first lines of every section. */
export const chartViewSchema = v.strictObject({
  identity: patientIdentitySchema,
  bed: nullableText,
  wardName: nullableText,
  consultant: nullableText,
  sameFamilyName: v.array(v.string()),
  allergies: allergyStateSchema,
  alerts: v.array(alertSchema),
  /** Newest last; the last 24 hours (and those before an incomplete newest set) or, when there are none, the latest 20 sets. */
  vitals: v.array(vitalsSetSchema),
  nextObservationsAtMs: v.nullable(epochMs),
  /** A section that could not be read is null: its panel says so, the others stand. */
  sections: v.record(chartSectionNameSchema, v.nullable(chartSectionSchema)),
  /** Why this person may see it, as a closed code (`ward`, `shift`, `careTeam`, …). */
  accessBasis: v.string(),
  /** Set for a patient who is not on this ward: the record is as it was fetched then; nothing keeps it up to date. */
  visiting: v.nullable(v.strictObject({ fetchedAtMs: epochMs })),
});
export type ChartView = v.InferOutput<typeof chartViewSchema>;

export const searchHitSchema = v.strictObject({
  identity: patientIdentitySchema,
  bed: nullableText,
  wardName: nullableText,
});
export type SearchHit = v.InferOutput<typeof searchHitSchema>;
export const searchResultSchema = v.strictObject({
  hits: v.array(searchHitSchema),
  /** True when the limit cut the list. */
  more: v.boolean(),
});
export type SearchResult = v.InferOutput<typeof searchResultSchema>;

/** Vital signs as typed by a person; at least one value. Limits: `core/clinical/plausibility.ts`. */
export const vitalsEntrySchema = v.strictObject({
  takenAtMs: epochMs,
  respirationRate: v.nullable(v.number()),
  oxygenSaturation: v.nullable(v.number()),
  supplementalOxygen: v.nullable(v.boolean()),
  systolic: v.nullable(v.number()),
  diastolic: v.nullable(v.number()),
  heartRate: v.nullable(v.number()),
  consciousness: v.nullable(v.picklist(['A', 'C', 'V', 'P', 'U'])),
  temperature: v.nullable(v.number()),
});
export type VitalsEntry = v.InferOutput<typeof vitalsEntrySchema>;

export const noteEntrySchema = v.strictObject({
  text: v.pipe(v.string(), v.minLength(1), v.maxLength(20_000)),
  /** Correcting an earlier note: its id, and the version that was on the screen with the operation that was to make it. */
  corrects: v.nullable(
    v.strictObject({
      id: v.pipe(v.string(), v.maxLength(64)),
      version: v.number(),
      operationId: v.nullable(v.pipe(v.string(), v.uuid())),
    }),
  ),
});
export type NoteEntry = v.InferOutput<typeof noteEntrySchema>;

/** Unfinished work: kept sealed to its author, offered back at the next terminal. */
export const draftSchema = v.strictObject({
  draftId: v.pipe(v.string(), v.uuid()),
  patientId: v.pipe(v.string(), v.maxLength(64)),
  patientLabel: v.pipe(v.string(), v.maxLength(400)),
  kind: v.picklist(['vitals', 'note']),
  savedAtMs: epochMs,
  /** The form's own state, as JSON text. */
  content: v.pipe(v.string(), v.maxLength(40_000)),
});
export type Draft = v.InferOutput<typeof draftSchema>;

/** Two versions of one record, for a person to choose between; nothing clinical is merged silently. */
export const conflictSchema = v.strictObject({
  operationId: v.string(),
  patientId: v.string(),
  patientLabel: v.string(),
  resourceType: v.string(),
  mine: v.strictObject({ text: v.string(), author: nullableText, atMs: v.nullable(epochMs) }),
  theirs: v.nullable(
    v.strictObject({
      text: v.string(),
      author: nullableText,
      atMs: v.nullable(epochMs),
      version: v.number(),
    }),
  ),
});
export type Conflict = v.InferOutput<typeof conflictSchema>;

/**
 * Something charted that the record server refused for good. It is not in the record: it went back to its author, who alone
 * sees it, until she charts it again or dismisses it.
 */
export const rejectionSchema = v.strictObject({
  /** One id for each refused operation; a set of vital signs is several. */
  ids: v.array(v.string()),
  /** Why, as the record server said it. */
  reason: v.string(),
  /** Null when the author's own copy cannot be opened here. */
  charted: v.nullable(
    v.strictObject({
      patientId: v.string(),
      patientLabel: v.string(),
      atMs: epochMs,
      /** Whether this terminal has the patient's record, so that it can be charted again here. */
      patientIsHere: v.boolean(),
      entry: v.variant('kind', [
        v.strictObject({ kind: v.literal('vitals'), vitals: vitalsEntrySchema }),
        v.strictObject({
          kind: v.literal('note'),
          text: v.string(),
          /** The note that it was to correct, as it stands in the record now. */
          corrects: v.nullable(
            v.strictObject({ id: v.string(), version: v.number(), text: v.string() }),
          ),
        }),
      ]),
    }),
  ),
});
export type Rejection = v.InferOutput<typeof rejectionSchema>;
