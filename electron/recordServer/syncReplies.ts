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
  readonly malformed: number;
}

/** A patient's record with a count of what in it could not be understood. */
export interface ReadPatientRecord extends PatientRecord {
  readonly malformed: number;
}

function understood(changes: readonly unknown[]): { changes: FeedChange[]; malformed: number } {
  const read = changes.flatMap((change) => {
    const parsed = v.safeParse(feedChangeSchema, change);
    return parsed.success ? [parsed.output] : [];
  });
  return { changes: read, malformed: changes.length - read.length };
}

/** A page of the feed. */
export const feedReplySchema = v.pipe(
  v.strictObject({ ...feedPageSchema.entries, changes: v.array(v.unknown()) }),
  v.transform((page): ReadFeedPage => ({ ...page, ...understood(page.changes) })),
);

/** The record of one patient who is not on this ward. */
export const patientReplySchema = v.pipe(
  v.strictObject({ ...patientRecordSchema.entries, changes: v.array(v.unknown()) }),
  v.transform((record): ReadPatientRecord => ({ ...record, ...understood(record.changes) })),
);
