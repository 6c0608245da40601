import { describe, expect, it } from 'vitest';
import type { BoardRow } from '#core/contracts/clinical.ts';
import {
  baysOf,
  columnsOf,
  countsOf,
  dueOf,
  matchesFilter,
  needsNow,
  riskOf,
  upcoming,
} from '#renderer/board/boardModel.ts';
import { nowMs, minutes } from '../gallery/scene.ts';
import { vitals, wardRows } from '../gallery/ward.ts';

const bed = (name: string): BoardRow => wardRows.find((row) => row.bed === name)!;

describe('risk of a row', () => {
  it('follows the thresholds of NEWS2', () => {
    const risk = (total: number, singleThree = false) =>
      riskOf({
        earlyWarning: { total, singleThree, takenAtMs: 0, previousTotal: null },
        lastVitals: null,
      });
    expect([risk(4), risk(5), risk(6), risk(7), risk(20)]).toEqual([0, 2, 2, 3, 3]);
    expect(risk(3, true)).toBe(1);
  });

  it('is never lower than what the parts that were taken add up to', () => {
    const set = vitals('s', nowMs, [28, 90, true, null, null, null, null, null]);
    const earlyWarning = { total: null, singleThree: true, takenAtMs: nowMs, previousTotal: null };
    expect(riskOf({ earlyWarning, lastVitals: set })).toBe(3);
  });
});

describe('when observations are due', () => {
  it('is said in minutes near the time, and late as soon as a minute has passed', () => {
    expect(dueOf(null, nowMs)).toEqual({ kind: 'none' });
    expect(dueOf(minutes(21), nowMs).kind).toBe('at');
    expect(dueOf(minutes(20), nowMs)).toEqual({ kind: 'soon', minutes: 20 });
    expect(dueOf(nowMs + 59_000, nowMs)).toEqual({ kind: 'now' });
    expect(dueOf(nowMs - 59_000, nowMs)).toEqual({ kind: 'now' });
    expect(dueOf(minutes(-1), nowMs)).toEqual({ kind: 'late', minutes: 1 });
    expect(dueOf(nowMs - 119_000, nowMs)).toEqual({ kind: 'late', minutes: 1 });
  });
});

describe('the board', () => {
  it('keeps bed order and every bed, the empty ones too', () => {
    const shown = columnsOf(baysOf(wardRows))
      .flat()
      .flatMap((bay) => bay.rows.map((row) => row.bed));
    expect(shown).toEqual(wardRows.map((row) => row.bed));
  });

  it('balances its two columns', () => {
    const [left = [], right = []] = columnsOf(baysOf(wardRows));
    expect(left.map((bay) => bay.name)).toEqual(['Bay A', 'Bay B']);
    expect(right.map((bay) => bay.name)).toEqual(['Bay C', 'Side rooms']);
    expect(columnsOf([])).toEqual([]);
  });

  it('counts what its filters show', () => {
    const counts = countsOf(wardRows, nowMs);
    for (const filter of ['mine', 'risk', 'due'] as const) {
      const shown = wardRows.filter((row) => matchesFilter(row, filter, nowMs));
      expect(shown).toHaveLength(counts[filter]);
      expect(shown.every((row) => row.patient !== null)).toBe(true);
    }
    expect(counts).toMatchObject({ beds: 22, patients: 20, high: 1, late: 2 });
  });

  it('counts a late task as due even when no observations are', () => {
    const row = {
      ...bed('S2'),
      due: [{ text: 'Insulin', atMs: minutes(-5) }],
      nextObservationsAtMs: null,
    };
    expect(matchesFilter(row, 'due', nowMs)).toBe(true);
  });
});

describe('who needs somebody now', () => {
  it('ranks a high score first, then a rising late one, then one never fully measured', () => {
    expect(
      needsNow(wardRows, nowMs)
        .slice(0, 3)
        .map(({ row }) => row.bed),
    ).toEqual(['A3', 'B1', 'C6']);
  });

  it('offers to record where observations are late, and to open the chart else', () => {
    const actions = new Map(needsNow(wardRows, nowMs).map((need) => [need.row.bed, need.action]));
    expect(actions.get('A3')).toBe('open');
    expect(actions.get('C6')).toBe('record');
  });

  it('leaves calm patients and empty beds alone', () => {
    expect(needsNow([bed('A4'), bed('A6')], nowMs)).toEqual([]);
  });

  it('lists observations and tasks of the next twenty minutes by time', () => {
    expect(upcoming(wardRows, nowMs).map(({ row, text }) => `${row.bed} ${text ?? 'obs'}`)).toEqual(
      ['A3 Blood cultures', 'B6 obs', 'A3 obs', 'C2 obs'],
    );
  });
});
