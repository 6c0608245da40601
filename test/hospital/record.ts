import type { SyncResource } from '#core/contracts/sync.ts';
import { systems } from '#core/clinical/systems.ts';
import type { CastMember } from './cast.ts';
import { diseases, type Disease, type ResultPlan } from './diseases.ts';
import { concept, instant, loincConcept, snomedConcept, toPatient, toStaff } from './fhir.ts';
import type { Random } from './random.ts';
import type { StaffMember } from './staff.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** Who a generated patient is and what brought them in. */
export interface RecordPlan {
  readonly patientId: string;
  readonly recordNumber: string;
  readonly member: Pick<
    CastMember,
    'family' | 'given' | 'gender' | 'born' | 'preferred' | 'allergies' | 'disease' | 'daysIn'
  >;
  readonly consultant: StaffMember;
  readonly nowMs: number;
}

/** A patient's own record: who, allergies, problems, medicines, results, imaging and earlier encounters. */
export function recordResources(plan: RecordPlan, random: Random): SyncResource[] {
  const disease = diseases[plan.member.disease];
  if (!disease) throw new Error(`the cast names an unknown disease: ${plan.member.disease}`);
  return [
    patient(plan, random),
    ...allergies(plan, random),
    ...problems(plan, disease, random),
    ...medications(plan, disease, random),
    ...results(plan, disease, random),
    ...imaging(plan, disease, random),
    ...earlierEncounters(plan, random),
  ];
}

const towns = [
  'Sudbury',
  'Thunder Bay',
  'Kingston',
  'Ottawa',
  'Timmins',
  'Hearst',
  'Guelph',
] as const;
const streets = [
  'Maple Street',
  'Queen Street',
  'rue Principale',
  'Lakeshore Road',
  'King Street',
] as const;

function patient({ patientId, recordNumber, member }: RecordPlan, random: Random): SyncResource {
  return {
    resourceType: 'Patient',
    id: patientId,
    active: true,
    identifier: [
      {
        type: concept(
          'http://terminology.hl7.org/CodeSystem/v2-0203',
          'MR',
          'Medical record number',
        ),
        system: 'urn:wardkey:record-number',
        value: recordNumber,
      },
    ],
    name: [
      { use: 'official', family: member.family, given: [member.given] },
      ...(member.preferred === undefined ? [] : [{ use: 'nickname', given: [member.preferred] }]),
    ],
    gender: member.gender,
    birthDate: member.born,
    telecom: [{ system: 'phone', value: `705-555-0${random.whole(100, 199)}` }],
    address: [
      {
        line: [`${random.whole(1, 900)} ${random.pick(streets)}`],
        city: random.pick(towns),
        state: 'ON',
        country: 'CA',
      },
    ],
  };
}

const substances = [
  ['91936005', 'Penicillin', '247472004', 'Hives'],
  ['91935009', 'Peanut', '39579001', 'Anaphylaxis'],
  ['300913006', 'Shellfish', '271807003', 'Rash'],
  ['294505008', 'Amoxicillin', '271807003', 'Rash'],
  ['1003755004', 'Latex', '247472004', 'Hives'],
] as const;

function allergies({ patientId, member }: RecordPlan, random: Random): SyncResource[] {
  if (member.allergies === 'notRecorded') return [];
  const allergy = (code: object, more: object): SyncResource => ({
    resourceType: 'AllergyIntolerance',
    id: random.uuid(),
    clinicalStatus: concept(
      'http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical',
      'active',
      'Active',
    ),
    verificationStatus: concept(
      'http://terminology.hl7.org/CodeSystem/allergyintolerance-verification',
      'confirmed',
      'Confirmed',
    ),
    code,
    patient: toPatient(patientId),
    ...more,
  });
  if (member.allergies === 'noKnown')
    return [allergy(snomedConcept('716186003', 'No known allergy'), {})];
  const severe = member.allergies === 'severe';
  const [code, text, reactionCode, reaction] = severe
    ? random.pick(substances.slice(0, 2))
    : random.pick(substances.slice(2));
  return [
    allergy(snomedConcept(code, text), {
      criticality: severe ? 'high' : 'low',
      reaction: [{ manifestation: [snomedConcept(reactionCode, reaction)] }],
    }),
  ];
}

function problems(
  { patientId, member, consultant, nowMs }: RecordPlan,
  disease: Disease,
  random: Random,
): SyncResource[] {
  return [disease.problem, ...disease.others].map(([code, text], index) => ({
    resourceType: 'Condition',
    id: random.uuid(),
    clinicalStatus: concept(
      'http://terminology.hl7.org/CodeSystem/condition-clinical',
      'active',
      'Active',
    ),
    code: snomedConcept(code, text),
    subject: toPatient(patientId),
    onsetDateTime: instant(
      nowMs - (index === 0 ? member.daysIn * dayMs + 6 * hourMs : random.whole(400, 4000) * dayMs),
    ),
    recorder: toStaff(consultant),
  }));
}

