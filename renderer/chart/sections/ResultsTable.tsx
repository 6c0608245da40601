import { memo } from 'react';
import type { ChartItem } from '#core/contracts/clinical.ts';
import { formatDateTime } from '#renderer/format/dateTime.ts';
import { useLanguage, useText } from '#renderer/i18n/text.tsx';
import { EntryState } from './EntryState.tsx';

type Interpretation = NonNullable<ChartItem['interpretation']>;

/** How a reading stands out without colour: arrows for direction, doubled when critical. A normal one stays quiet. */
const marks: Readonly<Record<Interpretation, string>> = {
  low: '▼',
  high: '▲',
  criticalLow: '▼▼',
  criticalHigh: '▲▲',
  abnormal: '◆',
  normal: '',
};

/** How a laboratory read a value, as word and shape. A value without a rating is "not rated", never "in range". */
export function Reading({ interpretation }: { interpretation: ChartItem['interpretation'] }) {
  const t = useText();
  if (interpretation === null) return <span className="reading">{t('result.notRated')}</span>;
  return (
    <span className="reading" data-reading={interpretation}>
      {marks[interpretation] !== '' && <i aria-hidden="true">{marks[interpretation]}</i>}
      {t(`result.${interpretation}`)}
    </span>
  );
}

/** Results with unit, reference range and reading. `compact` leaves out the range where space is short. */
export const ResultsTable = memo(function ResultsTable(props: {
  items: readonly ChartItem[];
  compact: boolean;
}) {
  const { items, compact } = props;
  const t = useText();
  const language = useLanguage();
  return (
    <table className="resultsTable">
      <caption className="visuallyHidden">{t('section.results')}</caption>
      <thead className={compact ? 'visuallyHidden' : undefined}>
        <tr>
          <th scope="col">{t('result.test')}</th>
          <th scope="col">{t('result.value')}</th>
          <th scope="col">{t('result.flag')}</th>
          {!compact && <th scope="col">{t('result.range')}</th>}
          <th scope="col">{t('section.when')}</th>
        </tr>
      </thead>
      <tbody>
        {items.map((item) => (
          <tr key={item.id}>
            <th scope="row">
              {item.title}
              {item.detail !== null && <p>{item.detail}</p>}
              <EntryState state={item.state} />
            </th>
            <td>
              <b>{item.value ?? '–'}</b> {item.unit}
            </td>
            <td>
              <Reading interpretation={item.interpretation} />
            </td>
            {!compact && <td>{item.referenceRange ?? t('result.noRange')}</td>}
            <td>{item.atMs === null ? '' : formatDateTime(item.atMs, language)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
});
