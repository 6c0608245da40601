import * as v from 'valibot';
import { refuse, succeed, type Result } from '#core/result.ts';
import type { TerminalContext } from '../context.ts';
import { actorJson, type Actor } from '../store/actor.ts';
import type { RecordStore } from '../store/recordStore.ts';
import { parseCursor, writeCursor, type Cursor } from './cursor.ts';

const headRow = v.object({ horizon: v.string(), newest: v.string(), epoch: v.string() });
const totalRow = v.object({ total: v.number() });
const changeRows = v.array(
  v.object({
    xid: v.string(),
    seq: v.number(),
    op: v.picklist(['put', 'tombstone', 'purge', 'enter']),
    patient_id: v.nullable(v.string()),
    type: v.nullable(v.string()),
    id: v.nullable(v.string()),
    version: v.nullable(v.number()),
  }),
);
const fillRows = v.array(
  v.object({
    patient_id: v.string(),
    type: v.string(),
    id: v.string(),
  }),
);

interface Head {
  readonly horizon: string;
  readonly epoch: string;
}

/** One page of the ward's feed, as the JSON text of a `FeedPage`: bodies go from seal to wire without being parsed. */
export async function readFeed(
  store: RecordStore,
  terminal: TerminalContext,
  cursorText: string | null,
  limit: number,
): Promise<Result<string, 'cursorGone'>> {
  const { query } = store.database;
  const { rows } = await query('select * from wardkey.feed_head()');
  const head = v.parse(headRow, rows[0]);
  const cursor = cursorText === null ? null : parseCursor(cursorText);
  if (cursorText !== null && (cursor === null || !stillHolds(cursor, head, terminal.wardId))) {
    return refuse('cursorGone');
  }
  return succeed(
    cursor?.at === 'feed'
      ? await changesPage(store, terminal, head, cursor, limit)
      : await fillPage(store, terminal, head, cursor, limit),
  );
}

/** A cursor holds for its own ward and database, and only where the database has been: a copy put back has not. */
function stillHolds(cursor: Cursor, head: v.InferOutput<typeof headRow>, wardId: string): boolean {
  const reached = cursor.at === 'fill' ? cursor.horizon : cursor.xid;
  return (
    cursor.ward === wardId && cursor.epoch === head.epoch && BigInt(reached) <= BigInt(head.newest)
  );
}

function page(
  changes: readonly string[],
  rest: { cursor: string; more: boolean; epoch: string; totalResources: number | null },
): string {
  const tail = JSON.stringify(rest).slice(1);
  return `{"changes":[${changes.join(',')}],${tail}`;
}

function putText(patientId: string | null, json: string): string {
  return `{"op":"put","patientId":${JSON.stringify(patientId)},"resource":${json}}`;
}

async function fillPage(
  store: RecordStore,
  terminal: TerminalContext,
  head: Head,
  cursor: (Cursor & { at: 'fill' }) | null,
  limit: number,
): Promise<string> {
  const { query } = store.database;
  const actor: Actor = { kind: 'terminal', terminal };
  const ward = terminal.wardId;
  const from = cursor ?? { horizon: head.horizon, patient: '', type: '', id: '' };
  const { rows } = await query(
    `select nullif(patient_id, '') as patient_id, coalesce(patient_id, '') as fill_patient, type, id, version, sealed
       from wardkey.feed_fill($1,$2,$3,$4,$5,$6)`,
    [actorJson(actor), ward, from.patient, from.type, from.id, limit],
  );
  const total = await query('select wardkey.feed_total($1) as total', [ward]);
  const opened = await store.open(query, rows);
  const changes = opened.flatMap(({ row, json }) =>
    json === null ? [] : [putText(row.patient_id, json)],
  );
  const last = v
    .parse(
      fillRows,
      rows.slice(-1).map((row) => ({ ...row, patient_id: row['fill_patient'] })),
    )
    .at(0);
  const more = rows.length >= limit && last !== undefined;
  const common = { ward, epoch: head.epoch };
  const next: Cursor = more
    ? {
        at: 'fill',
        ...common,
        horizon: from.horizon,
        patient: last.patient_id,
        type: last.type,
        id: last.id,
      }
    : { at: 'feed', ...common, xid: from.horizon, seq: -1 };
  return page(changes, {
    cursor: writeCursor(next),
    // After a fill of several pages the feed holds what was written since the first: the cache has joined only then.
    more: more || cursor !== null,
    epoch: head.epoch,
    totalResources: v.parse(totalRow, total.rows[0]).total,
  });
}

async function changesPage(
  store: RecordStore,
  terminal: TerminalContext,
  head: Head,
  cursor: Cursor & { at: 'feed' },
  limit: number,
): Promise<string> {
  const { query } = store.database;
  const actor: Actor = { kind: 'terminal', terminal };
  const { rows } = await query('select * from wardkey.feed_changes($1,$2,$3,$4,$5,$6)', [
    actorJson(actor),
    terminal.wardId,
    cursor.xid,
    cursor.seq,
    head.horizon,
    limit,
  ]);
  const parsed = v.parse(changeRows, rows);
  const records = parsed.flatMap((row, index) => (row.op === 'put' ? [index] : []));
  const opened = await store.open(
    query,
    records.map((index) => rows[index]),
  );
  const bodies = new Map(opened.map(({ json }, position) => [records[position], json]));
  const changes = parsed.flatMap((row, index) => changeText(row, bodies.get(index) ?? null));
  const last = parsed.at(-1);
  const next: Cursor = last === undefined ? cursor : { ...cursor, xid: last.xid, seq: last.seq };
  return page(changes, {
    cursor: writeCursor(next),
    more: parsed.length >= limit,
    epoch: head.epoch,
    totalResources: null,
  });
}

function changeText(row: v.InferOutput<typeof changeRows>[number], body: string | null): string[] {
  switch (row.op) {
    case 'put':
      return body === null ? [] : [putText(row.patient_id, body)];
    case 'purge':
      return [JSON.stringify({ op: 'purge', patientId: row.patient_id })];
    case 'tombstone':
      return [
        JSON.stringify({
          op: 'tombstone',
          patientId: row.patient_id,
          resourceType: row.type,
          id: row.id,
          version: row.version,
        }),
      ];
    case 'enter':
      // What follows it are ordinary puts; the event itself tells a cache nothing.
      return [];
  }
}
