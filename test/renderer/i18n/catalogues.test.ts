import { describe, expect, it } from 'vitest';
import { callRefusalSchema, refusalCodeSchema } from '#core/contracts/ipc.ts';
import { en } from '#renderer/i18n/en.ts';
import { fr } from '#renderer/i18n/fr.ts';
import { createTexts } from '#renderer/i18n/text.tsx';

/** The values that a message names: `{name}` or `{count, plural, …}`, but not the words of a plural's branches. */
const placeholders = (message: string) =>
  Array.from(new Set(Array.from(message.matchAll(/\{(\w+)[,}]/g), ([, name]) => name))).sort();
const entries = Object.entries(en) as [keyof typeof en, string][];

describe('the catalogues', () => {
  it('have the same keys in both languages', () => {
    expect(Object.keys(fr).sort()).toEqual(Object.keys(en).sort());
  });

  it('name the same values in both languages', () => {
    const unlike = entries.filter(
      ([key, message]) => placeholders(message).join() !== placeholders(fr[key]).join(),
    );
    expect(unlike).toEqual([]);
  });

  it('hold no straight apostrophe, which would swallow text in ICU', () => {
    const all = [...Object.entries(en), ...Object.entries(fr)];
    expect(all.filter(([, message]) => message.includes("'"))).toEqual([]);
  });

  it('leave no message empty', () => {
    expect(Object.values({ ...en, ...fr }).filter((message) => message.trim() === '')).toEqual([]);
  });

  it('have a sentence and a cure for each refusal, and a sentence for each refused call', () => {
    for (const code of refusalCodeSchema.options) {
      expect(en).toHaveProperty([`system.refused.${code}.title`]);
      expect(en).toHaveProperty([`system.refused.${code}.cure`]);
    }
    for (const code of callRefusalSchema.options) {
      expect(en).toHaveProperty([`callRefusal.${code}`]);
    }
  });

  it('count in words of the language', () => {
    const texts = createTexts();
    expect(texts.en('shell.unsent', { count: 1 })).toBe('1 entry waits to be sent');
    expect(texts.fr('shell.unsent', { count: 3 })).toBe('3 saisies en attente d’envoi');
    expect(texts.fr('board.bayPatients', { count: 1 })).toBe('1 patient');
  });
});
