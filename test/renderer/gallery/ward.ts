import { earlyWarningOf, lastKnownOf } from '#core/clinical/news2.ts';
import type { Alert, BoardRow, VitalsSet } from '#core/contracts/clinical.ts';
import type { WorkspaceBegin } from '#core/contracts/ipc.ts';
import { minutes, nowMs } from './scene.ts';

/* A synthetic ward; nobody in it ever lived. */

type Readings = readonly [
  rr: number | null,
  spo2: number | null,
  o2: boolean | null,
  sbp: number | null,
  dbp: number | null,
  hr: number | null,
  acvpu: VitalsSet['consciousness'],
  temp: number | null,
];

export function vitals(setId: string, takenAtMs: number, readings: Readings): VitalsSet {
  const [rr, spo2, o2, sbp, dbp, hr, acvpu, temp] = readings;
  return {
    setId,
    takenAtMs,
    respirationRate: rr,
    oxygenSaturation: spo2,
    supplementalOxygen: o2,
    systolic: sbp,
    diastolic: dbp,
    heartRate: hr,
    consciousness: acvpu,
    temperature: temp,
    recordedBy: 'Amina Chowdhury',
    state: 'stored',
  };
}

interface Patient {
  readonly name: readonly [family: string, given: string, prefix?: string];
  readonly born: string;
  readonly gender: 'male' | 'female';
  readonly readings: Readings | null;
  readonly previous?: number;
  /** The set before, where the newest one is not complete. */
  readonly before?: Readings;
  readonly due: number | null;
  readonly plan: string;
  readonly alerts?: readonly Alert[];
  readonly tasks?: readonly { text: string; atMs: number | null }[];
  readonly mine?: boolean;
  readonly similar?: readonly string[];
}

const well: Readings = [16, 97, false, 128, 76, 78, 'A', 36.8];
const alert = (shape: Alert['shape'], text: string): Alert => ({ shape, text });

function row(bed: string, bay: string, patient: Patient | null): BoardRow {
  if (patient === null) {
    return {
      bed,
      bay,
      patient: null,
      sameFamilyName: [],
      plan: null,
      earlyWarning: null,
      lastVitals: null,
      carriedVitals: [],
      nextObservationsAtMs: null,
      alerts: [],
      due: [],
      mine: false,
    };
  }
  const { name, readings } = patient;
  const set = readings === null ? null : vitals(`set-${bed}`, minutes(-44), readings);
  const earlier =
    patient.before === undefined ? null : vitals(`before-${bed}`, minutes(-104), patient.before);
  const newestFirst = [set, earlier].filter((one) => one !== null);
  const warning = earlyWarningOf(newestFirst);
  const known = lastKnownOf(newestFirst);
  return {
    bed,
    bay,
    patient: {
      patientId: `p-${bed}`,
      family: name[0],
      given: name[1],
      prefix: name[2] ?? null,
      preferredName: null,
      birthDate: patient.born,
      gender: patient.gender,
      recordNumber: null,
      deceasedAt: null,
    },
    sameFamilyName: [...(patient.similar ?? [])],
    plan: patient.plan,
    earlyWarning:
      warning === null
        ? null
        : {
            ...warning,
            previousTotal: patient.previous ?? warning.previousTotal,
          },
    lastVitals: known?.set ?? null,
    carriedVitals: [...(known?.carried ?? [])],
    nextObservationsAtMs: patient.due === null ? null : minutes(patient.due),
    alerts: [...(patient.alerts ?? [])],
    due: [...(patient.tasks ?? [])],
    mine: patient.mine ?? false,
  };
}

