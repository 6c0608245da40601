import type { Course } from './vitals.ts';

/** The shapes of alert flags. */
export type FlagPlan = readonly [
  shape: 'prohibition' | 'mandatory' | 'warning' | 'danger' | 'supplementary',
  text: string,
];

/** A stay on a ward as the story wants it. */
export interface StayPlan {
  readonly bed: string;
  readonly course: Course;
  /** Minutes until observations are due; negative is late, null not planned. */
  readonly observationsInMin: number | null;
  readonly plan: string;
  readonly flags: readonly FlagPlan[];
  readonly due: readonly (readonly [text: string, inMin: number])[];
  readonly daysIn: number;
}

/** Someone in the story: who they are, beside how their stay goes. */
export interface CastMember extends StayPlan {
  readonly family: string;
  readonly given: string;
  readonly gender: 'female' | 'male' | 'other';
  readonly born: string;
  readonly preferred?: string;
  readonly allergies: 'known' | 'severe' | 'noKnown' | 'notRecorded';
  readonly disease: string;
}

/**
 * Ash: the demo ward, written by hand so that every state of the board is there.
 * bed | family | given | gender | born | course | observations in min | plan | allergies | disease | flags | due | days in
 */
const ashTable = `
A1 | Abara | Ngozi | female | 1972-03-11 | well | 86 | Home tomorrow | noKnown | pneumonia | | | 4
A2 | Bennett | Thomas | male | 1955-07-02 | mild | 41 | Echo 16:00 | notRecorded | heartFailure | warning:Falls | Weigh patient@30 | 3
A3 | Evans | Gwyneth | female | 1947-01-29 | deteriorating | 16 | Resident called | severe | sepsis | danger:Sepsis? | Blood cultures@-10; Lactate repeat@25 | 2
A4 | Evans | Gwen | female | 1963-05-17 | well | 175 | Physiotherapy | noKnown | hip | | | 5
A5 | Chowdhury | Rahim | male | 1978-11-08 | mild | 63 | Endoscopy 15:30 | known | bleed | prohibition:Nil by mouth | Consent form@45 | 1
B1 | Davies | Rhys | male | 1944-09-23 | moderate | -12 | Chest X-ray today | known | pneumonia | warning:Falls; mandatory:Turn 2-hourly | Turn@5 | 6
B2 | Deschênes | Luc | male | 1990-02-14 | well | 140 | Home today | noKnown | cellulitis | | Discharge letter@120 | 3
B3 | Fitzgerald | Maeve | female | 1959-12-30 | highSingle | 22 | Renal review | notRecorded | renal | mandatory:Fluid chart | | 4
B4 | Beaulieu | Marie-Ève | female | 1981-06-06 | well | 95 | Neurology opinion | noKnown | migraine | | | 2
B5 | García | Lucía | female | 1997-04-19 | well | 58 | Ultrasound done | known | gallstones | supplementary:Interpreter, Spanish | | 1
B6 | Hussain | Imran | male | 1951-08-15 | mild | 9 | Antibiotics 15:00 | severe | cellulitis | | Piperacillin-tazobactam@26 | 3
C1 | Ishpatao | Adèle | female | 1965-10-21 | mild | 71 | Diabetes nurse | noKnown | diabetes | | Blood glucose@15 | 2
C2 | Jones | Margaret | female | 1938-02-03 | moderate | 18 | Outreach aware | known | heartFailure | warning:Falls; supplementary:Hearing aid | Furosemide@40 | 7
C3 | Kowalski | Piotr | male | 1974-05-27 | well | 210 | Home today | noKnown | dvt | | | 4
C5 | Lam | Wai-Yee | female | 1982-07-12 | well | 101 | Endoscopy 17:00 | noKnown | bleed | prohibition:Nil by mouth | | 1
C6 | Mbeki | Themba | male | 1968-03-05 | none | -34 | Admitted, to be clerked | notRecorded | chestPain | mandatory:Fluid chart | Admission assessment@-5 | 0
S1 | Nowak | Ewa | female | 1956-01-18 | mild | 47 | Sputum sent | noKnown | tuberculosis | danger:Airborne precautions | Sputum 3 of 3@300 | 5
S2 | O'Brien | Declan | male | 1935-11-02 | comfort | - | Family visiting | noKnown | palliative | supplementary:Comfort care; prohibition:No CPR | Mouth care@35 | 9
S3 | Patel | Anjali | female | 1993-09-09 | high | 33 | Day 3 of 5 | known | colitis | danger:Contact precautions | Stool chart@60 | 3
S4 | Quinn | Orla | female | 2006-06-24 | well | 120 | Home tomorrow | severe | asthma | | Peak flow@55 | 2
`;

/** The patients of Ash. */
export const ashCast: readonly CastMember[] = ashTable.trim().split('\n').map(readMember);

const families = [
  'Tremblay',
  'Roy',
  'Smith',
  'Singh',
  'MacDonald',
  'Nguyen',
  'Campbell',
  'Lavoie',
  'Chen',
  'Fortin',
  'Brown',
  'Ouellet',
  'Kaur',
  'Wilson',
  'Morin',
  'Khan',
  'Côté',
  'Stewart',
  'Pelletier',
  'Ali',
  'Ross',
  'Fontaine',
  'Wong',
  'Beauchamp',
  'Moses',
  'Fraser',
  'Desjardins',
  'Silva',
  'Cardinal',
  'Thompson',
] as const;
const givens = {
  female: [
    'Élise',
    'Margaret',
    'Sofia',
    'Harpreet',
    'Claire',
    'Mei',
    'Joan',
    'Aaliyah',
    'Geneviève',
    'Ruth',
    'Ana',
    'Brigitte',
  ],
  male: [
    'Jean-Luc',
    'Robert',
    'Arjun',
    'William',
    'Minh',
    'Gérard',
    'David',
    'Yusuf',
    'Samuel',
    'André',
    'Peter',
    'Carlos',
  ],
} as const;

/** Names for those whom the story does not name. */
export const nameLists = { families, givens } as const;

function readMember(line: string): CastMember {
  const cells = line.split('|').map((cell) => cell.trim());
  const cell = (index: number): string => cells[index] ?? '';
  const several = (index: number): string[] =>
    cell(index)
      .split(';')
      .flatMap((one) => one.trim() || []);
  const [bed, family, given, born, plan, disease] = [0, 1, 2, 4, 7, 9].map(cell) as Six;
  return {
    bed,
    family,
    given,
    gender: cell(3) as CastMember['gender'],
    born,
    course: cell(5) as Course,
    observationsInMin: cell(6) === '-' ? null : Number(cell(6)),
    plan,
    allergies: cell(8) as CastMember['allergies'],
    disease,
    flags: several(10).map((flag) => flag.split(':') as unknown as FlagPlan),
    due: several(11).map((due): [string, number] => {
      const [text = '', inMin] = due.split('@');
      return [text, Number(inMin)];
    }),
    daysIn: Number(cell(12)),
  };
}

type Six = [string, string, string, string, string, string];
