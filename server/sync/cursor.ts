import * as v from 'valibot';

const digits = v.pipe(v.string(), v.regex(/^\d{1,20}$/));
const common = { ward: v.string(), epoch: v.string() };

/**
 * Where a terminal stands in its ward's feed; opaque to it. `fill`: within the first fill, after (patient, type, id), to join
 * the feed at the horizon of the fill's first page. `feed`: after (xid, seq).
 */
export const cursorSchema = v.variant('at', [
  v.strictObject({
    at: v.literal('fill'),
    ...common,
    horizon: digits,
    patient: v.string(),
    type: v.string(),
    id: v.string(),
  }),
  v.strictObject({
    at: v.literal('feed'),
    ...common,
    xid: digits,
    seq: v.pipe(v.number(), v.integer()),
  }),
]);
export type Cursor = v.InferOutput<typeof cursorSchema>;

/** The text that travels. */
export function writeCursor(cursor: Cursor): string {
  return Buffer.from(JSON.stringify(cursor), 'utf8').toString('base64url');
}

/** Reads a cursor back; null for anything that we did not write. */
export function parseCursor(text: string): Cursor | null {
  try {
    const parsed = v.safeParse(
      cursorSchema,
      JSON.parse(Buffer.from(text, 'base64url').toString('utf8')),
    );
    return parsed.success ? parsed.output : null;
  } catch {
    return null;
  }
}
