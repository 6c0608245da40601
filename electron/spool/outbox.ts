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
    readonly operations: readonly PreparedOperation[];
  },
): void {
  for (const { operation, sealedForAuthor } of write.operations) {
    db.run(
      sql`INSERT INTO outbox (operation_id, person_id, patient_id, sealed, sealed_for_author, state)
          VALUES (${operation.operationId}, ${write.personId}, ${write.patientId},
                  ${operation.sealed}, ${sealedForAuthor}, 'pending')`,
    );
  }
}

/** Lets go of an operation that a person has looked at; the caller holds the transaction. */
export function dismissOperation(db: WritableDb, operationId: string): void {
  db.run(
    sql`DELETE FROM outbox
        WHERE operation_id = ${operationId} AND state IN ('conflict', 'rejected')`,
  );
}

/** The outbox over an open spool. */
export function createOutbox(db: WritableDb, guard: Guard): Outbox {
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
    settle: (results) =>
      guard.write(() => {
        db.transaction(() => results.forEach((result) => settleOne(db, result)));
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
    unsettled: (personId) =>
      guard.read(() =>
        db
          .all(
            sql`SELECT operation_id, patient_id, state, sealed_for_author, result FROM outbox
                WHERE person_id = ${personId} AND state IN ('conflict', 'rejected')
                ORDER BY position`,
          )
          .map((row) => ({
            operationId: readText(row, 'operation_id'),
            patientId: readText(row, 'patient_id'),
            state: readText(row, 'state') === 'conflict' ? 'conflict' : 'rejected',
            sealedForAuthor: readText(row, 'sealed_for_author'),
            result: readResult(row),
          })),
      ),
    dismiss: (operationId) =>
      guard.write(() => {
        dismissOperation(db, operationId);
        return null;
      }),
  };
}

/** Only a pending operation can be settled: a late second answer must not undo what a person has decided since. */
function settleOne(db: WritableDb, result: PushResult): void {
  db.run(
    sql`UPDATE outbox SET state = ${result.status}, result = ${JSON.stringify(result)}
        WHERE operation_id = ${result.operationId} AND state = 'pending'`,
  );
}

/** An applied operation has done its work once a vault knows; conflicts and rejections wait for a person. */
function deliverOne(db: WritableDb, operationId: string): void {
  db.run(sql`UPDATE outbox SET delivered = 1 WHERE operation_id = ${operationId}`);
  db.run(sql`DELETE FROM outbox WHERE operation_id = ${operationId} AND state = 'applied'`);
}

function countStates(db: ReadableDb, personId: string | null) {
  const counts = { pending: 0, conflicts: 0, rejected: 0 };
  const rows = db.all(
    sql`SELECT state, count(*) AS number FROM outbox
        WHERE ${personId} IS NULL OR person_id = ${personId} GROUP BY state`,
  );
  for (const row of rows) {
    const number = readNumber(row, 'number');
    const state = readText(row, 'state');
    if (state === 'pending') counts.pending = number;
    if (state === 'conflict') counts.conflicts = number;
    if (state === 'rejected') counts.rejected = number;
  }
  return counts;
}

function readResult(row: SqlRow): PushResult {
  return v.parse(storedResultSchema, readText(row, 'result'));
}
