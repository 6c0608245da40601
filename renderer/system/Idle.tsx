import { ShieldAlert } from 'lucide-react';
import { useState } from 'react';
import type { SystemSnapshot } from '#core/contracts/ipc.ts';
import { Button } from '#renderer/design/Button.tsx';
import { Dialog } from '#renderer/design/Dialog.tsx';
import { Notice } from '#renderer/design/Notice.tsx';
import { useText } from '#renderer/i18n/text.tsx';
import { mainFault } from './health.ts';
import { BadgePicture, BlockedPicture } from './Picture.tsx';

/** Waiting for a badge: one picture, one instruction. A fault changes the picture, not only the footer. */
export function Idle({ snapshot }: { snapshot: SystemSnapshot }) {
  const t = useText();
  const fault = mainFault(snapshot.health);
  return (
    <>
      {fault === null ? (
        <>
          <BadgePicture />
          <h1>{t('system.idle.title')}</h1>
          <p className="systemHint">{t('system.idle.hint')}</p>
        </>
      ) : (
        <div role="alert" className="systemAlert">
          <BlockedPicture tone="danger" />
          <h1>{t(`system.fault.${fault}.title`)}</h1>
          <p className="systemHint">{t(`system.fault.${fault}.cure`)}</p>
        </div>
      )}
      {fault === null && snapshot.health.server === 'unreachable' ? (
        <div className="systemOffline">
          <Notice tone="warn">
            <b>{t('system.offline.title')}</b>
            <br />
            {t('system.offline.hint')}
          </Notice>
        </div>
      ) : null}
      <Emergency snapshot={snapshot} />
    </>
  );
}

/** Always there, and honest: it says what it cannot do yet, and what to do instead. */
function Emergency({ snapshot }: { snapshot: SystemSnapshot }) {
  const t = useText();
  const [open, setOpen] = useState(false);
  const { wardName, helpDesk } = snapshot.terminal;
  return (
    <>
      <button type="button" className="systemEmergency" onClick={() => setOpen(true)}>
        <ShieldAlert size={28} aria-hidden="true" />
        <span>
          <b>{t('system.emergency')}</b>
          <small>{t('system.emergency.who')}</small>
        </span>
      </button>
      {open ? (
        <Dialog
          title={t('system.emergency.title')}
          icon={<ShieldAlert size={34} aria-hidden="true" />}
          onClose={() => setOpen(false)}
          actions={<Button onClick={() => setOpen(false)}>{t('common.close')}</Button>}
        >
          <p>{t('system.emergency.body')}</p>
          <ol className="systemSteps">
            <li>{t('system.emergency.step1', { ward: wardName })}</li>
            <li>{t('system.emergency.step2', { phone: helpDesk })}</li>
            <li>{t('system.emergency.step3')}</li>
          </ol>
        </Dialog>
      ) : null}
    </>
  );
}
