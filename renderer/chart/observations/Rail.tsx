import { TriangleAlert } from 'lucide-react';
import { memo } from 'react';
import { earlyWarningOf, lastKnownOf, news2Parts, type LastKnown } from '#core/clinical/news2.ts';
import type { EarlyWarning, VitalsSet } from '#core/contracts/clinical.ts';
import { rowText } from '#renderer/chart/plot/plotText.ts';
import { scoreOf } from '#renderer/chart/plot/scoring.ts';
import { ScoreMark } from '#renderer/chart/ScoreMark.tsx';
import { scoreStep } from '#renderer/design/ScoreChip.tsx';
import { formatDateTime, formatRecent } from '#renderer/format/dateTime.ts';
import type { MessageKey } from '#renderer/i18n/en.ts';
import { useLanguage, useText } from '#renderer/i18n/text.tsx';
import { useWorkspace } from '#renderer/workspace/context.ts';
import { agoText, dueText } from './ago.ts';
import './rail.css';

/** What a score asks for, as the Royal College of Physicians recommends it. */
export function responseKeys(score: Pick<EarlyWarning, 'total' | 'singleThree' | 'risk'>): {
  title: MessageKey;
  response: MessageKey;
} {
  if (score.total === null) {
    // What was known before asks on until a complete set says otherwise.
    return { title: 'news.incomplete', response: incompleteResponse[score.risk] };
  }
  if (score.total >= 7) return { title: 'news.high', response: 'news.response.high' };
  if (score.total >= 5) return { title: 'news.medium', response: 'news.response.medium' };
  if (score.singleThree) return { title: 'news.lowMedium', response: 'news.response.lowMedium' };
  return {
    title: 'news.low',
    response: score.total === 0 ? 'news.response.low' : 'news.response.lowSome',
  };
}

const incompleteResponse = {
  3: 'news.response.high',
  2: 'news.response.medium',
  1: 'news.response.lowMedium',
  0: 'news.response.incomplete',
} as const;

/** The early warning score with its parts, what it asks for, and what is due: beside every section of the record. */
export const Rail = memo(function Rail(props: {
  patientId: string;
  sets: readonly VitalsSet[];
  nextObservationsAtMs: number | null;
  nowMs: number;
  /** A score asks nothing of anybody, and nothing is due, once the patient has died. */
  deceased: boolean;
}) {
  const t = useText();
  const newestFirst = [...props.sets].reverse();
  const warning = earlyWarningOf(newestFirst);
  const known = lastKnownOf(newestFirst);
  return (
    // Low screens scroll it, and a keyboard must be able to.
    <aside className="chartRail" aria-label={t('news.title')} tabIndex={0}>
      {warning === null || known === null ? (
        <section className="panel railPanel">
          <h2>{t('news.never')}</h2>
        </section>
      ) : (
        <EarlyWarningPanel
          warning={warning}
          known={known}
          before={props.sets.at(-2)}
          nowMs={props.nowMs}
          deceased={props.deceased}
        />
      )}
      {!props.deceased && (
        <DuePanel
          patientId={props.patientId}
          nextObservationsAtMs={props.nextObservationsAtMs}
          nowMs={props.nowMs}
        />
      )}
    </aside>
  );
});

