import type { BoardRow } from '#core/contracts/clinical.ts';
import type { BoardFilter } from '#renderer/workspace/state.ts';

/** What lies within this is "soon": said in minutes instead of as a time. */
export const soonMs = 20 * 60_000;
/** The rail names the few who need somebody now; a longer list would be read by nobody. */
export const railLimit = 3;

/** 3 from NEWS2 7, 2 from 5, 1 when one part alone scores 3. */
export type Risk = 0 | 1 | 2 | 3;

/** The risk that colours a row's edge; nobody measured has none that is known. */
export function riskOf({ earlyWarning }: Pick<BoardRow, 'earlyWarning'>): Risk {
  return earlyWarning?.risk ?? 0;
}

/** When the next observations are due, in the form in which it is said. */
export type Due =
  | { kind: 'none' }
  | { kind: 'at'; atMs: number }
  | { kind: 'soon'; minutes: number }
  | { kind: 'now' }
  | { kind: 'late'; minutes: number };

/** Whole minutes, never rounded to calm: 61 s late is 1 min late, 59 s to go is "now". */
export function dueOf(atMs: number | null, nowMs: number): Due {
  if (atMs === null) return { kind: 'none' };
  const minutes = Math.floor((atMs - nowMs) / 60_000);
  if (minutes < -1 || (minutes === -1 && nowMs - atMs >= 60_000)) {
    return { kind: 'late', minutes: Math.floor((nowMs - atMs) / 60_000) };
  }
  if (minutes <= 0) return { kind: 'now' };
  return atMs - nowMs <= soonMs ? { kind: 'soon', minutes } : { kind: 'at', atMs };
}

/** True when observations or a task of this patient are late or due within 20 minutes. */
export function isDueSoon(row: BoardRow, nowMs: number): boolean {
  const times = [row.nextObservationsAtMs, ...row.due.map((task) => task.atMs)];
  return row.patient !== null && times.some((atMs) => atMs !== null && atMs - nowMs <= soonMs);
}

/** Whether a row is shown under a filter. Empty beds stay as long as all beds are asked for. */
export function matchesFilter(row: BoardRow, filter: BoardFilter, nowMs: number): boolean {
  switch (filter) {
    case 'all':
      return true;
    case 'mine':
      return row.patient !== null && row.mine;
    case 'risk':
      return row.patient !== null && riskOf(row) > 0;
    case 'due':
      return isDueSoon(row, nowMs);
  }
}

/** The beds of one bay, in bed order. */
export interface Bay {
  readonly name: string;
  readonly rows: readonly BoardRow[];
}

/** Rows grouped into bays, both in the order in which main sent them: bed order. */
export function baysOf(rows: readonly BoardRow[]): Bay[] {
  const bays = new Map<string, BoardRow[]>();
  for (const row of rows) {
    const bay = bays.get(row.bay);
    if (bay === undefined) bays.set(row.bay, [row]);
    else bay.push(row);
  }
  return Array.from(bays, ([name, bayRows]) => ({ name, rows: bayRows }));
}

/** Cuts the bays into two columns of nearly equal height without changing their order. */
export function columnsOf(bays: readonly Bay[]): readonly (readonly Bay[])[] {
  // A bay's heading takes about as much room as a row.
  const heights = bays.map((bay) => bay.rows.length + 1);
  const all = heights.reduce((sum, height) => sum + height, 0);
  let best = { cut: bays.length, height: all };
  let left = 0;
  heights.forEach((height, index) => {
    left += height;
    const taller = Math.max(left, all - left);
    if (taller < best.height) best = { cut: index + 1, height: taller };
  });
  return [bays.slice(0, best.cut), bays.slice(best.cut)].filter((column) => column.length > 0);
}

/** Counts for the summary and on the filters. */
export interface BoardCounts {
  readonly beds: number;
  readonly patients: number;
  readonly high: number;
  readonly medium: number;
  readonly late: number;
  readonly mine: number;
  readonly risk: number;
  readonly due: number;
}