function medications(
  { patientId, member, consultant, nowMs }: RecordPlan,
  disease: Disease,
  random: Random,
): SyncResource[] {
  return disease.medications.map(([text, dose]) => ({
    resourceType: 'MedicationRequest',
    id: random.uuid(),
    status: 'active',
    intent: 'order',
    medicationCodeableConcept: { text },
    subject: toPatient(patientId),
    authoredOn: instant(nowMs - member.daysIn * dayMs),
    requester: toStaff(consultant),
    dosageInstruction: [{ text: dose }],
  }));
}

/** Each test on admission and every day since, drifting to where it is now. */
function results(
  { patientId, member, nowMs }: RecordPlan,
  disease: Disease,
  random: Random,
): SyncResource[] {
  return disease.results.flatMap((result) =>
    Array.from({ length: Math.min(4, member.daysIn + 1) }, (_, daysAgo) =>
      oneResult(patientId, result, nowMs - daysAgo * dayMs - 4 * hourMs, daysAgo, random),
    ),
  );
}

function oneResult(
  patientId: string,
  [code, text, unit, low, high, now]: ResultPlan,
  atMs: number,
  daysAgo: number,
  random: Random,
): SyncResource {
  const drift = daysAgo === 0 ? 1 : 1 + (random.next() - 0.5) * 0.12 * daysAgo;
  const value = Math.round(now * drift * 10) / 10;
  const interpretation = interpret(value, low, high);
  return {
    resourceType: 'Observation',
    id: random.uuid(),
    status: 'final',
    category: [concept(systems.observationCategory, 'laboratory', 'Laboratory')],
    code: loincConcept(code, text),
    subject: toPatient(patientId),
    effectiveDateTime: instant(atMs),
    issued: instant(atMs + 50 * 60_000),
    valueQuantity: { value, unit, system: systems.ucum, code: unit },
    interpretation: [concept(systems.interpretation, interpretation, interpretation)],
    referenceRange: [
      { low: { value: low, unit }, high: { value: high, unit }, text: `${low}–${high}` },
    ],
  };
}

/** HL7 interpretation: beyond half the range again is critical. */
function interpret(value: number, low: number, high: number): 'LL' | 'L' | 'N' | 'H' | 'HH' {
  const span = (high - low) / 2;
  if (value < low - span) return 'LL';
  if (value < low) return 'L';
  if (value > high + span) return 'HH';
  return value > high ? 'H' : 'N';
}

const modalities = {
  CT: 'Computed tomography',
  DX: 'Digital radiography',
  US: 'Ultrasound',
  MR: 'Magnetic resonance',
} as const;

function imaging(
  { patientId, member, consultant, nowMs }: RecordPlan,
  disease: Disease,
  random: Random,
): SyncResource[] {
  if (!disease.imaging) return [];
  const [modality, description, conclusion] = disease.imaging;
  const startedAtMs = nowMs - member.daysIn * dayMs + 2 * hourMs - dayMs / 2;
  const orderId = random.uuid();
  const studyId = random.uuid();
  const dicom = 'http://dicom.nema.org/resources/ontology/DCM';
  return [
    {
      resourceType: 'ServiceRequest',
      id: orderId,
      status: 'completed',
      intent: 'order',
      category: [snomedConcept('363679005', 'Imaging')],
      code: { text: description },
      subject: toPatient(patientId),
      authoredOn: instant(startedAtMs - hourMs),
      requester: toStaff(consultant),
    },
    {
      resourceType: 'ImagingStudy',
      id: studyId,
      status: 'available',
      modality: [{ system: dicom, code: modality, display: modalities[modality] }],
      description,
      subject: toPatient(patientId),
      basedOn: [{ reference: `ServiceRequest/${orderId}` }],
      started: instant(startedAtMs),
    },
    {
      resourceType: 'DiagnosticReport',
      id: random.uuid(),
      status: 'final',
      code: { text: description },
      subject: toPatient(patientId),
      basedOn: [{ reference: `ServiceRequest/${orderId}` }],
      imagingStudy: [{ reference: `ImagingStudy/${studyId}` }],
      effectiveDateTime: instant(startedAtMs),
      issued: instant(startedAtMs + 2 * hourMs),
      conclusion,
    },
  ];
}

const visits = [
  'Family health clinic visit',
  'Emergency department visit',
  'Day surgery',
  'Outpatient clinic',
] as const;

function earlierEncounters({ patientId, nowMs }: RecordPlan, random: Random): SyncResource[] {
  return Array.from({ length: random.whole(1, 4) }, () => {
    const startedAtMs = nowMs - random.whole(40, 1500) * dayMs;
    return {
      resourceType: 'Encounter',
      id: random.uuid(),
      status: 'finished',
      class: {
        system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode',
        code: 'AMB',
        display: 'ambulatory',
      },
      type: [{ text: random.pick(visits) }],
      subject: toPatient(patientId),
      period: { start: instant(startedAtMs), end: instant(startedAtMs + hourMs) },
    };
  });
}
