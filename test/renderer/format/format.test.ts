import { describe, expect, it } from 'vitest';
import {
  formatCountdown,
  formatDate,
  formatFhirDate,
  formatLongDate,
  formatRecent,
  formatTime,
} from '#renderer/format/dateTime.ts';
import { formatName, initials } from '#renderer/format/name.ts';
import { formatCount, formatNumber } from '#renderer/format/number.ts';

const at = new Date(2026, 10, 3, 4, 5, 9).getTime();

describe('dates and times', () => {
  it('are dd-Mmm-yyyy and 24 hours in both languages', () => {
    expect(formatDate(at, 'en')).toBe('03-Nov-2026');
    expect(formatDate(at, 'fr')).toBe('03-nov-2026');
    expect(formatTime(at)).toBe('04:05');
  });

  it('have a long form for the public, with the French first of the month', () => {
    expect(formatLongDate(at, 'en')).toBe('Tuesday 3 November 2026');
    expect(formatLongDate(new Date(2026, 7, 1).getTime(), 'fr')).toBe('samedi 1er août 2026');
  });

  it('leave the date out only on the same day', () => {
    expect(formatRecent(at, at + 3_600_000, 'en')).toBe('04:05');
    expect(formatRecent(at, at + 86_400_000, 'en')).toBe('03-Nov-2026 04:05');
  });

  it('show a FHIR date as precisely as it is known', () => {
    expect(formatFhirDate('1947', 'en')).toBe('1947');
    expect(formatFhirDate('1947-03', 'en')).toBe('Mar-1947');
    expect(formatFhirDate('1947-03-14', 'fr')).toBe('14-mars-1947');
  });

  it('count down to zero and not beyond', () => {
    expect(formatCountdown(61_000)).toBe('1:01');
    expect(formatCountdown(59_100)).toBe('1:00');
    expect(formatCountdown(-5)).toBe('0:00');
  });
});

describe('names', () => {
  it('are FAMILY, Given (Title)', () => {
    expect(formatName({ family: 'Evans', given: 'Gwyneth', prefix: 'Mrs' })).toBe(
      'EVANS, Gwyneth (Mrs)',
    );
    expect(formatName({ family: 'Žižek', given: '', prefix: null })).toBe('ŽIŽEK');
  });

  it('give two initials', () => {
    expect(initials('Amina Chowdhury')).toBe('AC');
    expect(initials('Dr. Maria  de la Cruz')).toBe('DC');
    expect(initials('Prince')).toBe('P');
  });
});

describe('numbers', () => {
  it('have a decimal comma in French, and groups that neither language misreads', () => {
    expect(formatNumber(38.4, 'fr', 1)).toBe('38,4');
    expect(formatNumber(37, 'en', 1)).toBe('37.0');
    expect(formatCount(119_036)).toBe('119\u202f036');
  });
});
