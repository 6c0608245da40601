import { describe, expect, it } from 'vitest';
import type { VitalsSet } from '#core/contracts/clinical.ts';
import {
  bandPoints,
  earlyWarningOf,
  lastKnownOf,
  riskOfScore,
  stillSpeaksMs,
  news2Bands,
  scoreNews2,
  type BandedVital,
  type News2Input,
} from '#core/clinical/news2.ts';

const normal: News2Input = {
  respirationRate: 16,
  oxygenSaturation: 98,
  supplementalOxygen: false,
  systolic: 120,
  heartRate: 70,
  consciousness: 'A',
  temperature: 37,
};

/** The printed chart, written out apart from the code: each value with its points, both sides of every boundary. */
const printed: Record<BandedVital, readonly (readonly [value: number, points: number])[]> = {
  respirationRate: [
    [3, 3],
    [8, 3],
    [9, 1],
    [11, 1],
    [12, 0],
    [20, 0],
    [21, 2],
    [24, 2],
    [25, 3],
    [40, 3],
  ],
  oxygenSaturation: [
    [80, 3],
    [91, 3],
    [92, 2],
    [93, 2],
    [94, 1],
    [95, 1],
    [96, 0],
    [100, 0],
  ],
  systolic: [
    [60, 3],
    [90, 3],
    [91, 2],
    [100, 2],
    [101, 1],
    [110, 1],
    [111, 0],
    [219, 0],
    [220, 3],
    [250, 3],
  ],
  heartRate: [
    [30, 3],
    [40, 3],
    [41, 1],
    [50, 1],
    [51, 0],
    [90, 0],
    [91, 1],
    [110, 1],
    [111, 2],
    [130, 2],
    [131, 3],
    [180, 3],
  ],
  temperature: [
    [34, 3],
    [35, 3],
    [35.1, 1],
    [36, 1],
    [36.1, 0],
    [38, 0],
    [38.1, 1],
    [39, 1],
    [39.1, 2],
    [41, 2],
  ],
};

describe('NEWS2', () => {
  for (const [vital, values] of Object.entries(printed) as [
    BandedVital,
    (typeof printed)[BandedVital],
  ][]) {
    it(`scores ${vital} as the printed chart does, on both sides of every boundary`, () => {
      for (const [value, points] of values)
        expect([value, bandPoints(vital, value)]).toEqual([value, points]);
    });
  }

  it('leaves no gap and no overlap between bands, so that drawing and scoring agree', () => {
    for (const { step, bands } of Object.values(news2Bands)) {
      expect(bands[0]?.from).toBeNull();
      expect(bands.at(-1)?.to).toBeNull();
      for (let at = 1; at < bands.length; at++) {
        expect((bands[at]?.from ?? NaN) - (bands[at - 1]?.to ?? NaN)).toBeCloseTo(step, 6);
      }
    }
  });

  it('rounds a finer value to the chart, so that none falls between two bands', () => {
    expect(bandPoints('temperature', 38.04)).toBe(0);
    expect(bandPoints('temperature', 38.06)).toBe(1);
    expect(bandPoints('respirationRate', 20.4)).toBe(0);
  });

  it('adds 2 for oxygen and 3 for anything but alert', () => {
    expect(scoreNews2(normal).total).toBe(0);
    expect(scoreNews2({ ...normal, supplementalOxygen: true }).total).toBe(2);
    for (const consciousness of ['C', 'V', 'P', 'U'] as const) {
      expect(scoreNews2({ ...normal, consciousness })).toMatchObject({
        total: 3,
        singleThree: true,
      });
    }
  });

  it('has no total while any one part is missing, not even 0', () => {
    for (const part of Object.keys(normal) as (keyof News2Input)[]) {
      const score = scoreNews2({ ...normal, [part]: null });
      expect([part, score.total]).toEqual([part, null]);
      expect(score.parts[part]).toBeNull();
    }
  });

  it('still says that a single part scores 3 when others are missing', () => {
    const score = scoreNews2({ ...normal, temperature: null, systolic: 85 });
    expect(score).toMatchObject({ total: null, singleThree: true });
  });

  it('reaches 20 at worst', () => {
    const worst = {
      respirationRate: 40,
      oxygenSaturation: 80,
      supplementalOxygen: true,
      systolic: 60,
      heartRate: 180,
      consciousness: 'U',
      temperature: 34,
    } as const;
    expect(scoreNews2(worst).total).toBe(20);
  });

  it('asks for help from 7, from 5, and when one part scores 3', () => {
    const risk = (total: number | null, singleThree = false) => riskOfScore({ total, singleThree });
    expect([risk(4), risk(5), risk(6), risk(7), risk(20)]).toEqual([0, 2, 2, 3, 3]);
    expect([risk(3, true), risk(null, true), risk(null)]).toEqual([1, 1, 0]);
  });

  it('compares with the set before, and with nothing when there is none', () => {
    const set = (values: Partial<VitalsSet>): VitalsSet => ({
      ...normal,
      setId: 's',
      takenAtMs: 5,
      diastolic: null,
      recordedBy: null,
      state: 'stored',
      ...values,
    });
    expect(earlyWarningOf([])).toBeNull();
    expect(earlyWarningOf([set({ systolic: 85 }), set({ temperature: 39.5 })])).toEqual({
      total: 3,
      singleThree: true,
      takenAtMs: 5,
      previousTotal: 2,
      lastComplete: null,
      risk: 1,
    });
    expect(earlyWarningOf([set({})])?.previousTotal).toBeNull();
  });
});

