import * as v from 'valibot';
import type { SearchResult } from '#core/contracts/clinical.ts';
import { pick } from '#core/clinical/fhir.ts';
import { hospitalQuestion } from '#core/clinical/nameSearch.ts';
import { readIdentity } from '#core/clinical/identity.ts';

/** A FHIR search answer; entries are read leniently, one malformed patient hides no other. */
export const bundleSchema = v.looseObject({
  resourceType: v.literal('Bundle'),
  entry: v.optional(v.array(v.unknown()), []),
});

/** What a person typed, as FHIR search parameters that must all hold. Null when nothing in it can be asked. */
export function patientQuery(text: string, count: number): URLSearchParams | null {
  const question = hospitalQuestion(text);
  if (question === null) return null;
  const query = new URLSearchParams();
  for (const word of [...question.beginnings, ...question.wholeNames]) query.append('name', word);
  for (const word of question.recordNumbers) query.append('identifier', word);
  for (const word of question.birthDates) query.append('birthdate', word);
  query.append('_count', String(count));
  return query;
}

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
