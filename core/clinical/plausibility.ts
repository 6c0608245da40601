import type { VitalsEntry } from '#core/contracts/clinical.ts';

/** The vital signs a person types as a number. */
export type MeasuredVital =
  'respirationRate' | 'oxygenSaturation' | 'systolic' | 'diastolic' | 'heartRate' | 'temperature';

/** What a field accepts: outside `possible` it refuses, outside `likely` it asks once more. Both ends are included. */
export interface VitalLimits {
  readonly possible: readonly [min: number, max: number];
  readonly likely: readonly [min: number, max: number];
  readonly step: number;
  /** UCUM code. */
  readonly unit: string;
}

/** Limits for adults. */
export const vitalLimits: Readonly<Record<MeasuredVital, VitalLimits>> = {
  respirationRate: { possible: [0, 100], likely: [6, 50], step: 1, unit: '/min' },
  oxygenSaturation: { possible: [20, 100], likely: [75, 100], step: 1, unit: '%' },
  systolic: { possible: [20, 320], likely: [60, 240], step: 1, unit: 'mm[Hg]' },
  diastolic: { possible: [5, 220], likely: [30, 140], step: 1, unit: 'mm[Hg]' },
  heartRate: { possible: [0, 350], likely: [30, 190], step: 1, unit: '/min' },
  temperature: { possible: [20, 46], likely: [33, 41.5], step: 0.1, unit: 'Cel' },
};

/** Names of the measured vital signs, in the order of the score chart. */
export const measuredVitals: readonly MeasuredVital[] = [
  'respirationRate',
  'oxygenSaturation',
  'systolic',
  'diastolic',
  'heartRate',
  'temperature',
];

/** One value's standing. */
export type Plausibility = 'plausible' | 'unlikely' | 'impossible';

/** Judges one typed value. A precision finer than the instrument's is impossible: it is a slip of the decimal point. */
export function judgeVital(vital: MeasuredVital, value: number): Plausibility {
  const { possible, likely, step } = vitalLimits[vital];
  if (!Number.isFinite(value) || value < possible[0] || value > possible[1]) return 'impossible';
  const steps = value / step;
  if (Math.abs(steps - Math.round(steps)) > 1e-6) return 'impossible';
  return value < likely[0] || value > likely[1] ? 'unlikely' : 'plausible';
}

/** A field of the entry form that a person must look at. */
export type EntryField = MeasuredVital | 'takenAtMs';

/** What is wrong with an entry. */
export interface EntryJudgement {
  /** Nothing was measured at all. */
  readonly empty: boolean;
  readonly impossible: readonly EntryField[];
  readonly unlikely: readonly EntryField[];
}

const clockTolerance = 5 * 60_000;
const lateEntry = 12 * 3_600_000;
const oldestEntry = 7 * 24 * 3_600_000;

function judgeTime(takenAtMs: number, nowMs: number): Plausibility {
  if (takenAtMs > nowMs + clockTolerance || takenAtMs < nowMs - oldestEntry) return 'impossible';
  return takenAtMs < nowMs - lateEntry ? 'unlikely' : 'plausible';
}

/** Judges a whole entry; the same on the screen and in the vault. */
export function judgeEntry(entry: VitalsEntry, nowMs: number): EntryJudgement {
  const impossible = new Set<EntryField>();
  const unlikely = new Set<EntryField>();
  const note = (field: EntryField, judgement: Plausibility) => {
    if (judgement === 'impossible') impossible.add(field);
    if (judgement === 'unlikely') unlikely.add(field);
  };
  note('takenAtMs', judgeTime(entry.takenAtMs, nowMs));
  for (const vital of measuredVitals) {
    const value = entry[vital];
    if (value !== null) note(vital, judgeVital(vital, value));
  }
  if (entry.systolic !== null && entry.diastolic !== null && entry.diastolic >= entry.systolic) {
    impossible.add('diastolic');
  }
  const measured = measuredVitals.some((vital) => entry[vital] !== null);
  return {
    empty: !measured && entry.supplementalOxygen === null && entry.consciousness === null,
    impossible: [...impossible],
    unlikely: [...unlikely],
  };
}
