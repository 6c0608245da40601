import type { Language } from '#core/contracts/ipc.ts';

/** A measured value with its decimals as recorded, or with a fixed number of them: 38.4, 38,4. */
export function formatNumber(value: number, language: Language, decimals?: number): string {
  const text = decimals === undefined ? String(value) : value.toFixed(decimals);
  return language === 'fr' ? text.replace('.', ',') : text;
}

/** A count with groups of three: 119 036, by a narrow no-break space, which neither language misreads. */
export function formatCount(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+(?!\d))/g, '\u202f');
}
