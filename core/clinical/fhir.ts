/*
 * Readers over FHIR JSON that came from outside: whatever is missing or of another type reads as null, and nothing throws, so
 * that one malformed resource cannot take a ward's screen down.
 */

type Step = string | number;

/** Walks into unknown JSON; anything that is not there is undefined. */
export function pick(value: unknown, ...steps: readonly Step[]): unknown {
  let here = value;
  for (const step of steps) {
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, step)) return undefined;
    here = (here as Record<Step, unknown>)[step];
  }
  return here;
}

/** A non-empty text, or null. */
export function pickText(value: unknown, ...steps: readonly Step[]): string | null {
  const found = pick(value, ...steps);
  return typeof found === 'string' && found.length > 0 ? found : null;
}

/** A finite number, or null. */
export function pickNumber(value: unknown, ...steps: readonly Step[]): number | null {
  const found = pick(value, ...steps);
  return typeof found === 'number' && Number.isFinite(found) ? found : null;
}

/** A list; what is not one is empty. */
export function pickList(value: unknown, ...steps: readonly Step[]): readonly unknown[] {
  const found = pick(value, ...steps);
  return Array.isArray(found) ? (found as unknown[]) : [];
}

/** Epoch ms of a FHIR date or dateTime; null when absent or malformed. A time without a zone is taken as UTC. */
export function pickTimeMs(value: unknown, ...steps: readonly Step[]): number | null {
  const text = pickText(value, ...steps);
  if (text === null) return null;
  const zoned = /T[\d:.]+$/.test(text) ? `${text}Z` : text;
  const ms = Date.parse(zoned);
  return Number.isNaN(ms) ? null : ms;
}

/** The code of a CodeableConcept in one code system, or null. */
export function codeOf(concept: unknown, system: string): string | null {
  for (const coding of pickList(concept, 'coding')) {
    if (pick(coding, 'system') === system) return pickText(coding, 'code');
  }
  return null;
}

/** All codes of a CodeableConcept in one code system. */
export function codesOf(concept: unknown, system: string): readonly string[] {
  return pickList(concept, 'coding').flatMap((coding) => {
    const code = pick(coding, 'system') === system ? pickText(coding, 'code') : null;
    return code === null ? [] : [code];
  });
}

/** True when a CodeableConcept carries this coding. */
export function hasCoding(concept: unknown, system: string, code: string): boolean {
  return codesOf(concept, system).includes(code);
}

/** The code whatever its system: for elements that FHIR binds to one small value set. */
export function anyCode(concept: unknown): string | null {
  return pickText(concept, 'coding', 0, 'code');
}

/** The words of a CodeableConcept: its text, else a display, else a code. */
export function conceptText(concept: unknown): string | null {
  return (
    pickText(concept, 'text') ??
    pickText(concept, 'coding', 0, 'display') ??
    pickText(concept, 'coding', 0, 'code')
  );
}

/** The id behind a reference like `Patient/123` of one type, or null. */
export function referenceId(reference: unknown, resourceType: string): string | null {
  const text = pickText(reference, 'reference');
  const prefix = `${resourceType}/`;
  if (text?.startsWith(prefix) !== true) return null;
  return text.slice(prefix.length).split('/', 1)[0] ?? null;
}

/** The number of a resource's version; 0 when it has none. */
export function versionOf(resource: unknown): number {
  const version = Number(pickText(resource, 'meta', 'versionId') ?? '0');
  return Number.isSafeInteger(version) && version >= 0 ? version : 0;
}
