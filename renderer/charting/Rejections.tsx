import { FileX } from 'lucide-react';
import { useEffect, useId, useRef, useState } from 'react';
import type { Rejection } from '#core/contracts/clinical.ts';
import type { CallRefusal } from '#core/contracts/ipc.ts';
import { measuredRows } from '#renderer/chart/plot/plotText.ts';
import { Button } from '#renderer/design/Button.tsx';
import { Notice } from '#renderer/design/Notice.tsx';
import { useNow } from '#renderer/design/useNow.ts';
import { formatDateTime } from '#renderer/format/dateTime.ts';
import { useLanguage, useText } from '#renderer/i18n/text.tsx';
import { useCalls, useNavigate, useWorkspace } from '#renderer/workspace/context.ts';
import { freshForm, rejectionReason } from './rejectedEntry.ts';
import './rejections.css';

type Charted = NonNullable<Rejection['charted']>;
type Reading =
  | { readonly kind: 'reading' }
  | { readonly kind: 'read'; readonly rejections: readonly Rejection[] }
  | { readonly kind: 'refused'; readonly code: CallRefusal };

/** What this person charted and the record server refused, with the reason. Each waits until she has decided about it. */
export function Rejections() {
  const t = useText();
  const calls = useCalls();
  const { freshness } = useWorkspace().state;
  const title = useRef<HTMLHeadingElement>(null);
  const [reading, setReading] = useState<Reading>({ kind: 'reading' });
  const [dismissed, setDismissed] = useState(false);
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    let current = true;
    void calls.rejectionList(null).then((reply) => {
      if (!current) return;
      setReading(
        reply.ok
          ? { kind: 'read', rejections: reply.value }
          : { kind: 'refused', code: reply.code },
      );
    });
    return () => {
      current = false;
    };
  }, [calls, freshness.rejected, attempt]);
  const onDismissed = ({ ids }: Rejection) => {
    setDismissed(true);
    setReading((was) =>
      was.kind === 'read'
        ? { kind: 'read', rejections: was.rejections.filter((one) => one.ids[0] !== ids[0]) }
        : was,
    );
    // The button that had the focus is gone with its entry.
    title.current?.focus();
  };
  return (
    <div className="rejections">
      <h1 ref={title} tabIndex={-1}>
        {t('rejections.title')}
      </h1>
      <div role="status">{dismissed && <Notice tone="ok">{t('rejections.dismissed')}</Notice>}</div>
      {reading.kind === 'refused' && (
        <Notice
          tone="warn"
          action={<Button onClick={() => setAttempt(attempt + 1)}>{t('chart.retry')}</Button>}
        >
          {t(`callRefusal.${reading.code}`)}
        </Notice>
      )}
      {reading.kind === 'read' && reading.rejections.length === 0 && (
        <p className="panel rejectionsNone">{t('rejections.none')}</p>
      )}
      {reading.kind === 'read' && reading.rejections.length > 0 && (
        <>
          <p className="rejectionsLead">{t('rejections.lead')}</p>
          {reading.rejections.map((rejection) => (
            <RejectionPanel
              key={rejection.ids[0]}
              rejection={rejection}
              onDismissed={onDismissed}
            />
          ))}
        </>
      )}
    </div>
  );
}

function RejectionPanel(props: {
  rejection: Rejection;
  onDismissed: (rejection: Rejection) => void;
}) {
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
    if (reply.ok) onDismissed(rejection);
    else failed(reply.code);
  };
  return (
    // No landmark: two entries of one patient would be two of the same name.
    <article className="panel rejection" aria-labelledby={`${id}title`}>
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
