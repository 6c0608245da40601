import type { News2Part } from '#core/clinical/news2.ts';
import type { BoardRow, VitalsSet } from '#core/contracts/clinical.ts';
import type { Language } from '#core/contracts/ipc.ts';
import { scorePhrase } from '#renderer/design/scorePhrase.ts';
import { formatAge } from '#renderer/format/age.ts';
import { formatTime } from '#renderer/format/dateTime.ts';
import { formatNumber } from '#renderer/format/number.ts';
import type { Translate } from '#renderer/i18n/text.tsx';
import { dueOf, type Due } from './boardModel.ts';

/** When observations are due, in words. */
export function dueText(due: Due, t: Translate): string {
  switch (due.kind) {
    case 'none':
      return t('board.due.none');
    case 'at':
      return t('board.due.at', { time: formatTime(due.atMs) });
    case 'soon':
      return t('board.due.in', { minutes: due.minutes });
    case 'now':
      return t('board.due.now');
    case 'late':
      return due.minutes < 120
        ? t('board.due.late', { minutes: due.minutes })
        : t('board.due.lateHours', {
            hours: Math.floor(due.minutes / 60),
            minutes: due.minutes % 60,
          });
  }
}

/** Age and gender: 79y Female. */
export function ageGenderText(
  identity: NonNullable<BoardRow['patient']>,
  nowMs: number,
  language: Language,
  t: Translate,
): string {
  const age = formatAge(identity.birthDate, nowMs, language);
  const gender = t(`board.sex.${identity.gender ?? 'unknown'}`);
  return age === null ? gender : `${age} ${gender}`;
}

/** One value of the last observations, and which part of the score it is. */
export interface VitalCell {
  readonly key: 'rr' | 'spo2' | 'o2' | 'bp' | 'hr' | 'temp';
  readonly part: News2Part;
  readonly text: string | null;
  /** When it was taken, if the newest set has none and it is from one before. */
  readonly carriedFromMs: number | null;
}

/** Consciousness in words when it is not plain alertness: a letter among numbers would be overlooked. */
export function consciousnessText(set: VitalsSet | null, t: Translate): string | null {
  const state = set?.consciousness ?? null;
  return state === null || state === 'A' ? null : t(`board.consciousness.${state}`);
}

/** The last observations in the order of NEWS2; what was not taken is null, never a number. */
export function vitalCells(
  { lastVitals: set, carriedVitals }: Pick<BoardRow, 'lastVitals' | 'carriedVitals'>,
  language: Language,
  t: Translate,
): VitalCell[] {
  if (set === null) return [];
  const number = (value: number | null, decimals?: number) =>
    value === null ? null : formatNumber(value, language, decimals);
  const oxygen =
    set.supplementalOxygen === null
      ? null
      : t(set.supplementalOxygen ? 'board.vitals.oxygen' : 'board.vitals.air');
  const pressure =
    set.systolic === null && set.diastolic === null
      ? null
      : `${number(set.systolic) ?? '–'}/${number(set.diastolic) ?? '–'}`;
  const cell = (key: VitalCell['key'], part: News2Part, text: string | null): VitalCell => {
    const carried = carriedVitals.find(({ vital }) => vital === part);
    return { key, part, text, carriedFromMs: carried?.takenAtMs ?? null };
  };
  return [
    cell('rr', 'respirationRate', number(set.respirationRate)),
    cell('spo2', 'oxygenSaturation', number(set.oxygenSaturation)),
    cell('o2', 'supplementalOxygen', oxygen),
    cell('bp', 'systolic', pressure),
    cell('hr', 'heartRate', number(set.heartRate)),
    cell('temp', 'temperature', number(set.temperature, 1)),
  ];
}

const longLabel = {
  rr: 'board.vitals.rr.long',
  spo2: 'board.vitals.spo2.long',
  o2: 'board.vitals.o2',
  bp: 'board.vitals.bp.long',
  hr: 'board.vitals.hr.long',
  temp: 'board.vitals.temp.long',
} as const;

/**
 * What the row's name does not say to those who hear it: whose patient it is, the score in words, and the values with
 * the labels that others see in the heading.
 */
export function rowDescription(row: BoardRow, language: Language, t: Translate): string {
  const vitals = vitalCells(row, language, t).map(({ key, text, carriedFromMs }) => {
    const value = `${t(longLabel[key])} ${text ?? t('board.vitals.missing')}`;
    return carriedFromMs === null
      ? value
      : t('board.vitals.valueAt', { value, time: formatTime(carriedFromMs) });
  });
  return [...(row.mine ? [t('board.mine')] : []), scorePhrase(row.earlyWarning, t), ...vitals].join(
    ', ',
  );
}

/** What the score was before an incomplete set, or since when the dotted values stand; null when the set is complete. */
export function carriedText(row: BoardRow, t: Translate): string | null {
  const before = row.earlyWarning?.lastComplete ?? null;
  if (before !== null) {
    return t('board.newsBefore', { total: before.total, time: formatTime(before.takenAtMs) });
  }
  if (row.carriedVitals.length === 0) return null;
  const oldestMs = Math.min(...row.carriedVitals.map(({ takenAtMs }) => takenAtMs));
  return t('board.vitals.carried', { time: formatTime(oldestMs) });
}

/** "EVANS also in A4", on the rows of both. */
export function sameNameText(row: BoardRow, t: Translate): string {
  return t('board.sameName', {
    family: row.patient?.family.toLocaleUpperCase() ?? '',
    beds: row.sameFamilyName.join(', '),
  });
}

/** A task with its time: the clock's while it is far, minutes when it is near or past. */
export function taskText(task: BoardRow['due'][number], nowMs: number, t: Translate): string {
  const due = dueOf(task.atMs, nowMs);
  if (due.kind === 'none') return task.text;
  return `${task.text} ${due.kind === 'at' ? formatTime(due.atMs) : dueText(due, t)}`;
}

/** The task that comes first, late ones before all others, and how many more there are; null without any. */
export function tasksText(row: BoardRow, nowMs: number, t: Translate): string | null {
  const [first, ...more] = row.due;
  if (first === undefined) return null;
  const said = taskText(first, nowMs, t);
  return more.length === 0 ? said : `${said} · ${t('board.task.more', { count: more.length })}`;
}
