import { describe, expect, it } from 'vitest';
import { readAllergies } from '#core/clinical/allergies.ts';
import { boardView } from '#core/clinical/board.ts';
import { decodeBase64Text, encodeBase64Text } from '#core/clinical/base64.ts';
import { describeRecord, readChartItem } from '#core/clinical/chartItems.ts';
import { noteText, withNoteText, writeNote } from '#core/clinical/notes.ts';
import { isSummarised, summarizePatient } from '#core/clinical/summary.ts';
import { orderBeds, readPlace } from '#core/clinical/ward.ts';

const now = Date.UTC(2026, 10, 23, 12);
const iso = (ms: number) => new Date(ms).toISOString();
const place = (id: string, code: string, name: string, partOf?: string, status = 'active') =>
  readPlace({
    resourceType: 'Location',
    id,
    name,
    status,
    physicalType: { coding: [{ code }] },
    ...(partOf === undefined ? {} : { partOf: { reference: `Location/${partOf}` } }),
  });
const snomed = (code: string, text = code) => ({
  coding: [{ system: 'http://snomed.info/sct', code }],
  text,
});

const patient = {
  resourceType: 'Patient',
  id: 'p1',
  name: [
    { use: 'nickname', given: ['Bobby'] },
    { use: 'official', family: 'O’Neill22', given: ['Robert', 'Jay'], prefix: ['Mr.'] },
  ],
  identifier: [{ value: 'other' }, { type: { coding: [{ code: 'MR' }] }, value: 'MRN-7' }],
  birthDate: '1950-02',
  gender: 'male',
};
const stay = {
  resourceType: 'Encounter',
  id: 'e1',
  status: 'in-progress',
  location: [
    { location: { reference: 'Location/old' }, status: 'completed' },
    { location: { reference: 'Location/b2' } },
  ],
  participant: [{ type: [{ coding: [{ code: 'ATND' }] }], individual: { display: 'Dr. Reed' } }],
  reasonCode: [{ text: 'Hip fracture' }],
};
const team = {
  resourceType: 'CareTeam',
  status: 'active',
  participant: [
    {
      member: { reference: 'Practitioner/n1' },
      period: { start: iso(now - 1000), end: iso(now + 1000) },
    },
  ],
};
const task = (description: string, end: string | null, extra: object = {}) => ({
  resourceType: 'Task',
  status: 'requested',
  description,
  ...(end === null ? {} : { restriction: { period: { end } } }),
  ...extra,
});
const allergy = (code: string, extra: object = {}) => ({
  resourceType: 'AllergyIntolerance',
  code: snomed(code, `text ${code}`),
  ...extra,
});

describe('the ward board', () => {
  const beds = orderBeds(
    [
      place('w', 'wa', 'Ward'),
      place('r2', 'ro', 'Bay 2', 'w'),
      place('r1', 'ro', 'Bay 1', 'w'),
      place('b10', 'bd', 'Bed 10', 'r1'),
      place('b2', 'bd', 'Bed 2', 'r1'),
      place('b1', 'bd', 'Bed 1', 'r2'),
      place('bx', 'bd', 'Bed 3', 'r1', 'inactive'),
    ].filter((found) => found !== null),
  );

  it('stands in bed order, numbers by value, without beds out of use', () => {
    expect(beds.map((bed) => `${bed.bay} ${bed.bed}`)).toEqual([
      'Bay 1 Bed 2',
      'Bay 1 Bed 10',
      'Bay 2 Bed 1',
    ]);
  });

  it('shows a patient in the bed of the stay, and keeps empty beds as rows', () => {
    const flag = {
      resourceType: 'Flag',
      status: 'active',
      code: { text: 'Falls risk' },
      category: [{ coding: [{ system: 'urn:wardkey:alert-shape', code: 'mandatory' }] }],
    };
    const observations = task('Observations', iso(now + 5), {
      code: { coding: [{ system: 'urn:wardkey:task', code: 'observations' }] },
    });
    const summary = summarizePatient([
      patient,
      stay,
      team,
      flag,
      allergy('91936005', { criticality: 'high' }),
      task('Dressing', iso(now + 9)),
      task('Any time', null),
      task('First', iso(now + 1)),
      observations,
    ]);
    const view = boardView('Ward', beds, [{ summary: summary!, newestVitals: [] }], {
      personId: 'n1',
      nowMs: now,
    });
    expect(view.rows.map((row) => row.patient?.family ?? null)).toEqual(['O’Neill22', null, null]);
    expect(view.rows[0]).toMatchObject({
      patient: {
        given: 'Robert Jay',
        prefix: 'Mr.',
        preferredName: 'Bobby',
        recordNumber: 'MRN-7',
        birthDate: '1950-02',
      },
      plan: 'Hip fracture',
      alerts: [
        { shape: 'danger', text: 'text 91936005' },
        { shape: 'mandatory', text: 'Falls risk' },
      ],
      due: [{ text: 'First' }, { text: 'Dressing' }, { text: 'Any time', atMs: null }],
      nextObservationsAtMs: now + 5,
      earlyWarning: null,
      mine: true,
    });
  });

  it('calls a patient mine only within the shift', () => {
    const summary = summarizePatient([patient, stay, team])!;
    const mine = (nowMs: number, personId = 'n1') =>
      boardView('W', beds, [{ summary, newestVitals: [] }], { personId, nowMs }).rows[0]?.mine;
    expect([mine(now), mine(now + 1000), mine(now - 1001), mine(now, 'n2')]).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });

  it('warns both beds of one family name, whatever its case and accents', () => {
    const other = { ...patient, id: 'p2', name: [{ family: 'ó’neill22' }] };
    const there = { ...stay, location: [{ location: { reference: 'Location/b10' } }] };
    const summaries = [summarizePatient([patient, stay])!, summarizePatient([other, there])!];
    const rows = boardView(
      'W',
      beds,
      summaries.map((summary) => ({ summary, newestVitals: [] })),
      { personId: 'x', nowMs: now },
    ).rows;
    expect(rows.map((row) => row.sameFamilyName)).toEqual([['Bed 10'], ['Bed 2'], []]);
  });

  it('prefers the ward plan to the reason for admission', () => {
    const plan = {
      resourceType: 'CarePlan',
      status: 'active',
      title: 'Home Friday',
      category: [{ coding: [{ system: 'urn:wardkey:care-plan', code: 'ward-plan' }] }],
    };
    expect(isSummarised(plan)).toBe(true);
    expect(isSummarised({ ...plan, category: [] })).toBe(false);
    expect(summarizePatient([patient, stay, plan])?.plan).toBe('Home Friday');
  });

  it('has no summary before the patient has arrived', () => {
    expect(summarizePatient([stay, team])).toBeNull();
  });
});

