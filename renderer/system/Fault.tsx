import type { RefusalCode, SystemSnapshot } from '#core/contracts/ipc.ts';
import { Button } from '#renderer/design/Button.tsx';
import { useText } from '#renderer/i18n/text.tsx';
import { storageFault } from './health.ts';
import { BlockedPicture } from './Picture.tsx';
import type { SystemProps } from './SystemScreen.tsx';

/** The terminal can serve nobody until somebody acts; of a storage that fails it says which way. */
export function Fault(props: {
  code: RefusalCode;
  health: SystemSnapshot['health'];
  call: SystemProps['call'];
}) {
  const t = useText();
  const { code, health, call } = props;
  const known = code === 'storageFault' ? storageFault(health) : null;
  const sentences = known === null ? (`refused.${code}` as const) : (`fault.${known}` as const);
  return (
    <>
      <div role="alert" className="systemAlert">
        <BlockedPicture tone="danger" />
        <h1>{t(`system.${sentences}.title`)}</h1>
        <p className="systemHint">{t(`system.${sentences}.cure`)}</p>
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
