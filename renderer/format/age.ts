import type { Language } from '#core/contracts/ipc.ts';

const dayMs = 86_400_000;
const words: Record<
  Language,
  { bornToday: string; days: string; weeks: string; months: string; years: string }
> = {
  en: { bornToday: 'born today', days: 'd', weeks: 'w', months: 'm', years: 'y' },
  fr: { bornToday: 'né(e) ce jour', days: 'j', weeks: 'sem', months: 'mois', years: 'ans' },
};

const unit = (count: number, word: string, language: Language) =>
  language === 'fr' ? `${count} ${word === 'ans' && count === 1 ? 'an' : word}` : `${count}${word}`;

/** Whole months between two calendar dates. */
function monthsBetween(from: Date, to: Date): number {
  const months = (to.getFullYear() - from.getFullYear()) * 12 + to.getMonth() - from.getMonth();
  return to.getDate() < from.getDate() ? months - 1 : months;
}

/**
 * The age at `atMs` of somebody born on a FHIR date: days below 4 weeks, weeks below a year, months below two years,
 * years and months below 18, then years. Never "0", and null when the date cannot carry an age.
 */
export function formatAge(
  birthDate: string | null,
  atMs: number,
  language: Language,
): string | null {
  const match = /^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?/.exec(birthDate ?? '');
  if (match === null) return null;
  const w = words[language];
  const [, year = '', month, day] = match;
  const at = new Date(atMs);
  if (month === undefined || day === undefined) {
    // Only the year, or year and month, is known: say so instead of inventing a birthday.
    const known = new Date(Number(year), month === undefined ? 0 : Number(month) - 1, 1);
    const years = Math.floor(monthsBetween(known, at) / 12);
    return years < 2 ? null : `~${unit(years, w.years, language)}`;
  }
  const born = new Date(Number(year), Number(month) - 1, Number(day));
  const today = new Date(at.getFullYear(), at.getMonth(), at.getDate());
  const days = Math.round((today.getTime() - born.getTime()) / dayMs);
  if (days < 0) return null;
  return ageFromDays(days, monthsBetween(born, today), language);
}

function ageFromDays(days: number, months: number, language: Language): string {
  const w = words[language];
  if (days === 0) return w.bornToday;
  if (days < 28) return unit(days, w.days, language);
  if (months < 12) return unit(Math.floor(days / 7), w.weeks, language);
  if (months < 24) return unit(months, w.months, language);
  const years = unit(Math.floor(months / 12), w.years, language);
  const rest = months % 12;
  return months < 18 * 12 && rest > 0 ? `${years} ${unit(rest, w.months, language)}` : years;
}
