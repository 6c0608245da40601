import type { ScaleLinear } from 'd3-scale';
import { memo } from 'react';
import type { VitalsSet } from '#core/contracts/clinical.ts';
import { scoreOf, severityOf } from './scoring.ts';
import { uncrowded } from './series.ts';

const chipWidth = 34;

/** The one row of scores: the total of each set. A set with a missing part shows a dash, never 0. */
export const PlotTotals = memo(function PlotTotals(props: {
  sets: readonly VitalsSet[];
  x: ScaleLinear<number, number>;
}) {
  const { sets, x } = props;
  const scores = sets.map(scoreOf);
  const marks = sets.map((set, index) => ({
    x: x(set.takenAtMs),
    weight: scores[index]?.total ?? -1,
  }));
  const written = uncrowded(marks, chipWidth + 2);
  return (
    <>
      {sets.map((set, index) => {
        const score = scores[index];
        if (score === undefined) return null;
        const at = x(set.takenAtMs);
        if (!written.has(index)) {
          return (
            <g key={set.setId} className="plotChip" data-score={severityOf(score)}>
              <rect x={at - 2} y={60} width={4} height={6} />
            </g>
          );
        }
        return (
          <g key={set.setId} className="plotChip" data-score={severityOf(score)}>
            <rect x={at - chipWidth / 2} y={28} width={chipWidth} height={30} rx={6} />
            <text className="plotChipTotal" x={at} y={49} textAnchor="middle">
              {score.total ?? '–'}
            </text>
          </g>
        );
      })}
    </>
  );
});
