import type { RefusalCode } from '#core/contracts/ipc.ts';
import { Button } from '#renderer/design/Button.tsx';
import { useText } from '#renderer/i18n/text.tsx';
import { BlockedPicture } from './Picture.tsx';
import type { SystemProps } from './SystemScreen.tsx';

/** The terminal can serve nobody until somebody acts. */
export function Fault({ code, call }: { code: RefusalCode; call: SystemProps['call'] }) {
  const t = useText();
  return (
    <>
      <div role="alert" className="systemAlert">
        <BlockedPicture tone="danger" />
        <h1>{t(`system.refused.${code}.title`)}</h1>
        <p className="systemHint">{t(`system.refused.${code}.cure`)}</p>
      </div>
      <Button
        kind="primary"
        className="systemAction"
        onClick={() => void call.faultAcknowledge(null)}
      >
        {t('system.fault.acknowledge')}
      </Button>
    </>
  );
}
