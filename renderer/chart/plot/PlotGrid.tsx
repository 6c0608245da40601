import { scaleLinear } from 'd3-scale';
import { memo } from 'react';
import { formatDayDate, formatTime } from '#renderer/format/dateTime.ts';
import { useLanguage, useText } from '#renderer/i18n/text.tsx';
import { rowUnit } from './plotText.ts';
import { plotFrame, type LaidRow } from './rows.ts';
import { bandEdges, bandsOf } from './scoring.ts';
import { labelledTicks, timeTicks, type PlotWindowHours } from './timeAxis.ts';

/** A band shorter than this has no room for its digit. */
const digitHeight = 12;

/** Everything that does not depend on the values: labels, scales, bands outside the expected range, time axis, future. */
export const PlotGrid = memo(function PlotGrid(props: {
  laid: readonly LaidRow[];
  domain: readonly [number, number];
  windowHours: PlotWindowHours;
  width: number;
  height: number;
  nowMs: number;
  nextMs: number | null;
}) {
  const { laid, domain, windowHours, width, height, nowMs, nextMs } = props;
  const t = useText();
  const language = useLanguage();
  const right = width - plotFrame.right;
  const x = scaleLinear(domain, [plotFrame.left + 14, right - 26]);
  const ticks = timeTicks(domain, windowHours);
  const labelled = labelledTicks(ticks, x);
  const bottom = height - plotFrame.bottom;
  const nextX = nextMs === null || nextMs > domain[1] || nextMs < domain[0] ? null : x(nextMs);
  return (
    <>
      {laid.map((one) => (
        <RowFrame key={one.row.key} laid={one} right={right} />
      ))}
      {ticks.map((tick) => (
        <g key={tick.atMs} className={tick.midnight ? 'plotMidnight' : 'plotHour'}>
          <line x1={x(tick.atMs)} x2={x(tick.atMs)} y1={plotFrame.top - 8} y2={bottom} />
          {labelled.has(tick) && (
            <text x={x(tick.atMs)} y={height - 9} textAnchor="middle">
              {tick.midnight
                ? formatDayDate(tick.atMs, language).slice(0, -5)
                : formatTime(tick.atMs)}
            </text>
          )}
        </g>
      ))}
      {laid.map((one) => (
        <RowScale key={one.row.key} laid={one} right={right} />
      ))}
      <rect
        className="plotFuture"
        x={x(nowMs)}
        y={plotFrame.top - 8}
        width={right - 26 - x(nowMs)}
        height={bottom - plotFrame.top + 8}
      />
      <text className="plotLabel" x={0} y={46}>
        {t('vital.total')}
      </text>
      <text className="plotUnit" x={0} y={65}>
        {t('vital.total.unit')}
      </text>
      {laid.map(({ row, top, height: rowHeight }) => (
        <g key={row.key}>
          <text
            className="plotLabel"
            x={0}
            y={row.kind === 'words' ? top + rowHeight / 2 + 6 : top + 18}
          >
            {t(
              row.key === 'oxygenSaturation' ? 'vital.oxygenSaturation.scale' : `vital.${row.key}`,
            )}
          </text>
          <text className="plotUnit" x={0} y={top + 38}>
            {rowUnit(row.key, t)}
          </text>
          {row.kind === 'pressure' && (
            <text className="plotUnit" x={0} y={top + 58}>
              {t('vitals.systolicScores')}
            </text>
          )}
        </g>
      ))}
      {nextX !== null && nextMs !== null && (
        <g className="plotNext">
          <line x1={nextX} x2={nextX} y1={plotFrame.top - 8} y2={bottom} />
          <text
            x={Math.min(nextX, right - 4)}
            y={18}
            textAnchor={nextX > right - 70 ? 'end' : 'middle'}
          >
            {t('vitals.next', { time: formatTime(nextMs) })}
          </text>
        </g>
      )}
    </>
  );
});

function RowFrame({ laid, right }: { laid: LaidRow; right: number }) {
  const { row, top, height } = laid;
  const left = plotFrame.left;
  const frame = <rect className="plotArea" x={left} y={top} width={right - left} height={height} />;
  if (row.kind === 'words') return frame;
  const y = scaleLinear([row.min, row.max], [top + height, top]);
  return (
    <>
      {frame}
      {row.kind === 'line' &&
        bandsOf(row).map((band) => (
          <rect
            key={band.from}
            className="plotBand"
            data-score={band.score}
            x={left}
            width={right - left}
            y={y(band.to)}
            height={y(band.from) - y(band.to)}
          />
        ))}
    </>
  );
}

/** Value labels at the left; at the right edge the ramp that carries each band's digit. */
function RowScale({ laid, right }: { laid: LaidRow; right: number }) {
  const { row, top, height } = laid;
  if (row.kind === 'words') return null;
  const y = scaleLinear([row.min, row.max], [top + height, top]);
  const ramp = bandsOf(row);
  return (
    <>
      {row.ticks.map((tick) => (
        <g key={tick} className="plotTick">
          <line x1={plotFrame.left} x2={right} y1={y(tick)} y2={y(tick)} />
          <text x={plotFrame.left - 8} y={y(tick) + 5} textAnchor="end">
            {tick}
          </text>
        </g>
      ))}
      {row.kind === 'pressure' &&
        bandEdges(ramp, row).map((edge) => (
          <line
            key={edge}
            className="plotThreshold"
            x1={plotFrame.left}
            x2={right}
            y1={y(edge)}
            y2={y(edge)}
          />
        ))}
      {ramp.map((band) => {
        const bandHeight = y(band.from) - y(band.to);
        return (
          <g key={band.from} className="plotRamp" data-score={band.score}>
            <rect x={right - 20} width={20} y={y(band.to)} height={bandHeight} />
            {bandHeight >= digitHeight && (
              <text x={right - 10} y={y(band.to) + bandHeight / 2 + 5} textAnchor="middle">
                {band.score}
              </text>
            )}
          </g>
        );
      })}
    </>
  );
}
