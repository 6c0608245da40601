import { describe, expect, it } from 'vitest';
import { formatAge } from '#renderer/format/age.ts';

const at = new Date(2026, 10, 23, 14, 34).getTime();
const en = (birthDate: string | null) => formatAge(birthDate, at, 'en');

describe('the age of a patient', () => {
  it.each([
    ['2026-11-23', 'born today'],
    ['2026-11-22', '1d'],
    ['2026-10-27', '27d'],
    ['2026-10-26', '4w'],
    ['2025-11-24', '52w'],
    ['2025-11-23', '12m'],
    ['2024-11-24', '23m'],
    ['2024-11-23', '2y'],
    ['2020-05-01', '6y 6m'],
    ['2008-11-24', '17y 11m'],
    ['2008-11-23', '18y'],
    ['1947-03-14', '79y'],
  ])('born %s is %s', (birthDate, age) => {
    expect(en(birthDate)).toBe(age);
  });

  it('is never 0 for anyone born in the last two years', () => {
    for (let days = 0; days < 730; days += 1) {
      const born = new Date(2026, 10, 23 - days);
      const text = [born.getFullYear(), born.getMonth() + 1, born.getDate()]
        .map((part) => String(part).padStart(2, '0'))
        .join('-');
      expect(en(text)).not.toMatch(/(^|\s)0/);
    }
  });

  it('says about when only the year or month is known, and nothing for a baby of unknown day', () => {
    expect(en('1935')).toBe('~91y');
    expect(en('1935-12')).toBe('~90y');
    expect(en('2026')).toBeNull();
  });

  it('is not known for a missing, wrong or future date', () => {
    expect(en(null)).toBeNull();
    expect(en('?')).toBeNull();
    expect(en('2027-01-01')).toBeNull();
  });

  it('speaks French', () => {
    expect(formatAge('2025-11-20', at, 'fr')).toBe('12 mois');
    expect(formatAge('1947-03-14', at, 'fr')).toBe('79 ans');
    expect(formatAge('2026-11-20', at, 'fr')).toBe('3 j');
  });
});
