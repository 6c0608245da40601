import type { ChartItem, VitalsSet } from '#core/contracts/clinical.ts';
import { readChartItem } from '#core/clinical/chartItems.ts';
import type { PatientSummary } from '#core/clinical/summary.ts';
import { isSummarised, summarizePatient } from '#core/clinical/summary.ts';
import {
  joinVitals,
  readVitalPart,
  type RecordState,
  type VitalPart,
} from '#core/clinical/vitals.ts';
import { readPlace, type Place } from '#core/clinical/ward.ts';
import { sql, type ReadableDb, type SqlRow, type WritableDb } from '#native/sqlite/query.ts';
import { readText } from '#native/sqlite/row.ts';

/** What is worked out of a resource once, when it comes in, and stands beside it. */
export interface Derived {
  readonly summarised: boolean;
  readonly section: string | null;
  readonly atMs: number | null;
  readonly setKey: string | null;
  /** JSON of a VitalPart, a ChartItem or a Place. */
  readonly view: string | null;
}

/** Works out what a screen needs of a resource. */
export function derive(resource: unknown): Derived {
  const summarised = isSummarised(resource);
  const part = readVitalPart(resource);
  if (part !== null) {
    return {
      summarised,
      section: null,
      atMs: part.takenAtMs,
      setKey: part.setKey,
      view: JSON.stringify(part),
    };
  }
  const placed = readChartItem(resource);
  if (placed !== null) {
    const { section, item } = placed;
    return { summarised, section, atMs: item.atMs, setKey: null, view: JSON.stringify(item) };
  }
  const place = readPlace(resource);
  const view = place === null ? null : JSON.stringify(place);
  return { summarised, section: null, atMs: null, setKey: null, view };
}

/* What this file wrote into `view` is read back unchecked: our own bytes out of an authenticated file. */

/** Reads back a line of the chart. */
export function parseItem(row: SqlRow): ChartItem {
  // What is derived is in the record; only what is under way has an operation.
  return { ...(JSON.parse(readText(row, 'view')) as ChartItem), operationId: null };
}

/** Reads back a ward, bay or bed. */
export function parsePlace(row: SqlRow): Place {
  return JSON.parse(readText(row, 'view')) as Place;
}

/** Reads back a patient's summary. */
export function parseSummary(row: SqlRow): PatientSummary {
  return JSON.parse(readText(row, 'view')) as PatientSummary;
}

function parsePart(row: SqlRow): VitalPart {
  return JSON.parse(readText(row, 'view')) as VitalPart;
}

/** Reads back a set of vital signs. */
export function parseSet(row: SqlRow): VitalsSet {
  return JSON.parse(readText(row, 'view')) as VitalsSet;
}

/** Collects what a change makes stale, so that it is worked out once at the end of the transaction. */
export interface StaleViews {
  set(patient: string, setKey: string | null): void;
  summary(patient: string): void;
  /** Works everything out anew. */
  refresh(db: WritableDb): void;
}

/** Starts with nothing stale. */
export function createStaleViews(): StaleViews {
  const sets = new Map<string, Set<string>>();
  const summaries = new Set<string>();
  return {
    set: (patient, setKey) => {
      if (setKey === null) return;
      const ofPatient = sets.get(patient) ?? new Set();
      sets.set(patient, ofPatient.add(setKey));
    },
    summary: (patient) => {
      summaries.add(patient);
    },
    refresh: (db) => {
      for (const [patient, keys] of sets) for (const key of keys) refreshSet(db, patient, key);
      for (const patient of summaries) refreshSummary(db, patient);
      sets.clear();
      summaries.clear();
    },
  };
}

function partsOf(db: ReadableDb, patient: string, setKey: string) {
  const operations = db.all(sql`
    SELECT type, id, view, state FROM operation
    WHERE patient = ${patient} AND set_key = ${setKey} ORDER BY seq DESC`);
  const parts: { part: VitalPart; state: RecordState }[] = [];
  const overlaid = new Set<string>();
  for (const row of operations) {
    const key = `${readText(row, 'type')}/${readText(row, 'id')}`;
    if (overlaid.has(key)) continue;
    overlaid.add(key);
    const state = readText(row, 'state') as RecordState;
    parts.push({ part: parsePart(row), state });
  }
  const stored = db.all(sql`
    SELECT type, id, view FROM resource WHERE patient = ${patient} AND set_key = ${setKey} ORDER BY id`);
  for (const row of stored) {
    if (overlaid.has(`${readText(row, 'type')}/${readText(row, 'id')}`)) continue;
    parts.unshift({ part: parsePart(row), state: 'stored' });
  }
  return parts;
}

function refreshSet(db: WritableDb, patient: string, setKey: string): void {
  const set = joinVitals(partsOf(db, patient, setKey));
  if (set === null) {
    db.run(sql`DELETE FROM vitals_set WHERE patient = ${patient} AND set_key = ${setKey}`);
    return;
  }
  db.run(sql`
    INSERT INTO vitals_set(patient, set_key, taken_at_ms, view)
    VALUES (${patient}, ${setKey}, ${set.takenAtMs}, ${JSON.stringify(set)})
    ON CONFLICT(patient, set_key) DO UPDATE
    SET taken_at_ms = excluded.taken_at_ms, view = excluded.view`);
}

function refreshSummary(db: WritableDb, patient: string): void {
  const rows = db.all(
    sql`SELECT json FROM resource WHERE patient = ${patient} AND summarised = 1 ORDER BY type, id`,
  );
  const summary = summarizePatient(rows.map((row) => JSON.parse(readText(row, 'json')) as unknown));
  db.run(sql`DELETE FROM patient_search WHERE patient = ${patient}`);
  if (summary === null) {
    db.run(sql`DELETE FROM patient_summary WHERE patient = ${patient}`);
    return;
  }
  db.run(sql`
    INSERT INTO patient_summary(patient, view) VALUES (${patient}, ${JSON.stringify(summary)})
    ON CONFLICT(patient) DO UPDATE SET view = excluded.view`);
  const { family, given, preferredName, recordNumber } = summary.identity;
  const words = [family, given, preferredName, recordNumber].filter(Boolean).join(' ');
  db.run(sql`INSERT INTO patient_search(patient, words) VALUES (${patient}, ${words})`);
}

/** Reads one patient's summary, or null. */
export function readSummary(db: ReadableDb, patient: string): PatientSummary | null {
  const row = db.get(sql`SELECT view FROM patient_summary WHERE patient = ${patient}`);
  return row === undefined ? null : parseSummary(row);
}
