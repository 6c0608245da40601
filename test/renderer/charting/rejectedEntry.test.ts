import { describe, expect, it } from 'vitest';
import type { Rejection } from '#core/contracts/clinical.ts';
import { freshForm, rejectionReason } from '#renderer/charting/rejectedEntry.ts';
import { readVitalsForm, type VitalsForm } from '#renderer/charting/vitalsForm.ts';
import { createTexts } from '#renderer/i18n/text.tsx';

const now = new Date(2026, 10, 23, 14, 34, 20).getTime();
const hour = 3_600_000;
const { en, fr } = createTexts();

const set = (takenAtMs: number) => ({
  takenAtMs,
  respirationRate: 22,
  oxygenSaturation: null,
  supplementalOxygen: true,
  systolic: 104,
  diastolic: 61,
  heartRate: null,
  consciousness: 'C' as const,
  temperature: 38,
});
const charted = (
  entry: NonNullable<Rejection['charted']>['entry'],
): NonNullable<Rejection['charted']> => ({
  patientId: 'p1',
  patientLabel: 'EVANS, Eva',
  atMs: now,
  patientIsHere: true,
  entry,
});

describe('a refused entry charted again', () => {
  it('comes back into the form as it was typed, at the time it was taken', () => {
    const vitals = set(new Date(2026, 10, 22, 15, 2, 41).getTime());
    const { kind, content } = freshForm(charted({ kind: 'vitals', vitals }), now, en, 'en');
    expect(kind).toBe('vitals');
    expect(content).toMatchObject({ temperature: '38.0', takenAt: '15:02', heartRate: '' });
    const { entry, refused } = readVitalsForm(content as VitalsForm, now);
    expect(refused).toBe(false);
    expect(entry).toEqual({ ...vitals, takenAtMs: new Date(2026, 10, 22, 15, 2).getTime() });
  });

  it('never makes old values new: what the form cannot date becomes a note that does', () => {
    const entry = { kind: 'vitals' as const, vitals: set(now - 26 * hour) };
    expect(freshForm(charted(entry), now, en, 'en')).toEqual({
      kind: 'note',
      content: {
        form: 'note',
        text: 'Observations of 22-Nov-2026 12:34: Respirations 22 /min, Air or oxygen Oxygen, Blood pressure 104/61 mmHg, Consciousness New confusion, Temperature 38.0 °C.',
        corrects: null,
      },
    });
    const french = freshForm(charted(entry), now, fr, 'fr').content;
    expect(french).toMatchObject({ text: expect.stringContaining('38,0') as string });
  });

  it('of a note keeps what it was to correct', () => {
    const corrects = { id: 'n1', version: 4, text: 'Before' };
    const form = freshForm(charted({ kind: 'note', text: 'After', corrects }), now, en, 'en');
    expect(form.content).toEqual({
      form: 'note',
      text: 'After',
      corrects: { id: 'n1', version: 4, operationId: null, earlierText: 'Before' },
    });
  });
});

it.each([
  ['denied: noRelationship', 'rejections.reason.denied'],
  ['sessionUnknown', 'rejections.reason.login'],
  ['signatureWrong', 'rejections.reason.damaged'],
  ['the resource is about another patient', 'rejections.reason.content'],
] as const)('"%s" has a sentence', (reason, key) => {
  expect(rejectionReason(reason)).toBe(key);
});
