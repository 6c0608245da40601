import type { RefusalCode, SystemSnapshot } from '#core/contracts/ipc.ts';
import { useNow } from '#renderer/design/useNow.ts';
import { useText } from '#renderer/i18n/text.tsx';
import { BlockedPicture } from './Picture.tsx';

/** Why this tap did not open anything, and what to do about it. Goes back by itself. */
export function Refused(props: { snapshot: SystemSnapshot; code: RefusalCode; untilMs: number }) {
  const t = useText();
  const { snapshot, code, untilMs } = props;
  const nowMs = useNow(snapshot.nowMs, 1000);
  const seconds = Math.max(0, Math.ceil((untilMs - nowMs) / 1000));
  return (
    <>
      <div role="alert" className="systemAlert">
        <BlockedPicture tone="warn" />
        <h1>{t(`system.refused.${code}.title`)}</h1>
        <p className="systemHint">{t(`system.refused.${code}.cure`)}</p>
      </div>
      <p className="systemCallout">{t('system.helpDesk', { phone: snapshot.terminal.helpDesk })}</p>
      <p className="systemQuiet">{t('system.refused.back', { count: seconds })}</p>
    </>
  );
}
