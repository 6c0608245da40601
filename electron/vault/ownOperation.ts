import * as v from 'valibot';
import { sealInfo } from '#core/contracts/sealing.ts';
import { operationBodySchema } from '#core/contracts/sync.ts';
import { openForPerson, sealForPerson } from './keys.ts';

/** The author's own copy of what she charted: enough to show it to her again in a session that never held the record. */
const ownOperationSchema = v.strictObject({ body: operationBodySchema, patientLabel: v.string() });
export type OwnOperation = v.InferOutput<typeof ownOperationSchema>;

/** Seals an operation to its author. */
export function sealOwnOperation(personKey: Uint8Array, own: OwnOperation): string {
  const { personId } = own.body;
  return sealForPerson(personKey, personId, sealInfo.ownOperation, JSON.stringify(own));
}

/** Opens an own copy; null for anybody else's. */
export function openOwnOperation(
  personKey: Uint8Array,
  personId: string,
  sealed: string,
): OwnOperation | null {
  const plain = openForPerson(personKey, personId, sealInfo.ownOperation, sealed);
  const own = v.safeParse(ownOperationSchema, plain === null ? null : JSON.parse(plain));
  return own.success ? own.output : null;
}
