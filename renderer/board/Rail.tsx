import './rail.css';
import { ChevronRight, Clock, Siren, TriangleAlert } from 'lucide-react';
import type { BoardRow } from '#core/contracts/clinical.ts';
import { Button } from '#renderer/design/Button.tsx';
import { PatientName } from '#renderer/design/PatientName.tsx';
import { ScoreChip } from '#renderer/design/ScoreChip.tsx';
import { formatTime } from '#renderer/format/dateTime.ts';
import { useText, type Translate } from '#renderer/i18n/text.tsx';
import { useNavigate } from '#renderer/workspace/context.ts';
import {
  dueOf,
  needsNow,
  railLimit,
  upcoming,
  type Need,
  type Risk,
  type Upcoming,
} from './boardModel.ts';
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
      <h2 className="needsTitle">
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
      <div className="railNext">
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
      </div>
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
function reasonText(need: Need, t: Translate): string {
  const { row, risk, lateMinutes, lateTasks } = need;
  const { earlyWarning } = row;
  const reasons: string[] = [];
  if (earlyWarning !== null && earlyWarning.total !== null) {
    reasons.push(...completeReasons(earlyWarning.total, risk, t));
  } else if (earlyWarning !== null || lateMinutes > 0) {
    // Who has never been measured and is not waited for stands here for another reason.
    reasons.push(...incompleteReasons(earlyWarning, risk, t));
  }
  if (risk === 1) reasons.push(t('board.needs.three'));
  reasons.push(...risingReasons(earlyWarning, t));
  if (lateMinutes > 0) reasons.push(t('board.needs.late', { minutes: lateMinutes }));
  for (const { text, minutes } of lateTasks) {
    reasons.push(`${text}: ${dueText({ kind: 'late', minutes }, t)}.`);
  }
  return reasons.join(' ');
}

function completeReasons(total: number, risk: Risk, t: Translate): string[] {
  if (risk === 3) return [t('board.needs.high', { total })];
  return risk === 2 ? [t('board.needs.medium', { total })] : [];
}

/** What was known before asks on until a complete set says otherwise. */
function incompleteReasons(
  earlyWarning: BoardRow['earlyWarning'],
  risk: Risk,
  t: Translate,
): string[] {
  const before = earlyWarning?.lastComplete ?? null;
  const time = before === null ? '' : formatTime(before.takenAtMs);
  const known =
    before === null ? t('board.needs.noSet') : t('board.needs.was', { total: before.total, time });
  if (risk === 3) return [known, t('board.needs.act.high')];
  return risk === 2 ? [known, t('board.needs.act.medium')] : [known];
}

function risingReasons(earlyWarning: BoardRow['earlyWarning'], t: Translate): string[] {
  const total = earlyWarning?.total ?? null;
  const previous = earlyWarning?.previousTotal ?? null;
  const rising = total !== null && previous !== null && total > previous;
  return rising ? [t('board.needs.rising', { previous })] : [];
}
