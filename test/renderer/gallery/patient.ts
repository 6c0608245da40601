import type {
  ChartItem,
  ChartSection,
  ChartSectionName,
  ChartView,
  Conflict,
  SearchHit,
} from '#core/contracts/clinical.ts';
import type { TerminalStatus } from '#core/contracts/ipc.ts';
import { minutes, nowMs } from './scene.ts';
import { vitals } from './ward.ts';

/* One synthetic patient of the synthetic ward, in full. */

const hours = (count: number) => nowMs + count * 3_600_000;

/** A day in which she goes from well to NEWS2 12, with one incomplete set and one that waits to be sent. */
const sets = [
  vitals('v1', hours(-23.7), [16, 97, false, 134, 78, 78, 'A', 36.8]),
  vitals('v2', hours(-19.9), [17, 96, false, 131, 76, 82, 'A', 37]),
  vitals('v3', hours(-16), [16, 96, false, 128, 74, 80, 'A', 37.1]),
  vitals('v4', hours(-12.2), [18, 96, false, 126, 72, 86, 'A', 37.4]),
  vitals('v5', hours(-8.4), [19, 95, false, 122, 70, 94, 'A', 38]),
  vitals('v6', hours(-6.1), [21, 94, false, 118, 68, 102, 'A', null]),
  vitals('v7', hours(-4.5), [22, 93, false, 112, 64, 108, 'A', 38.7]),
  vitals('v8', hours(-3.1), [24, 94, true, 107, 61, 112, 'A', 38.9]),
  vitals('v9', hours(-1.8), [25, 94, true, 103, 58, 116, 'A', 39]),
  {
    ...vitals('v10', minutes(-44), [26, 94, true, 98, 54, 121, 'A', 39.1]),
    state: 'pending' as const,
  },
];

/** Seven days of sets every four hours, for the wide windows. */
export const weekOfSets = Array.from({ length: 42 }, (_, index) =>
  vitals(`w${index}`, hours(-168 + index * 4 + 1), [
    14 + (index % 5),
    94 + (index % 4),
    false,
    118 + ((index * 7) % 30),
    70 + (index % 12),
    70 + ((index * 5) % 32),
    index % 11 === 0 ? null : 'A',
    36.4 + (index % 9) / 5,
  ]),
);

function item(id: string, rest: Partial<ChartItem>): ChartItem {
  return {
    id,
    resourceType: 'Condition',
    title: id,
    detail: null,
    status: null,
    atMs: hours(-30),
    value: null,
    unit: null,
    referenceRange: null,
    interpretation: null,
    author: null,
    version: 1,
    operationId: null,
    state: 'stored',
    ...rest,
  };
}

function section(name: ChartSectionName, items: ChartItem[], total = items.length): ChartSection {
  return { section: name, total, items, nextOffset: total > items.length ? items.length : null };
}

const result = (
  title: string,
  value: string,
  unit: string,
  referenceRange: string | null,
  interpretation: ChartItem['interpretation'],
  atMs: number,
): ChartItem =>
  item(`r-${title}-${atMs}`, {
    resourceType: 'Observation',
    title,
    value,
    unit,
    referenceRange,
    interpretation,
    status: 'final',
    atMs,
  });

const notes: ChartItem[] = [
  item('n1', {
    resourceType: 'DocumentReference',
    title: 'Nursing note',
    detail:
      'More breathless since 13:00. Sitting up, oxygen 2 L/min by nasal cannula.\nRegistrar told 13:55, will review within 30 minutes. Daughter informed.',
    author: 'Amina Chowdhury',
    atMs: minutes(-36),
    state: 'pending',
    version: 0,
  }),
  item('n2', {
    resourceType: 'DocumentReference',
    title: 'Nursing note',
    detail: 'Slept poorly. Ate half of breakfast. Urine output 30 mL/h over the last two hours.',
    author: 'Joseph Tremblay',
    atMs: hours(-7),
    version: 2,
  }),
  item('n3', {
    resourceType: 'DocumentReference',
    title: 'Physiotherapy',
    detail: 'Walked ten metres with a frame and one person. Tires quickly.',
    author: 'Mei Lin',
    atMs: hours(-26),
  }),
];

