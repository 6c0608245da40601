import { memo } from 'react';
import type { News2Part } from '#core/clinical/news2.ts';
import type { VitalsSet } from '#core/contracts/clinical.ts';
import type { Language } from '#core/contracts/ipc.ts';
import { formatDate, formatTime } from '#renderer/format/dateTime.ts';
import { useLanguage, useText } from '#renderer/i18n/text.tsx';
import { rowText } from './plotText.ts';
import { plotFrame, type LaidRow } from './rows.ts';
import { partScore } from './scoring.ts';
import { latestTwo } from './series.ts';

/** Latest value large, the one before it small with its time, and the points it scores: beside every row, always. */
export const PlotLatest = memo(function PlotLatest(props: {
  laid: LaidRow;
  sets: readonly VitalsSet[];
  nowMs: number;
  width: number;
}) {
  const { laid, sets, nowMs, width } = props;
  const { row, top, height } = laid;
  const t = useText();
  const language = useLanguage();
  const [latest, previous] = latestTwo(sets, (set) => rowText(row.key, set, t, language));
  if (latest === undefined) return null;
  const x = width - plotFrame.right + 14;
  const middle = top + height / 2;
  if (row.kind === 'words') {
    return (
      <text className="plotLatestWord" x={x} y={middle + 6}>
        {latest.value}
      </text>
    );
  }
  const part: News2Part = row.key === 'bloodPressure' ? 'systolic' : row.key;
  const points = partScore(latest.set, part);
  return (
    <>
      <text className="plotLatest" x={x} y={middle + 2}>
        {latest.value}
      </text>
      {previous !== undefined && (
        <text className="plotUnit" x={x} y={middle + 24}>
          {t('vitals.was', {
            value: previous.value,
            time: whenText(previous.set.takenAtMs, nowMs, language),
          })}
        </text>
      )}
      {points !== null && (
        <g className="plotChip" data-score={points}>
          <rect x={width - 42} y={middle - 20} width={38} height={28} rx={6} />
          <text x={width - 23} y={middle} textAnchor="middle">
            {points === 0 ? '0' : `+${points}`}
          </text>
        </g>
      )}
    </>
  );
});

/** A clock time means the last 24 hours; anything older is named by its date. */
function whenText(atMs: number, nowMs: number, language: Language): string {
  return nowMs - atMs < 86_400_000 ? formatTime(atMs) : formatDate(atMs, language);
}
