import { ChartLine, Plus, Table2 } from 'lucide-react';
import { memo, useEffect, useState, type ReactNode } from 'react';
import type { VitalsSet } from '#core/contracts/clinical.ts';
import {
  plotDomainMs,
  plotWindowsHours,
  type PlotWindowHours,
} from '#renderer/chart/plot/timeAxis.ts';
import { VitalsPlot } from '#renderer/chart/plot/VitalsPlot.tsx';
import { Button } from '#renderer/design/Button.tsx';
import { Segmented } from '#renderer/design/Segmented.tsx';
import { formatDateTime } from '#renderer/format/dateTime.ts';
import { useLanguage, useText } from '#renderer/i18n/text.tsx';
import { useVitals } from './useVitals.ts';
import { VitalsTable } from './VitalsTable.tsx';

/** Observations of one patient: the plot, the table one key away (Alt+T), and the way to record a set. */
export const Observations = memo(function Observations(props: {
  patientId: string;
  given: readonly VitalsSet[];
  nextObservationsAtMs: number | null;
  nowMs: number;
  onRecord: () => void;
}) {
  const { patientId, given, nextObservationsAtMs, nowMs, onRecord } = props;
  const t = useText();
  const language = useLanguage();
  const [windowHours, setWindowHours] = useState<PlotWindowHours>(24);
  const [asTable, setAsTable] = useState(false);
  const { sets, refusal } = useVitals(patientId, given, windowHours, nowMs);
  useTableKey(() => setAsTable((before) => !before));
  const domain = plotDomainMs(nowMs, windowHours);
  const inWindow = sets.some((set) => set.takenAtMs >= domain[0]);
  const latest = sets.at(-1);
  return (
    <section className="observations panel" aria-labelledby="observationsTitle">
      <header>
        <h2 id="observationsTitle">{t('vitals.title')}</h2>
        <p className="observationsRange">
          {t('vitals.range', {
            from: formatDateTime(domain[0], language),
            to: formatDateTime(nowMs, language),
          })}
        </p>
        <Segmented
          label={t('vitals.window')}
          value={windowHours}
          options={plotWindowsHours.map((hours) => ({
            value: hours,
            text: t(`vitals.window.${hours}`),
          }))}
          onChange={setWindowHours}
        />
        <Button aria-keyshortcuts="Alt+T" onClick={() => setAsTable(!asTable)}>
          {asTable ? <ChartLine size={20} aria-hidden /> : <Table2 size={20} aria-hidden />}
          {t(asTable ? 'vitals.plot' : 'vitals.table')} <kbd aria-hidden="true">Alt+T</kbd>
        </Button>
        <Button kind="primary" onClick={onRecord}>
          <Plus size={20} aria-hidden />
          {t('vitals.record')}
        </Button>
      </header>
      {refusal !== null && (
        <p className="inlineFailure" role="status">
          {t('vitals.failed', { reason: t(`callRefusal.${refusal}`) })}
        </p>
      )}
      {asTable ? (
        <VitalsTable sets={sets} />
      ) : inWindow ? (
        <>
          <VitalsPlot
            sets={sets}
            nowMs={nowMs}
            windowHours={windowHours}
            nextObservationsAtMs={nextObservationsAtMs}
          />
          <PlotLegend crowded={windowHours > 24} />
        </>
      ) : (
        <NothingShown>
          <p>{latest === undefined ? t('vitals.never') : t('vitals.none')}</p>
          {latest !== undefined && (
            <>
              <p>{t('vitals.latestOn', { when: formatDateTime(latest.takenAtMs, language) })}</p>
              <Button onClick={() => setAsTable(true)}>{t('vitals.showTable')}</Button>
            </>
          )}
        </NothingShown>
      )}
    </section>
  );
});

function NothingShown({ children }: { children: ReactNode }) {
  return <div className="nothingShown">{children}</div>;
}

function PlotLegend({ crowded }: { crowded: boolean }) {
  const t = useText();
  return (
    <p className="plotLegend">
      {([1, 2, 3] as const).map((score) => (
        <span key={score}>
          <i data-score={score} aria-hidden="true" />
          {score}
        </span>
      ))}{' '}
      {t('vitals.legend.points')}. {t('vitals.legend.source')}{' '}
      {crowded ? t('vitals.legend.crowded') : ''}
    </p>
  );
}

/**
 * Alt and T switch between plot and table, from anywhere but a text field or an open dialog. A letter alone would be pressed
 * by whoever dictates or leans on the keyboard (WCAG 2.1.4).
 */
function useTableKey(toggle: () => void): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.code !== 'KeyT' || !event.altKey || event.ctrlKey || event.metaKey) return;
      const target = event.target;
      if (target instanceof Element && target.closest('input, textarea, select, dialog') !== null) {
        return;
      }
      event.preventDefault();
      toggle();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  });
}
