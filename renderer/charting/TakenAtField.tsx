import { useId } from 'react';
import { formatRecent } from '#renderer/format/dateTime.ts';
import { useLanguage, useText } from '#renderer/i18n/text.tsx';
import type { FieldFault } from './vitalsForm.ts';

/** When the set was taken: empty is the moment of saving, else a time of day that resolves to the latest such moment. */
export function TakenAtField(props: {
  text: string;
  fault: FieldFault | null;
  takenAtMs: number;
  nowMs: number;
  onChange: (text: string) => void;
}) {
  const { text, fault, takenAtMs, nowMs, onChange } = props;
  const t = useText();
  const language = useLanguage();
  const id = useId();
  const refused = fault !== null && fault !== 'unlikely';
  return (
    <div className="takenAt">
      <label htmlFor={id}>{t('entry.takenAt')}</label>
      <input
        id={id}
        className="input"
        inputMode="numeric"
        autoComplete="off"
        placeholder={t('entry.takenAt.now')}
        value={text}
        aria-invalid={refused}
        aria-describedby={`${id}hint`}
        onChange={(event) => onChange(event.target.value)}
      />
      <span id={`${id}hint`} data-fault={refused} data-hint={text.trim() === ''} aria-live="polite">
        {refused
          ? t('entry.takenAt.invalid')
          : text.trim() === ''
            ? t('entry.takenAt.hint')
            : formatRecent(takenAtMs, nowMs, language)}
      </span>
    </div>
  );
}
