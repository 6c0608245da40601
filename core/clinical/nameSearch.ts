/** The record server finds names by beginnings of at least so many letters; a shorter word finds whole names alone. */
const shortestBeginning = 3;

/** What a person typed into the hospital search, sorted by how it can be asked. */
export interface HospitalQuestion {
  /** YYYY-MM-DD. */
  readonly birthDates: readonly string[];
  readonly recordNumbers: readonly string[];
  readonly beginnings: readonly string[];
  /** Ng, Li, Wu: too short for a beginning, so they must be whole names. */
  readonly wholeNames: readonly string[];
  /** Single letters, for which nobody can be asked. */
  readonly unused: readonly string[];
}

/** Sorts the words of a question; null when nothing in it can be asked. */
export function hospitalQuestion(text: string): HospitalQuestion | null {
  const birthDates: string[] = [];
  const recordNumbers: string[] = [];
  const beginnings: string[] = [];
  const wholeNames: string[] = [];
  const unused: string[] = [];
  for (const word of text.split(/[\s,]+/).filter((part) => /[\p{L}\p{N}]/u.test(part))) {
    if (/^\d{4}-\d{2}-\d{2}$/.test(word)) birthDates.push(word);
    else if (/\d/.test(word)) recordNumbers.push(word);
    else if (word.length >= shortestBeginning) beginnings.push(word);
    // One sign may be a whole name in other scripts.
    else if (/^\p{Script=Latin}\P{L}?$/u.test(word)) unused.push(word);
    else wholeNames.push(word);
  }
  const asked = birthDates.length + recordNumbers.length + beginnings.length + wholeNames.length;
  if (asked === 0) return null;
  return { birthDates, recordNumbers, beginnings, wholeNames, unused };
}
