import * as v from 'valibot';
import { feedChangeSchema, feedPageSchema, type FeedPage } from '#core/contracts/sync.ts';

/** A page of the feed with a count of the changes in it that could not be understood. */
export interface ReadFeedPage extends FeedPage {
  /** Resources that nobody can read: passed over, and told. */
  readonly malformed: number;
  /** Whether something else than a resource was malformed: who must go from the cache is not known, so nothing may be passed over. */
  readonly unskippable: boolean;
}

const anyPutSchema = v.looseObject({ op: v.literal('put') });

/** One malformed resource must not keep the rest of a ward away: changes are judged one by one. */
export const feedReplySchema = v.pipe(
  v.strictObject({ ...feedPageSchema.entries, changes: v.array(v.unknown()) }),
  v.transform((page): ReadFeedPage => {
    const changes = page.changes.flatMap((change) => {
      const parsed = v.safeParse(feedChangeSchema, change);
      return parsed.success ? [parsed.output] : [];
    });
    const puts = page.changes.filter((change) => v.is(anyPutSchema, change)).length;
    const goodPuts = changes.filter(({ op }) => op === 'put').length;
    const malformed = puts - goodPuts;
    const unskippable = page.changes.length - changes.length > malformed;
    return { ...page, changes, malformed, unskippable };
  }),
);