const sections: ChartView['sections'] = {
  problems: section('problems', [
    item('p1', { title: 'Community-acquired pneumonia', status: 'active', atMs: hours(-52) }),
    item('p2', {
      title: 'Chronic kidney disease stage 3a',
      status: 'active',
      atMs: hours(-43_800),
    }),
    item('p3', { title: 'Type 2 diabetes mellitus', status: 'active', atMs: hours(-96_000) }),
    item('p4', { title: 'Hip replacement, left', status: 'resolved', atMs: hours(-35_000) }),
  ]),
  medications: section(
    'medications',
    [
      item('m1', {
        resourceType: 'MedicationRequest',
        title: 'doxycycline 100 mg capsule',
        detail: '100 mg by mouth twice a day',
        status: 'active',
        author: 'Dr S Okafor',
      }),
      item('m2', {
        resourceType: 'MedicationRequest',
        title: 'metformin 500 mg tablet',
        detail: '500 mg by mouth twice a day with food',
        status: 'on-hold',
        author: 'Dr S Okafor',
      }),
      item('m3', {
        resourceType: 'MedicationRequest',
        title: 'paracetamol 500 mg tablet',
        detail: '1 g by mouth up to four times a day',
        status: 'active',
      }),
      item('m4', {
        resourceType: 'MedicationRequest',
        title: 'amoxicillin 500 mg capsule',
        detail: 'Patient is allergic to penicillin',
        status: 'entered-in-error',
      }),
    ],
    31,
  ),
  results: section(
    'results',
    [
      result('Lactate', '3.8', 'mmol/L', '0.5 – 2.0 mmol/L', 'criticalHigh', minutes(-13)),
      result('C-reactive protein', '212', 'mg/L', '0 – 5 mg/L', 'high', minutes(-13)),
      result('Haemoglobin', '98', 'g/L', '115 – 155 g/L', 'low', hours(-9)),
      result('Potassium', '4.6', 'mmol/L', '3.5 – 5.0 mmol/L', 'normal', hours(-9)),
      result('Creatinine', '128', 'µmol/L', '45 – 90 µmol/L', 'high', hours(-9)),
      result('Culture, blood', 'Gram-positive cocci', '', null, 'abnormal', hours(-20)),
      result('Vitamin D', '61', 'nmol/L', null, null, hours(-40)),
    ],
    1284,
  ),
  notes: section('notes', notes),
  imaging: section('imaging', [
    item('i1', {
      resourceType: 'ImagingStudy',
      title: 'Chest X-ray',
      detail: 'Right lower lobe consolidation',
      status: 'available',
      atMs: hours(-50),
    }),
  ]),
  encounters: section(
    'encounters',
    [
      item('e1', {
        resourceType: 'Encounter',
        title: 'Hospital admission',
        detail: 'Ash ward',
        status: 'in-progress',
        atMs: hours(-53),
      }),
      item('e2', {
        resourceType: 'Encounter',
        title: 'Emergency visit',
        status: 'finished',
        atMs: hours(-58),
      }),
    ],
    47,
  ),
};

/** Her chart as a nurse of the ward opens it. */
export const chart: ChartView = {
  identity: {
    patientId: 'p-A3',
    family: 'Evans',
    given: 'Gwyneth',
    prefix: 'Mrs',
    preferredName: 'Gwen',
    birthDate: '1947-03-14',
    gender: 'female',
    recordNumber: 'MR 4401 882',
    deceasedAt: null,
  },
  bed: 'A3',
  wardName: 'Ash ward',
  consultant: 'Dr S Okafor',
  sameFamilyName: ['A4'],
  allergies: {
    state: 'known',
    items: [
      { substance: 'Penicillin', reaction: 'anaphylaxis', criticality: 'high' },
      { substance: 'Latex', reaction: 'rash', criticality: 'low' },
    ],
  },
  alerts: [
    { shape: 'danger', text: 'Sepsis?' },
    { shape: 'warning', text: 'Falls risk' },
  ],
  vitals: sets,
  nextObservationsAtMs: minutes(16),
  sections,
  accessBasis: 'ward',
  visiting: null,
};

/** Everything that can go wrong at once: deceased, allergies unreadable, two sections lost, old observations only. */
export const troubledChart: ChartView = {
  ...chart,
  identity: { ...chart.identity, preferredName: null, deceasedAt: '2026-11-21T04:10:00-05:00' },
  allergies: { state: 'unavailable' },
  alerts: [],
  sameFamilyName: [],
  consultant: null,
  vitals: sets.map((set) => ({ ...set, takenAtMs: set.takenAtMs - 80 * 3_600_000 })),
  nextObservationsAtMs: null,
  sections: { ...sections, medications: null, imaging: section('imaging', []), results: null },
  accessBasis: 'careTeam',
};

