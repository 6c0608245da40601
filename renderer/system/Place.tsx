import type { SystemSnapshot } from '#core/contracts/ipc.ts';
import { useNow } from '#renderer/design/useNow.ts';
import { formatDayDate, formatLongDate, formatTime } from '#renderer/format/dateTime.ts';
import { useLanguage, useText } from '#renderer/i18n/text.tsx';

/** The dark side of a system screen: where this terminal stands, the time, and whoever is being signed in between. */
export function Place(props: { snapshot: SystemSnapshot; children?: React.ReactNode }) {
  const t = useText();
  const language = useLanguage();
  const { snapshot, children } = props;
  const nowMs = useNow(snapshot.nowMs, 60_000);
  const quiet = children !== undefined;
  return (
    <header className="systemPlace">
      <div>
        <p className="systemWard">{snapshot.terminal.wardName}</p>
        <p className="systemShared">{t('system.shared', { place: snapshot.terminal.place })}</p>
      </div>
      {children}
      <div className="systemTime" data-quiet={quiet}>
        <b>{formatTime(nowMs)}</b>
        <span>{quiet ? formatDayDate(nowMs, language) : formatLongDate(nowMs, language)}</span>
      </div>
      {quiet ? null : <p className="systemPrivacy">{t('system.noPatientData')}</p>}
    </header>
  );
}