describe('allergies', () => {
  it('are not recorded when nothing is written, which is never "no known"', () => {
    expect(readAllergies([])).toEqual({ state: 'notRecorded' });
    expect(
      readAllergies([
        allergy('1', { verificationStatus: { coding: [{ code: 'entered-in-error' }] } }),
      ]),
    ).toEqual({ state: 'notRecorded' });
    expect(
      readAllergies([allergy('1', { clinicalStatus: { coding: [{ code: 'resolved' }] } })]),
    ).toEqual({ state: 'notRecorded' });
  });

  it('are "no known" only when somebody said so', () => {
    expect(readAllergies([allergy('716186003')])).toEqual({ state: 'noKnown' });
  });

  it('that are known outweigh a "no known", the dangerous first', () => {
    const found = readAllergies([
      allergy('716186003'),
      allergy('1', { criticality: 'low' }),
      allergy('2', { criticality: 'high', reaction: [{ manifestation: [{ text: 'Hives' }] }] }),
    ]);
    expect(found).toEqual({
      state: 'known',
      items: [
        { substance: 'text 2', reaction: 'Hives', criticality: 'high' },
        { substance: 'text 1', reaction: null, criticality: 'low' },
      ],
    });
  });
});

describe('notes', () => {
  const context = { patientId: 'p1', personId: 'n1', displayName: 'Nia', nowMs: now };
  it('keep every character', () => {
    for (const text of [
      '',
      'a',
      'ab',
      'abc',
      'Fièvre à 39 °C – voir β',
      '👩‍⚕️ 漢字\n\tnew line',
      'x'.repeat(20_000),
    ]) {
      expect(encodeBase64Text(text)).toBe(Buffer.from(text).toString('base64'));
      expect(decodeBase64Text(encodeBase64Text(text))).toBe(text);
    }
    expect(noteText(writeNote('Fièvre', 'id', context))).toBe('Fièvre');
  });

  it('that are not base64 or not UTF-8 read as no text', () => {
    expect(decodeBase64Text('%%%')).toBeNull();
    expect(decodeBase64Text(Buffer.from([0xff, 0xfe]).toString('base64'))).toBeNull();
  });

  it('are the only records that take another text', () => {
    expect(noteText(withNoteText(writeNote('a', 'id', context), 'b'))).toBe('b');
    expect(withNoteText({ resourceType: 'Observation', id: 'x' }, 'b')).toBeNull();
  });
});

describe('chart lines', () => {
  it('read a result with range and interpretation', () => {
    const placed = readChartItem({
      resourceType: 'Observation',
      id: 'o',
      status: 'final',
      meta: { versionId: '4' },
      effectiveDateTime: '2026-01-01',
      code: { text: 'Potassium' },
      valueQuantity: { value: 6.100000001, unit: 'mmol/L' },
      referenceRange: [{ low: { value: 3.5 }, high: { value: 5.1 } }],
      interpretation: [{ coding: [{ code: 'HH' }] }],
    });
    expect(placed).toMatchObject({
      section: 'results',
      item: {
        value: '6.1',
        unit: 'mmol/L',
        referenceRange: '3.5–5.1',
        interpretation: 'criticalHigh',
        version: 4,
        state: 'stored',
      },
    });
  });

  it('leave vital signs to the plot, and what was withdrawn out', () => {
    const heart = {
      resourceType: 'Observation',
      id: 'o',
      status: 'final',
      effectiveDateTime: '2026-01-01',
      code: { coding: [{ system: 'http://loinc.org', code: '8867-4' }] },
      valueQuantity: { value: 70 },
    };
    expect(readChartItem(heart)).toBeNull();
    expect(
      readChartItem({
        resourceType: 'Condition',
        id: 'c',
        verificationStatus: { coding: [{ code: 'entered-in-error' }] },
      }),
    ).toBeNull();
    expect(readChartItem({ resourceType: 'toString' })).toBeNull();
  });

  it('describe both sides of a conflict in words', () => {
    expect(
      describeRecord({
        resourceType: 'Observation',
        code: { text: 'Heart rate' },
        valueQuantity: { value: 70, unit: '/min' },
        performer: [{ display: 'Nia' }],
      }),
    ).toEqual({ text: 'Heart rate 70 /min', author: 'Nia', atMs: null });
  });
});
