import { describe, expect, it } from 'vitest';
import type { VitalsEntry } from '#core/contracts/clinical.ts';
import { judgeEntry, judgeVital } from '#core/clinical/plausibility.ts';
import { joinVitals, readVitalPart } from '#core/clinical/vitals.ts';
import { writeVitals } from '#core/clinical/writeVitals.ts';

const now = Date.UTC(2026, 10, 23, 12);
const context = { patientId: 'p1', personId: 'n1', displayName: 'Nia Nurse', nowMs: now };
const whole: VitalsEntry = {
  takenAtMs: now - 60_000,
  respirationRate: 18,
  oxygenSaturation: 95,
  supplementalOxygen: true,
  systolic: 118,
  diastolic: 74,
  heartRate: 88,
  consciousness: 'C',
  temperature: 38.4,
};
const nothing: VitalsEntry = {
  takenAtMs: now,
  respirationRate: null,
  oxygenSaturation: null,
  supplementalOxygen: null,
  systolic: null,
  diastolic: null,
  heartRate: null,
  consciousness: null,
  temperature: null,
};
function written(entry: VitalsEntry) {
  let next = 0;
  return writeVitals(entry, 'set-1', context, () => `o${++next}`);
}
const readBack = (resources: readonly unknown[]) =>
  joinVitals(
    resources.map((resource) => ({ part: readVitalPart(resource)!, state: 'pending' as const })),
  );

function observation(code: string, value: object): object {
  return {
    resourceType: 'Observation',
    id: 'x',
    status: 'final',
    effectiveDateTime: '2026-11-23T10:00:00+01:00',
    code: { coding: [{ system: 'http://loinc.org', code }] },
    ...value,
  };
}

describe('vital signs', () => {
  it('read back exactly as they were charted', () => {
    const resources = written(whole);
    expect(resources).toHaveLength(7);
    expect(readBack(resources)).toEqual({
      ...whole,
      setId: 'set-1',
      recordedBy: 'Nia Nurse',
      state: 'pending',
    });
  });

  it('leave what was not taken a gap', () => {
    const resources = written({ ...nothing, heartRate: 70, systolic: 100 });
    expect(resources).toHaveLength(2);
    expect(readBack(resources)).toMatchObject({
      heartRate: 70,
      systolic: 100,
      diastolic: null,
      temperature: null,
      supplementalOxygen: null,
    });
  });

  it('tell air from not recorded', () => {
    expect(readBack(written({ ...nothing, supplementalOxygen: false }))?.supplementalOxygen).toBe(
      false,
    );
    expect(readVitalPart(observation('3151-8', { valueQuantity: { value: 0 } }))?.values).toEqual({
      supplementalOxygen: false,
    });
    expect(readVitalPart(observation('3151-8', { valueQuantity: { value: 2 } }))?.values).toEqual({
      supplementalOxygen: true,
    });
    expect(readVitalPart(observation('3150-6', { valueQuantity: { value: 21 } }))?.values).toEqual({
      supplementalOxygen: false,
    });
  });

  it('of other systems are read too: old panels, Fahrenheit, pulse oximetry', () => {
    const panel = observation('55284-4', {
      component: [
        {
          code: { coding: [{ system: 'http://loinc.org', code: '8480-6' }] },
          valueQuantity: { value: 131 },
        },
        {
          code: { coding: [{ system: 'http://loinc.org', code: '8462-4' }] },
          valueQuantity: { value: 81 },
        },
      ],
    });
    expect(readVitalPart(panel)?.values).toEqual({ systolic: 131, diastolic: 81 });
    expect(
      readVitalPart(observation('8310-5', { valueQuantity: { value: 98.6, code: '[degF]' } }))
        ?.values,
    ).toEqual({ temperature: 37 });
    expect(readVitalPart(observation('59408-5', { valueQuantity: { value: 97 } }))?.values).toEqual(
      { oxygenSaturation: 97 },
    );
  });

  it('without a set of their own are joined by their time', () => {
    const a = readVitalPart(observation('8867-4', { valueQuantity: { value: 80 } }));
    const b = readVitalPart(
      observation('9279-1', {
        valueQuantity: { value: 15 },
        effectiveDateTime: '2026-11-23T09:00:00Z',
      }),
    );
    expect(a?.setKey).toBe(b?.setKey);
  });

  it('that were entered in error are gone', () => {
    expect(
      readVitalPart(
        observation('8867-4', { valueQuantity: { value: 80 }, status: 'entered-in-error' }),
      ),
    ).toBeNull();
  });

  it('that are malformed read as nothing and do not throw', () => {
    for (const bad of [
      null,
      7,
      {},
      { resourceType: 'Observation' },
      observation('8867-4', { valueQuantity: 'fast' }),
      observation('8867-4', { valueQuantity: { value: 'NaN' } }),
      observation('85354-9', { component: { a: 1 } }),
      observation('67775-7', { valueCodeableConcept: [] }),
      observation('8867-4', { effectiveDateTime: 'yesterday', valueQuantity: { value: 1 } }),
      observation('constructor', {}),
    ]) {
      expect(readVitalPart(bad)).toBeNull();
    }
  });

  it('are only as safe as their least safe part', () => {
    const parts = written(whole).map((resource) => ({
      part: readVitalPart(resource)!,
      state: 'stored' as const,
    }));
    const one = { ...parts[2]!, state: 'conflict' as const };
    expect(joinVitals([...parts, one])?.state).toBe('conflict');
    expect(joinVitals(parts)?.state).toBe('stored');
  });
});

describe('plausibility', () => {
  it('refuses what cannot be, asks about what is unlikely, and accepts the rest, ends included', () => {
    expect([
      judgeVital('temperature', 19.9),
      judgeVital('temperature', 20),
      judgeVital('temperature', 33),
      judgeVital('temperature', 41.5),
      judgeVital('temperature', 41.6),
      judgeVital('temperature', 46.1),
    ]).toEqual(['impossible', 'unlikely', 'plausible', 'plausible', 'unlikely', 'impossible']);
    expect([judgeVital('oxygenSaturation', 101), judgeVital('oxygenSaturation', 100)]).toEqual([
      'impossible',
      'plausible',
    ]);
    expect(judgeVital('heartRate', Number.NaN)).toBe('impossible');
  });

  it('refuses a slipped decimal point', () => {
    expect(judgeVital('heartRate', 7.5)).toBe('impossible');
    expect(judgeVital('temperature', 36.65)).toBe('impossible');
    expect(judgeVital('temperature', 36.6)).toBe('plausible');
  });

  it('refuses a diastolic that is not below the systolic', () => {
    expect(judgeEntry({ ...whole, diastolic: 118 }, now).impossible).toEqual(['diastolic']);
  });

  it('refuses the future, and asks about a late entry', () => {
    expect(judgeEntry({ ...whole, takenAtMs: now + 600_000 }, now).impossible).toEqual([
      'takenAtMs',
    ]);
    expect(judgeEntry({ ...whole, takenAtMs: now - 20 * 3_600_000 }, now).unlikely).toEqual([
      'takenAtMs',
    ]);
  });

  it('knows an empty entry', () => {
    expect(judgeEntry(nothing, now).empty).toBe(true);
    expect(judgeEntry({ ...nothing, consciousness: 'A' }, now).empty).toBe(false);
  });
});
