import type { EarlyWarning, VitalsSet } from '#core/contracts/clinical.ts';

/** A range of values, both ends included, and the points it scores. A null end is open. */
export interface ScoreBand {
  readonly from: number | null;
  readonly to: number | null;
  readonly points: 0 | 1 | 2 | 3;
}

/** The vital signs that are scored by a number. */
export type BandedVital =
  'respirationRate' | 'oxygenSaturation' | 'systolic' | 'heartRate' | 'temperature';

/**
 * National Early Warning Score 2 (Royal College of Physicians, 2017), SpO₂ scale 1: the one table for scoring and drawing.
 * `step` is the precision the chart is read at; a finer value is rounded to it first, so that no value falls between bands.
 */
export const news2Bands: Readonly<
  Record<BandedVital, { readonly step: number; readonly bands: readonly ScoreBand[] }>
> = {
  respirationRate: {
    step: 1,
    bands: [
      { from: null, to: 8, points: 3 },
      { from: 9, to: 11, points: 1 },
      { from: 12, to: 20, points: 0 },
      { from: 21, to: 24, points: 2 },
      { from: 25, to: null, points: 3 },
    ],
  },
  oxygenSaturation: {
    step: 1,
    bands: [
      { from: null, to: 91, points: 3 },
      { from: 92, to: 93, points: 2 },
      { from: 94, to: 95, points: 1 },
      { from: 96, to: null, points: 0 },
    ],
  },
  systolic: {
    step: 1,
    bands: [
      { from: null, to: 90, points: 3 },
      { from: 91, to: 100, points: 2 },
      { from: 101, to: 110, points: 1 },
      { from: 111, to: 219, points: 0 },
      { from: 220, to: null, points: 3 },
    ],
  },
  heartRate: {
    step: 1,
    bands: [
      { from: null, to: 40, points: 3 },
      { from: 41, to: 50, points: 1 },
      { from: 51, to: 90, points: 0 },
      { from: 91, to: 110, points: 1 },
      { from: 111, to: 130, points: 2 },
      { from: 131, to: null, points: 3 },
    ],
  },
  temperature: {
    step: 0.1,
    bands: [
      { from: null, to: 35, points: 3 },
      { from: 35.1, to: 36, points: 1 },
      { from: 36.1, to: 38, points: 0 },
      { from: 38.1, to: 39, points: 1 },
      { from: 39.1, to: null, points: 2 },
    ],
  },
};

/** Points for supplemental oxygen, and for anything but alert. */
export const news2Points = { supplementalOxygen: 2, notAlert: 3 } as const;

/** The seven parts of the score. */
export type News2Part = BandedVital | 'supplementalOxygen' | 'consciousness';

/** A score with its parts; `total` is null while a part is missing, which is never the same as 0. */
export interface News2Score {
  readonly total: number | null;
  readonly singleThree: boolean;
  readonly parts: Readonly<Record<News2Part, number | null>>;
}

/** What of a set is scored. */
export type News2Input = Pick<VitalsSet, News2Part>;

/** Points of one value in its bands. */
export function bandPoints(vital: BandedVital, value: number | null): number | null {
  if (value === null || !Number.isFinite(value)) return null;
  const { step, bands } = news2Bands[vital];
  const perUnit = Math.round(1 / step);
  const read = Math.round(value * perUnit) / perUnit;
  const band = bands.find((candidate) => candidate.to === null || read <= candidate.to);
  return band?.points ?? null;
}

/** Scores one set of vital signs. */
export function scoreNews2(set: News2Input): News2Score {
  const parts = {
    respirationRate: bandPoints('respirationRate', set.respirationRate),
    oxygenSaturation: bandPoints('oxygenSaturation', set.oxygenSaturation),
    supplementalOxygen:
      set.supplementalOxygen === null
        ? null
        : set.supplementalOxygen
          ? news2Points.supplementalOxygen
          : 0,
    systolic: bandPoints('systolic', set.systolic),
    heartRate: bandPoints('heartRate', set.heartRate),
    consciousness:
      set.consciousness === null ? null : set.consciousness === 'A' ? 0 : news2Points.notAlert,
    temperature: bandPoints('temperature', set.temperature),
  };
  let total: number | null = 0;
  for (const points of Object.values(parts)) {
    total = total === null || points === null ? null : total + points;
  }
  return { total, singleThree: Object.values(parts).includes(3), parts };
}

