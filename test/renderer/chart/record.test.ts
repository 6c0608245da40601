import { describe, expect, it } from 'vitest';
import { earlyWarningOf } from '#core/clinical/news2.ts';
import { allergyText } from '#renderer/chart/banner/Allergies.tsx';
import { agoText, dueText } from '#renderer/chart/observations/ago.ts';
import { responseKeys } from '#renderer/chart/observations/Rail.tsx';
import { mergeSets } from '#renderer/chart/observations/useVitals.ts';
import { landingSection } from '#renderer/chart/Chart.tsx';
import { statusText } from '#renderer/chart/sections/SectionPanel.tsx';
import { withPage } from '#renderer/chart/sections/useSection.ts';
import { createTexts } from '#renderer/i18n/text.tsx';
import { chart } from '#test/renderer/gallery/patient.ts';
import { vitals } from '#test/renderer/gallery/ward.ts';

const { en, fr } = createTexts();
const minute = 60_000;

describe('a record', () => {
  it('joins readings of one set into one, the newer reading counting', () => {
    const old = vitals('a', 2, [16, 97, false, 120, 70, 80, 'A', 37]);
    const corrected = { ...old, temperature: 38 };
    const earlier = vitals('b', 1, [16, 97, false, 120, 70, 80, 'A', 37]);
    expect(mergeSets([old, earlier], [corrected])).toEqual([earlier, corrected]);
  });

  it('shows a line once however often its page was read', () => {
    const [first, second] = chart.sections.results!.items;
    expect(withPage([first!], [first!, second!])).toEqual([first, second]);
  });

  it('says a status code that has no words as it is', () => {
    expect(statusText('entered-in-error', fr)).toBe('Saisi par erreur');
    expect(statusText('not-a-code', fr)).toBe('not-a-code');
  });

  it('names reaction and high risk of an allergy', () => {
    const item = { substance: 'Penicillin', reaction: 'anaphylaxis', criticality: 'high' } as const;
    expect(allergyText(item, en)).toBe('Penicillin (anaphylaxis, high risk)');
    expect(allergyText({ ...item, reaction: null, criticality: null }, en)).toBe('Penicillin');
  });

  it('opens where the next question is: observations for a nurse, summary for a physician', () => {
    expect(landingSection(chart, 'nurse')).toBe('observations');
    expect(landingSection({ ...chart, vitals: [] }, 'nurse')).toBe('summary');
    expect(landingSection(chart, 'physician')).toBe('summary');
  });

  it('says how late or how soon, and leaves far times to the clock', () => {
    expect(dueText(0, 12 * minute, en)).toBe('12 min late');
    expect(dueText(0, 200 * minute, en)).toBe('3 h late');
    expect(dueText(16 * minute, 0, en)).toBe('in 16 min');
    expect(dueText(90 * minute, 0, en)).toBeNull();
    expect(agoText(0, 44 * minute, en)).toBe('44 min ago');
    expect(agoText(0, 72 * 60 * minute, en)).toBe('3 d ago');
  });
});

describe('the response to a score', () => {
  const of = (...readings: Parameters<typeof vitals>[2]) =>
    responseKeys(earlyWarningOf([vitals('x', 0, readings)])!).title;

  it('follows the thresholds 5, 7 and a single 3', () => {
    expect(of(16, 97, false, 120, 70, 80, 'A', 37)).toBe('news.low');
    expect(of(16, 97, false, 120, 70, 80, 'V', 37)).toBe('news.lowMedium');
    expect(of(21, 94, true, 120, 70, 80, 'A', 37)).toBe('news.medium');
    expect(of(26, 94, true, 98, 54, 121, 'A', 39.1)).toBe('news.high');
  });

  it('is never "low" while a part is missing', () => {
    expect(of(16, 97, false, 120, 70, 80, 'A', null)).toBe('news.incomplete');
    expect(of(null, null, null, null, null, null, null, null)).toBe('news.incomplete');
  });

  it('asks for a review when the parts that were taken hold a 3', () => {
    const score = earlyWarningOf([vitals('x', 0, [30, null, false, 120, 70, 80, 'A', 37])])!;
    expect(responseKeys(score).response).toBe('news.response.lowMedium');
  });

  it('goes on asking for what the last complete score asked for', () => {
    const sick = vitals('x', 0, [26, 94, true, 98, 54, 121, 'A', 39.1]);
    const only = vitals('y', minute, [null, null, null, null, null, null, null, 37]);
    expect(responseKeys(earlyWarningOf([only, sick])!)).toEqual({
      title: 'news.incomplete',
      response: 'news.response.high',
    });
  });
});
