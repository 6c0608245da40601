import { pick, pickList, pickText } from '#core/clinical/fhir.ts';
import type { SyncResource } from '#core/contracts/sync.ts';
import { ashCast, nameLists, type CastMember, type StayPlan } from './cast.ts';
import { diseases } from './diseases.ts';
import { bedsOf, locations, wardPlans, type BedPlan, type WardPlan } from './places.ts';
import { createRandom, type Random } from './random.ts';
import { recordResources } from './record.ts';
import { makeShifts, makeStaff, practitioners, type ShiftPlan, type StaffMember } from './staff.ts';
import { stayResources, type StayStaff } from './stay.ts';
import type { Course } from './vitals.ts';

/** A whole hospital, ready to be put into a record server. */
export interface Hospital {
  readonly wards: readonly WardPlan[];
  readonly staff: readonly StaffMember[];
  readonly shifts: readonly ShiftPlan[];
  /** Wards, beds and staff first, then patient by patient. */
  readonly resources: readonly SyncResource[];
}

/** What a hospital follows from: the same seed and time give the same hospital. */
export interface HospitalSeed {
  readonly seed: string;
  readonly nowMs: number;
}

/** The synthetic hospital with patients of its own. */
export function generateHospital({ seed, nowMs }: HospitalSeed): Hospital {
  const random = createRandom(seed);
  const staff = makeStaff(random);
  const shifts = makeShifts(staff, nowMs);
  const patients = wardPlans.flatMap((ward) =>
    castOf(ward, random.branch(ward.wardId)).flatMap((member) => {
      const own = random.branch(`${ward.wardId}/${member.bed}`);
      const patientId = own.uuid();
      const team = staffOf(ward, staff, shifts, own);
      const recordNumber = `H${String(own.whole(1_000_000, 9_999_999))}`;
      const record = { patientId, recordNumber, member, consultant: team.consultant, nowMs };
      return [
        ...recordResources(record, own),
        ...stayResources(
          {
            patientId,
            ward,
            bed: bedNamed(ward, member.bed),
            plan: member,
            staff: team,
            nowMs,
            vitalsDays: 7,
          },
          own,
        ),
      ];
    }),
  );
  return {
    wards: wardPlans,
    staff,
    shifts,
    resources: [...locations(), ...practitioners(staff), ...patients],
  };
}

/** What is known of a loaded patient when beds are given out. */
export interface LoadedPatient {
  readonly patientId: string;
  readonly birthDate: string | null;
  readonly deceased: boolean;
  readonly resourceCount: number;
}

/** Notes what the overlay needs of a loaded resource; null unless it is a Patient. */
export function readLoadedPatient(resource: unknown): LoadedPatient | null {
  if (pick(resource, 'resourceType') !== 'Patient') return null;
  const patientId = pickText(resource, 'id');
  if (patientId === null) return null;
  return {
    patientId,
    birthDate: pickText(resource, 'birthDate'),
    deceased:
      pick(resource, 'deceasedDateTime') !== undefined ||
      pick(resource, 'deceasedBoolean') === true,
    resourceCount: 0,
  };
}

/** The patient a loaded resource is about, to count whose records are large. */
export function subjectOf(resource: unknown): string | null {
  for (const field of ['subject', 'patient', 'for', 'beneficiary']) {
    const reference = pickText(resource, field, 'reference');
    if (reference?.startsWith('Patient/')) return reference.slice('Patient/'.length);
  }
  const [first] = pickList(resource, 'participant');
  return pickText(first, 'actor', 'reference')?.replace('Patient/', '') ?? null;
}

/**
 * Lays wards, staff, shifts, orders, current encounters and recent vitals over patients that came from a file: adults who
 * live, those with the largest records first, so that the demo ward holds the hardest charts.
 */
