import { describe, expect, it } from 'vitest';
import type { Draft } from '#core/contracts/clinical.ts';
import { markDifferences } from '#renderer/charting/difference.ts';
import { draftFor, readDraft } from '#renderer/charting/draftContent.ts';
import { emptyNoteForm, noteBlock, noteEntry } from '#renderer/charting/noteForm.ts';
import {
  emptyVitalsForm,
  isUntouched,
  readNumber,
  readTimeOfDay,
  readVitalsForm,
  stepped,
  type VitalsForm,
} from '#renderer/charting/vitalsForm.ts';

const now = new Date(2026, 10, 23, 14, 34).getTime();
const form = (part: Partial<VitalsForm>): VitalsForm => ({ ...emptyVitalsForm, ...part });

describe('typed numbers', () => {
  it('take a decimal comma as well as a point', () => {
    expect(readNumber('38,4', 0.1)).toBe(38.4);
    expect(readNumber(' 38.4 ', 0.1)).toBe(38.4);
  });

  it.each([
    ['-5', 1, 'number'],
    ['1e2', 1, 'number'],
    ['12a', 1, 'number'],
    ['16.5', 1, 'whole'],
    ['38.45', 0.1, 'decimals'],
  ] as const)('refuse %s at steps of %d', (text, step, fault) => {
    expect(readNumber(text, step)).toBe(fault);
  });

  it('leave an empty field empty, never 0', () => {
    expect(readNumber('  ', 1)).toBeNull();
    expect(readVitalsForm(form({ heartRate: '80' }), now).entry.respirationRate).toBeNull();
  });
});

describe('the observations form', () => {
  it('is empty until a value was taken; a time alone is no observation', () => {
    expect(readVitalsForm(emptyVitalsForm, now).empty).toBe(true);
    expect(readVitalsForm(form({ takenAt: '14:00' }), now).empty).toBe(true);
    expect(readVitalsForm(form({ supplementalOxygen: false }), now).empty).toBe(false);
  });

  it('refuses what is impossible and only asks about what is unlikely', () => {
    const reading = readVitalsForm(form({ heartRate: '212', temperature: '394' }), now);
    expect(reading.faults).toEqual({ heartRate: 'unlikely', temperature: 'impossible' });
    expect(reading.refused).toBe(true);
    expect(reading.unlikely).toEqual(['heartRate']);
    expect(readVitalsForm(form({ heartRate: '212' }), now).refused).toBe(false);
  });

  it('refuses a diastolic that is not below the systolic, by that name', () => {
    const reading = readVitalsForm(form({ systolic: '96', diastolic: '120' }), now);
    expect(reading.faults.diastolic).toBe('pressureOrder');
  });

  it('takes a time of day as its latest occurrence', () => {
    expect(readTimeOfDay('14:05', now)).toBe(new Date(2026, 10, 23, 14, 5).getTime());
    expect(readTimeOfDay('1405', now)).toBe(new Date(2026, 10, 23, 14, 5).getTime());
    expect(readTimeOfDay('23:50', now)).toBe(new Date(2026, 10, 22, 23, 50).getTime());
    expect(readTimeOfDay('24:00', now)).toBeNull();
    expect(readVitalsForm(form({ takenAt: 'noon' }), now).refused).toBe(true);
  });

  it('steps within what is possible and leaves nonsense alone', () => {
    expect(stepped('oxygenSaturation', '100', 1)).toBe('100');
    expect(stepped('temperature', '37,9', 1)).toBe('38.0');
    expect(stepped('heartRate', '', 1)).toBe('75');
    expect(stepped('heartRate', 'abc', 1)).toBe('abc');
  });

  it('knows that nothing was typed', () => {
    expect(isUntouched(emptyVitalsForm)).toBe(true);
    expect(isUntouched(form({ consciousness: 'A' }))).toBe(false);
  });
});

describe('the note form', () => {
  it('needs words, and for a correction other words', () => {
    expect(noteBlock({ ...emptyNoteForm, text: '  ' })).toEqual({ reason: 'text' });
    const corrects = { id: 'n1', version: 2, operationId: null, earlierText: 'Slept well' };
    expect(noteBlock({ form: 'note', text: 'Slept well ', corrects })).toEqual({ reason: 'text' });
    expect(noteBlock({ form: 'note', text: 'Slept badly', corrects })).toBeNull();
    expect(noteBlock({ ...emptyNoteForm, text: 'x'.repeat(20_003) })).toEqual({
      reason: 'long',
      excess: 3,
    });
  });

  it('says which version it corrects', () => {
    const corrects = { id: 'n1', version: 2, operationId: null, earlierText: 'Slept well' };
    expect(noteEntry({ form: 'note', text: ' Slept badly ', corrects })).toEqual({
      text: 'Slept badly',
      corrects: { id: 'n1', version: 2, operationId: null },
    });
  });
});

describe('drafts', () => {
  const draft = (part: Partial<Draft>): Draft => ({
    draftId: '6f0d2a3e-5f64-4d0c-9d0a-0f6a3e5f644d',
    patientId: 'p1',
    patientLabel: 'EVANS, Gwyneth',
    kind: 'vitals',
    savedAtMs: 1,
    content: JSON.stringify(form({ heartRate: '12' })),
    ...part,
  });

  it('come back exactly as typed, half-written numbers included', () => {
    expect(readDraft(draft({}))).toEqual(form({ heartRate: '12' }));
  });

  it('of another form, another version or no JSON are not opened', () => {
    expect(readDraft(draft({ kind: 'note' }))).toBeNull();
    expect(readDraft(draft({ content: '{"form":"vitals","pulse":"80"}' }))).toBeNull();
    expect(readDraft(draft({ content: '{' }))).toBeNull();
  });

  it('are offered for their own patient and form, the newest first', () => {
    const drafts = [draft({}), draft({ savedAtMs: 5 }), draft({ patientId: 'p2', savedAtMs: 9 })];
    expect(draftFor(drafts, 'p1', 'vitals')?.savedAtMs).toBe(5);
    expect(draftFor(drafts, 'p1', 'note')).toBeNull();
  });
});

describe('marks of a conflict', () => {
  const changed = (text: string, other: string) =>
    markDifferences(text, other)
      .filter((stretch) => stretch.changed)
      .map((stretch) => stretch.text.trim());

  it('stand on the words that differ and on no other', () => {
    expect(changed('Ate half of breakfast', 'Ate all of breakfast')).toEqual(['half']);
    expect(changed('Ate all of breakfast', 'Ate half of breakfast')).toEqual(['all']);
    expect(changed('one two three', 'one three')).toEqual(['two']);
    expect(changed('same words', 'same words')).toEqual([]);
  });

  it('never lose or add a letter of the text', () => {
    const text = 'Line one\n\n  line two,\tend ';
    for (const other of ['', 'line two', 'Line one end', text]) {
      expect(
        markDifferences(text, other)
          .map((stretch) => stretch.text)
          .join(''),
      ).toBe(text);
    }
  });
});
