import type { PatientIdentity } from '#core/contracts/clinical.ts';

type Named = Pick<PatientIdentity, 'family' | 'given' | 'prefix'>;

/** The family name as it is always shown: capitals. */
export function familyName(identity: Named): string {
  return identity.family.toLocaleUpperCase();
}

/** FAMILY, Given (Title): the one way a patient is named in plain text. `PatientName` is the same with weights. */
export function formatName(identity: Named): string {
  const title = identity.prefix === null ? '' : ` (${identity.prefix})`;
  const given = identity.given === '' ? '' : `, ${identity.given}`;
  return `${familyName(identity)}${given}${title}`;
}

/** Up to two letters that stand for a person on an avatar. */
export function initials(displayName: string): string {
  const parts = displayName.split(/\s+/).filter((part) => /^\p{L}/u.test(part));
  const first = parts[0]?.[0] ?? '';
  const last = parts.length > 1 ? (parts.at(-1)?.[0] ?? '') : '';
  return (first + last).toLocaleUpperCase();
}
