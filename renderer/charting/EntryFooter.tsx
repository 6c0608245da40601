import { CircleCheck, CircleDashed, CloudUpload, TriangleAlert } from 'lucide-react';
import { useId, useState, type ReactNode } from 'react';
import { Button } from '#renderer/design/Button.tsx';
import { formatTimeSeconds } from '#renderer/format/dateTime.ts';
import { useText } from '#renderer/i18n/text.tsx';
import type { DraftStanding } from './useDraft.ts';

/** Where the entry stands, the reason why it cannot be saved yet, and the two ways out: discard (asks once) and save. */
export function EntryFooter(props: {
  standing: DraftStanding;
  touched: boolean;
  /** In words; null when it can be saved. */
  blocked: string | null;
  /** Asked before a second press. */
  question: string | null;
  failure: string | null;
  saveLabel: ReactNode;
  saving: boolean;
  onSave: () => void;
  onDiscard: () => void;
}) {
  const { standing, touched, blocked, question, failure, saveLabel, saving } = props;
  const t = useText();
  const reasonId = useId();
  const [asking, setAsking] = useState(false);
  return (
    <footer className="entryFooter">
      <div className="entryStanding" id={reasonId}>
        <div role="status">
          <Standing standing={standing} touched={touched} />
        </div>
        {failure !== null && (
          <p className="entryFailure" role="alert">
            <TriangleAlert size={18} aria-hidden="true" />
            {failure}
          </p>
        )}
        {question !== null && (
          <p className="entryQuestion" role="alert">
            <TriangleAlert size={18} aria-hidden="true" />
            {question}
          </p>
        )}
        {blocked !== null && <p className="entryBlocked">{blocked}</p>}
      </div>
      {asking ? (
        <div className="entryActions" role="group" aria-label={t('entry.discard.ask')}>
          <p>{t('entry.discard.ask')}</p>
          <Button kind="danger" onClick={props.onDiscard}>
            {t('entry.discard.yes')}
          </Button>
          <Button autoFocus onClick={() => setAsking(false)}>
            {t('entry.discard.no')}
          </Button>
        </div>
      ) : (
        <div className="entryActions">
          <Button onClick={() => (touched ? setAsking(true) : props.onDiscard())}>
            {t(touched ? 'entry.discard' : 'entry.close')}
          </Button>
          <Button
            kind="primary"
            aria-disabled={blocked !== null || saving}
            aria-describedby={reasonId}
            onClick={() => {
              if (blocked === null && !saving) props.onSave();
            }}
          >
            {saving ? t('entry.saving') : saveLabel}
          </Button>
        </div>
      )}
    </footer>
  );
}

/** Unsaved is never silent: what is typed is either not kept yet, being kept, or kept but not in the record. */
function Standing({ standing, touched }: { standing: DraftStanding; touched: boolean }) {
  const t = useText();
  if (!touched) {
    return (
      <p className="draftStanding" data-kind="clean">
        <CircleDashed size={18} aria-hidden="true" />
        {t('draft.clean')}
      </p>
    );
  }
  const [Icon, text] = ((): [typeof CloudUpload, string] => {
    switch (standing.kind) {
      case 'clean':
      case 'unsaved':
        return [TriangleAlert, t('draft.unsaved')];
      case 'saving':
        return [CloudUpload, t('draft.saving')];
      case 'kept':
        return [CircleCheck, t('draft.kept', { time: formatTimeSeconds(standing.atMs) })];
      case 'failed':
        return [TriangleAlert, t('draft.failed', { reason: t(`callRefusal.${standing.code}`) })];
    }
  })();
  return (
    <p className="draftStanding" data-kind={standing.kind}>
      <Icon size={18} aria-hidden="true" />
      {text}
    </p>
  );
}
