import { beforeAll, expect, it } from 'vitest';
import { boardView } from '#core/clinical/board.ts';
import { pickText } from '#core/clinical/fhir.ts';
import { judgeVital, measuredVitals } from '#core/clinical/plausibility.ts';
import { isSummarised, summarizePatient } from '#core/clinical/summary.ts';
import { joinVitals, readVitalPart, type VitalPart } from '#core/clinical/vitals.ts';
import { orderBeds, readPlace } from '#core/clinical/ward.ts';
import type { VitalsSet } from '#core/contracts/clinical.ts';
import { loadDefinitions } from '#server/store/definitions.ts';
import { generateHospital, overlayHospital, subjectOf, type Hospital } from './hospital.ts';

const seed = { seed: 'test', nowMs: Date.UTC(2026, 10, 23, 14, 34) };
let hospital: Hospital;
beforeAll(() => {
  hospital = generateHospital(seed);
});

/** The board of Ash as a terminal would make it of the feed. */
function ashBoard(of: Hospital, personId: string) {
  const beds = orderBeds(
    of.resources
      .flatMap((resource) => readPlace(resource) ?? [])
      .filter((place) => place.id.startsWith('ward-ash')),
  );
  const patientIds = of.resources
    .filter((resource) => resource.resourceType === 'Encounter')
    .filter((encounter) => JSON.stringify(encounter).includes('Location/ward-ash'))
    .flatMap((encounter) => subjectOf(encounter) ?? []);
  const patients = patientIds.flatMap((patientId) => {
    const own = of.resources.filter(
      (resource) => resource.id === patientId || subjectOf(resource) === patientId,
    );
    const summary = summarizePatient(own.filter(isSummarised));
    return summary ? [{ summary, newestVitals: setsOf(own) }] : [];
  });
  return boardView('Ash', beds, patients, { personId, nowMs: seed.nowMs });
}

function setsOf(resources: readonly unknown[]): VitalsSet[] {
  const sets = new Map<string, VitalPart[]>();
  for (const part of resources.flatMap((resource) => readVitalPart(resource) ?? []))
    sets.set(part.setKey, [...(sets.get(part.setKey) ?? []), part]);
  return [...sets.values()]
    .flatMap((parts) => joinVitals(parts.map((part) => ({ part, state: 'stored' }))) ?? [])
    .sort((a, b) => b.takenAtMs - a.takenAtMs);
}

it('the same seed and time make the same hospital, another seed another one', () => {
  expect(JSON.stringify(generateHospital(seed))).toBe(JSON.stringify(hospital));
  expect(generateHospital({ ...seed, seed: 'other' }).staff[0]?.badge.hex).not.toBe(
    hospital.staff[0]?.badge.hex,
  );
});

it('every resource is valid FHIR R4 and has an id of its own', () => {
  const validate = loadDefinitions();
  const faults = hospital.resources.flatMap((resource) => {
    const outcome = validate(resource);
    return outcome.ok ? [] : [`${resource.resourceType}: ${outcome.code}`];
  });
  expect([...new Set(faults)]).toEqual([]);
  const ids = hospital.resources.map((resource) => `${resource.resourceType}/${resource.id}`);
  expect(new Set(ids).size).toBe(ids.length);
});

it('every reference to a patient, person or place leads to a resource of the hospital', () => {
  const known = new Set(hospital.resources.map(({ resourceType, id }) => `${resourceType}/${id}`));
  const references = JSON.stringify(hospital.resources).match(/"reference":"[^"]+"/g) ?? [];
  const lost = new Set(
    references.map((text) => text.slice(13, -1)).filter((target) => !known.has(target)),
  );
  expect([...lost]).toEqual([]);
});

it('the board of Ash shows every state: NEWS2 12, a gap, late, namesakes, empty beds, all allergy states', () => {
  const charge = hospital.staff.find((member) => member.family === 'Okafor');
  const { rows } = ashBoard(hospital, charge?.personId ?? '');
  const row = (bed: string) => rows.find((one) => one.bed === bed);
  expect(rows).toHaveLength(22);
  expect(rows.filter((one) => one.patient === null).map((one) => one.bed)).toEqual(['A6', 'C4']);
  expect(row('A3')?.earlyWarning?.total).toBe(12);
  expect(row('A3')?.sameFamilyName).toEqual(['A4']);
  expect(row('B1')?.earlyWarning?.total).toBe(5);
  expect(row('B1')?.nextObservationsAtMs).toBeLessThan(seed.nowMs);
  expect(row('B3')?.earlyWarning).toMatchObject({ total: 3, singleThree: true });
  expect(row('S3')?.earlyWarning?.total).toBe(7);
  expect(row('C6')?.earlyWarning).toBeNull();
  expect(row('S2')?.nextObservationsAtMs).toBeNull();
  expect(rows.some((one) => one.mine)).toBe(true);
  const shapes = rows.flatMap((one) => one.alerts.map((alert) => alert.shape));
  expect([...new Set(shapes)].sort()).toEqual([
    'danger',
    'mandatory',
    'prohibition',
    'supplementary',
    'warning',
  ]);
});

it('vitals are possible, lie in the past, and leave out parts and whole nights', () => {
  const byPatient = new Map<string, unknown[]>();
  for (const resource of hospital.resources) {
    const patientId = subjectOf(resource);
    if (patientId) byPatient.set(patientId, [...(byPatient.get(patientId) ?? []), resource]);
  }
  const all = [...byPatient.values()].map(setsOf);
  const sets = all.flat();
  for (const set of sets) {
    expect(set.takenAtMs).toBeLessThanOrEqual(seed.nowMs);
    for (const vital of measuredVitals) {
      const value = set[vital];
      if (value !== null) expect(judgeVital(vital, value)).toBe('plausible');
    }
  }
  expect(sets.some((set) => set.temperature === null)).toBe(true);
  expect(sets.some((set) => set.systolic === null)).toBe(true);
  const gaps = all.flatMap((of) =>
    of.slice(1).map((set, index) => (of[index]?.takenAtMs ?? 0) - set.takenAtMs),
  );
  expect(Math.max(...gaps)).toBeGreaterThan(9 * 3_600_000);
});

it('badges are seven-byte UIDs, none twice, and PINs have six digits', () => {
  const uids = hospital.staff.map((member) => member.badge.hex);
  expect(new Set(uids).size).toBe(20);
  for (const member of hospital.staff) {
    expect(member.badge.hex).toMatch(/^04[0-9a-f]{12}$/);
    expect(member.pin).toMatch(/^[1-9]\d{5}$/);
  }
});

it('an overlay puts living adults with the largest records into the beds and adds nobody', () => {
  const loaded = Array.from({ length: 60 }, (_, index) => ({
    patientId: `loaded-${index}`,
    birthDate: index === 5 ? '2020-01-01' : '1950-01-01',
    deceased: index === 6,
    resourceCount: index,
  }));
  const overlay = overlayHospital(seed, loaded);
  expect(overlay.resources.some((resource) => resource.resourceType === 'Patient')).toBe(false);
  const inBed = overlay.resources
    .filter((resource) => pickText(resource, 'status') === 'in-progress')
    .map((encounter) => subjectOf(encounter));
  expect(new Set(inBed).size).toBe(inBed.length);
  expect(inBed[0]).toBe('loaded-59');
  expect(inBed).not.toContain('loaded-5');
  expect(inBed).not.toContain('loaded-6');
});
