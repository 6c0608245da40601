import * as v from 'valibot';
import type { SearchResult } from '#core/contracts/clinical.ts';
import { pick } from '#core/clinical/fhir.ts';
import { readIdentity } from '#core/clinical/identity.ts';

/** A FHIR search answer; entries are read leniently, one malformed patient hides no other. */
export const bundleSchema = v.looseObject({
  resourceType: v.literal('Bundle'),
  entry: v.optional(v.array(v.unknown()), []),
});

const datePattern = /^\d{4}-\d{2}-\d{2}$/;
/** The server knows names by beginnings of at least so many letters; shorter ones would name half the hospital. */
const shortestName = 3;

/**
 * What a person typed, as FHIR search parameters that must all hold: a date (YYYY-MM-DD) is a birth date, a word with a digit
 * a record number, anything else the beginning of a name. Null when nothing in it can be asked.
 */
export function patientQuery(text: string, count: number): URLSearchParams | null {
  const query = new URLSearchParams();
  for (const word of text.split(/[\s,]+/).filter((part) => part !== '')) {
    if (datePattern.test(word)) query.append('birthdate', word);
    else if (/\d/.test(word)) query.append('identifier', word);
    else if (word.length >= shortestName) query.append('name', word);
  }
  if ([...query].length === 0) return null;
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
