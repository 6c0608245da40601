import { setupI18n } from '@lingui/core';
import { compileMessage } from '@lingui/message-utils/compileMessage';
import { createContext, use, useLayoutEffect, useMemo, type ReactNode } from 'react';
import type { Language } from '#core/contracts/ipc.ts';
import { en, type MessageKey } from './en.ts';
import { fr } from './fr.ts';

/** A translator: a known key and the values its message names. */
export type Translate = (key: MessageKey, values?: Record<string, string | number>) => string;

/** The translators of all languages, compiled once: no message is parsed while a person waits. */
export type Texts = Readonly<Record<Language, Translate>>;

function createTranslate(
  language: Language,
  catalogue: Readonly<Record<MessageKey, string>>,
): Translate {
  const messages = Object.fromEntries(
    Object.entries(catalogue).map(([key, message]) => [
      key,
      message.includes('{') ? compileMessage(message) : [message],
    ]),
  );
  const i18n = setupI18n({ locale: language, messages: { [language]: messages } });
  return (key, values) => i18n._(key, values);
}

/** Compiles the catalogues of both languages. */
export function createTexts(): Texts {
  return { en: createTranslate('en', en), fr: createTranslate('fr', fr) };
}

const TextContext = createContext<{ language: Language; t: Translate } | null>(null);

/** Gives everything below it its language, and tells the document so that it is read out in it. */
export function TextProvider(props: { texts: Texts; language: Language; children: ReactNode }) {
  const { texts, language, children } = props;
  const value = useMemo(() => ({ language, t: texts[language] }), [texts, language]);
  useLayoutEffect(() => {
    document.documentElement.lang = language === 'fr' ? 'fr-CA' : 'en-CA';
  }, [language]);
  return <TextContext value={value}>{children}</TextContext>;
}

function useTextContext() {
  const value = use(TextContext);
  if (value === null) throw new Error('no TextProvider above');
  return value;
}

/** The translator of the present language. */
export function useText(): Translate {
  return useTextContext().t;
}

/** The present language, for formats. */
export function useLanguage(): Language {
  return useTextContext().language;
}
