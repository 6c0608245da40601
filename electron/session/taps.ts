import type { BadgeTrust, CanonicalBadge, ReaderEvent } from '#core/contracts/badge.ts';
import type { TerminalHealth } from '#core/contracts/ipc.ts';
import type { SessionEvent } from '#core/session/model.ts';
import { unreachable } from '#core/result.ts';
import type { BadgeKeys } from './badgeKeys.ts';

/** What a badge said when it was last seen; kept for the few badges of the present moment only. */
export interface SeenBadge {
  readonly badge: CanonicalBadge;
  readonly trust: BadgeTrust;
  /** Wall clock, epoch ms with fraction. */
  readonly seenAtMs: number;
}

/** Turns what readers say into events of the session machine, and knows which readers there are. */
export interface Taps {
  take(event: ReaderEvent): void;
  /** The badge behind a key that the machine hands back. */
  seen(badgeKey: string): SeenBadge | null;
  readers(): readonly string[];
}

interface TapsDeps {
  readonly badgeKeys: BadgeKeys;
  readonly nowMs: () => number;
  readonly dispatch: (event: SessionEvent) => void;
  readonly onHealth: (reader: TerminalHealth['reader']) => void;
}

/** More badges than this in quick succession is no ward; the oldest is forgotten. */
const remembered = 16;

export function createTaps(deps: TapsDeps): Taps {
  const seen = new Map<string, SeenBadge>();
  const readers = new Set<string>();
  let serviceUp = false;

  const remember = (badgeKey: string, badge: SeenBadge): void => {
    seen.delete(badgeKey);
    seen.set(badgeKey, badge);
    for (const oldest of seen.keys()) {
      if (seen.size <= remembered) break;
      seen.delete(oldest);
    }
  };

  const reportReaders = (): void => {
    const up = serviceUp && readers.size > 0;
    deps.onHealth(up ? 'ready' : serviceUp ? 'noReader' : 'serviceDown');
    deps.dispatch({ type: 'readerService', up, atMs: deps.nowMs() });
  };

  const take = (event: ReaderEvent): void => {
    switch (event.type) {
      case 'service':
        serviceUp = event.up;
        if (!event.up) readers.clear();
        reportReaders();
        return;
      case 'readerAdded':
        readers.add(event.reader);
        reportReaders();
        return;
      case 'readerRemoved':
        readers.delete(event.reader);
        reportReaders();
        return;
      case 'badge': {
        const { reader, presence, badge, trust, seenAtMs } = event;
        const badgeKey = deps.badgeKeys.nameOf(badge);
        remember(badgeKey, { badge, trust, seenAtMs });
        deps.dispatch({ type: 'badge', tap: { reader, presence, badgeKey, atMs: deps.nowMs() } });
        return;
      }
      case 'badgeFault':
        deps.dispatch({
          type: 'badgeFault',
          reader: event.reader,
          fault: event.fault,
          atMs: deps.nowMs(),
        });
        return;
      case 'removed':
        deps.dispatch({
          type: 'badgeRemoved',
          reader: event.reader,
          presence: event.presence,
          atMs: deps.nowMs(),
        });
        return;
      default:
        unreachable(event);
    }
  };
  return { take, seen: (badgeKey) => seen.get(badgeKey) ?? null, readers: () => [...readers] };
}
