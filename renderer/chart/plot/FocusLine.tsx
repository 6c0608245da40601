import { scaleLinear } from 'd3-scale';
import type { VitalsSet } from '#core/contracts/clinical.ts';
import { formatTime } from '#renderer/format/dateTime.ts';
import { useLanguage, useText } from '#renderer/i18n/text.tsx';
import { rowText } from './plotText.ts';
import { onScale, plotFrame, rowValue, type LaidRow } from './rows.ts';

/** A line through every row at one set, with each value beside its dot. */
export function FocusLine(props: {
  set: VitalsSet;
  laid: readonly LaidRow[];
  x: number;
  width: number;
}) {
  const { set, laid, x, width } = props;
  const t = useText();
  const language = useLanguage();
  const last = laid.at(-1);
  const bottom = last === undefined ? 0 : last.top + last.height;
  return (
    <g className="plotFocus">
      <line x1={x} x2={x} y1={24} y2={28} />
      <line x1={x} x2={x} y1={58} y2={bottom} />
      <g className="plotFocusTag">
        <rect x={x - 34} y={0} width={68} height={25} rx={6} />
        <text x={x} y={18} textAnchor="middle">
          {formatTime(set.takenAtMs)}
        </text>
      </g>
      {laid.map(({ row, top, height }) => {
        const text = rowText(row.key, set, t, language) ?? '–';
        const value = rowValue(row, set);
        if (row.kind === 'words') return null;
        const scale = scaleLinear([row.min, row.max], [top + height, top]);
        const y = value === null ? top + height / 2 : scale(onScale(value, row.min, row.max).value);
        const tagY = Math.max(top + 14, Math.min(top + height - 14, y));
        const tagWidth = text.length * 10 + 14;
        // The tag stands left of the line, and right of it where the left margin is too near.
        const onLeft = x - tagWidth - 12 > plotFrame.left || x + tagWidth + 12 > width;
        const tagX = onLeft ? x - tagWidth - 11 : x + 11;
        return (
          <g key={row.key}>
            {value !== null && <circle cx={x} cy={y} r={5.5} />}
            <g className="plotFocusTag">
              <rect x={tagX} y={tagY - 13} width={tagWidth} height={26} rx={6} />
              <text x={tagX + tagWidth / 2} y={tagY + 6} textAnchor="middle">
                {text}
              </text>
            </g>
          </g>
        );
      })}
    </g>
  );
}
