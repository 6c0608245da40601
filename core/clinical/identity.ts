import type { PatientIdentity } from '#core/contracts/clinical.ts';
import { anyCode, pick, pickList, pickText } from './fhir.ts';

const genders = ['male', 'female', 'other', 'unknown'] as const;

function joinWords(parts: readonly unknown[]): string {
  return parts.filter((part): part is string => typeof part === 'string').join(' ');
}

function officialName(names: readonly unknown[]): unknown {
  return names.find((name) => pick(name, 'use') === 'official') ?? names[0];
}

function preferredName(names: readonly unknown[], official: unknown): string | null {
  const preferred = names.find(
    (name) => name !== official && ['nickname', 'usual'].includes(pickText(name, 'use') ?? ''),
  );
  if (preferred === undefined) return null;
  const words = pickText(preferred, 'text') ?? joinWords(pickList(preferred, 'given'));
  return words === '' ? null : words;
}

/** Reads who a Patient resource is about. */
export function readIdentity(patient: unknown): PatientIdentity {
  const names = pickList(patient, 'name');
  const official = officialName(names);
  const prefix = joinWords(pickList(official, 'prefix'));
  const gender = pickText(patient, 'gender');
  const record = pickList(patient, 'identifier').find(
    (identifier) => anyCode(pick(identifier, 'type')) === 'MR',
  );
  return {
    patientId: pickText(patient, 'id') ?? '',
    family: pickText(official, 'family') ?? pickText(official, 'text') ?? '',
    given: joinWords(pickList(official, 'given')),
    prefix: prefix === '' ? null : prefix,
    preferredName: preferredName(names, official),
    birthDate: pickText(patient, 'birthDate'),
    gender: genders.find((known) => known === gender) ?? null,
    recordNumber: pickText(record, 'value'),
    // FHIR says when, or only that it happened.
    deceasedAt:
      pickText(patient, 'deceasedDateTime') ??
      (pick(patient, 'deceasedBoolean') === true ? 'unknown' : null),
  };
}

/** The form in which two family names are compared: case and accents do not make two people safe to confuse. */
export function familyKey(identity: PatientIdentity): string {
  return identity.family.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}
