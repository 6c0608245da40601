import type { SessionPolicy, Tap } from '#core/session/model.ts';

/** What a badge event truly is: the same stay of a card, a tap beyond doubt, or something in between. */
export type TapKind = 'same' | 'clear' | 'unsure';

/** The cards as they physically lie, and what follows for a badge event. */
export interface Field {
  readonly sort: (tap: Tap) => TapKind;
  readonly lies: (badgeKey: string) => boolean;
  readonly awayMs: (badgeKey: string, atMs: number) => number;
  readonly tookAway: (badgeKey: string, atMs: number, isSeen: boolean) => void;
  readonly lyingStill: (announce: () => void) => void;
  readonly readerCameBack: (atMs: number) => void;
}

/** An empty field. */
export function createField(policy: SessionPolicy): Field {
  const lying = new Set<string>();
  const lastAway = new Map<string, number>();
  const lastRemovalSeen = new Map<string, number>();
  let isLying = false;
  let readerBackAtMs = -Infinity;

  const awayMs = (badgeKey: string, atMs: number): number =>
    isLying ? 0 : atMs - (lastAway.get(badgeKey) ?? -Infinity);
  const sort = ({ badgeKey, atMs }: Tap): TapKind => {
    lying.add(badgeKey);
    if (isLying) return 'same';
    const removedAtMs = lastRemovalSeen.get(badgeKey) ?? -Infinity;
    if (atMs - removedAtMs <= policy.tapDebounceMs) return 'same';
    const doubtMs = policy.readerSettleMs + policy.tapDebounceMs;
    return awayMs(badgeKey, atMs) > doubtMs && atMs - readerBackAtMs > policy.readerSettleMs
      ? 'clear'
      : 'unsure';
  };
  return {
    sort,
    awayMs,
    lies: (badgeKey) => lying.has(badgeKey),
    tookAway: (badgeKey, atMs, isSeen) => {
      lying.delete(badgeKey);
      lastAway.set(badgeKey, atMs);
      if (isSeen) lastRemovalSeen.set(badgeKey, atMs);
    },
    lyingStill: (announce) => {
      isLying = true;
      announce();
      isLying = false;
    },
    readerCameBack: (atMs) => {
      readerBackAtMs = atMs;
    },
  };
}
