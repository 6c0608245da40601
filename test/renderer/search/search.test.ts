import { describe, expect, it } from 'vitest';
import { sharedNames } from '#renderer/search/Search.tsx';
import { searchQuestion } from '#renderer/search/usePatientSearch.ts';
import { readerNames } from '#renderer/status/Status.tsx';
import { latencyText } from '#renderer/status/Latencies.tsx';
import { hits } from '#test/renderer/gallery/patient.ts';

describe('patient search', () => {
  it('asks nothing for less than two characters', () => {
    expect(searchQuestion(' e ')).toBeNull();
    expect(searchQuestion('  ev   ans ')).toBe('ev ans');
    expect(searchQuestion('x'.repeat(150))).toHaveLength(100);
  });

  it('warns at people whose whole name another one in the list bears', () => {
    expect([...sharedNames(hits)]).toEqual(['p-A3', 'p-x1']);
  });
});

describe('badge readers', () => {
  it('stand in order, by their numbers only where the names are the same', () => {
    expect(readerNames(['Ward Reader 2 00 00', 'Ward Reader 1 00 00'])).toEqual([
      'Ward Reader 1',
      'Ward Reader 2',
    ]);
    expect(readerNames(['Reader 01 00', 'Reader 00 00'])).toEqual(['Reader 00 00', 'Reader 01 00']);
  });
});

describe('latencies', () => {
  it('show tenths only where they mean something', () => {
    expect(latencyText(0.42)).toBe('0.4');
    expect(latencyText(41.6)).toBe('42');
  });
});
