import { describe, expect, it } from 'vitest';
import { earlyWarningOf, lastKnownOf } from '#core/clinical/news2.ts';
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
import {
  carriedText,
  rowDescription,
  taskText,
  tasksText,
  vitalCells,
} from '#renderer/board/boardText.ts';
import { formatTime } from '#renderer/format/dateTime.ts';
import type { Translate } from '#renderer/i18n/text.tsx';
import { nowMs, minutes } from '../gallery/scene.ts';
import { vitals, wardRows } from '../gallery/ward.ts';

const bed = (name: string): BoardRow => wardRows.find((row) => row.bed === name)!;

describe('a set that is not complete', () => {
  const sick = vitals('s1', minutes(-60), [26, 94, true, 98, 54, 121, 'A', 39.1]);
  const onlyTemperature = vitals('s2', minutes(-1), [null, null, null, null, null, null, null, 37]);
  const newestFirst = [onlyTemperature, sick];
  const known = lastKnownOf(newestFirst)!;
  const row: BoardRow = {
    ...bed('A4'),
    earlyWarning: earlyWarningOf(newestFirst),
    lastVitals: known.set,
    carriedVitals: [...known.carried],
  };

  it('leaves a patient who was at 12 where help is asked for', () => {
    expect(riskOf(row)).toBe(3);
    expect(countsOf([row], nowMs)).toMatchObject({ high: 1, risk: 1 });
    expect(needsNow([row], nowMs)).toMatchObject([{ risk: 3, action: 'record' }]);
  });

  it('keeps the values that it lacks on the row, each with its time', () => {
    const t: Translate = (key, values) => `${key} ${Object.values(values ?? {}).join(' ')}`.trim();
    const cells = vitalCells(row, 'en', t);
    expect(cells.find(({ key }) => key === 'temp')).toMatchObject({
      text: '37.0',
      carriedFromMs: null,
    });
    expect(cells.find(({ key }) => key === 'bp')).toMatchObject({
      text: '98/54',
      carriedFromMs: minutes(-60),
    });
    const time = formatTime(minutes(-60));
    expect(rowDescription(row, 'en', t)).toContain(`board.newsMissingWas 12 ${time}`);
    expect(carriedText(row, t)).toBe(`board.newsBefore 12 ${time}`);
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

  it('names a task whose time has passed, though score and observations are calm', () => {
    const t: Translate = (key, values) => `${key} ${Object.values(values ?? {}).join(' ')}`.trim();
    const due = [
      { text: 'Blood cultures', atMs: minutes(-10) },
      { text: 'Dressing', atMs: minutes(300) },
      { text: 'Bath', atMs: null },
    ];
    const row = { ...bed('A4'), due };
    expect(needsNow([row], nowMs)).toMatchObject([
      { lateTasks: [{ text: 'Blood cultures', minutes: 10 }], lateMinutes: 0, action: 'open' },
    ]);
    expect(upcoming([row], nowMs).map(({ text }) => text)).toEqual(['Blood cultures']);
    expect(tasksText(row, nowMs, t)).toBe('Blood cultures board.due.late 10 · board.task.more 2');
    expect(taskText(due[1]!, nowMs, t)).toBe(`Dressing ${formatTime(minutes(300))}`);
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
