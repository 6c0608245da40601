import type { VitalsSet } from '#core/contracts/clinical.ts';

/** A value at its time. */
export interface Reading {
  readonly set: VitalsSet;
  readonly value: number;
}

/** The runs of sets that follow each other without a missing value: a line is drawn within a run, never across a gap. */
export function readingRuns(
  sets: readonly VitalsSet[],
  valueOf: (set: VitalsSet) => number | null,
): Reading[][] {
  const runs: Reading[][] = [];
  let run: Reading[] = [];
  for (const set of sets) {
    const value = valueOf(set);
    if (value === null) {
      if (run.length > 0) runs.push(run);
      run = [];
    } else {
      run.push({ set, value });
    }
  }
  if (run.length > 0) runs.push(run);
  return runs;
}

/** The newest set and the one before it that carry a value: each vital sign has its own. */
export function latestTwo<Value>(
  sets: readonly VitalsSet[],
  valueOf: (set: VitalsSet) => Value | null,
): { set: VitalsSet; value: Value }[] {
  const found: { set: VitalsSet; value: Value }[] = [];
  for (let index = sets.length - 1; index >= 0 && found.length < 2; index -= 1) {
    const set = sets[index];
    const value = set === undefined ? null : valueOf(set);
    if (set !== undefined && value !== null) found.push({ set, value });
  }
  return found;
}

/** Index of the set whose place is nearest to `x`, or null when none lies within `reach`. */
export function nearestIndex(places: readonly number[], x: number, reach: number): number | null {
  let best: number | null = null;
  let bestDistance = reach;
  places.forEach((place, index) => {
    const distance = Math.abs(place - x);
    if (distance <= bestDistance) {
      best = index;
      bestDistance = distance;
    }
  });
  return best;
}

/** Where the focus line goes for a key: arrows by one set, Home and End to the ends, Escape away. Undefined = not ours. */
export function focusAfterKey(
  key: string,
  focus: number | null,
  count: number,
): number | null | undefined {
  if (count === 0) return undefined;
  const last = count - 1;
  switch (key) {
    case 'ArrowRight':
      return focus === null ? last : Math.min(last, focus + 1);
    case 'ArrowLeft':
      return focus === null ? last : Math.max(0, focus - 1);
    case 'Home':
      return 0;
    case 'End':
      return last;
    case 'Escape':
      return focus === null ? undefined : null;
    default:
      return undefined;
  }
}

/**
 * Which marks of a row are written out when sets lie closer than a mark is wide. The newest always is; then the mark that
 * weighs most, so that crowding hides calm sets behind a worrying one and never the other way round.
 */
export function uncrowded(
  marks: readonly { readonly x: number; readonly weight: number }[],
  minimumGap: number,
): ReadonlySet<number> {
  const order = marks.map((_, index) => index);
  const last = marks.length - 1;
  order.sort((a, b) => {
    if (a === last || b === last) return a === last ? -1 : 1;
    return (marks[b]?.weight ?? 0) - (marks[a]?.weight ?? 0) || b - a;
  });
  const kept = new Set<number>();
  for (const index of order) {
    const x = marks[index]?.x ?? 0;
    let free = true;
    for (const other of kept) {
      if (Math.abs((marks[other]?.x ?? 0) - x) < minimumGap) free = false;
    }
    if (free) kept.add(index);
  }
  return kept;
}