export function overlayHospital(
  { seed, nowMs }: HospitalSeed,
  loaded: readonly LoadedPatient[],
): Hospital {
  const random = createRandom(seed);
  const staff = makeStaff(random);
  const shifts = makeShifts(staff, nowMs);
  const adultBornBefore = new Date(nowMs - 18 * 365.25 * 86_400_000).toISOString().slice(0, 10);
  const candidates = loaded
    .filter((one) => !one.deceased && one.birthDate !== null && one.birthDate <= adultBornBefore)
    .sort((a, b) => b.resourceCount - a.resourceCount || (a.patientId < b.patientId ? -1 : 1));
  const stays = wardPlans.flatMap((ward) =>
    castOf(ward, random.branch(ward.wardId)).map((plan) => ({ ward, plan })),
  );
  const resources = stays.flatMap(({ ward, plan }, index) => {
    const patient = candidates[index];
    if (!patient) return [];
    const own = random.branch(`overlay/${ward.wardId}/${plan.bed}`);
    const team = staffOf(ward, staff, shifts, own);
    return stayResources(
      {
        patientId: patient.patientId,
        ward,
        bed: bedNamed(ward, plan.bed),
        plan,
        staff: team,
        nowMs,
        vitalsDays: 7,
      },
      own,
    );
  });
  return {
    wards: wardPlans,
    staff,
    shifts,
    resources: [...locations(), ...practitioners(staff), ...resources],
  };
}

function castOf(ward: WardPlan, random: Random): readonly CastMember[] {
  if (ward.wardId === 'ward-ash') return ashCast;
  return bedsOf(ward)
    .filter((bed) => ward.emptyBeds[bed.bed] === undefined)
    .map((bed) => inventMember(bed, random.branch(bed.bed)));
}

const courses: readonly Course[] = ['well', 'well', 'well', 'mild', 'mild', 'moderate', 'high'];
const plans = [
  'Home tomorrow',
  'Physiotherapy',
  'Bloods at 18:00',
  'Awaiting CT',
  'Review on round',
];

function inventMember(bed: BedPlan, random: Random): CastMember {
  const gender = random.chance(0.5) ? 'female' : 'male';
  const stay: StayPlan = {
    bed: bed.bed,
    course: random.pick(courses),
    observationsInMin: random.whole(-20, 220),
    plan: random.pick(plans),
    flags: random.chance(0.3) ? [['warning', 'Falls']] : [],
    due: random.chance(0.4) ? [['Medication round', random.whole(10, 180)]] : [],
    daysIn: random.whole(1, 6),
  };
  const year = random.whole(1932, 2004);
  const born = `${year}-${two(random.whole(1, 12))}-${two(random.whole(1, 28))}`;
  return {
    ...stay,
    family: random.pick(nameLists.families),
    given: random.pick(nameLists.givens[gender]),
    gender,
    born,
    allergies: random.pick(['known', 'noKnown', 'noKnown', 'severe', 'notRecorded'] as const),
    disease: random.pick(Object.keys(diseases)),
  };
}

function two(number: number): string {
  return String(number).padStart(2, '0');
}

function bedNamed(ward: WardPlan, name: string): BedPlan {
  const bed = bedsOf(ward).find((one) => one.bed === name);
  if (!bed) throw new Error(`the cast names a bed that ${ward.name} does not have: ${name}`);
  return bed;
}

function staffOf(
  ward: WardPlan,
  staff: readonly StaffMember[],
  shifts: readonly ShiftPlan[],
  random: Random,
): StayStaff {
  const here = staff.filter((one) => one.wardIds.includes(ward.wardId));
  const nurses = here.filter((one) => one.role === 'nurse');
  const nurse = random.pick(nurses.filter((one) => one.onShift));
  const consultant = here.find((one) => one.role === 'physician');
  const technologist = staff.find((one) => one.role === 'technologist');
  const shift = shifts.find((one) => one.personId === nurse.personId);
  if (!consultant || !technologist || !shift) throw new Error(`${ward.name} lacks staff`);
  return { consultant, technologist, nurses, nurse, shift };
}