const bays: Record<string, Record<string, Patient | null>> = {
  'Bay A': {
    A1: {
      name: ['Abara', 'Ngozi'],
      born: '1972-02-11',
      gender: 'female',
      readings: [18, 95, false, 122, 74, 84, 'A', 37.1],
      previous: 1,
      due: 86,
      plan: 'Home tomorrow',
    },
    A2: {
      name: ['Bennett', 'Thomas'],
      born: '1955-06-03',
      gender: 'male',
      readings: [21, 96, false, 118, 70, 94, 'A', 37.4],
      previous: 2,
      due: 41,
      plan: 'Echo 16:00',
      alerts: [alert('warning', 'Falls')],
      mine: true,
    },
    A3: {
      name: ['Evans', 'Gwyneth', 'Mrs'],
      born: '1947-03-14',
      gender: 'female',
      readings: [26, 94, true, 98, 54, 121, 'A', 39.1],
      previous: 10,
      due: 16,
      plan: 'Registrar called 13:55',
      alerts: [alert('danger', 'Sepsis?'), alert('warning', 'Allergy')],
      similar: ['A4'],
      mine: true,
      tasks: [
        { text: 'Blood cultures', atMs: minutes(-10) },
        { text: 'Lactate', atMs: minutes(50) },
      ],
    },
    A4: {
      name: ['Evans', 'Gwen', 'Ms'],
      born: '1963-09-02',
      gender: 'female',
      readings: well,
      previous: 0,
      due: 175,
      plan: 'Physio',
      similar: ['A3'],
    },
    A5: {
      name: ['Chowdhury', 'Rahim'],
      born: '1978-01-20',
      gender: 'male',
      readings: [16, 94, false, 108, 66, 82, 'A', 37.2],
      previous: 4,
      due: 63,
      plan: 'Theatre 15:30',
      alerts: [alert('prohibition', 'Nil by mouth')],
      mine: true,
    },
    A6: null,
  },
  'Bay B': {
    B1: {
      name: ['Davies', 'Rhys'],
      born: '1944-04-30',
      gender: 'male',
      readings: [22, 95, false, 104, 62, 92, 'A', 37.6],
      previous: 3,
      due: -12,
      plan: 'Chest X-ray today',
      alerts: [alert('warning', 'Falls'), alert('mandatory', 'Turn 2-hourly')],
      mine: true,
    },
    B2: {
      name: ['Eze', 'Chidi'],
      born: '1990-05-17',
      gender: 'male',
      readings: well,
      previous: 1,
      due: 140,
      plan: 'Home today',
    },
    B3: {
      name: ['Fitzgerald', 'Maeve'],
      born: '1959-10-08',
      gender: 'female',
      readings: [18, 97, false, 224, 110, 88, 'A', 36.9],
      previous: 3,
      due: 22,
      plan: 'Renal review',
      alerts: [alert('mandatory', 'Fluid chart')],
    },
    B4: {
      name: ['Okonkwo-Featherstonehaugh', 'Maximiliana Bernadette'],
      born: '2026-11-19',
      gender: 'female',
      readings: null,
      due: 30,
      plan: 'With mother',
      alerts: [alert('supplementary', 'Newborn')],
    },
    B5: {
      name: ['García', 'Lucía'],
      born: '1997-07-21',
      gender: 'female',
      readings: [16, 97, false, 109, 64, 72, 'A', 36.7],
      previous: 2,
      due: 58,
      plan: 'Ultrasound done',
      alerts: [alert('supplementary', 'Interpreter')],
    },
    B6: {
      name: ['Hussain', 'Imran'],
      born: '1951-08-14',
      gender: 'male',
      readings: [21, 95, false, 126, 78, 96, 'A', 37.8],
      previous: 4,
      due: 9,
      plan: 'Antibiotics 15:00',
      alerts: [alert('warning', 'Allergy')],
      mine: true,
      tasks: [{ text: 'Meropenem', atMs: minutes(26) }],
    },
  },
  'Bay C': {
    C1: {
      name: ['Igwe', 'Adaeze'],
      born: '1965-02-02',
      gender: 'female',
      readings: [20, 95, false, 130, 80, 91, 'A', 37],
      previous: 2,
      due: 71,
      plan: 'Diabetes nurse',
    },
    C2: {
      name: ['Jones', 'Margaret', 'Mrs'],
      born: '1938-01-25',
      gender: 'female',
      readings: [21, 93, true, 116, 70, 88, 'A', 37.2],
      previous: 6,
      due: 18,
      plan: 'Outreach aware',
      alerts: [alert('warning', 'Falls'), alert('supplementary', 'Hearing aid')],
    },
    C3: {
      name: ['Kowalski', 'Piotr'],
      born: '1974-11-01',
      gender: 'male',
      readings: well,
      previous: 0,
      due: 210,
      plan: 'Home today',
    },
    C4: null,
    C5: {
      name: ['Lam', 'Wai-Yee'],
      born: '1982-05-09',
      gender: 'female',
      readings: [16, 95, false, 118, 72, 74, 'A', 36.6],
      previous: 1,
      due: 101,
      plan: 'Endoscopy 17:00',
      alerts: [alert('prohibition', 'Nil by mouth')],
    },
    C6: {
      name: ['Mbeki', 'Themba'],
      born: '1968-03-12',
      gender: 'male',
      readings: [22, null, null, null, null, 104, 'A', null],
      due: -34,
      plan: 'Admitted 13:40',
      alerts: [alert('mandatory', 'Fluid chart')],
    },
  },
  'Side rooms': {
    S1: {
      name: ['Nowak', 'Ewa'],
      born: '1956-06-06',
      gender: 'female',
      readings: [20, 95, false, 134, 82, 92, 'A', 37.9],
      previous: 3,
      due: 47,
      plan: 'Sputum sent',
      alerts: [alert('danger', 'Airborne')],
    },
    S2: {
      name: ["O'Brien", 'Declan'],
      born: '1935',
      gender: 'male',
      readings: null,
      due: null,
      plan: 'Family visiting',
      alerts: [alert('supplementary', 'Comfort care')],
    },
    S3: {
      name: ['Patel', 'Anjali', 'Ms'],
      born: '1993-06-09',
      gender: 'female',
      readings: [null, null, null, null, null, null, null, 37],
      before: [21, 95, false, 104, 62, 92, 'A', 37.6],
      due: 120,
      plan: 'Day 3 of 5',
      alerts: [alert('danger', 'Contact')],
    },
    S4: {
      name: ['Quinn', 'Orla'],
      born: '2007-04-18',
      gender: 'female',
      readings: well,
      previous: 0,
      due: 33,
      plan: 'Home tomorrow',
    },
  },
};

export const wardRows: BoardRow[] = Object.entries(bays).flatMap(([bay, beds]) =>
  Object.entries(beds).map(([bed, patient]) => row(bed, bay, patient)),
);

/** A workspace opened by a nurse of the synthetic ward; scenes change what they show. */
export const begin: WorkspaceBegin = {
  token: 'token-1',
  person: { personId: 'n1', displayName: 'Amina Chowdhury', role: 'nurse', trust: 'B2' },
  terminalName: 'ASH-03',
  wardName: 'Ash ward',
  language: 'en',
  theme: 'light',
  nowMs,
  shiftEndsAtMs: minutes(296),
  board: { wardName: 'Ash ward', rows: wardRows },
  freshness: {
    asOfMs: nowMs,
    online: true,
    unsentOperations: 0,
    conflicts: 0,
    rejected: 0,
    malformed: 0,
    filling: null,
  },
  drafts: [],
  otherSessions: [],
  leaveHint: 'secondTap',
};
