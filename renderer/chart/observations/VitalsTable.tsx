import { memo } from 'react';
import type { News2Part } from '#core/clinical/news2.ts';
import type { VitalsSet } from '#core/contracts/clinical.ts';
import { rowText } from '#renderer/chart/plot/plotText.ts';
import { partScore, scoreOf, severityOf } from '#renderer/chart/plot/scoring.ts';
import { ScoreMark } from '#renderer/chart/ScoreMark.tsx';
import { formatDate, formatTime } from '#renderer/format/dateTime.ts';
import { useLanguage, useText } from '#renderer/i18n/text.tsx';
import { EntryState } from '#renderer/chart/sections/EntryState.tsx';

const columns: readonly {
  readonly key: Parameters<typeof rowText>[0];
  readonly part: News2Part;
}[] = [
  { key: 'respirationRate', part: 'respirationRate' },
  { key: 'oxygenSaturation', part: 'oxygenSaturation' },
  { key: 'supplementalOxygen', part: 'supplementalOxygen' },
  { key: 'bloodPressure', part: 'systolic' },
  { key: 'heartRate', part: 'heartRate' },
  { key: 'consciousness', part: 'consciousness' },
  { key: 'temperature', part: 'temperature' },
];

/** The numbers of the plot as a real table, newest first, with the points of each value written beside it. */
export const VitalsTable = memo(function VitalsTable({ sets }: { sets: readonly VitalsSet[] }) {
  const t = useText();
  const language = useLanguage();
  return (
    // The scroll box takes the keyboard so that a wide table can be moved without a pointer.
    <div className="vitalsTable" tabIndex={0} role="region" aria-label={t('vitals.table')}>
      <table>
        <caption>{t('vitals.caption')}</caption>
        <thead>
          <tr>
            <th scope="col">{t('vitals.time')}</th>
            <th scope="col">{t('vital.total')}</th>
            {columns.map((column) => (
              <th scope="col" key={column.key}>
                {t(`vital.${column.key}`)}
                {column.key !== 'supplementalOxygen' && column.key !== 'consciousness' && (
                  <span>{t(`vital.${column.key}.unit`)}</span>
                )}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {[...sets].reverse().map((set) => {
            const score = scoreOf(set);
            return (
              <tr key={set.setId}>
                <th scope="row">
                  <b>{formatTime(set.takenAtMs)}</b>{' '}
                  <span>{formatDate(set.takenAtMs, language)}</span>
                  <br />
                  <span>{set.recordedBy ?? ''}</span> <EntryState state={set.state} />
                </th>
                <td>
                  <ScoreMark score={score.total} step={severityOf(score)} />
                </td>
                {columns.map((column) => (
                  <ValueCell key={column.key} set={set} column={column} />
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
});

function ValueCell({ set, column }: { set: VitalsSet; column: (typeof columns)[number] }) {
  const t = useText();
  const language = useLanguage();
  const text = rowText(column.key, set, t, language);
  const points = partScore(set, column.part);
  if (text === null) {
    return (
      <td>
        <span aria-hidden="true">–</span>
        <span className="visuallyHidden">{t('vitals.notTaken')}</span>
      </td>
    );
  }
  return (
    <td>
      {text}{' '}
      {points !== null && points > 0 && (
        <span className="points" data-score={points}>
          +{points}
        </span>
      )}
    </td>
  );
}
