import type {
  BoardView,
  ChartItem,
  ChartSection,
  ChartSectionName,
  ChartView,
  SearchResult,
  VitalsSet,
} from '#core/contracts/clinical.ts';
import { chartSectionNameSchema } from '#core/contracts/clinical.ts';
import { bedsByFamily, boardView } from '#core/clinical/board.ts';
import { familyKey } from '#core/clinical/identity.ts';
import { scoreNews2, stillSpeaksMs } from '#core/clinical/news2.ts';
import type { PatientSummary } from '#core/clinical/summary.ts';
import { orderBeds, wardNameOf, type Bed, type Place } from '#core/clinical/ward.ts';
import { sql, type ReadableDb } from '#native/sqlite/query.ts';
import { readNumber, readText } from '#native/sqlite/row.ts';
import { storageFaultOf } from '#native/sqlite/storageFault.ts';
import { parseItem, parsePlace, parseSet, parseSummary, readSummary } from './derived.ts';

const sectionPage = 50;
const dayMs = 24 * 3_600_000;
const latestSets = 20;

function readPlaces(db: ReadableDb): Place[] {
  return db
    .all(sql`SELECT view FROM resource WHERE type = 'Location' AND view IS NOT NULL`)
    .map(parsePlace);
}

function readBeds(db: ReadableDb): Bed[] {
  return orderBeds(readPlaces(db));
}

function readSummaries(db: ReadableDb): PatientSummary[] {
  return db.all(sql`SELECT view FROM patient_summary`).map(parseSummary);
}

const isComplete = (set: VitalsSet) => scoreNews2(set).total !== null;

/** Two sets tell score and trend; only where one of them is incomplete is it worth the time to read further back. */
function newestVitals(db: ReadableDb, patient: string): VitalsSet[] {
  const newest = db
    .all(
      sql`SELECT view FROM vitals_set WHERE patient = ${patient}
      ORDER BY taken_at_ms DESC, set_key DESC LIMIT 2`,
    )
    .map(parseSet);
  const [first] = newest;
  if (first === undefined || newest.every(isComplete)) return newest;
  return readVitals(db, patient, first.takenAtMs - stillSpeaksMs, first.takenAtMs).reverse();
}

/** The ward board for one person. */
export function readBoard(
  db: ReadableDb,
  wardName: string,
  reader: { readonly personId: string; readonly nowMs: number },
): BoardView {
  const patients = readSummaries(db).map((summary) => ({
    summary,
    newestVitals: newestVitals(db, summary.identity.patientId),
  }));
  return boardView(wardName, readBeds(db), patients, reader);
}

/** A patient's sets within a time span, newest last. */
export function readVitals(
  db: ReadableDb,
  patient: string,
  fromMs: number,
  toMs: number,
): VitalsSet[] {
  return db
    .all(
      sql`SELECT view FROM vitals_set
      WHERE patient = ${patient} AND taken_at_ms BETWEEN ${fromMs} AND ${toMs}
      ORDER BY taken_at_ms, set_key`,
    )
    .map(parseSet);
}

function openingVitals(db: ReadableDb, patient: string, nowMs: number): VitalsSet[] {
  const lastDay = readVitals(db, patient, nowMs - dayMs, nowMs + dayMs);
  const newest = lastDay.at(-1);
  if (newest !== undefined) {
    return isComplete(newest)
      ? lastDay
      : readVitals(db, patient, newest.takenAtMs - stillSpeaksMs, nowMs + dayMs);
  }
  return db
    .all(
      sql`SELECT view FROM vitals_set WHERE patient = ${patient}
      ORDER BY taken_at_ms DESC LIMIT ${latestSets}`,
    )
    .map(parseSet)
    .reverse();
}

interface Overlay {
  /** `type/id` of the records that an unsettled operation replaces, with the line to show. */
  readonly items: ReadonlyMap<string, ChartItem>;
}

function readOverlay(db: ReadableDb, patient: string, section: ChartSectionName): Overlay {
  const items = new Map<string, ChartItem>();
  const rows = db.all(sql`
    SELECT operation_id, type, id, base_version, view, state FROM operation
    WHERE patient = ${patient} AND section = ${section} ORDER BY seq`);
  for (const row of rows) {
    const item = parseItem(row);
    item.state = readText(row, 'state') as ChartItem['state'];
    item.version = readNumber(row, 'base_version');
    if (item.state === 'pending') {
      item.version += 1;
      item.operationId = readText(row, 'operation_id');
    }
    items.set(`${readText(row, 'type')}/${readText(row, 'id')}`, item);
  }
  return { items };
}

function countUnstored(db: ReadableDb, overlay: Overlay): number {
  let unstored = 0;
  for (const item of overlay.items.values()) {
    const stored = db.get(
      sql`SELECT 1 AS found FROM resource WHERE type = ${item.resourceType} AND id = ${item.id}`,
    );
    if (stored === undefined) unstored++;
  }
  return unstored;
}

const byNewest = (a: ChartItem, b: ChartItem) =>
  (b.atMs ?? -Infinity) - (a.atMs ?? -Infinity) || (a.id < b.id ? -1 : 1);

