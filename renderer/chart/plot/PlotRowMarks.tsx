import { scaleLinear, type ScaleLinear } from 'd3-scale';
import { line } from 'd3-shape';
import { memo } from 'react';
import type { VitalsSet } from '#core/contracts/clinical.ts';
import { useText } from '#renderer/i18n/text.tsx';
import { onScale, plotFrame, rowValue, type LaidRow } from './rows.ts';
import { partScore } from './scoring.ts';
import { readingRuns, uncrowded, type Reading } from './series.ts';

type Scale = ScaleLinear<number, number>;
interface MarksProps {
  readonly laid: LaidRow;
  readonly sets: readonly VitalsSet[];
  readonly x: Scale;
}

/** The values of one row: dots on a broken line, blood pressure as T to T, oxygen and consciousness as words. */
export const PlotRowMarks = memo(function PlotRowMarks(props: MarksProps & { width: number }) {
  const { laid, sets, x, width } = props;
  switch (laid.row.kind) {
    case 'line':
      return <LineMarks laid={laid} sets={sets} x={x} />;
    case 'pressure':
      return <PressureMarks laid={laid} sets={sets} x={x} />;
    case 'words':
      return <WordMarks laid={laid} sets={sets} x={x} width={width} />;
  }
});

function LineMarks({ laid, sets, x }: MarksProps) {
  const { row, top, height } = laid;
  if (row.kind === 'words') return null;
  const scale = scaleLinear([row.min, row.max], [top + height, top]);
  const y = (reading: Reading) => scale(onScale(reading.value, row.min, row.max).value);
  const path = line<Reading>((reading) => x(reading.set.takenAtMs), y);
  return (
    <>
      {readingRuns(sets, (set) => rowValue(row, set)).map((run) => (
        <g key={run[0]?.set.setId}>
          {run.length > 1 && <path className="plotLine" d={path(run) ?? ''} />}
          {run.map((reading) => (
            <Dot
              key={reading.set.setId}
              x={x(reading.set.takenAtMs)}
              y={y(reading)}
              beyond={onScale(reading.value, row.min, row.max).beyond}
              pending={reading.set.state !== 'stored'}
            />
          ))}
        </g>
      ))}
    </>
  );
}

/** A dot; an arrow head where the value lies beyond the scale; hollow while the record server does not have it. */
function Dot(props: { x: number; y: number; beyond: 'above' | 'below' | null; pending: boolean }) {
  const { x, y, beyond, pending } = props;
  const className = pending ? 'plotDot plotPending' : 'plotDot';
  if (beyond === null) return <circle className={className} cx={x} cy={y} r={5} />;
  const tip = beyond === 'above' ? y + 1 : y - 1;
  const base = beyond === 'above' ? y + 12 : y - 12;
  return <path className={className} d={`M${x} ${tip}L${x + 7} ${base}L${x - 7} ${base}Z`} />;
}

function PressureMarks({ laid, sets, x }: MarksProps) {
  const { row, top, height } = laid;
  if (row.kind === 'words') return null;
  const scale = scaleLinear([row.min, row.max], [top + height, top]);
  const y = (value: number) => scale(onScale(value, row.min, row.max).value);
  return (
    <>
      {sets.map((set) => {
        const at = x(set.takenAtMs);
        const { systolic, diastolic } = set;
        return (
          <g key={set.setId} className="plotPressure">
            {systolic !== null && diastolic !== null && (
              <line x1={at} x2={at} y1={y(systolic)} y2={y(diastolic)} />
            )}
            {diastolic !== null && (
              <line x1={at - 6} x2={at + 6} y1={y(diastolic)} y2={y(diastolic)} />
            )}
            {systolic !== null && (
              <circle cx={at} cy={y(systolic)} r={6} data-score={partScore(set, 'systolic') ?? 0} />
            )}
          </g>
        );
      })}
    </>
  );
}

function WordMarks(props: MarksProps & { width: number }) {
  const { laid, sets, x } = props;
  const { row, top, height } = laid;
  const t = useText();
  if (row.kind !== 'words') return null;
  const taken = sets.filter((set) => set[row.key] !== null);
  const marks = taken.map((set) => ({
    x: x(set.takenAtMs),
    weight: partScore(set, row.key) ?? 0,
  }));
  const written = uncrowded(marks, 36);
  return (
    <>
      {taken.map((set, index) => {
        const at = marks[index]?.x ?? plotFrame.left;
        const score = marks[index]?.weight ?? 0;
        if (!written.has(index)) {
          return (
            <rect
              key={set.setId}
              className="plotSpeck"
              x={at - 2}
              y={top + height - 7}
              width={4}
              height={4}
            />
          );
        }
        const onOxygen = t(set.supplementalOxygen === true ? 'oxygen.short' : 'oxygen.air');
        const word = row.key === 'supplementalOxygen' ? onOxygen : set.consciousness;
        return (
          <g key={set.setId} className="plotChip" data-score={score === 0 ? 'plain' : score}>
            <rect x={at - 17} y={top + 3} width={34} height={height - 6} rx={5} />
            <text x={at} y={top + height / 2 + 6} textAnchor="middle">
              {word}
            </text>
          </g>
        );
      })}
    </>
  );
}
