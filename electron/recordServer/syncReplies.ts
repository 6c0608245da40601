import * as v from 'valibot';
import {
  feedChangeSchema,
  feedPageSchema,
  patientRecordSchema,
  type FeedChange,
  type FeedPage,
  type PatientRecord,
} from '#core/contracts/sync.ts';

/* One malformed resource must not keep the rest of a record away: changes are judged one by one. */

/** A page of the feed with a count of the changes in it that could not be understood. */
export interface ReadFeedPage extends FeedPage {
  /** Resources that nobody can read: passed over, and told. */
  readonly malformed: number;
  /** Whether something else than a resource was malformed: who must go from the cache is not known, so nothing may be passed over. */
  readonly unskippable: boolean;
}

/** A patient's record with a count of what in it could not be understood. */
export interface ReadPatientRecord extends PatientRecord {
  readonly malformed: number;
}

const anyPutSchema = v.looseObject({ op: v.literal('put') });

function understood(changes: readonly unknown[]): {
  changes: FeedChange[];
  malformed: number;
  unskippable: boolean;
} {
  const read = changes.flatMap((change) => {
    const parsed = v.safeParse(feedChangeSchema, change);
    return parsed.success ? [parsed.output] : [];
  });
  const puts = changes.filter((change) => v.is(anyPutSchema, change)).length;
  const malformed = puts - read.filter(({ op }) => op === 'put').length;
  return { changes: read, malformed, unskippable: changes.length - read.length > malformed };
}

/** A page of the feed. */
export const feedReplySchema = v.pipe(
  v.strictObject({ ...feedPageSchema.entries, changes: v.array(v.unknown()) }),
  v.transform((page): ReadFeedPage => ({ ...page, ...understood(page.changes) })),
);

/** The record of one patient who is not on this ward. */
export const patientReplySchema = v.pipe(
  v.strictObject({ ...patientRecordSchema.entries, changes: v.array(v.unknown()) }),
  v.transform((record): ReadPatientRecord => {
    const { changes, malformed } = understood(record.changes);
    return { ...record, changes, malformed };
  }),
);
