import * as v from 'valibot';
import { refuse, succeed, type Result } from '#core/result.ts';
import { actorJson, type Actor } from '../store/actor.ts';
import type { RecordStore, SealedRow } from '../store/recordStore.ts';

/** Thrown to undo a release that must not be: what was not given out must not be logged as a view. */
class Withheld extends Error {
  override readonly name = 'Withheld';
}

const linksSchema = v.object({
  link: v.optional(v.array(v.object({ type: v.optional(v.string()) })), []),
});

/** Whether this body is a patient's, and the patient was not joined with another (FHIR `Patient.link`). */
function isStanding(json: string): boolean {
  const parsed = v.safeParse(linksSchema, JSON.parse(json));
  return parsed.success && parsed.output.link.every(({ type }) => type !== 'replaced-by');
}

/**
 * One patient's record as the JSON text of a `PatientRecord`, for a person who is not served by her ward's feed: decided,
 * written down, then released. What is refused or gone is written down too.
 */
export async function readPatientRecord(
  store: RecordStore,
  actor: Actor,
  patientId: string,
): Promise<Result<string, 'denied' | 'gone'>> {
  const { query } = store.database;
  const decision = (await store.decide(query, actor, 'read', [patientId]))(patientId);
  if (!decision.permit) {
    await store.auditDenial(query, actor, [patientId], 'chart', decision.reason);
    return refuse('denied');
  }
  const released = await release(store, actor, patientId, decision.basis);
  if (released === null) {
    await store.auditDenial(query, actor, [patientId], 'chart', 'gone');
    return refuse('gone');
  }
  const changes = released.flatMap(({ row, json }) =>
    json === null
      ? []
      : [`{"op":"put","patientId":${JSON.stringify(row.patient_id)},"resource":${json}}`],
  );
  const accessBasis = JSON.stringify(decision.basis);
  return succeed(`{"changes":[${changes.join(',')}],"accessBasis":${accessBasis}}`);
}

type Opened = readonly { row: SealedRow; json: string | null }[];

/** Null, and no entry of a release, when the patient does not stand (any more). */
async function release(
  store: RecordStore,
  actor: Actor,
  patientId: string,
  basis: string,
): Promise<Opened | null> {
  try {
    return await store.database.transaction(async (query) => {
      const { rows } = await query('select * from wardkey.patient_release($1,$2,$3)', [
        actorJson(actor),
        basis,
        patientId,
      ]);
      const opened = await store.open(query, rows);
      const patient = opened.find(({ row }) => row.type === 'Patient' && row.id === patientId);
      if (patient?.json == null || !isStanding(patient.json)) throw new Withheld();
      return opened;
    });
  } catch (error) {
    if (error instanceof Withheld) return null;
    throw error;
  }
}
