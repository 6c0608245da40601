import type { FeedChange, FeedPage } from '#core/contracts/sync.ts';

/* What to do next about the feed: decided here from plain facts, carried out in `feedPuller.ts`. */

/** How far a cache or its inbox has followed the feed. */
export interface FeedPosition {
  readonly cursor: string | null;
  readonly feedEpoch: string | null;
}

/** One page that waits sealed on disk, with the two cursors that it lies between. */
export interface InboxPageFacts {
  readonly from: string;
  readonly to: string;
  readonly feedEpoch: string;
}

/**
 * Which of the waiting pages continue a cache that stands at `position`: one unbroken run, or none. Pages that do not link are
 * dropped without loss, for the feed itself is asked from the cache's own cursor afterwards.
 */
export function linkInbox<Page extends InboxPageFacts>(
  position: FeedPosition,
  pages: readonly Page[],
): readonly Page[] {
  const linked: Page[] = [];
  let { cursor } = position;
  for (const page of pages) {
    if (page.feedEpoch !== position.feedEpoch) break;
    if (page.from === cursor) {
      linked.push(page);
      cursor = page.to;
    } else if (linked.length > 0) {
      break;
    }
  }
  return linked;
}

/** What a page means for a cache. */
export type PageStep =
  /** Another database is behind the feed now: fill anew. */
  | { readonly do: 'restart' }
  /** Nothing new: the cache is as of now, without a write. */
  | { readonly do: 'nothing' }
  | {
      readonly do: 'apply';
      readonly changes: readonly FeedChange[];
      readonly cursor: string;
      readonly feedEpoch: string;
      readonly restart: boolean;
      readonly joined: boolean;
    };

/** Judges one page for a cache at `position`; `filling` from the first page of a fill until its last. */
export function judgePage(position: FeedPosition, filling: boolean, page: FeedPage): PageStep {
  const { changes, cursor, epoch, more } = page;
  if (position.cursor !== null && position.feedEpoch !== null && position.feedEpoch !== epoch) {
    return { do: 'restart' };
  }
  if (changes.length === 0 && !filling && !more) return { do: 'nothing' };
  const restart = position.cursor === null;
  return { do: 'apply', changes, cursor, feedEpoch: epoch, restart, joined: !more };
}
