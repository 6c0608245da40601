import { encodeBase64Text } from '#core/clinical/base64.ts';
import { systems } from '#core/clinical/systems.ts';
import type { SyncResource } from '#core/contracts/sync.ts';
import type { StaffMember } from './staff.ts';

/** A FHIR instant of an epoch time. */
export function instant(ms: number): string {
  return new Date(ms).toISOString();
}

/** A reference to a patient. */
export function toPatient(patientId: string): { reference: string } {
  return { reference: `Patient/${patientId}` };
}

/** A reference to a member of staff, with the name that screens show. */
export function toStaff(member: StaffMember): { reference: string; display: string } {
  return { reference: `Practitioner/${member.personId}`, display: member.displayName };
}

/** A concept with one coding and its words. */
export function concept(system: string, code: string, text: string): object {
  return { coding: [{ system, code, display: text }], text };
}

/** A SNOMED CT concept. */
export function snomedConcept(code: string, text: string): object {
  return concept(systems.snomed, code, text);
}

/** A LOINC concept. */
export function loincConcept(code: string, text: string): object {
  return concept(systems.loinc, code, text);
}

/** A note in plain text. */
export function note(
  id: string,
  patientId: string,
  author: StaffMember,
  atMs: number,
  title: string,
  text: string,
): SyncResource {
  return {
    resourceType: 'DocumentReference',
    id,
    status: 'current',
    type: { text: title },
    subject: toPatient(patientId),
    date: instant(atMs),
    author: [toStaff(author)],
    content: [
      {
        attachment: { contentType: 'text/plain; charset=utf-8', data: encodeBase64Text(text) },
      },
    ],
  };
}
