import { describe, expect, it } from 'vitest';
import type { AuditEntry } from '#core/contracts/audit.ts';
import { patientIds, uncovered } from './auditRules.ts';

describe('the rule by which the walk is judged', () => {
  it('asks for an entry of its own each time that a chart comes up', () => {
    const [[name, [id]]] = [...patientIds] as [[string, [string]]];
    const chart = (atMs: number) => ({
      atMs,
      names: [name],
      marks: ['chart'],
      people: { chart: [name] },
    });
    const board = (atMs: number) => ({ atMs, names: [], marks: ['board'], people: {} });
    const walk = [board(1_000), chart(2_000), board(3_000), chart(4_000)];
    const entry = (subject: string, recordedAtMs: number) =>
      ({
        ...{ action: 'view', outcome: 'success', sessionId: 'one', patientIds: [id] },
        ...{ subject, recordedAtMs },
      }) as AuditEntry;
    const first = [entry('board', 900), entry('chart', 1_900)];
    expect(uncovered(walk, first, 'one')).toEqual([
      'chart was shown without its entry',
      `${name} was on chart without its entry`,
    ]);
    expect(uncovered(walk, [...first, entry('chart', 3_900)], 'one')).toEqual([]);
    expect(uncovered(walk, [...first, entry('chart', 4_100)], 'one')).toHaveLength(2);
    expect(uncovered(walk, [...first, entry('chart', 3_900)], 'another')).not.toEqual([]);
  });
});