/** Counts over the whole ward, whatever the filter shows. */
export function countsOf(rows: readonly BoardRow[], nowMs: number): BoardCounts {
  const patients = rows.filter((row) => row.patient !== null);
  const risks = patients.map(riskOf);
  return {
    beds: rows.length,
    patients: patients.length,
    high: risks.filter((risk) => risk === 3).length,
    medium: risks.filter((risk) => risk === 2 || risk === 1).length,
    late: patients.filter((row) => dueOf(row.nextObservationsAtMs, nowMs).kind === 'late').length,
    mine: patients.filter((row) => row.mine).length,
    risk: risks.filter((risk) => risk > 0).length,
    due: patients.filter((row) => isDueSoon(row, nowMs)).length,
  };
}

/** A task whose time has passed, and by how much. */
export interface LateTask {
  readonly text: string;
  readonly minutes: number;
}

function lateTasksOf(row: BoardRow, nowMs: number): LateTask[] {
  return row.due.flatMap(({ text, atMs }) => {
    const due = dueOf(atMs, nowMs);
    return due.kind === 'late' ? [{ text, minutes: due.minutes }] : [];
  });
}

/** One who needs somebody now, and the action that helps. */
export interface Need {
  readonly row: BoardRow;
  readonly risk: Risk;
  /** How late the observations are. */
  readonly lateMinutes: number;
  /** Tasks whose time has passed. */
  readonly lateTasks: readonly LateTask[];
  readonly action: 'open' | 'record';
}

/**
 * How urgent a need is. The score leads. Late observations weigh more when nobody knows the score: a known calm 5 may
 * wait longer than somebody never measured. A rising score weighs more than a steady one.
 */
function urgencyOf({ row, risk, lateMinutes, lateTasks }: Need): number {
  const total = row.earlyWarning?.total ?? null;
  const previous = row.earlyWarning?.previousTotal ?? null;
  const scored = [0, 40, 60, 100][risk] ?? 0;
  const unknown = total === null && lateMinutes > 0 ? 50 : 0;
  const rising = total !== null && previous !== null && total > previous ? 10 : 0;
  const standing = total ?? row.earlyWarning?.lastComplete?.total ?? 0;
  const latest = Math.max(lateMinutes, ...lateTasks.map(({ minutes }) => minutes));
  return Math.max(scored, unknown) + standing + Math.min(latest, 60) / 2 + rising;
}

/** Who needs somebody now, most urgent first; patients of one's own come first among equals. */
export function needsNow(rows: readonly BoardRow[], nowMs: number): Need[] {
  const needs = rows.flatMap((row): Need[] => {
    if (row.patient === null) return [];
    const risk = riskOf(row);
    const due = dueOf(row.nextObservationsAtMs, nowMs);
    const lateMinutes = due.kind === 'late' ? due.minutes : 0;
    const lateTasks = lateTasksOf(row, nowMs);
    if (risk === 0 && lateMinutes === 0 && lateTasks.length === 0) return [];
    // An incomplete set helps nobody until it is completed.
    const record = lateMinutes > 0 || row.earlyWarning?.total === null;
    return [{ row, risk, lateMinutes, lateTasks, action: record ? 'record' : 'open' }];
  });
  return needs.sort(
    (a, b) => urgencyOf(b) - urgencyOf(a) || Number(b.row.mine) - Number(a.row.mine),
  );
}

/** Something that is late or due in the next minutes: observations (`text` null) or a task. */
export interface Upcoming {
  readonly row: BoardRow;
  readonly atMs: number;
  readonly text: string | null;
}

/** What is due within 20 minutes and the tasks that are late, what is latest first. Late observations need somebody now. */
export function upcoming(rows: readonly BoardRow[], nowMs: number): Upcoming[] {
  const all = rows.flatMap((row): Upcoming[] => {
    if (row.patient === null) return [];
    const times = [{ text: null, atMs: row.nextObservationsAtMs }, ...row.due];
    return times.flatMap(({ text, atMs }) => (atMs === null ? [] : [{ row, atMs, text }]));
  });
  return all
    .filter(({ atMs, text }) => atMs - nowMs <= soonMs && (text !== null || atMs >= nowMs))
    .sort((a, b) => a.atMs - b.atMs);
}
