/*
 * Which search parameters are kept as keyed tokens. Each is a path of plain element names: read by hand, since evaluating
 * FHIRPath on every write costs ten times the rest of the write.
 */

/** How the values at a path become tokens. */
export type TokenKind = 'token' | 'reference' | 'name' | 'day';

/** One indexed search parameter of one type. */
export interface IndexedParameter {
  readonly kind: TokenKind;
  readonly paths: readonly string[];
}

const parameter = (kind: TokenKind, ...paths: string[]): IndexedParameter => ({ kind, paths });
const identifier = { identifier: parameter('token', 'identifier') };
const code = { code: parameter('token', 'code') };
const encounter = { encounter: parameter('reference', 'encounter') };
const people = {
  name: parameter('name', 'name.family', 'name.given', 'name.text'),
  family: parameter('name', 'name.family'),
  given: parameter('name', 'name.given'),
};

const byType: Readonly<Record<string, Readonly<Record<string, IndexedParameter>>>> = {
  Patient: { ...people, birthdate: parameter('day', 'birthDate') },
  Practitioner: people,
  PractitionerRole: {
    practitioner: parameter('reference', 'practitioner'),
    location: parameter('reference', 'location'),
  },
  Location: { partof: parameter('reference', 'partOf') },
  Observation: { ...code, ...encounter },
  Condition: { ...code, ...encounter },
  Procedure: { ...code, ...encounter },
  AllergyIntolerance: code,
  MedicationRequest: { code: parameter('token', 'medicationCodeableConcept'), ...encounter },
  ServiceRequest: { ...code, ...encounter, performer: parameter('reference', 'performer') },
  DiagnosticReport: { ...code, ...encounter, 'based-on': parameter('reference', 'basedOn') },
  ImagingStudy: { ...encounter, basedon: parameter('reference', 'basedOn') },
  DocumentReference: { type: parameter('token', 'type') },
  Encounter: { location: parameter('reference', 'location.location') },
  CareTeam: { participant: parameter('reference', 'participant.member') },
  Task: { ...code, owner: parameter('reference', 'owner') },
};

/** The indexed parameters of a type. */
export function indexedParameters(type: string): Readonly<Record<string, IndexedParameter>> {
  return { ...identifier, ...byType[type] };
}

function valuesAt(value: unknown, path: readonly string[]): unknown[] {
  if (Array.isArray(value)) return value.flatMap((item) => valuesAt(item, path));
  const [head, ...rest] = path;
  if (head === undefined) return value === undefined || value === null ? [] : [value];
  if (typeof value !== 'object' || value === null) return [];
  return valuesAt((value as Record<string, unknown>)[head], rest);
}

function field(value: unknown, name: string): string | null {
  if (typeof value !== 'object' || value === null) return null;
  const found = (value as Record<string, unknown>)[name];
  return typeof found === 'string' && found !== '' ? found : null;
}

/** Letters without case, accents or punctuation: what a person types to find a name. */
export function foldName(text: string): string {
  return text
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}

/** Shorter beginnings of names would tell the database's reader too much by their frequency. */
const shortestNamePrefix = 3;
const longestNamePrefix = 12;

function nameWords(text: string): string[] {
  return foldName(text).split(' ').filter(Boolean);
}

/** The beginnings under which a searched text is looked up, one a word. A short word finds whole short names alone. */
export function namePrefixes(text: string): string[] {
  return nameWords(text).map((word) => word.slice(0, longestNamePrefix));
}

function tokenTexts(value: unknown): string[] {
  if (typeof value === 'string') return [`|${value.toLowerCase()}`];
  const codings =
    typeof value === 'object' && value !== null && 'coding' in value
      ? valuesAt(value.coding, [])
      : [value];
  return codings.flatMap((coding) => {
    const found = field(coding, 'code') ?? field(coding, 'value');
    if (found === null) return [];
    const system = field(coding, 'system');
    const bare = `|${found.toLowerCase()}`;
    return system === null ? [bare, `-${bare}`] : [bare, `${system}${bare}`];
  });
}

function textsOf(kind: TokenKind, value: unknown): string[] {
  switch (kind) {
    case 'token':
      return tokenTexts(value);
    case 'reference': {
      const reference = field(value, 'reference');
      return reference === null ? [] : [reference];
    }
    case 'day':
      return typeof value === 'string' ? [value] : [];
    case 'name':
      return typeof value !== 'string'
        ? []
        : nameWords(value).flatMap((word) => {
            const prefixes = [];
            const longest = Math.min(word.length, longestNamePrefix);
            for (let size = Math.min(shortestNamePrefix, longest); size <= longest; size += 1) {
              prefixes.push(word.slice(0, size));
            }
            return prefixes;
          });
  }
}

/** The text behind a keyed token. */
export function tokenText(type: string, name: string, value: string): string {
  return `${type}\u0000${name}\u0000${value}`;
}

/** The texts of all tokens of a resource; they are keyed before they are stored. */
export function indexTexts(resource: Readonly<Record<string, unknown>>): string[] {
  const type = String(resource['resourceType']);
  const found = new Set<string>();
  for (const [name, { kind, paths }] of Object.entries(indexedParameters(type))) {
    for (const path of paths) {
      for (const value of valuesAt(resource, path.split('.'))) {
        for (const text of textsOf(kind, value)) found.add(tokenText(type, name, text));
      }
    }
  }
  return [...found];
}
