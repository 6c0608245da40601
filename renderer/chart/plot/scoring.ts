import { news2Bands, scoreNews2, type News2Part, type News2Score } from '#core/clinical/news2.ts';
import type { VitalsSet } from '#core/contracts/clinical.ts';
import { scoreStep, type ScoreStep } from '#renderer/design/ScoreChip.tsx';
import type { PlotRow } from './rows.ts';

/** A shaded band of a row, cut to its scale. */
export interface DrawnBand {
  readonly from: number;
  readonly to: number;
  readonly score: 1 | 2 | 3;
}

/**
 * The bands outside the expected range, from the table that also scores. Readings are whole steps, so a band's edge is
 * drawn half a step beyond its last value: a dot then always lies inside the band that scores it.
 */
export function bandsOf(row: Exclude<PlotRow, { kind: 'words' }>): DrawnBand[] {
  const { step, bands } = news2Bands[row.kind === 'pressure' ? 'systolic' : row.key];
  return bands.flatMap((band) => {
    const from = band.from === null ? row.min : Math.max(row.min, band.from - step / 2);
    const to = band.to === null ? row.max : Math.min(row.max, band.to + step / 2);
    return band.points === 0 || to <= from ? [] : [{ from, to, score: band.points }];
  });
}

/** Where points begin or change within a row's scale: drawn as lines where shading would colour a value that does not score. */
export function bandEdges(
  bands: readonly DrawnBand[],
  scale: { readonly min: number; readonly max: number },
): number[] {
  const edges = new Set(bands.flatMap((band) => [band.from, band.to]));
  return [...edges].filter((edge) => edge > scale.min && edge < scale.max);
}

const scores = new WeakMap<VitalsSet, News2Score>();

/** The score of a set. Reckoned once per reading: plot, table and rail ask for the same sets again and again. */
export function scoreOf(set: VitalsSet): News2Score {
  const known = scores.get(set);
  if (known !== undefined) return known;
  const score = scoreNews2(set);
  scores.set(set, score);
  return score;
}

/** Points of one part of a set; null when it was not taken. */
export function partScore(set: VitalsSet, part: News2Part): number | null {
  return scoreOf(set).parts[part];
}

/** The colour step of a whole score, the same as on the board. */
export function severityOf(score: News2Score): ScoreStep {
  return scoreStep(score);
}
