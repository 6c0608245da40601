import { EyeOff } from 'lucide-react';
import { useEffect } from 'react';
import type { SystemSnapshot } from '#core/contracts/ipc.ts';
import { Button } from '#renderer/design/Button.tsx';
import { useNow } from '#renderer/design/useNow.ts';
import { formatCountdown, formatTime } from '#renderer/format/dateTime.ts';
import { useText } from '#renderer/i18n/text.tsx';
import type { SystemProps } from './SystemScreen.tsx';

type CoverScreen = Extract<SystemSnapshot['screen'], { kind: 'cover' }>;

/** The privacy shield over a session that still lives: whose it is, how long it stays, and how to go on. */
export function Cover({ snapshot, call, screen }: SystemProps & { screen: CoverScreen }) {
  const t = useText();
  const nowMs = useNow(snapshot.nowMs, 1000);
  const { liftsByInput } = screen;
  useEffect(() => {
    if (!liftsByInput) return undefined;
    const lift = () => void call.uncover(null);
    window.addEventListener('keydown', lift);
    window.addEventListener('pointerdown', lift);
    return () => {
      window.removeEventListener('keydown', lift);
      window.removeEventListener('pointerdown', lift);
    };
  }, [liftsByInput, call]);
  return (
    <main className="cover">
      <EyeOff size={84} strokeWidth={1.5} aria-hidden="true" />
      <h1>{t('system.cover.title')}</h1>
      <p className="coverName">{t('system.cover.session', { name: screen.displayName })}</p>
      <p className="coverCount">
        {t('system.cover.countdown', { time: formatCountdown(screen.locksAtMs - nowMs) })}
      </p>
      <p className="coverHint">{t(liftsByInput ? 'system.cover.input' : 'system.cover.badge')}</p>
      {liftsByInput ? (
        // The whole screen lifts the cover; the button says so to those who look for one.
        <Button className="systemAction">{t('system.cover.continue')}</Button>
      ) : null}
      <p className="coverFoot">
        <b>{formatTime(nowMs)}</b>
        {snapshot.terminal.wardName} · {t('system.noPatientData')}
      </p>
    </main>
  );
}
