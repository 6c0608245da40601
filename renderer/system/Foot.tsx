import { CircleCheck, LoaderCircle, TriangleAlert } from 'lucide-react';
import { useText } from '#renderer/i18n/text.tsx';
import { healthLines } from './health.ts';
import type { SystemProps } from './SystemScreen.tsx';

/** The state of reader, server and storage in words, language and colours, and whom to call. */
export function Foot({ snapshot, call }: SystemProps) {
  const t = useText();
  const { language, theme, terminal } = snapshot;
  const otherLanguage = language === 'en' ? 'fr' : 'en';
  const otherTheme = theme === 'light' ? 'dark' : 'light';
  return (
    <footer className="systemFoot">
      <ul aria-label={t('system.state')}>
        {healthLines(snapshot.health).map(({ key, tone }) => {
          const Icon = { ok: CircleCheck, wait: LoaderCircle, bad: TriangleAlert }[tone];
          return (
            <li key={key} data-tone={tone}>
              <Icon size={20} aria-hidden="true" />
              {t(key)}
            </li>
          );
        })}
      </ul>
      <div className="systemSettings" role="group" aria-label={t('system.settings')}>
        <button
          type="button"
          lang={otherLanguage === 'fr' ? 'fr-CA' : 'en-CA'}
          onClick={() => void call.languageSet({ language: otherLanguage })}
        >
          {t(`common.language.${otherLanguage}`)}
        </button>
        <button type="button" onClick={() => void call.themeSet({ theme: otherTheme })}>
          {t(`common.theme.${otherTheme}`)}
        </button>
      </div>
      <p>{t('system.terminal', { name: terminal.name })}</p>
      <p>{t('system.helpDesk', { phone: terminal.helpDesk })}</p>
    </footer>
  );
}
