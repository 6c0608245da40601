import { writeVitals } from '#core/clinical/writeVitals.ts';
import type { VitalsEntry } from '#core/contracts/clinical.ts';
import type { SyncResource } from '#core/contracts/sync.ts';
import type { Random } from './random.ts';

const hourMs = 3_600_000;

/** How a patient has been doing. `none` has no set yet, `comfort` is no longer measured. */
export type Course =
  'well' | 'mild' | 'moderate' | 'highSingle' | 'high' | 'deteriorating' | 'none' | 'comfort';

/** The numbers of one set, and how they are to be read. */
type Values = Omit<VitalsEntry, 'takenAtMs'>;

const well: Values = {
  respirationRate: 15,
  oxygenSaturation: 97,
  supplementalOxygen: false,
  systolic: 128,
  diastolic: 76,
  heartRate: 76,
  consciousness: 'A',
  temperature: 36.8,
};

/** Where each course stands now; NEWS2 0, 2, 5, 3 in one part, 7, 12. */
const present: Readonly<Record<Exclude<Course, 'none' | 'comfort'>, Values>> = {
  well,
  mild: { ...well, oxygenSaturation: 95, heartRate: 96 },
  moderate: {
    ...well,
    respirationRate: 22,
    oxygenSaturation: 95,
    heartRate: 98,
    temperature: 38.4,
  },
  highSingle: { ...well, consciousness: 'C' },
  high: {
    ...well,
    respirationRate: 23,
    oxygenSaturation: 94,
    supplementalOxygen: true,
    heartRate: 104,
    temperature: 38.6,
  },
  deteriorating: {
    respirationRate: 26,
    oxygenSaturation: 94,
    supplementalOxygen: true,
    systolic: 98,
    diastolic: 54,
    heartRate: 121,
    consciousness: 'A',
    temperature: 39.1,
  },
};

/** What is ordinary for one person: every part that the course leaves well moves inside the band that scores 0. */
function ordinaryFor(goal: Values, random: Random): Values {
  const own: Values = {
    ...well,
    respirationRate: random.whole(13, 18),
    oxygenSaturation: random.whole(96, 99),
    systolic: random.whole(114, 146),
    diastolic: random.whole(64, 86),
    heartRate: random.whole(58, 86),
    temperature: random.whole(363, 374) / 10,
  };
  const parts = Object.keys(goal) as (keyof Values)[];
  return Object.fromEntries(
    parts.map((part) => [part, goal[part] === well[part] ? own[part] : goal[part]]),
  ) as Values;
}

/** What stands behind a week of sets. */
export interface VitalsPlan {
  readonly patientId: string;
  readonly course: Course;
  readonly nowMs: number;
  readonly days: number;
  /** Minutes since the newest set. */
  readonly newestAgoMin: number;
  readonly nurses: readonly { readonly personId: string; readonly displayName: string }[];
}

/** Sets of vital signs up to now: closer together as a patient gets worse, with nights slept through and parts left out. */
export function weekOfVitals(plan: VitalsPlan, random: Random): SyncResource[] {
  const { course } = plan;
  if (course === 'none') return [];
  const end = course === 'comfort' ? 30 * hourMs : plan.newestAgoMin * 60_000;
  const goal = ordinaryFor(present[course === 'comfort' ? 'moderate' : course], random);
  const resources: SyncResource[] = [];
  let agoMs = end;
  for (let index = 0; agoMs < plan.days * 24 * hourMs; index += 1) {
    // A skipped night leaves a hole of ten hours: gaps must stay gaps on the plot.
    const slept = index > 3 && random.chance(0.04);
    const values = index === 0 ? goal : leftOut(at(goal, agoMs - end, random), random, index);
    const takenAtMs = Math.floor((plan.nowMs - agoMs) / 60_000) * 60_000;
    const nurse = random.pick(plan.nurses);
    // Some sets are typed up long after they were taken.
    const enteredAtMs = takenAtMs + (random.chance(0.05) ? 55 : random.whole(1, 4)) * 60_000;
    resources.push(
      ...writeVitals(
        { ...values, takenAtMs },
        random.uuid(),
        { patientId: plan.patientId, ...nurse, nowMs: Math.min(enteredAtMs, plan.nowMs) },
        () => random.uuid(),
      ),
    );
    agoMs += slept ? 10 * hourMs : stepMs(course, agoMs, random);
  }
  return resources;
}

function stepMs(course: Course, agoMs: number, random: Random): number {
  const sick = course === 'deteriorating' || course === 'high';
  const jitterMs = random.whole(-15, 20) * 60_000;
  if (sick && agoMs < 8 * hourMs) return 75 * 60_000 + jitterMs;
  return (course === 'well' ? 6 : 4) * hourMs + jitterMs;
}

/** Values some time before the present ones: near them today, near well some days ago. */
function at(goal: Values, agoMs: number, random: Random): Values {
  const turnedMs = 16 * hourMs;
  const share = Math.max(0, 1 - agoMs / turnedMs);
  const between = (from: number | null, to: number | null, jitter: number): number =>
    Math.round((from ?? 0) + ((to ?? 0) - (from ?? 0)) * share + random.whole(-jitter, jitter));
  const tenths = between((well.temperature ?? 0) * 10, (goal.temperature ?? 0) * 10, 2);
  return {
    respirationRate: between(well.respirationRate, goal.respirationRate, 1),
    oxygenSaturation: Math.min(100, between(well.oxygenSaturation, goal.oxygenSaturation, 1)),
    supplementalOxygen: share > 0.7 ? goal.supplementalOxygen : false,
    systolic: between(well.systolic, goal.systolic, 5),
    diastolic: between(well.diastolic, goal.diastolic, 4),
    heartRate: between(well.heartRate, goal.heartRate, 4),
    consciousness: share > 0.7 ? goal.consciousness : 'A',
    temperature: tenths / 10,
  };
}

/** Sometimes a part was not taken; an older set may lack several. */
function leftOut(values: Values, random: Random, index: number): Values {
  const drop = random.next();
  if (drop < 0.04) return { ...values, temperature: null };
  if (drop < 0.07) return { ...values, consciousness: null };
  if (drop < 0.09 && index > 2) return { ...values, systolic: null, diastolic: null };
  if (drop < 0.1 && index > 2) return { ...values, respirationRate: null, temperature: null };
  return values;
}
