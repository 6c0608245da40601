import * as v from 'valibot';
import { sealInfo } from '#core/contracts/sealing.ts';
import { ownOperationSchema, type OwnOperation } from '#core/contracts/sync.ts';
import { openForPerson, sealForPerson } from './keys.ts';

/* The author's own copy of what she charted: shown to her in a session that never held the record, or after a refusal. */

const ownOperationText = v.pipe(v.string(), v.parseJson(), ownOperationSchema);

/** Whose own copies are opened, and with what. */
export interface Owner {
  readonly personId: string;
  readonly personKey: Uint8Array;
}

/** Seals an operation to its author. */
export function sealOwnOperation(personKey: Uint8Array, own: OwnOperation): string {
  const { personId } = own.body;
  return sealForPerson(personKey, personId, sealInfo.ownOperation, JSON.stringify(own));
}

/** Opens an own copy; null for anybody else's. */
export function openOwnOperation(
  { personId, personKey }: Owner,
  sealed: string,
): OwnOperation | null {
  const text = openForPerson(personKey, personId, sealInfo.ownOperation, sealed);
  const own = v.safeParse(ownOperationText, text);
  return own.success ? own.output : null;
}
