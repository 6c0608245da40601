import { TriangleAlert } from 'lucide-react';
import { memo, type ReactNode } from 'react';
import type { ChartItem, ChartSection, ChartSectionName } from '#core/contracts/clinical.ts';
import { Button } from '#renderer/design/Button.tsx';
import { formatDate, formatDateTime } from '#renderer/format/dateTime.ts';
import { en, type MessageKey } from '#renderer/i18n/en.ts';
import { useLanguage, useText, type Translate } from '#renderer/i18n/text.tsx';
import { EntryState } from './EntryState.tsx';
import { ResultsTable } from './ResultsTable.tsx';
import { useSection } from './useSection.ts';
import './sections.css';

/** A FHIR status code in words; one that has none is shown as it is, since hiding it could hide "entered in error". */
export function statusText(status: string, t: Translate): string {
  const key = `code.${status}`;
  return key in en ? t(key as MessageKey) : status;
}

/** One section of the record. It fails alone, says how many lines there are in all, and reads older ones on demand. */
export const SectionPanel = memo(function SectionPanel(props: {
  patientId: string;
  name: ChartSectionName;
  first: ChartSection | null;
  /** On the summary only the first lines are shown, with a way to all of them. */
  preview?: { readonly lines: number; readonly onAll: () => void };
  action?: ReactNode;
  renderItem?: (item: ChartItem) => ReactNode;
}) {
  const { patientId, name, first, preview, action, renderItem } = props;
  const t = useText();
  const lines = useSection(patientId, name, first);
  const titleId = `section-${name}`;
  const shown = lines.items?.slice(0, preview?.lines ?? lines.items.length) ?? null;
  return (
    <section className="sectionPanel panel" aria-labelledby={titleId} data-section={name}>
      <header>
        <h2 id={titleId}>{t(`section.${name}`)}</h2>
        {shown !== null && shown.length > 0 && (
          <span className="sectionCount">
            {t('section.count', { shown: shown.length, total: lines.total })}
          </span>
        )}
        {action}
      </header>
      {shown === null ? (
        <div className="sectionFailure" role="status">
          <TriangleAlert size={22} aria-hidden="true" />
          <p>{t('section.failed')}</p>
          <Button onClick={lines.showMore} disabled={lines.reading}>
            {t('chart.retry')}
          </Button>
        </div>
      ) : shown.length === 0 ? (
        <p className="sectionEmpty">{t(`section.empty.${name}`)}</p>
      ) : name === 'results' ? (
        <ResultsTable items={shown} compact={preview !== undefined} />
      ) : (
        <ul className="itemList">
          {shown.map((item) => (
            <li key={item.id}>{renderItem?.(item) ?? <ItemLine item={item} />}</li>
          ))}
        </ul>
      )}
      {lines.refusal !== null && (
        <p className="inlineFailure" role="status">
          {t(`callRefusal.${lines.refusal}`)}
        </p>
      )}
      {preview !== undefined && lines.total > preview.lines && (
        <Button kind="quiet" onClick={preview.onAll}>
          {t('section.all', { total: lines.total })}
        </Button>
      )}
      {preview === undefined && lines.more && (
        <Button onClick={lines.showMore} disabled={lines.reading}>
          {t('section.more')}
        </Button>
      )}
    </section>
  );
});

/** A line: what, its detail, its status in words, when and by whom. */
function ItemLine({ item }: { item: ChartItem }) {
  const t = useText();
  const language = useLanguage();
  return (
    <div className="itemLine" data-error={item.status === 'entered-in-error'}>
      <div>
        <b>{item.title}</b>
        {item.detail !== null && <p>{item.detail}</p>}
      </div>
      <div className="itemFacts">
        {item.status !== null && <span className="itemStatus">{statusText(item.status, t)}</span>}
        <EntryState state={item.state} />
        {item.atMs !== null && (
          <time>
            {item.resourceType === 'Encounter'
              ? formatDateTime(item.atMs, language)
              : formatDate(item.atMs, language)}
          </time>
        )}
        {item.author !== null && <span>{item.author}</span>}
      </div>
    </div>
  );
}
