import * as v from 'valibot';
import { feedChangeSchema, feedPageSchema, type FeedPage } from '#core/contracts/sync.ts';

/** A page of the feed with a count of the changes in it that could not be understood. */
export interface ReadFeedPage extends FeedPage {
  readonly malformed: number;
}

/** One malformed resource must not keep the rest of a ward away: changes are judged one by one. */
export const feedReplySchema = v.pipe(
  v.strictObject({ ...feedPageSchema.entries, changes: v.array(v.unknown()) }),
  v.transform((page): ReadFeedPage => {
    const changes = page.changes.flatMap((change) => {
      const parsed = v.safeParse(feedChangeSchema, change);
      return parsed.success ? [parsed.output] : [];
    });
    return { ...page, changes, malformed: page.changes.length - changes.length };
  }),
);