/** One page of a chart section, newest first, with what was charted here and is not settled in its place. */
export function readSection(
  db: ReadableDb,
  patient: string,
  section: ChartSectionName,
  offset: number,
): ChartSection {
  const overlay = readOverlay(db, patient, section);
  const end = offset + sectionPage;
  // With an overlay the order is only known after both are merged, so all lines up to the page's end are read.
  const skip = overlay.items.size === 0 ? offset : 0;
  const stored = db
    .all(
      sql`SELECT view FROM resource WHERE patient = ${patient} AND section = ${section}
      ORDER BY at_ms DESC, id LIMIT ${end - skip + overlay.items.size} OFFSET ${skip}`,
    )
    .map(parseItem);
  const counted = db.get(
    sql`SELECT count(*) AS n FROM resource WHERE patient = ${patient} AND section = ${section}`,
  );
  const total = (counted === undefined ? 0 : readNumber(counted, 'n')) + countUnstored(db, overlay);
  const lines =
    overlay.items.size === 0
      ? stored.slice(0, sectionPage)
      : [
          ...stored.filter((item) => !overlay.items.has(`${item.resourceType}/${item.id}`)),
          ...overlay.items.values(),
        ]
          .sort(byNewest)
          .slice(offset, end);
  return { section, total, items: lines, nextOffset: end < total ? end : null };
}

/** A section that cannot be read is null: its panel says so and the others stand. Damage of the file is not its affair. */
function sectionOrNull(read: () => ChartSection): ChartSection | null {
  try {
    return read();
  } catch (error) {
    if (storageFaultOf(error) !== null) throw error;
    return null;
  }
}

interface Reading {
  readonly patient: string;
  readonly nowMs: number;
  readonly wardName: string;
}

/** What a chart opens with; null for a patient of whom this database holds nothing. */
function readRecord(
  db: ReadableDb,
  { patient, nowMs }: Reading,
  frame: (summary: PatientSummary) => ChartFrame,
): ChartView | null {
  const summary = readSummary(db, patient);
  if (summary === null) return null;
  const section = (name: ChartSectionName) =>
    sectionOrNull(() => readSection(db, patient, name, 0));
  return {
    identity: summary.identity,
    ...frame(summary),
    consultant: summary.consultant,
    allergies: summary.allergies,
    alerts: [...summary.alerts],
    vitals: openingVitals(db, patient, nowMs),
    nextObservationsAtMs: summary.nextObservationsAtMs,
    sections: Object.fromEntries(
      chartSectionNameSchema.options.map((name) => [name, section(name)]),
    ),
  };
}

/** What a chart shows beside the record itself: where the patient lies, and on what ground she is looked at. */
type ChartFrame = Pick<
  ChartView,
  'bed' | 'wardName' | 'sameFamilyName' | 'accessBasis' | 'visiting'
>;

/** The beds of this ward in which people of a patient's family name lie. */
function namesakesOn(
  ward: ReadableDb,
  beds: readonly Bed[],
  summary: PatientSummary,
): readonly string[] {
  return bedsByFamily(beds, readSummaries(ward)).get(familyKey(summary.identity)) ?? [];
}

/** The chart of a patient of this ward; null for one who is not in the cache. */
export function readChart(ward: ReadableDb, reading: Reading): ChartView | null {
  return readRecord(ward, reading, (summary) => {
    const beds = readBeds(ward);
    const bed = beds.find((one) => one.locationId === summary.bedLocationId)?.bed ?? null;
    return {
      bed,
      wardName: bed === null ? null : reading.wardName,
      sameFamilyName: namesakesOn(ward, beds, summary).filter((other) => other !== bed),
      // The cache holds nobody but the ward's patients.
      accessBasis: 'ward',
      visiting: null,
    };
  });
}

/** The chart of a visiting patient. People of her name on this ward are the ones she could be taken for here. */
export function readVisitingChart(
  ward: ReadableDb,
  visits: ReadableDb,
  reading: Reading,
): ChartView | null {
  const visit = visits.get(
    sql`SELECT fetched_at_ms, access_basis FROM visit WHERE patient = ${reading.patient}`,
  );
  if (visit === undefined) return null;
  return readRecord(visits, reading, (summary) => {
    const places = readPlaces(visits);
    const lies = summary.bedLocationId ?? '';
    return {
      bed: orderBeds(places).find((one) => one.locationId === lies)?.bed ?? null,
      wardName: wardNameOf(places, lies),
      sameFamilyName: [...namesakesOn(ward, readBeds(ward), summary)],
      accessBasis: readText(visit, 'access_basis'),
      visiting: { fetchedAtMs: readNumber(visit, 'fetched_at_ms') },
    };
  });
}

/** Every word the person typed must begin a word of the patient's name or record number. */
function matchExpression(text: string): string | null {
  const words = text.match(/[\p{L}\p{N}]+/gu) ?? [];
  return words.length === 0 ? null : words.map((word) => `"${word}"*`).join(' ');
}

/** Finds patients of the ward by name or record number. */
export function searchWard(
  db: ReadableDb,
  wardName: string,
  text: string,
  limit: number,
): SearchResult {
  const match = matchExpression(text);
  if (match === null) return { hits: [], more: false };
  const bedNames = new Map(readBeds(db).map((bed) => [bed.locationId, bed.bed]));
  const rows = db.all(sql`
    SELECT s.view FROM patient_search f JOIN patient_summary s ON s.patient = f.patient
    WHERE patient_search MATCH ${match} ORDER BY f.rank, f.words LIMIT ${limit + 1}`);
  const hits = rows.slice(0, limit).map((row) => {
    const summary = parseSummary(row);
    const bed = bedNames.get(summary.bedLocationId ?? '') ?? null;
    return { identity: summary.identity, bed, wardName: bed === null ? null : wardName };
  });
  return { hits, more: rows.length > limit };
}
