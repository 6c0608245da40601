import { systems } from '#core/clinical/systems.ts';
import type { SyncResource } from '#core/contracts/sync.ts';
import type { StayPlan } from './cast.ts';
import { concept, instant, note, snomedConcept, toPatient, toStaff } from './fhir.ts';
import { radiologyId, type BedPlan, type WardPlan } from './places.ts';
import type { Random } from './random.ts';
import type { ShiftPlan, StaffMember } from './staff.ts';
import { weekOfVitals } from './vitals.ts';

const hourMs = 3_600_000;

/** Who looks after a stay. */
export interface StayStaff {
  readonly consultant: StaffMember;
  /** Assigned in the present shift. */
  readonly nurse: StaffMember;
  readonly nurses: readonly StaffMember[];
  readonly technologist: StaffMember;
  readonly shift: ShiftPlan;
}

/** One patient in one bed. */
export interface Stay {
  readonly patientId: string;
  readonly ward: WardPlan;
  readonly bed: BedPlan;
  readonly plan: StayPlan;
  readonly staff: StayStaff;
  readonly nowMs: number;
  readonly vitalsDays: number;
}

/** Everything that lying in a bed adds to a patient's record; laid over generated and loaded patients alike. */
export function stayResources(stay: Stay, random: Random): SyncResource[] {
  const encounterId = random.uuid();
  return [
    encounter(stay, encounterId),
    careTeam(stay, random),
    carePlan(stay, random),
    ...flags(stay, random),
    ...tasks(stay, random),
    ...orders(stay, encounterId, random),
    ...weekOfVitals(
      {
        patientId: stay.patientId,
        course: stay.plan.course,
        nowMs: stay.nowMs,
        days: Math.min(stay.vitalsDays, Math.max(0.5, stay.plan.daysIn)),
        newestAgoMin: random.whole(15, 70),
        nurses: stay.staff.nurses,
      },
      random,
    ),
    ...notes(stay, random),
  ];
}

function encounter({ patientId, ward, bed, plan, staff, nowMs }: Stay, id: string): SyncResource {
  const admittedAt = instant(nowMs - plan.daysIn * 24 * hourMs - 50 * 60_000);
  return {
    resourceType: 'Encounter',
    id,
    status: 'in-progress',
    class: {
      system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode',
      code: 'IMP',
      display: 'inpatient encounter',
    },
    type: [{ text: `Inpatient, ${ward.specialty.toLowerCase()}` }],
    subject: toPatient(patientId),
    participant: [
      {
        type: [
          concept('http://terminology.hl7.org/CodeSystem/v3-ParticipationType', 'ATND', 'attender'),
        ],
        individual: toStaff(staff.consultant),
      },
    ],
    period: { start: admittedAt },
    location: [
      {
        location: { reference: `Location/${bed.locationId}`, display: `${ward.name} ${bed.bed}` },
        status: 'active',
        period: { start: admittedAt },
      },
    ],
  };
}

function careTeam({ patientId, staff }: Stay, random: Random): SyncResource {
  const period = { start: instant(staff.shift.startsAtMs), end: instant(staff.shift.endsAtMs) };
  return {
    resourceType: 'CareTeam',
    id: random.uuid(),
    status: 'active',
    subject: toPatient(patientId),
    participant: [{ member: toStaff(staff.nurse), period }, { member: toStaff(staff.consultant) }],
  };
}

function carePlan({ patientId, plan }: Stay, random: Random): SyncResource {
  return {
    resourceType: 'CarePlan',
    id: random.uuid(),
    status: 'active',
    intent: 'plan',
    category: [concept(systems.carePlan, 'ward-plan', 'Ward plan')],
    title: plan.plan,
    subject: toPatient(patientId),
  };
}

function flags({ patientId, plan }: Stay, random: Random): SyncResource[] {
  return plan.flags.map(([shape, text]) => ({
    resourceType: 'Flag',
    id: random.uuid(),
    status: 'active',
    category: [concept(systems.alertShape, shape, shape)],
    code: { text },
    subject: toPatient(patientId),
  }));
}

function tasks({ patientId, plan, nowMs }: Stay, random: Random): SyncResource[] {
  const task = (text: string, inMin: number, code: object | null): SyncResource => ({
    resourceType: 'Task',
    id: random.uuid(),
    status: 'requested',
    intent: 'order',
    ...(code === null ? {} : { code }),
    description: text,
    for: toPatient(patientId),
    authoredOn: instant(nowMs - 4 * hourMs),
    restriction: { period: { end: instant(nowMs + inMin * 60_000) } },
  });
  const observations = concept(systems.task, 'observations', 'Observations');
  return [
    ...(plan.observationsInMin === null
      ? []
      : [task('Observations', plan.observationsInMin, observations)]),
    ...plan.due.map(([text, inMin]) => task(text, inMin, null)),
  ];
}

/** Some have an image ordered: what puts radiology on the case. */
function orders(stay: Stay, encounterId: string, random: Random): SyncResource[] {
  if (!random.chance(0.3)) return [];
  const { patientId, staff, nowMs } = stay;
  return [
    {
      resourceType: 'ServiceRequest',
      id: random.uuid(),
      status: 'active',
      intent: 'order',
      category: [snomedConcept('363679005', 'Imaging')],
      code: snomedConcept('399208008', 'Chest X-ray'),
      subject: toPatient(patientId),
      encounter: { reference: `Encounter/${encounterId}` },
      occurrenceDateTime: instant(nowMs + random.whole(30, 300) * 60_000),
      authoredOn: instant(nowMs - 2 * hourMs),
      requester: toStaff(staff.consultant),
      performer: [toStaff(staff.technologist)],
      locationReference: [{ reference: `Location/${radiologyId}`, display: 'Radiology' }],
    },
  ];
}

const nursingLines = [
  'Slept well. Eating and drinking. Mobile to bathroom with one.',
  'Comfortable, no pain at rest. Cannula site clean, flushed.',
  'Family updated by telephone. Skin intact, heels floated.',
  'Refused lunch, took a supplement drink. Encouraged fluids.',
  'Walked the length of the bay with physiotherapy, steady with frame.',
] as const;

function notes({ patientId, plan, staff, nowMs }: Stay, random: Random): SyncResource[] {
  const nursing = Array.from({ length: Math.min(6, plan.daysIn * 2) }, (_, index) =>
    note(
      random.uuid(),
      patientId,
      random.pick(staff.nurses),
      nowMs - (index * 11 + 3) * hourMs,
      'Nursing note',
      random.pick(nursingLines),
    ),
  );
  if (plan.course === 'deteriorating') {
    nursing.unshift(
      note(
        random.uuid(),
        patientId,
        staff.nurse,
        nowMs - 40 * 60_000,
        'Nursing note',
        'Looks worse: rigors, breathing fast, mottled to the knees. Oxygen 2 L/min started. Resident called, coming. Urine 20 mL in the last hour.',
      ),
    );
  }
  const round = note(
    random.uuid(),
    patientId,
    staff.consultant,
    nowMs - 5 * hourMs,
    'Ward round',
    `Seen on the round. Plan: ${plan.plan.toLowerCase()}. Continue present treatment.`,
  );
  return plan.daysIn === 0 ? [] : [round, ...nursing];
}
