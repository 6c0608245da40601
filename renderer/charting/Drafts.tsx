import { FilePen } from 'lucide-react';
import { useState } from 'react';
import type { Draft } from '#core/contracts/clinical.ts';
import { Button } from '#renderer/design/Button.tsx';
import { formatRecent } from '#renderer/format/dateTime.ts';
import { useLanguage, useText } from '#renderer/i18n/text.tsx';
import { useCalls, useNavigate, useWorkspace } from '#renderer/workspace/context.ts';
import { readDraft } from './draftContent.ts';
import './charting.css';

/** Offers a person's unfinished work back, on whatever terminal she is now. A form that is open needs no offer. */
export function DraftsBanner() {
  const t = useText();
  const { drafts, view } = useWorkspace().state;
  const offered = drafts.filter(
    (draft) => view.screen !== 'chart' || view.patientId !== draft.patientId,
  );
  if (offered.length === 0 || view.screen === 'conflicts') return null;
  return (
    <section className="draftsBanner" aria-label={t('drafts.title')}>
      <FilePen size={22} aria-hidden="true" />
      <b>{t('drafts.title')}</b>
      <ul>
        {offered.map((draft) => (
          <li key={draft.draftId}>
            <DraftLine draft={draft} />
          </li>
        ))}
      </ul>
    </section>
  );
}

/** The drafts of one patient, on that patient's own chart while no form is open. */
export function ChartDrafts(props: { patientId: string; onResume: (kind: Draft['kind']) => void }) {
  const { patientId, onResume } = props;
  const t = useText();
  const { drafts } = useWorkspace().state;
  const own = drafts.filter((draft) => draft.patientId === patientId);
  if (own.length === 0) return null;
  return (
    <section className="draftsBanner" aria-label={t('drafts.title')}>
      <FilePen size={22} aria-hidden="true" />
      <ul>
        {own.map((draft) => (
          <li key={draft.draftId}>
            <DraftLine draft={draft} onResume={() => onResume(draft.kind)} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function DraftLine({ draft, onResume }: { draft: Draft; onResume?: () => void }) {
  const t = useText();
  const language = useLanguage();
  const calls = useCalls();
  const navigate = useNavigate();
  const { state, dispatch } = useWorkspace();
  const [asking, setAsking] = useState(false);
  const readable = readDraft(draft) !== null;
  const openForm = () =>
    navigate({
      screen: 'chart',
      patientId: draft.patientId,
      start: draft.kind === 'vitals' ? 'record' : 'note',
    });
  const discard = () => {
    void calls.draftDiscard({ draftId: draft.draftId });
    dispatch({
      type: 'drafts',
      drafts: state.drafts.filter((one) => one.draftId !== draft.draftId),
    });
  };
  return (
    <>
      <span>
        {t('drafts.for', { kind: t(`drafts.${draft.kind}`), patient: draft.patientLabel })}
        <small>
          {readable
            ? t('drafts.savedAt', { time: formatRecent(draft.savedAtMs, state.nowMs, language) })
            : t('drafts.unreadable')}
        </small>
      </span>
      {asking ? (
        <>
          <span role="alert">{t('drafts.ask')}</span>
          <Button kind="danger" onClick={discard}>
            {t('entry.discard.yes')}
          </Button>
          <Button autoFocus onClick={() => setAsking(false)}>
            {t('common.cancel')}
          </Button>
        </>
      ) : (
        <>
          {readable && (
            <Button kind="outline" onClick={onResume ?? openForm}>
              {t('drafts.resume')}
            </Button>
          )}
          <Button onClick={() => setAsking(true)}>{t('drafts.discard')}</Button>
        </>
      )}
    </>
  );
}
