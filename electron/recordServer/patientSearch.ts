import * as v from 'valibot';
import type { SearchResult } from '#core/contracts/clinical.ts';
import { pick } from '#core/clinical/fhir.ts';
import { readIdentity } from '#core/clinical/identity.ts';

/** A FHIR search answer; entries are read leniently, one malformed patient hides no other. */
export const bundleSchema = v.looseObject({
  resourceType: v.literal('Bundle'),
  entry: v.optional(v.array(v.unknown()), []),
});

/** Search hits for the screen. Bed and ward of a patient elsewhere are not this terminal's to know. */
export function searchResultOf(
  bundle: v.InferOutput<typeof bundleSchema>,
  limit: number,
): SearchResult {
  const patients = bundle.entry
    .map((entry) => pick(entry, 'resource'))
    .filter((resource) => pick(resource, 'resourceType') === 'Patient')
    .map(readIdentity);
  return {
    hits: patients.slice(0, limit).map((identity) => ({ identity, bed: null, wardName: null })),
    more: patients.length > limit,
  };
}
