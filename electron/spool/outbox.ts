import * as v from 'valibot';
import { pushResultSchema, type PushResult } from '#core/contracts/sync.ts';
import { sql, type ReadableDb, type SqlRow, type WritableDb } from '#native/sqlite/query.ts';
import { readNumber, readText } from '#native/sqlite/row.ts';
import type { Guard } from './guard.ts';
import type { Outbox, PreparedOperation } from './spool.ts';

const storedResultSchema = v.pipe(v.string(), v.parseJson(), pushResultSchema);

/** Puts operations at the end of the queue; the caller holds the transaction. */
export function enqueueOperations(
  db: WritableDb,
  write: {
    readonly personId: string;
    readonly patientId: string;
    readonly visiting: boolean;
    readonly operations: readonly PreparedOperation[];
  },
): void {
  for (const { operation, sealedForAuthor } of write.operations) {
    db.run(
      sql`INSERT INTO outbox (operation_id, person_id, patient_id, visiting, sealed,
                              sealed_for_author, state)
          VALUES (${operation.operationId}, ${write.personId}, ${write.patientId},
                  ${write.visiting ? 1 : 0}, ${operation.sealed}, ${sealedForAuthor}, 'pending')`,
    );
  }
}

/** Lets go of a conflict that a person has settled; the caller holds the transaction. */
export function dismissConflict(db: WritableDb, operationId: string): void {
  db.run(sql`DELETE FROM outbox WHERE operation_id = ${operationId} AND state = 'conflict'`);
}

/** The outbox over an open spool. */
export function createOutbox(db: WritableDb, guard: Guard, now: () => number): Outbox {
  return {
    pending: (limit, aside = []) =>
      guard.read(() =>
        db
          .all(
            sql`SELECT operation_id, sealed FROM outbox WHERE state = 'pending'
                  AND person_id NOT IN (SELECT person_id FROM offline_session)
                  AND NOT EXISTS (SELECT 1 FROM outbox AS before
                    WHERE before.patient_id = outbox.patient_id
                      AND before.position <= outbox.position AND before.operation_id IN
                        (SELECT value FROM json_each(${JSON.stringify(aside)})))
                ORDER BY position LIMIT ${limit}`,
          )
          .map((row) => ({
            operationId: readText(row, 'operation_id'),
            sealed: readText(row, 'sealed'),
          })),
      ),
    counts: (personId) => guard.read(() => countStates(db, personId)),
    conflictsFor: (personId) =>
      guard.read(() => {
        const row = db.get(
          sql`SELECT count(*) AS number FROM outbox
              WHERE state = 'conflict' AND (visiting = 0 OR person_id = ${personId})`,
        );
        return row === undefined ? 0 : readNumber(row, 'number');
      }),
    settle: (results) =>
      guard.write(() => {
        db.transaction(() => results.forEach((result) => settleOne(db, result, now())));
        return null;
      }),
    undelivered: (limit) =>
      guard.read(() =>
        db
          .all(
            sql`SELECT result FROM outbox WHERE state <> 'pending' AND delivered = 0
                ORDER BY position LIMIT ${limit}`,
          )
          .map(readResult),
      ),
    delivered: (operationIds) =>
      guard.write(() => {
        db.transaction(() => operationIds.forEach((id) => deliverOne(db, id)));
        return null;
      }),
    ownVisiting: (personId) =>
      guard.read(() =>
        db
          .all(
            sql`SELECT operation_id, state, sealed_for_author, result FROM outbox
                WHERE visiting = 1 AND person_id = ${personId} AND state IN ('pending', 'conflict')
                ORDER BY position`,
          )
          .map((row) => ({
            operationId: readText(row, 'operation_id'),
            sealedForAuthor: readText(row, 'sealed_for_author'),
            result: readText(row, 'state') === 'pending' ? null : readResult(row),
          })),
      ),
  };
}

/**
 * Only a pending operation can be settled: a late second answer must not undo what a person has decided since. What was
 * refused goes back to its author in the same moment.
 */
function settleOne(db: WritableDb, result: PushResult, nowMs: number): void {
  if (result.status === 'rejected') giveBack(db, result.operationId, result.reason, nowMs);
  db.run(
    sql`UPDATE outbox SET state = ${result.status}, result = ${JSON.stringify(result)}
        WHERE operation_id = ${result.operationId} AND state = 'pending'`,
  );
}

/** The author's own copy, beside her drafts: it travels as they do, and waits wherever she logs in. */
function giveBack(db: WritableDb, operationId: string, reason: string, nowMs: number): void {
  db.run(
    sql`INSERT INTO draft (draft_id, person_id, sealed, saved_at_ms, discarded, sent, rejection)
        SELECT operation_id, person_id, sealed_for_author, ${nowMs}, 0, 0, ${reason} FROM outbox
        WHERE operation_id = ${operationId} AND state = 'pending'`,
  );
}

/** An operation that was applied or refused has done its work once a vault knows; a conflict waits for a person. */
function deliverOne(db: WritableDb, operationId: string): void {
  db.run(sql`UPDATE outbox SET delivered = 1 WHERE operation_id = ${operationId}`);
  db.run(
    sql`DELETE FROM outbox
        WHERE operation_id = ${operationId} AND state IN ('applied', 'rejected')`,
  );
}

function countStates(db: ReadableDb, personId: string | null) {
  const counts = { pending: 0, conflicts: 0 };
  const rows = db.all(
    sql`SELECT state, count(*) AS number FROM outbox
        WHERE ${personId} IS NULL OR person_id = ${personId} GROUP BY state`,
  );
  for (const row of rows) {
    const number = readNumber(row, 'number');
    const state = readText(row, 'state');
    if (state === 'pending') counts.pending = number;
    if (state === 'conflict') counts.conflicts = number;
  }
  return counts;
}

function readResult(row: SqlRow): PushResult {
  return v.parse(storedResultSchema, readText(row, 'result'));
}
