import type { Rejection, VitalsEntry } from '#core/contracts/clinical.ts';
import type { OwnOperation } from '#core/contracts/sync.ts';
import { assert } from '#core/result.ts';
import { noteText } from './notes.ts';
import { joinVitals, readVitalPart, type VitalPart } from './vitals.ts';

/** One refused operation as the vault opened it; `own` null when it does not open for this person. */
export interface RefusedOperation {
  readonly id: string;
  readonly reason: string;
  readonly own: OwnOperation | null;
}

/** What the terminal's own records say about a refused operation. */
export interface RecordLookup {
  patientIsHere(patientId: string): boolean;
  /** A note as it stands in the record now; null when it is not here. */
  note(patientId: string, noteId: string): { version: number; text: string } | null;
}

type Charted = NonNullable<Rejection['charted']>;

/** What a person charted, as she charted it: the parts of one set of vital signs make one entry again. */
export function gatherRejections(
  refused: readonly RefusedOperation[],
  lookup: RecordLookup,
): Rejection[] {
  const sets = new Map<string, { rejection: Rejection; parts: VitalPart[] }>();
  const rejections: Rejection[] = [];
  for (const { id, reason, own } of refused) {
    const part = own === null ? null : readVitalPart(own.body.resource);
    if (own === null || part === null) {
      rejections.push({ ids: [id], reason, charted: own === null ? null : readNote(own, lookup) });
      continue;
    }
    const key = `${own.body.patientId} ${part.setKey}`;
    const begun = sets.get(key);
    const parts = [...(begun?.parts ?? []), part];
    const charted = { ...headOf(own, lookup), entry: vitalsOf(parts) };
    if (begun === undefined) {
      const rejection = { ids: [id], reason, charted };
      sets.set(key, { rejection, parts });
      rejections.push(rejection);
    } else {
      begun.parts.push(part);
      begun.rejection.ids.push(id);
      begun.rejection.charted = charted;
    }
  }
  return rejections;
}

function headOf({ patientLabel, body }: OwnOperation, lookup: RecordLookup) {
  const { patientId, madeAtMs } = body;
  const patientIsHere = lookup.patientIsHere(patientId);
  return { patientId, patientLabel, atMs: madeAtMs, patientIsHere };
}

function vitalsOf(parts: readonly VitalPart[]): Charted['entry'] {
  const set = joinVitals(parts.map((part) => ({ part, state: 'pending' })));
  assert(set !== null, 'an entry has parts');
  const { takenAtMs, respirationRate, oxygenSaturation, supplementalOxygen } = set;
  const { systolic, diastolic, heartRate, consciousness, temperature } = set;
  const vitals: VitalsEntry = {
    takenAtMs,
    respirationRate,
    oxygenSaturation,
    supplementalOxygen,
    systolic,
    diastolic,
    heartRate,
    consciousness,
    temperature,
  };
  return { kind: 'vitals', vitals };
}

/** Null for what is neither a note nor a vital sign: a terminal writes nothing else. */
function readNote(own: OwnOperation, lookup: RecordLookup): Charted | null {
  const { body } = own;
  const text = noteText(body.resource);
  if (text === null) return null;
  const { id } = body.resource;
  const standing = body.baseVersion === 0 ? null : lookup.note(body.patientId, id);
  const corrects = standing === null ? null : { id, ...standing };
  return { ...headOf(own, lookup), entry: { kind: 'note', text, corrects } };
}
