import type { AllergyState } from '#core/contracts/clinical.ts';
import { anyCode, codesOf, conceptText, pick, pickText } from './fhir.ts';
import { snomed, systems } from './systems.ts';

/** One known allergy. */
export type Allergy = Extract<AllergyState, { state: 'known' }>['items'][number];

const criticalities = ['low', 'high', 'unable-to-assess'] as const;
const denied = new Set(['refuted', 'entered-in-error']);
const notActive = new Set(['inactive', 'resolved']);

function isCurrent(allergy: unknown): boolean {
  return (
    !denied.has(anyCode(pick(allergy, 'verificationStatus')) ?? '') &&
    !notActive.has(anyCode(pick(allergy, 'clinicalStatus')) ?? '')
  );
}

function saysNoneKnown(allergy: unknown): boolean {
  const codes = codesOf(pick(allergy, 'code'), systems.snomed);
  return codes.some((code) => (snomed.noKnownAllergies as readonly string[]).includes(code));
}

function readAllergy(allergy: unknown): Allergy {
  const criticality = pickText(allergy, 'criticality');
  return {
    substance: conceptText(pick(allergy, 'code')) ?? '',
    reaction: conceptText(pick(allergy, 'reaction', 0, 'manifestation', 0)),
    criticality: criticalities.find((known) => known === criticality) ?? null,
  };
}

/**
 * What is known of a patient's allergies. Nothing written down is `notRecorded`, never "none"; only somebody's statement that
 * there are none is `noKnown`, and a known allergy outweighs it. High criticality stands first.
 */
export function readAllergies(allergies: readonly unknown[]): AllergyState {
  const current = allergies.filter(isCurrent);
  const items = current.filter((allergy) => !saysNoneKnown(allergy)).map(readAllergy);
  if (items.length > 0) {
    const rank = (item: Allergy) => (item.criticality === 'high' ? 0 : 1);
    return { state: 'known', items: items.sort((a, b) => rank(a) - rank(b)) };
  }
  return { state: current.length > 0 ? 'noKnown' : 'notRecorded' };
}
