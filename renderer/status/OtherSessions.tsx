import { useState } from 'react';
import { Button } from '#renderer/design/Button.tsx';
import { formatRecent } from '#renderer/format/dateTime.ts';
import { useLanguage, useText } from '#renderer/i18n/text.tsx';
import { useCalls, useWorkspace } from '#renderer/workspace/context.ts';

/** Where else this person is signed in, and the way to close it from here. */
export function OtherSessions() {
  const t = useText();
  const language = useLanguage();
  const calls = useCalls();
  const { state, dispatch } = useWorkspace();
  const [said, setSaid] = useState('');
  const close = async (sessionId: string) => {
    const reply = await calls.otherSessionClose({ sessionId });
    setSaid(
      reply.ok
        ? t('status.others.closed')
        : t('status.others.failed', { reason: t(`callRefusal.${reply.code}`) }),
    );
    if (reply.ok) dispatch({ type: 'otherSessionClosed', sessionId });
  };
  return (
    <div className="otherSessions">
      <h3>{t('status.others')}</h3>
      {state.otherSessions.length === 0 && <p>{t('status.others.none')}</p>}
      <ul>
        {state.otherSessions.map((session) => (
          <li key={session.sessionId}>
            <span>
              {t('status.others.at', {
                terminal: session.terminalName,
                time: formatRecent(session.openedAtMs, state.nowMs, language),
              })}
            </span>
            <Button kind="outline" onClick={() => void close(session.sessionId)}>
              {t('status.others.close')}
            </Button>
          </li>
        ))}
      </ul>
      <p role="status">{said}</p>
    </div>
  );
}