function EarlyWarningPanel(props: {
  warning: EarlyWarning;
  known: LastKnown;
  before: VitalsSet | undefined;
  nowMs: number;
  deceased: boolean;
}) {
  const { warning, known, before, nowMs, deceased } = props;
  const t = useText();
  const language = useLanguage();
  const { title, response } = responseKeys(warning);
  const { parts } = scoreOf(known.set);
  const takenBefore = new Map(known.carried.map(({ vital, takenAtMs }) => [vital, takenAtMs]));
  const missing = news2Parts.filter((part) => parts[part] === null || takenBefore.has(part));
  const when = (atMs: number) => formatRecent(atMs, nowMs, language);
  return (
    <section className="panel railPanel">
      <div className="railScore">
        <ScoreMark score={warning.total} step={scoreStep(warning)} large />
        <div>
          <h2>{t(title)}</h2>
          <p>
            {t('news.at', {
              time: when(warning.takenAtMs),
              ago: agoText(warning.takenAtMs, nowMs, t),
            })}
          </p>
          <Trend total={warning.total} before={before} nowMs={nowMs} />
        </div>
      </div>
      {warning.lastComplete !== null && (
        <p className="railBefore">
          <ScoreMark score={warning.lastComplete.total} step={scoreStep(warning.lastComplete)} />
          {t('news.lastComplete', {
            time: when(warning.lastComplete.takenAtMs),
            ago: agoText(warning.lastComplete.takenAtMs, nowMs, t),
          })}
        </p>
      )}
      {missing.length > 0 && (
        <p className="railMissing">
          <TriangleAlert size={18} aria-hidden="true" />
          {t('news.missing', { parts: missing.map((part) => t(`vital.${part}`)).join(', ') })}
        </p>
      )}
      <table>
        <caption className="visuallyHidden">
          {t('news.parts', {
            time: formatDateTime(warning.takenAtMs, language),
          })}
        </caption>
        <tbody>
          {news2Parts.map((part) => {
            const key = part === 'systolic' ? 'bloodPressure' : part;
            const points = parts[part];
            const carriedMs = takenBefore.get(part);
            return (
              <tr key={part} data-carried={carriedMs === undefined ? undefined : true}>
                <th scope="row">
                  {t(part === 'oxygenSaturation' ? 'vital.oxygenSaturation.scale' : `vital.${key}`)}
                </th>
                <td>
                  {rowText(key, known.set, t, language) ?? t('vitals.notTaken')}
                  {carriedMs !== undefined && (
                    <small>{t('news.since', { time: when(carriedMs) })}</small>
                  )}
                </td>
                <td>
                  <ScoreMark score={points} step={asStep(points)} />
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
      {!deceased && (
        <div className="railResponse">
          <h3>{t('news.response')}</h3>
          <p>{t(response)}</p>
          <small>{t('news.response.source')}</small>
        </div>
      )}
    </section>
  );
}

/** The colour step of one part of the score. */
export function asStep(points: number | null): 0 | 1 | 2 | 3 | 'missing' {
  return points === null ? 'missing' : points >= 3 ? 3 : points === 2 ? 2 : points === 1 ? 1 : 0;
}

function Trend(props: { total: number | null; before: VitalsSet | undefined; nowMs: number }) {
  const t = useText();
  const language = useLanguage();
  if (props.before === undefined || props.total === null) return null;
  const { total } = scoreOf(props.before);
  if (total === null) return null;
  const time = formatRecent(props.before.takenAtMs, props.nowMs, language);
  if (total === props.total) return <p>{t('news.same', { time })}</p>;
  return <p>{t(total < props.total ? 'news.up' : 'news.down', { total, time })}</p>;
}

function DuePanel(props: {
  patientId: string;
  nextObservationsAtMs: number | null;
  nowMs: number;
}) {
  const { patientId, nextObservationsAtMs, nowMs } = props;
  const t = useText();
  const { board } = useWorkspace().state;
  const tasks = board.rows.find((row) => row.patient?.patientId === patientId)?.due ?? [];
  return (
    <section className="panel railPanel railDue">
      <h2>{t('due.title')}</h2>
      <ul>
        <li>
          <b>{t('due.observations')}</b>
          {nextObservationsAtMs === null ? (
            <span>{t('due.notPlanned')}</span>
          ) : (
            <DueTime atMs={nextObservationsAtMs} nowMs={nowMs} />
          )}
        </li>
        {tasks.map((task) => (
          <li key={`${task.text} ${task.atMs ?? ''}`}>
            <b>{task.text}</b>
            {task.atMs !== null && <DueTime atMs={task.atMs} nowMs={nowMs} />}
          </li>
        ))}
      </ul>
    </section>
  );
}

function DueTime({ atMs, nowMs }: { atMs: number; nowMs: number }) {
  const t = useText();
  const language = useLanguage();
  const said = dueText(atMs, nowMs, t);
  return (
    <span data-late={atMs < nowMs}>
      {atMs < nowMs && <TriangleAlert size={16} aria-hidden="true" />}
      {formatRecent(atMs, nowMs, language)}
      {said === null ? '' : ` · ${said}`}
    </span>
  );
}
