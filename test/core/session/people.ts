import type { Person } from '#core/contracts/terminal.ts';
import type { SessionEvent } from '#core/session/model.ts';

/* Who lives in the ward corner, and what the shell may say: known to the world and to its oracle. */

const person = (personId: string): Person => ({
  personId,
  displayName: `Name of ${personId}`,
  role: 'nurse',
  trust: 'B0',
});
const anna = person('anna');
const ben = person('ben');
const chloe = person('chloe');

/** Whose badge is whose: Anna has two, one belongs to nobody known. */
export const badgeOwners: readonly (Person | null)[] = [anna, ben, chloe, anna, null];

/** Who bears the badge of a key that the world gives out. */
export function ownerOf(badgeKey: string): string | null {
  return badgeOwners[Number(badgeKey.slice('badge-'.length))]?.personId ?? null;
}

/** An answer on its way; gets its time when it arrives. */
type WithoutTime<Event> = Event extends { readonly atMs: number } ? Omit<Event, 'atMs'> : never;
export type Answer = WithoutTime<SessionEvent>;