/** For so long before the newest set an earlier value or score speaks for a patient, where the newest set lacks it. */
export const stillSpeaksMs = 24 * 3_600_000;

/** What is last known of each vital sign. */
export interface LastKnown {
  /** The newest set with its gaps filled from earlier ones. */
  readonly set: VitalsSet;
  readonly carried: readonly { readonly vital: News2Part; readonly takenAtMs: number }[];
}

/** The newest set, with the last earlier value where it has none. Sets are newest first. */
export function lastKnownOf(newestFirst: readonly VitalsSet[]): LastKnown | null {
  const [newest, ...earlier] = newestFirst;
  if (newest === undefined) return null;
  const carried: { vital: News2Part; takenAtMs: number }[] = [];
  const set = { ...newest };
  for (const before of earlier) {
    if (newest.takenAtMs - before.takenAtMs > stillSpeaksMs) break;
    for (const vital of news2Parts) {
      if (set[vital] !== null || before[vital] === null) continue;
      const values: Partial<VitalsSet> = { [vital]: before[vital] };
      // Two halves of different readings are no blood pressure.
      if (vital === 'systolic') values.diastolic = before.diastolic;
      Object.assign(set, values);
      carried.push({ vital, takenAtMs: before.takenAtMs });
    }
  }
  return { set, carried };
}

/** What NEWS2 scores, in the order of its chart (Royal College of Physicians, NEWS2, chart 1). */
export const news2Parts: readonly News2Part[] = [
  'respirationRate',
  'oxygenSaturation',
  'supplementalOxygen',
  'systolic',
  'heartRate',
  'consciousness',
  'temperature',
];

/** How much somebody is needed: 3 from a total of 7, 2 from 5, 1 when one part alone scores 3. */
export function riskOfScore(score: Pick<EarlyWarning, 'total' | 'singleThree'>): 0 | 1 | 2 | 3 {
  if (score.total !== null && score.total >= 7) return 3;
  if (score.total !== null && score.total >= 5) return 2;
  return score.singleThree ? 1 : 0;
}

/**
 * The early warning of the newest set. While that set is incomplete, the last complete score stands beside it and the risk
 * is the worst of the two and of what the last known values add up to: one good temperature must not calm a sick patient.
 * Sets are newest first.
 */
export function earlyWarningOf(newestFirst: readonly VitalsSet[]): EarlyWarning | null {
  const [newest, ...earlier] = newestFirst;
  const known = lastKnownOf(newestFirst);
  if (newest === undefined || known === null) return null;
  const score = scoreNews2(newest);
  const before = lastCompleteOf(earlier, newest.takenAtMs);
  const complete = score.total !== null;
  const risks = [riskOfScore(score)];
  if (!complete) {
    risks.push(riskOfScore(knownScore(known.set)));
    if (before !== null) risks.push(riskOfScore(before));
  }
  return {
    total: score.total,
    singleThree: score.singleThree,
    takenAtMs: newest.takenAtMs,
    previousTotal: before?.total ?? null,
    lastComplete: complete ? null : before,
    risk: Math.max(...risks) as EarlyWarning['risk'],
  };
}

function lastCompleteOf(
  newestFirst: readonly VitalsSet[],
  newestMs: number,
): EarlyWarning['lastComplete'] {
  for (const set of newestFirst) {
    if (newestMs - set.takenAtMs > stillSpeaksMs) return null;
    const { total, singleThree } = scoreNews2(set);
    if (total !== null) return { total, singleThree, takenAtMs: set.takenAtMs };
  }
  return null;
}

/** What the known parts add up to: at least so much it is, whatever the missing ones are. */
function knownScore(set: News2Input): { total: number; singleThree: boolean } {
  const { parts, singleThree } = scoreNews2(set);
  let total = 0;
  for (const points of Object.values(parts)) total += points ?? 0;
  return { total, singleThree };
}
