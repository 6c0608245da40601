import type { DraftRecord } from '#core/contracts/terminal.ts';
import { sql, type SqlRow, type WritableDb } from '#native/sqlite/query.ts';
import { readNullableText, readNumber, readText } from '#native/sqlite/row.ts';
import type { Guard } from './guard.ts';
import type { DraftStore } from './spool.ts';

/**
 * Takes a draft away here; the row waits until the server has been told. The caller holds the transaction.
 * The time moves on, so that the answer to an older state on its way is not taken for this one's.
 */
export function discardDraft(db: WritableDb, draftId: string): void {
  db.run(sql`UPDATE draft SET discarded = 1, sent = 0, sealed = '', saved_at_ms = saved_at_ms + 1
        WHERE draft_id = ${draftId} AND rejection IS NULL`);
}

/** Takes away what its author has decided about; another person's, or a draft, stays. The caller holds the transaction. */
export function discardRejected(
  db: WritableDb,
  personId: string,
  draftIds: readonly string[],
): void {
  for (const draftId of draftIds) {
    db.run(sql`UPDATE draft SET discarded = 1, sent = 0, sealed = '', saved_at_ms = saved_at_ms + 1
          WHERE draft_id = ${draftId} AND person_id = ${personId}
            AND rejection IS NOT NULL AND discarded = 0`);
  }
}

/** The drafts over an open spool. */
export function createDraftStore(db: WritableDb, guard: Guard): DraftStore {
  return {
    save: (draft) =>
      guard.write(() => {
        db.run(
          sql`INSERT INTO draft (draft_id, person_id, sealed, saved_at_ms, discarded, sent)
              VALUES (${draft.draftId}, ${draft.personId}, ${draft.sealed}, ${draft.savedAtMs}, 0, 0)
              ON CONFLICT (draft_id) DO UPDATE SET
                sealed = excluded.sealed, discarded = 0, sent = 0,
                saved_at_ms = max(excluded.saved_at_ms, saved_at_ms + 1)
              WHERE person_id = excluded.person_id AND rejection IS NULL`,
        );
        return null;
      }),
    discard: (draftId) =>
      guard.write(() => {
        discardDraft(db, draftId);
        return null;
      }),
    ofPerson: (personId) =>
      guard.read(() =>
        db
          .all(
            sql`SELECT * FROM draft WHERE person_id = ${personId} AND discarded = 0
                  AND rejection IS NULL ORDER BY saved_at_ms DESC`,
          )
          .map(readDraft),
      ),
    rejectedOf: (personId) =>
      guard.read(() =>
        db
          .all(
            sql`SELECT * FROM draft WHERE person_id = ${personId} AND discarded = 0
                  AND rejection IS NOT NULL ORDER BY saved_at_ms DESC, draft_id`,
          )
          .map((row) => ({ ...readDraft(row), rejection: readText(row, 'rejection') })),
      ),
    unsent: () =>
      guard.read(() =>
        db.all(sql`SELECT * FROM draft WHERE sent = 0 ORDER BY saved_at_ms`).map((row) => ({
          ...readDraft(row),
          sealed: readNumber(row, 'discarded') === 1 ? null : readText(row, 'sealed'),
        })),
      ),
    markSent: (draftId, savedAtMs) =>
      guard.write(() => {
        db.transaction(() => {
          db.run(
            sql`UPDATE draft SET sent = 1
                WHERE draft_id = ${draftId} AND saved_at_ms = ${savedAtMs}`,
          );
          db.run(sql`DELETE FROM draft WHERE draft_id = ${draftId} AND discarded = 1 AND sent = 1`);
        });
        return null;
      }),
    receive: (personId, drafts) =>
      guard.write(() => {
        db.transaction(() => {
          const there = JSON.stringify(drafts.map((draft) => draft.draftId));
          db.run(
            sql`DELETE FROM draft WHERE person_id = ${personId} AND sent = 1 AND discarded = 0
                AND draft_id NOT IN (SELECT value FROM json_each(${there}))`,
          );
          for (const draft of drafts) if (draft.personId === personId) receiveOne(db, draft);
        });
        return null;
      }),
  };
}

/** What this terminal has not sent yet is kept: the person typed it here. */
function receiveOne(db: WritableDb, draft: DraftRecord): void {
  db.run(
    sql`INSERT INTO draft (draft_id, person_id, sealed, saved_at_ms, discarded, sent, rejection)
        VALUES (${draft.draftId}, ${draft.personId}, ${draft.sealed}, ${draft.savedAtMs}, 0, 1,
                ${draft.rejection})
        ON CONFLICT (draft_id) DO UPDATE SET
          sealed = excluded.sealed, saved_at_ms = excluded.saved_at_ms
        WHERE person_id = excluded.person_id AND sent = 1
          AND saved_at_ms < excluded.saved_at_ms`,
  );
}

function readDraft(row: SqlRow): DraftRecord {
  return {
    draftId: readText(row, 'draft_id'),
    personId: readText(row, 'person_id'),
    sealed: readText(row, 'sealed'),
    savedAtMs: readNumber(row, 'saved_at_ms'),
    rejection: readNullableText(row, 'rejection'),
  };
}
