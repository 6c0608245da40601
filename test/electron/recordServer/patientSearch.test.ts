import { describe, expect, it } from 'vitest';
import { hospitalQuestion } from '#core/clinical/nameSearch.ts';
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

  it.each([
    ['Ng', 'name=Ng'],
    ['Ng Mei', 'name=Mei&name=Ng'],
    ['Li 1947-03-14', 'name=Li&birthdate=1947-03-14'],
    ['evans g', 'name=evans'],
    ['李', 'name=%E6%9D%8E'],
  ])('short names are whole names: %s is asked as %s', (text, query) => {
    expect(patientQuery(text, 21)?.toString()).toBe(`${query}&_count=21`);
  });

  it('says which words are whole names and which were not asked', () => {
    expect(hospitalQuestion('Wu M. H8280648')).toEqual({
      birthDates: [],
      recordNumbers: ['H8280648'],
      beginnings: [],
      wholeNames: ['Wu'],
      unused: ['M.'],
    });
  });

  it.each(['a', ' ', 'a, b', '--'])('%j asks nothing: it would name half the hospital', (text) => {
    expect(patientQuery(text, 21)).toBeNull();
  });
});
