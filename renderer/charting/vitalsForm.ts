import * as v from 'valibot';
import {
  judgeEntry,
  measuredVitals,
  vitalLimits,
  type MeasuredVital,
} from '#core/clinical/plausibility.ts';
import type { VitalsEntry } from '#core/contracts/clinical.ts';
import { formatTime } from '#renderer/format/dateTime.ts';

/** What a person typed, as typed: this is also what a draft keeps, so that a half-written number comes back as it was. */
export const vitalsFormSchema = v.strictObject({
  form: v.literal('vitals'),
  respirationRate: v.string(),
  oxygenSaturation: v.string(),
  supplementalOxygen: v.nullable(v.boolean()),
  systolic: v.string(),
  diastolic: v.string(),
  heartRate: v.string(),
  consciousness: v.nullable(v.picklist(['A', 'C', 'V', 'P', 'U'])),
  temperature: v.string(),
  /** HH:MM; empty means the moment of saving. */
  takenAt: v.string(),
});
export type VitalsForm = v.InferOutput<typeof vitalsFormSchema>;

/** A form with nothing in it: no value is ever suggested, least of all the last one. */
export const emptyVitalsForm: VitalsForm = {
  form: 'vitals',
  respirationRate: '',
  oxygenSaturation: '',
  supplementalOxygen: null,
  systolic: '',
  diastolic: '',
  heartRate: '',
  consciousness: null,
  temperature: '',
  takenAt: '',
};

/** Why a field cannot be saved as it is; `unlikely` only asks for a second press. */
export type FieldFault =
  'number' | 'whole' | 'decimals' | 'impossible' | 'pressureOrder' | 'time' | 'unlikely';
export type FormField = MeasuredVital | 'takenAt';

/** What the form amounts to. */
export interface VitalsFormReading {
  readonly entry: VitalsEntry;
  readonly empty: boolean;
  readonly faults: Readonly<Partial<Record<FormField, FieldFault>>>;
  /** Fields that need a second, deliberate press. */
  readonly unlikely: readonly FormField[];
  /** True when some fault refuses the entry. */
  readonly refused: boolean;
}

/** Reads a typed number: comma or point, no exponent, no sign. Null for an empty field. */
export function readNumber(text: string, step: number): number | FieldFault | null {
  const trimmed = text.trim().replace(',', '.');
  if (trimmed === '') return null;
  if (!/^\d{1,4}(\.\d*)?$/.test(trimmed)) return 'number';
  const value = Number(trimmed);
  if (step === 1 && !Number.isInteger(value)) return 'whole';
  if (step !== 1 && Math.abs(value * 10 - Math.round(value * 10)) > 1e-6) return 'decimals';
  return value;
}

/** The latest moment, not after now, at which the clock said `text`. Null when it is no time of day. */
export function readTimeOfDay(text: string, nowMs: number): number | null {
  const match = /^([01]?\d|2[0-3])[:hH.]?([0-5]\d)$/.exec(text.trim());
  if (match === null) return null;
  const at = new Date(nowMs);
  at.setHours(Number(match[1]), Number(match[2]), 0, 0);
  if (at.getTime() > nowMs) at.setDate(at.getDate() - 1);
  return at.getTime();
}

/** Reads and judges the form with the limits that the vault applies too. */
export function readVitalsForm(form: VitalsForm, nowMs: number): VitalsFormReading {
  const faults: Partial<Record<FormField, FieldFault>> = {};
  const values: Record<MeasuredVital, number | null> = {
    respirationRate: null,
    oxygenSaturation: null,
    systolic: null,
    diastolic: null,
    heartRate: null,
    temperature: null,
  };
  for (const vital of measuredVitals) {
    const read = readNumber(form[vital], vitalLimits[vital].step);
    if (typeof read === 'string') faults[vital] = read;
    else values[vital] = read;
  }
  const takenAtMs = form.takenAt.trim() === '' ? nowMs : readTimeOfDay(form.takenAt, nowMs);
  if (takenAtMs === null) faults.takenAt = 'time';
  const entry: VitalsEntry = {
    takenAtMs: takenAtMs ?? nowMs,
    ...values,
    supplementalOxygen: form.supplementalOxygen,
    consciousness: form.consciousness,
  };
  const judged = judgeEntry(entry, nowMs);
  for (const field of judged.unlikely) faults[asFormField(field)] ??= 'unlikely';
  for (const field of judged.impossible) faults[asFormField(field)] = impossibleFault(field, entry);
  const refused = Object.values(faults).some((fault) => fault !== 'unlikely');
  const unlikely = (Object.keys(faults) as FormField[]).filter(
    (field) => faults[field] === 'unlikely',
  );
  return { entry, empty: judged.empty, faults, unlikely, refused };
}

function asFormField(field: MeasuredVital | 'takenAtMs'): FormField {
  return field === 'takenAtMs' ? 'takenAt' : field;
}

/** A diastolic that would be possible alone was refused for standing above the systolic. */
function impossibleFault(field: MeasuredVital | 'takenAtMs', entry: VitalsEntry): FieldFault {
  if (field === 'takenAtMs') return 'time';
  if (field !== 'diastolic' || entry.diastolic === null) return 'impossible';
  const [min, max] = vitalLimits.diastolic.possible;
  return entry.diastolic >= min && entry.diastolic <= max ? 'pressureOrder' : 'impossible';
}

/** A set that was charted before, as it would be typed; null when its time of day would now be taken for another day's. */
export function typedVitals(entry: VitalsEntry, nowMs: number): VitalsForm | null {
  const takenAt = formatTime(entry.takenAtMs);
  const readBackMs = readTimeOfDay(takenAt, nowMs);
  if (readBackMs !== new Date(entry.takenAtMs).setSeconds(0, 0)) return null;
  const form = {
    ...emptyVitalsForm,
    supplementalOxygen: entry.supplementalOxygen,
    consciousness: entry.consciousness,
    takenAt,
  };
  for (const vital of measuredVitals) {
    const value = entry[vital];
    if (value !== null)
      form[vital] = vitalLimits[vital].step === 1 ? String(value) : value.toFixed(1);
  }
  return form;
}

/** True when nothing at all was typed: closing such a form loses nothing. */
export function isUntouched(form: VitalsForm): boolean {
  return (Object.keys(emptyVitalsForm) as (keyof VitalsForm)[]).every(
    (key) => form[key] === emptyVitalsForm[key],
  );
}

/** One press of a stepper. From an empty field it starts at a common value: the press is the deliberate act. */
export function stepped(vital: MeasuredVital, text: string, direction: 1 | -1): string {
  const { step, possible } = vitalLimits[vital];
  const read = readNumber(text, step);
  if (typeof read === 'string') return text;
  const from = read ?? stepperStart[vital] - direction * step;
  const next = Math.min(possible[1], Math.max(possible[0], from + direction * step));
  return step === 1 ? String(next) : next.toFixed(1);
}

/** Where a stepper begins when a field is empty. */
const stepperStart: Readonly<Record<MeasuredVital, number>> = {
  respirationRate: 16,
  oxygenSaturation: 96,
  systolic: 120,
  diastolic: 75,
  heartRate: 75,
  temperature: 37,
};
