import { describe, expect, it } from 'vitest';
import { patientQuery } from '#electron/recordServer/patientSearch.ts';

describe('what a person types into the hospital search', () => {
  it.each([
    ['evans', 'name=evans'],
    ['Evans, Gwyneth', 'name=Evans&name=Gwyneth'],
    ['evans 1947-03-14', 'name=evans&birthdate=1947-03-14'],
    ['H8280648', 'identifier=H8280648'],
    ["o'brien", 'name=o%27brien'],
  ])('%s is asked as %s', (text, query) => {
    expect(patientQuery(text, 21)?.toString()).toBe(`${query}&_count=21`);
  });

  it.each(['ev', ' ', 'a, b'])('%j asks nothing: it would name half the hospital', (text) => {
    expect(patientQuery(text, 21)).toBeNull();
  });
});