describe('an incomplete set', () => {
  const dayMs = 24 * 3_600_000;
  const set = (takenAtMs: number, values: Partial<VitalsSet>): VitalsSet => ({
    setId: `s${takenAtMs}`,
    takenAtMs,
    respirationRate: null,
    oxygenSaturation: null,
    supplementalOxygen: null,
    systolic: null,
    diastolic: null,
    heartRate: null,
    consciousness: null,
    temperature: null,
    recordedBy: null,
    state: 'stored',
    ...values,
  });
  const sick = set(0, {
    respirationRate: 26,
    oxygenSaturation: 94,
    supplementalOxygen: true,
    systolic: 98,
    diastolic: 54,
    heartRate: 121,
    consciousness: 'A',
    temperature: 39.1,
  });

  it('never calms: the last complete score stands beside it with its time', () => {
    expect(earlyWarningOf([set(60, { temperature: 37 }), sick])).toEqual({
      total: null,
      singleThree: false,
      takenAtMs: 60,
      previousTotal: 12,
      lastComplete: { total: 12, singleThree: true, takenAtMs: 0 },
      risk: 3,
    });
    const between = set(30, { heartRate: 80 });
    expect(earlyWarningOf([set(60, { temperature: 37 }), between, sick])?.risk).toBe(3);
  });

  it('counts what is last known of every part, though no set was ever complete', () => {
    const parts = [
      set(60, { heartRate: 135 }),
      set(30, { systolic: 95 }),
      set(0, { temperature: 39.5 }),
    ];
    expect(earlyWarningOf(parts)).toMatchObject({
      total: null,
      lastComplete: null,
      risk: 3,
    });
    expect(earlyWarningOf([set(60, { temperature: 37 }), set(0, { systolic: 85 })])?.risk).toBe(1);
  });

  it('is overtaken by the next complete one', () => {
    const well = { ...sick, ...normal, takenAtMs: 90 };
    expect(earlyWarningOf([well, set(60, { temperature: 37 }), sick])).toMatchObject({
      total: 0,
      previousTotal: 12,
      lastComplete: null,
      risk: 0,
    });
  });

  it('fills its gaps with the last values, each with the time it was taken', () => {
    const newest = set(60, { temperature: 37 });
    const known = lastKnownOf([newest, set(30, { systolic: 110 }), sick]);
    expect(known?.set).toMatchObject({
      takenAtMs: 60,
      temperature: 37,
      systolic: 110,
      heartRate: 121,
    });
    // The lower value of another reading does not become the upper one's.
    expect(known?.set.diastolic).toBeNull();
    expect(known?.carried).toContainEqual({ vital: 'systolic', takenAtMs: 30 });
    expect(known?.carried).toContainEqual({ vital: 'heartRate', takenAtMs: 0 });
    expect(known?.carried).toHaveLength(6);
    expect(newest.systolic).toBeNull();
  });

  it('is not filled with what is older than a day', () => {
    expect(stillSpeaksMs).toBe(dayMs);
    const newest = set(dayMs + 1, { temperature: 37 });
    expect(lastKnownOf([newest, sick])?.carried).toEqual([]);
    expect(earlyWarningOf([newest, sick])).toMatchObject({
      lastComplete: null,
      risk: 0,
    });
  });
});
