import * as v from 'valibot';
import type { DraftRecord } from '#core/contracts/terminal.ts';
import type { Query } from '../postgres/database.ts';

/** How many unfinished pieces of work one person may leave, and how many operations may have been given back to her. */
const mostDrafts = 200;
const mostRejections = 2_000;

const draftRow = v.object({
  draft_id: v.string(),
  person_id: v.string(),
  sealed: v.instance(Buffer),
  saved_ms: v.number(),
  rejection: v.nullable(v.string()),
});

/** A person's drafts, sealed as they came; only the author's key opens them. */
export async function draftsOf(query: Query, personId: string): Promise<DraftRecord[]> {
  const { rows } = await query(
    `select draft_id, person_id, sealed, extract(epoch from saved_at)::float8 * 1000 as saved_ms, rejection
     from terminal.drafts where person_id = $1 order by saved_at desc`,
    [personId],
  );
  return v.parse(v.array(draftRow), rows).map((row) => ({
    draftId: row.draft_id,
    personId: row.person_id,
    sealed: row.sealed.toString('base64url'),
    savedAtMs: Math.round(row.saved_ms),
    rejection: row.rejection,
  }));
}

/** Keeps a draft; a newer state is never overwritten by an older one, another's draft never at all. */
export async function keepDraft(
  query: Query,
  draft: DraftRecord,
): Promise<'kept' | 'foreign' | 'tooMany'> {
  const { rows } = await query(
    `select count(*)::int as count from terminal.drafts
     where person_id = $1 and draft_id <> $2 and (rejection is null) = $3`,
    [draft.personId, draft.draftId, draft.rejection === null],
  );
  const { count } = v.parse(v.object({ count: v.number() }), rows[0]);
  if (count >= (draft.rejection === null ? mostDrafts : mostRejections)) return 'tooMany';
  await query(
    `insert into terminal.drafts as d (draft_id, person_id, sealed, saved_at, rejection)
     select $1,$2,$3,to_timestamp($4::float8/1000),$5
       where not exists (select 1 from terminal.filed_drafts f
         where f.draft_id = $1 and f.filed_at >= to_timestamp($4::float8/1000))
     on conflict (draft_id) do update set sealed = excluded.sealed, saved_at = excluded.saved_at
       where d.person_id = excluded.person_id and d.saved_at <= excluded.saved_at`,
    [
      draft.draftId,
      draft.personId,
      Buffer.from(draft.sealed, 'base64url'),
      draft.savedAtMs,
      draft.rejection,
    ],
  );
  const owner = await query('select person_id from terminal.drafts where draft_id = $1', [
    draft.draftId,
  ]);
  const [kept] = v.parse(v.array(v.object({ person_id: v.string() })), owner.rows);
  // None: it was filed while this state of it was on its way, so there is nothing to keep.
  return kept === undefined || kept.person_id === draft.personId ? 'kept' : 'foreign';
}

/** Drops a draft whose content was filed, in the transaction that files it; a state of it that is still on its way stays out. */
export async function fileDraft(
  query: Query,
  personId: string,
  draftId: string,
  filedAtMs: number,
): Promise<void> {
  await query(
    `insert into terminal.filed_drafts as f (draft_id, filed_at) values ($1, to_timestamp($2::float8/1000))
     on conflict (draft_id) do update set filed_at = greatest(f.filed_at, excluded.filed_at)`,
    [draftId, filedAtMs],
  );
  // A call is under way for seconds; a day is beyond doubt.
  await query(
    `delete from terminal.filed_drafts where filed_at < to_timestamp($1::float8/1000) - interval '1 day'`,
    [filedAtMs],
  );
  await dropDraft(query, personId, draftId);
}

/** Drops a draft that was thrown away by its author. */
export async function dropDraft(query: Query, personId: string, draftId: string): Promise<void> {
  await query('delete from terminal.drafts where draft_id = $1 and person_id = $2', [
    draftId,
    personId,
  ]);
}

/**
 * Whether a terminal may leave a draft for someone whose token has run out: it tapped out, or was offline. It must have had
 * a session of that person lately, or any terminal could fill anyone's drawer.
 */
export async function mayKeepFor(
  query: Query,
  terminalId: string,
  personId: string,
  nowMs: number,
): Promise<boolean> {
  const { rowCount } = await query(
    `select 1 from terminal.sessions where terminal_id = $1 and person_id = $2
       and opened_at > to_timestamp($3::float8/1000) - interval '7 days' limit 1`,
    [terminalId, personId, nowMs],
  );
  return rowCount > 0;
}
