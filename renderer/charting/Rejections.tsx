import { FileX } from 'lucide-react';
import { useId, useState } from 'react';
import type { Rejection } from '#core/contracts/clinical.ts';
import type { CallRefusal } from '#core/contracts/ipc.ts';
import { measuredRows } from '#renderer/chart/plot/plotText.ts';
import { Button } from '#renderer/design/Button.tsx';
import { useNow } from '#renderer/design/useNow.ts';
import { formatDateTime } from '#renderer/format/dateTime.ts';
import { useLanguage, useText } from '#renderer/i18n/text.tsx';
import { useCalls, useNavigate, useWorkspace } from '#renderer/workspace/context.ts';
import { Decisions } from './Decisions.tsx';
import { freshForm, rejectionReason } from './rejectedEntry.ts';
import './rejections.css';

type Charted = NonNullable<Rejection['charted']>;
const words = {
  title: 'rejections.title',
  lead: 'rejections.lead',
  none: 'rejections.none',
  done: 'rejections.dismissed',
} as const;

/** What this person charted and the record server refused, with the reason. Each waits until she has decided about it. */
export function Rejections() {
  const calls = useCalls();
  const { rejected } = useWorkspace().state.freshness;
  return (
    <Decisions words={words} read={calls.rejectionList} version={String(rejected)} idOf={idOf}>
      {(rejection, onDecided) => (
        <RejectionPanel key={idOf(rejection)} rejection={rejection} onDismissed={onDecided} />
      )}
    </Decisions>
  );
}

/** The parts of one entry are refused together. */
const idOf = ({ ids }: Rejection): string => ids.join(' ');

function RejectionPanel(props: { rejection: Rejection; onDismissed: () => void }) {
  const { rejection, onDismissed } = props;
  const { ids, charted, reason } = rejection;
  const t = useText();
  const calls = useCalls();
  const id = useId();
  const [asking, setAsking] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  const failed = (code: CallRefusal) =>
    setFailure(t('rejections.failed', { reason: t(`callRefusal.${code}`) }));
  const dismiss = async () => {
    const reply = await calls.rejectionDismiss({ ids: [...ids], chartedAgain: false });
    if (reply.ok) onDismissed();
    else failed(reply.code);
  };
  return (
    // No landmark: two entries of one patient would be two of the same name.
    <article className="panel decision rejection" aria-labelledby={`${id}title`}>
      <header>
        <FileX size={24} aria-hidden="true" />
        <h2 id={`${id}title`}>
          {charted === null
            ? t('rejections.unreadable')
            : t('drafts.for', {
                kind: t(`drafts.${charted.entry.kind}`),
                patient: charted.patientLabel,
              })}
        </h2>
      </header>
      <p className="rejectionReason">
        <b>{t(rejectionReason(reason))}</b>{' '}
        <small>{t('rejections.reason.words', { reason })}</small>
      </p>
      {charted !== null && <ChartedEntry charted={charted} />}
      {failure !== null && <p role="alert">{failure}</p>}
      <footer>
        {asking ? (
          <>
            <p role="alert">{t('rejections.ask')}</p>
            <Button kind="danger" onClick={() => void dismiss()}>
              {t('rejections.ask.yes')}
            </Button>
            <Button autoFocus onClick={() => setAsking(false)}>
              {t('common.cancel')}
            </Button>
          </>
        ) : (
          <>
            {charted !== null && (
              <ChartAgain ids={ids} charted={charted} onFailed={failed} labelledBy={`${id}title`} />
            )}
            <Button aria-describedby={`${id}title`} onClick={() => setAsking(true)}>
              {t('rejections.dismiss')}
            </Button>
          </>
        )}
      </footer>
    </article>
  );
}

function ChartedEntry({ charted }: { charted: Charted }) {
  const t = useText();
  const language = useLanguage();
  const { entry, atMs } = charted;
  return (
    <>
      <p className="rejectionTimes">
        {t('rejections.charted', { time: formatDateTime(atMs, language) })}
        {entry.kind === 'vitals' &&
          ` · ${t('rejections.taken', { time: formatDateTime(entry.vitals.takenAtMs, language) })}`}
        {entry.kind === 'note' && entry.corrects !== null && ` · ${t('rejections.correction')}`}
      </p>
      {entry.kind === 'note' ? (
        <p className="rejectionText">{entry.text}</p>
      ) : (
        <dl className="rejectionValues">
          {measuredRows(entry.vitals, t, language).map(({ key, label, value }) => (
            <div key={key}>
              <dt>{label}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      )}
    </>
  );
}

/** Opens the form with what was charted. The draft is kept before the refused entry goes, so that nothing lies in between. */
function ChartAgain(props: {
  ids: readonly string[];
  charted: Charted;
  labelledBy: string;
  onFailed: (code: CallRefusal) => void;
}) {
  const { ids, charted, labelledBy, onFailed } = props;
  const t = useText();
  const language = useLanguage();
  const calls = useCalls();
  const navigate = useNavigate();
  const { state, dispatch } = useWorkspace();
  const nowMs = useNow(state.nowMs, 60_000);
  const reasonId = useId();
  const { patientId, patientLabel, patientIsHere, entry } = charted;
  const { kind, content } = freshForm(charted, nowMs, t, language);
  const hint = !patientIsHere
    ? t('rejections.again.elsewhere')
    : kind === entry.kind
      ? ''
      : t('rejections.again.old');
  const chartAgain = async () => {
    if (!patientIsHere) return;
    const draftId = crypto.randomUUID();
    const draft = { draftId, patientId, patientLabel, kind, content: JSON.stringify(content) };
    const kept = await calls.draftSave(draft);
    if (!kept.ok) {
      onFailed(kept.code);
      return;
    }
    dispatch({ type: 'drafts', drafts: [...state.drafts, { ...draft, ...kept.value }] });
    const decided = await calls.rejectionDismiss({ ids: [...ids], chartedAgain: true });
    if (!decided.ok) onFailed(decided.code);
    else navigate({ screen: 'chart', patientId, start: kind === 'vitals' ? 'record' : 'note' });
  };
  return (
    <>
      <p id={reasonId}>{hint}</p>
      <Button
        kind="primary"
        aria-disabled={!patientIsHere}
        aria-describedby={`${labelledBy} ${reasonId}`}
        onClick={() => void chartAgain()}
      >
        {t(kind === entry.kind ? 'rejections.again' : 'rejections.againAsNote')}
      </Button>
    </>
  );
}
