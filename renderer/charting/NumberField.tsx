import { Minus, Plus, TriangleAlert } from 'lucide-react';
import { memo, useId } from 'react';
import { vitalLimits, type MeasuredVital } from '#core/clinical/plausibility.ts';
import { asStep } from '#renderer/chart/observations/Rail.tsx';
import { ScoreMark } from '#renderer/chart/ScoreMark.tsx';
import { formatNumber } from '#renderer/format/number.ts';
import { useLanguage, useText } from '#renderer/i18n/text.tsx';
import { stepped, type FieldFault } from './vitalsForm.ts';

/** A typed number with its unit, steppers for gloves, the last value for comparison, and its fault in words. */
export const NumberField = memo(function NumberField(props: {
  vital: MeasuredVital;
  text: string;
  fault: FieldFault | null;
  /** What the typed value scores; null while there is none, or it is not scored. */
  points: number | null;
  /** The latest value in the record, in words with its time. */
  last: string | null;
  onChange: (vital: MeasuredVital, text: string) => void;
}) {
  const { vital, text, fault, points, last, onChange } = props;
  const t = useText();
  const id = useId();
  const name = t(`vital.${vital}`);
  return (
    <div className="numberField" data-fault={fault ?? undefined}>
      <label htmlFor={id}>
        {name}
        {last !== null && <span id={`${id}last`}>{last}</span>}
      </label>
      <div className="numberEntry">
        <button
          type="button"
          tabIndex={-1}
          aria-label={t('entry.less', { name })}
          onClick={() => onChange(vital, stepped(vital, text, -1))}
        >
          <Minus size={22} aria-hidden="true" />
        </button>
        <input
          id={id}
          className="input"
          inputMode="decimal"
          autoComplete="off"
          value={text}
          aria-invalid={fault !== null && fault !== 'unlikely'}
          aria-describedby={`${id}unit ${id}last ${id}fault`}
          onChange={(event) => onChange(vital, event.target.value)}
          onKeyDown={(event) => {
            if (event.key !== 'ArrowUp' && event.key !== 'ArrowDown') return;
            event.preventDefault();
            onChange(vital, stepped(vital, text, event.key === 'ArrowUp' ? 1 : -1));
          }}
        />
        <button
          type="button"
          tabIndex={-1}
          aria-label={t('entry.more', { name })}
          onClick={() => onChange(vital, stepped(vital, text, 1))}
        >
          <Plus size={22} aria-hidden="true" />
        </button>
        <span className="numberUnit" id={`${id}unit`}>
          {t(`vital.${vital}.unit`)}
          {points !== null && (
            <span>
              <span className="visuallyHidden">{t('news.points')} </span>
              <ScoreMark score={points} step={asStep(points)} />
            </span>
          )}
        </span>
      </div>
      <p className="numberFault" id={`${id}fault`} aria-live="polite">
        {fault !== null && (
          <>
            <TriangleAlert size={16} aria-hidden="true" />
            <FaultText vital={vital} fault={fault} />
          </>
        )}
      </p>
    </div>
  );
});

function FaultText({ vital, fault }: { vital: MeasuredVital; fault: FieldFault }) {
  const t = useText();
  const language = useLanguage();
  const { possible, likely } = vitalLimits[vital];
  const [min, max] = fault === 'unlikely' ? likely : possible;
  const limits = {
    min: formatNumber(min, language),
    max: formatNumber(max, language),
    unit: t(`vital.${vital}.unit`),
  };
  switch (fault) {
    case 'impossible':
      return t('entry.impossible', limits);
    case 'unlikely':
      return t('entry.unlikely', limits);
    case 'time':
      return t('entry.takenAt.invalid');
    case 'number':
    case 'whole':
    case 'decimals':
    case 'pressureOrder':
      return t(`entry.${fault}`);
  }
}
