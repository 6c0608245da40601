import { ChevronRight, Clock, Siren, TriangleAlert } from 'lucide-react';
import type { BoardRow } from '#core/contracts/clinical.ts';
import { Button } from '#renderer/design/Button.tsx';
import { PatientName } from '#renderer/design/PatientName.tsx';
import { ScoreChip } from '#renderer/design/ScoreChip.tsx';
import { formatTime } from '#renderer/format/dateTime.ts';
import { useText, type Translate } from '#renderer/i18n/text.tsx';
import { useNavigate } from '#renderer/workspace/context.ts';
import { dueOf, needsNow, railLimit, upcoming, type Need, type Upcoming } from './boardModel.ts';
import { dueText } from './boardText.ts';

const upcomingLimit = 5;

/** Beside the board: at most three who need somebody now with the action that helps, and the next twenty minutes. */
export function Rail(props: {
  rows: readonly BoardRow[];
  nowMs: number;
  /** False while records are missing: then the absence of a need means nothing. */
  complete: boolean;
}) {
  const t = useText();
  const { rows, nowMs, complete } = props;
  const needs = needsNow(rows, nowMs);
  const next = upcoming(rows, nowMs);
  const more = needs.length - railLimit;
  return (
    <aside className="panel rail" aria-label={t('board.needs')}>
      <h2>
        <Siren size={20} aria-hidden="true" />
        {t('board.needs')}
      </h2>
      {complete ? null : <p className="railNone">{t('board.needs.incomplete')}</p>}
      {complete && needs.length === 0 ? <p className="railNone">{t('board.needs.none')}</p> : null}
      <ol className="needs">
        {needs.slice(0, railLimit).map((need) => (
          <NeedItem key={need.row.bed} need={need} />
        ))}
      </ol>
      {more > 0 ? <p className="railNone">{t('board.needs.more', { count: more })}</p> : null}
      <h2>
        <Clock size={20} aria-hidden="true" />
        {t('board.next')}
      </h2>
      {complete && next.length === 0 ? <p className="railNone">{t('board.next.none')}</p> : null}
      <ul className="upcoming">
        {next.slice(0, upcomingLimit).map((item) => (
          <UpcomingItem
            key={`${item.row.bed} ${item.atMs} ${item.text ?? ''}`}
            item={item}
            nowMs={nowMs}
          />
        ))}
      </ul>
      {next.length > upcomingLimit ? (
        <p className="railNone">{t('board.task.more', { count: next.length - upcomingLimit })}</p>
      ) : null}
    </aside>
  );
}

function UpcomingItem({ item, nowMs }: { item: Upcoming; nowMs: number }) {
  const t = useText();
  const { row, atMs, text } = item;
  const due = dueOf(atMs, nowMs);
  const late = due.kind === 'late';
  return (
    <li data-late={late}>
      <b>{formatTime(atMs)}</b>
      <span>
        {row.bed} {row.patient === null ? '' : row.patient.family.toLocaleUpperCase()}
        <small>
          {late ? <TriangleAlert size={15} aria-hidden="true" /> : null}
          {text ?? t('board.observations')}
          {late ? ` · ${dueText(due, t)}` : ''}
        </small>
      </span>
    </li>
  );
}

function NeedItem({ need }: { need: Need }) {
  const t = useText();
  const navigate = useNavigate();
  const { row, risk, action } = need;
  if (row.patient === null) return null;
  const { patientId } = row.patient;
  return (
    <li data-risk={risk}>
      <ScoreChip score={row.earlyWarning} />
      <div>
        <h3>
          {row.bed} <PatientName identity={row.patient} />
        </h3>
        <p>{reasonText(need, t)}</p>
      </div>
      <Button
        kind={risk === 3 ? 'primary' : 'outline'}
        onClick={() =>
          navigate({ screen: 'chart', patientId, start: action === 'record' ? 'record' : null })
        }
      >
        {t(`board.needs.${action}`)}
        <span className="visuallyHidden">{row.bed}</span>
        <ChevronRight size={18} aria-hidden="true" />
      </Button>
    </li>
  );
}

/** Why this patient stands here, and what the score asks for (Royal College of Physicians, 2017). */
function reasonText({ row, risk, lateMinutes, lateTasks }: Need, t: Translate): string {
  const total = row.earlyWarning?.total ?? null;
  const previous = row.earlyWarning?.previousTotal ?? null;
  const reasons: string[] = [];
  const before = row.earlyWarning?.lastComplete ?? null;
  // Who has never been measured and is not waited for stands here for another reason.
  if (total === null && (row.earlyWarning !== null || lateMinutes > 0)) {
    reasons.push(
      before === null
        ? t('board.needs.noSet')
        : t('board.needs.was', {
            total: before.total,
            time: formatTime(before.takenAtMs),
          }),
    );
    if (risk === 3) reasons.push(t('board.needs.act.high'));
    if (risk === 2) reasons.push(t('board.needs.act.medium'));
  }
  if (total !== null && risk === 3) reasons.push(t('board.needs.high', { total }));
  if (total !== null && risk === 2) reasons.push(t('board.needs.medium', { total }));
  if (risk === 1) reasons.push(t('board.needs.three'));
  if (total !== null && previous !== null && total > previous) {
    reasons.push(t('board.needs.rising', { previous }));
  }
  if (lateMinutes > 0) reasons.push(t('board.needs.late', { minutes: lateMinutes }));
  for (const { text, minutes } of lateTasks) {
    reasons.push(`${text}: ${dueText({ kind: 'late', minutes }, t)}.`);
  }
  return reasons.join(' ');
}