/** A patient of another ward, seen by the care team. */
export const visitingChart: ChartView = {
  ...chart,
  identity: { ...chart.identity, patientId: 'p-x1', birthDate: '1951-12-30' },
  bed: 'Bed 4',
  wardName: 'Birch',
  sameFamilyName: ['A3', 'A4'],
  accessBasis: 'careTeam',
  visiting: { fetchedAtMs: minutes(-6) },
};

/** Two conflicts of one patient: a note that can be joined, and a set of vital signs that cannot. */
export const conflicts: Conflict[] = [
  {
    operationId: 'o1',
    patientId: 'p-A3',
    patientLabel: 'EVANS, Gwyneth (Mrs)',
    resourceType: 'DocumentReference',
    mine: {
      text: 'Slept poorly. Ate half of breakfast. Urine output 30 mL/h over the last two hours.',
      author: 'Amina Chowdhury',
      atMs: minutes(-30),
    },
    theirs: {
      text: 'Slept poorly. Ate all of breakfast. Urine output 45 mL/h over the last two hours, catheter flushed.',
      author: 'Joseph Tremblay',
      atMs: minutes(-34),
      version: 3,
    },
  },
  {
    operationId: 'o2',
    patientId: 'p-A3',
    patientLabel: 'EVANS, Gwyneth (Mrs)',
    resourceType: 'Observation',
    mine: { text: 'Pulse 92 /min', author: 'Amina Chowdhury', atMs: minutes(-58) },
    theirs: null,
  },
];

const hit = (
  patientId: string,
  family: string,
  given: string,
  birthDate: string | null,
  recordNumber: string,
  bed: string | null,
): SearchHit => ({
  identity: {
    ...chart.identity,
    patientId,
    family,
    given,
    prefix: null,
    preferredName: null,
    birthDate,
    recordNumber,
  },
  bed,
  wardName: bed === null ? null : 'Ash ward',
});

/** People who answer to "evans": two of one name, one without a birth date, one who died. */
export const hits: SearchHit[] = [
  hit('p-A3', 'Evans', 'Gwyneth', '1947-03-14', 'MR 4401 882', 'A3'),
  hit('p-A4', 'Evans', 'Gwen', '1963-09-02', 'MR 2210 004', 'A4'),
  hit('p-x1', 'Evans', 'Gwyneth', '1951-12-30', 'MR 7719 345', null),
  hit('p-x2', 'Evans-Tremblay', 'Rosalie', null, 'MR 9034 119', null),
  {
    ...hit('p-x3', 'Evans', 'Owain', '1939-07-08', 'MR 1183 560', null),
    identity: {
      ...hit('p-x3', 'Evans', 'Owain', '1939-07-08', 'MR 1183 560', null).identity,
      gender: 'male',
      deceasedAt: '2025-02-01',
    },
  },
];

const latency = (name: string, count: number, p50Ms: number, p95Ms: number, p99Ms: number) => ({
  name,
  count,
  p50Ms,
  p95Ms,
  p99Ms,
});

/** A terminal of a developer's desk, with something to look at in each panel. */
export const terminalStatus: TerminalStatus = {
  health: { reader: 'ready', server: 'unreachable', storage: 'ok', clock: 'ok' },
  freshness: {
    asOfMs: minutes(-3),
    online: false,
    unsentOperations: 2,
    malformed: 1,
    conflicts: 1,
    rejected: 0,
    filling: null,
  },
  version: '0.1.0',
  electronVersion: '25.1.1',
  developmentRuntime: true,
  deviceSecretStore: 'file',
  readers: ['Virtual PCD 00 00'],
  leaseNotAfterMs: hours(6.2),
  spoolUnsentEntries: 14,
  spoolSequence: 20_418,
  latencies: [
    latency('tapToWorkspace', 212, 41.2, 88, 121),
    latency('pinToWorkspace', 9, 188, 240, 251),
    latency('tapOver', 60, 96, 180, 212),
    latency('chartOpen', 148, 38.4, 71, 96),
    latency('auditAppend', 20_418, 0.42, 0.9, 2.1),
  ],
  sessionOpenedAtMs: minutes(-51),
  shiftEndsAtMs: minutes(296),
};
