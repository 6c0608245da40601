import type { Language } from '#core/contracts/ipc.ts';

/* Written by hand instead of Intl: clinical dates have one form everywhere (dd-Mmm-yyyy, 24 h), and Intl costs
   milliseconds on first use in a fresh renderer. Times are those of the terminal's zone. */

const months: Record<Language, readonly string[]> = {
  en: ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'],
  fr: ['janv', 'févr', 'mars', 'avr', 'mai', 'juin', 'juill', 'août', 'sept', 'oct', 'nov', 'déc'],
};
const longMonths: Record<Language, readonly string[]> = {
  en: [
    'January',
    'February',
    'March',
    'April',
    'May',
    'June',
    'July',
    'August',
    'September',
    'October',
    'November',
    'December',
  ],
  fr: [
    'janvier',
    'février',
    'mars',
    'avril',
    'mai',
    'juin',
    'juillet',
    'août',
    'septembre',
    'octobre',
    'novembre',
    'décembre',
  ],
};
const days: Record<Language, readonly string[]> = {
  en: ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'],
  fr: ['dim', 'lun', 'mar', 'mer', 'jeu', 'ven', 'sam'],
};
const longDays: Record<Language, readonly string[]> = {
  en: ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'],
  fr: ['dimanche', 'lundi', 'mardi', 'mercredi', 'jeudi', 'vendredi', 'samedi'],
};

const two = (value: number) => String(value).padStart(2, '0');
const named = (names: readonly string[], index: number) => names[index] ?? '';

/** 14:34, in 24 hours, in both languages. */
export function formatTime(ms: number): string {
  const date = new Date(ms);
  return `${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** 14:34:09, where a second matters. */
export function formatTimeSeconds(ms: number): string {
  return `${formatTime(ms)}:${two(new Date(ms).getSeconds())}`;
}

/** 23-Nov-2026, 23-nov-2026. */
export function formatDate(ms: number, language: Language): string {
  const date = new Date(ms);
  const month = named(months[language], date.getMonth());
  return `${two(date.getDate())}-${month}-${date.getFullYear()}`;
}

/** Mon 23-Nov-2026. */
export function formatDayDate(ms: number, language: Language): string {
  return `${named(days[language], new Date(ms).getDay())} ${formatDate(ms, language)}`;
}

/** Monday 23 November 2026: the long form, for screens that the public can see. */
export function formatLongDate(ms: number, language: Language): string {
  const date = new Date(ms);
  const day = date.getDate();
  const dayText = language === 'fr' && day === 1 ? '1er' : String(day);
  const weekday = named(longDays[language], date.getDay());
  return `${weekday} ${dayText} ${named(longMonths[language], date.getMonth())} ${date.getFullYear()}`;
}

/** 23-Nov-2026 14:34. */
export function formatDateTime(ms: number, language: Language): string {
  return `${formatDate(ms, language)} ${formatTime(ms)}`;
}

/** The time alone on the same day as now, else date and time. */
export function formatRecent(ms: number, nowMs: number, language: Language): string {
  const sameDay = new Date(ms).toDateString() === new Date(nowMs).toDateString();
  return sameDay ? formatTime(ms) : formatDateTime(ms, language);
}

/** A FHIR date (YYYY, YYYY-MM, YYYY-MM-DD) as precisely as it is known: 1947, Mar-1947, 14-Mar-1947. */
export function formatFhirDate(date: string, language: Language): string {
  const [year = '', month, day] = date.slice(0, 10).split('-');
  if (month === undefined) return year;
  const monthName = named(months[language], Number(month) - 1);
  return day === undefined ? `${monthName}-${year}` : `${day}-${monthName}-${year}`;
}

/** 4:05, the minutes and seconds of a countdown; never below zero. */
export function formatCountdown(remainingMs: number): string {
  const seconds = Math.max(0, Math.ceil(remainingMs / 1000));
  return `${Math.floor(seconds / 60)}:${two(seconds % 60)}`;
}
