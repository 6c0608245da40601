import { describe, expect, it } from 'vitest';
import { bandPoints } from '#core/clinical/news2.ts';
import { onScale, layRows, plotFrame, plotRows } from '#renderer/chart/plot/rows.ts';
import { bandEdges, bandsOf, scoreOf, severityOf } from '#renderer/chart/plot/scoring.ts';
import {
  focusAfterKey,
  latestTwo,
  nearestIndex,
  readingRuns,
  uncrowded,
} from '#renderer/chart/plot/series.ts';
import {
  labelledTicks,
  plotDomainMs,
  plotWindowsHours,
  timeTicks,
} from '#renderer/chart/plot/timeAxis.ts';
import { vitals } from '#test/renderer/gallery/ward.ts';

const hour = 3_600_000;
const noon = new Date(2026, 10, 23, 12, 34).getTime();
const set = (id: string, temperature: number | null) =>
  vitals(id, noon, [16, 97, false, 120, 70, 80, 'A', temperature]);

describe('time axis', () => {
  it('always spans the whole window up to now, with room for what is due', () => {
    for (const window of plotWindowsHours) {
      const [from, to] = plotDomainMs(noon, window);
      expect(noon - from).toBe(window * hour);
      expect(to).toBeGreaterThan(noon);
    }
  });

  it('puts its lines on whole hours and marks midnight, once', () => {
    const ticks = timeTicks(plotDomainMs(noon, 24), 24);
    expect(ticks.map((tick) => new Date(tick.atMs).getMinutes())).toEqual(ticks.map(() => 0));
    expect(ticks.filter((tick) => tick.midnight)).toHaveLength(1);
    expect(ticks.length).toBeGreaterThan(6);
  });

  it('writes dates first, and nothing where it would run into its neighbour', () => {
    for (const [window, width] of [
      [24, 350],
      [24, 900],
      [72, 350],
      [168, 350],
    ] as const) {
      const domain = plotDomainMs(noon, window);
      const ticks = timeTicks(domain, window);
      const x = (atMs: number) => ((atMs - domain[0]) / (domain[1] - domain[0])) * width;
      const written = [...labelledTicks(ticks, x)].sort((a, b) => a.atMs - b.atMs);
      expect(written.some((tick) => tick.midnight)).toBe(true);
      written.slice(1).forEach((tick, index) => {
        const before = written[index]!;
        const room = tick.midnight || before.midnight ? 78 : 52;
        expect(x(tick.atMs) - x(before.atMs)).toBeGreaterThanOrEqual(room);
      });
    }
  });

  it('keeps lines on the hour across a change to winter time', () => {
    // 1 November 2026, 02:00 in Toronto; in zones without the change the test still holds.
    const after = new Date(2026, 10, 1, 20, 0).getTime();
    const ticks = timeTicks(plotDomainMs(after, 24), 24);
    expect(ticks.every((tick) => new Date(tick.atMs).getHours() % 3 === 0)).toBe(true);
    expect(new Set(ticks.map((tick) => tick.atMs)).size).toBe(ticks.length);
  });
});

describe('series', () => {
  it('breaks the line at a value that was not taken', () => {
    const runs = readingRuns(
      [set('a', 37), set('b', 38), set('c', null), set('d', 39)],
      (one) => one.temperature,
    );
    expect(runs.map((run) => run.map((reading) => reading.value))).toEqual([[37, 38], [39]]);
  });

  it('draws nothing, and never a zero, for values that are all missing', () => {
    expect(readingRuns([set('a', null), set('b', null)], (one) => one.temperature)).toEqual([]);
  });

  it('takes latest and previous from the sets that carry the value', () => {
    const found = latestTwo(
      [set('a', 36), set('b', 37), set('c', null), set('d', 38), set('e', null)],
      (one) => one.temperature,
    );
    expect(found.map((one) => one.value)).toEqual([38, 37]);
  });

  it('finds the set under the pointer within reach only', () => {
    expect(nearestIndex([10, 50, 90], 60, 40)).toBe(1);
    expect(nearestIndex([10, 50, 90], 200, 40)).toBeNull();
    expect(nearestIndex([], 10, 40)).toBeNull();
  });

  it('moves the focus line by keys and stops at both ends', () => {
    expect(focusAfterKey('ArrowLeft', null, 3)).toBe(2);
    expect(focusAfterKey('ArrowLeft', 0, 3)).toBe(0);
    expect(focusAfterKey('ArrowRight', 2, 3)).toBe(2);
    expect(focusAfterKey('Home', 2, 3)).toBe(0);
    expect(focusAfterKey('Escape', 1, 3)).toBeNull();
    expect(focusAfterKey('Escape', null, 3)).toBeUndefined();
    expect(focusAfterKey('t', 1, 3)).toBeUndefined();
    expect(focusAfterKey('ArrowLeft', null, 0)).toBeUndefined();
  });

  it('hides a calm set behind a worrying one where both have no room, never the newest', () => {
    const kept = uncrowded(
      [
        { x: 0, weight: 1 },
        { x: 10, weight: 9 },
        { x: 100, weight: 9 },
        { x: 110, weight: 0 },
      ],
      36,
    );
    expect([...kept].sort()).toEqual([1, 3]);
  });
});

describe('rows', () => {
  it('fill the height without overlap, in NEWS2 order', () => {
    const rows = layRows(900);
    rows.slice(1).forEach((row, index) => {
      const before = rows[index]!;
      expect(row.top).toBe(before.top + before.height + plotFrame.gap);
    });
    const last = rows.at(-1)!;
    expect(last.top + last.height).toBeLessThanOrEqual(900 - plotFrame.bottom);
    expect(rows.map((row) => row.row.key)).toEqual(plotRows.map((row) => row.key));
  });

  it('shade exactly what scores: every reading lies in a band of its points, or in none at 0', () => {
    for (const row of plotRows) {
      if (row.kind === 'words') continue;
      const vital = row.kind === 'pressure' ? 'systolic' : row.key;
      const step = vital === 'temperature' ? 0.1 : 1;
      const bands = bandsOf(row);
      for (let n = Math.ceil(row.min / step); n <= Math.floor(row.max / step); n += 1) {
        const value = Number((n * step).toFixed(1));
        const band = bands.find((one) => value >= one.from && value <= one.to);
        expect(band?.score ?? 0, `${vital} ${value}`).toBe(bandPoints(vital, value));
      }
    }
  });

  it('draws a threshold wherever the points of systolic pressure change', () => {
    const row = plotRows.find((one) => one.kind === 'pressure')!;
    expect(bandEdges(bandsOf(row), row)).toEqual([90.5, 100.5, 110.5, 219.5]);
  });

  it('keeps a value beyond the scale at the edge and says so', () => {
    expect(onScale(300, 40, 230)).toEqual({ value: 230, beyond: 'above' });
    expect(onScale(20, 40, 230)).toEqual({ value: 40, beyond: 'below' });
    expect(onScale(100, 40, 230).beyond).toBeNull();
  });

  it('gives a set with a missing part no total and its own step', () => {
    const score = scoreOf(set('x', null));
    expect(score.total).toBeNull();
    expect(severityOf(score)).toBe('missing');
  });
});
