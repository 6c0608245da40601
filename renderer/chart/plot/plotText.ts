import type { VitalValues } from '#core/clinical/vitals.ts';
import type { VitalsSet } from '#core/contracts/clinical.ts';
import type { Language } from '#core/contracts/ipc.ts';
import { formatTime } from '#renderer/format/dateTime.ts';
import { formatNumber } from '#renderer/format/number.ts';
import type { Translate } from '#renderer/i18n/text.tsx';
import type { PlotRow } from './rows.ts';
import { scoreOf } from './scoring.ts';

/** The value of a row for a set as it is written beside the plot and in the table; null when nothing was taken. */
export function rowText(
  key: PlotRow['key'],
  set: VitalValues,
  t: Translate,
  language: Language,
): string | null {
  switch (key) {
    case 'bloodPressure':
      return pressureText(set);
    case 'supplementalOxygen':
      return oxygenText(set, t);
    case 'consciousness':
      return set.consciousness === null ? null : t(`acvpu.${set.consciousness}`);
    case 'temperature':
      return set.temperature === null ? null : formatNumber(set.temperature, language, 1);
    case 'respirationRate':
    case 'oxygenSaturation':
    case 'heartRate': {
      const value = set[key];
      return value === null ? null : formatNumber(value, language);
    }
  }
}

function pressureText({ systolic, diastolic }: VitalValues): string | null {
  return systolic === null && diastolic === null ? null : `${systolic ?? '–'}/${diastolic ?? '–'}`;
}

function oxygenText({ supplementalOxygen }: VitalValues, t: Translate): string | null {
  return supplementalOxygen === null ? null : t(supplementalOxygen ? 'oxygen.on' : 'oxygen.air');
}

/** Units of a row, empty for words. */
export function rowUnit(key: PlotRow['key'], t: Translate): string {
  return key === 'supplementalOxygen' || key === 'consciousness' ? '' : t(`vital.${key}.unit`);
}

const rowKeys = [
  'respirationRate',
  'oxygenSaturation',
  'supplementalOxygen',
  'bloodPressure',
  'heartRate',
  'consciousness',
  'temperature',
] as const;

/** What was measured, row by row, in words; what was not taken is left out. */
export function measuredRows(
  set: VitalValues,
  t: Translate,
  language: Language,
): { key: PlotRow['key']; label: string; value: string }[] {
  return rowKeys.flatMap((key) => {
    const text = rowText(key, set, t, language);
    if (text === null) return [];
    return [{ key, label: t(`vital.${key}`), value: `${text} ${rowUnit(key, t)}`.trim() }];
  });
}

/** One set in a sentence, for the live region that follows the focus line. */
export function setSentence(set: VitalsSet, t: Translate, language: Language): string {
  const total = scoreOf(set).total;
  const parts = rowKeys.map((key) => {
    const text = rowText(key, set, t, language) ?? t('vitals.notTaken');
    const unit = text === t('vitals.notTaken') ? '' : rowUnit(key, t);
    return `${t(`vital.${key}`)} ${text} ${unit}`.trim();
  });
  const head = total === null ? t('news.incomplete') : `NEWS2 ${total}`;
  return `${formatTime(set.takenAtMs)}: ${head}. ${parts.join(', ')}.`;
}
