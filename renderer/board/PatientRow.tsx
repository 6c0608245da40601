import { BedDouble, Clock, TriangleAlert } from 'lucide-react';
import { memo } from 'react';
import { scoreNews2 } from '#core/clinical/news2.ts';
import type { BoardRow } from '#core/contracts/clinical.ts';
import { AlertFlag } from '#renderer/design/AlertShape.tsx';
import { PatientName } from '#renderer/design/PatientName.tsx';
import { ScoreChip } from '#renderer/design/ScoreChip.tsx';
import { useLanguage, useText } from '#renderer/i18n/text.tsx';
import { useNavigate } from '#renderer/workspace/context.ts';
import { dueOf, riskOf, type Due } from './boardModel.ts';
import {
  ageGenderText,
  carriedText,
  consciousnessText,
  dueText,
  rowDescription,
  sameNameText,
  tasksText,
  vitalCells,
} from './boardText.ts';

/** A bed with nobody in it keeps its place: a gap in the list would be read as the next bed. */
export function EmptyBed({ bed }: { bed: string }) {
  const t = useText();
  return (
    <li className="bedRow emptyBed">
      <span className="bedNumber">{bed}</span>
      <span className="emptyText">
        <BedDouble size={18} aria-hidden="true" />
        {t('board.empty')}
      </span>
    </li>
  );
}

interface RowProps {
  readonly row: BoardRow & { patient: NonNullable<BoardRow['patient']> };
  readonly nowMs: number;
  readonly current: boolean;
  readonly onCurrent: (bed: string) => void;
}

/**
 * One patient: a single button, so that a gloved thumb anywhere on the row opens the chart. Score and
 * values are heard from its description, with the labels that others see in the bay's heading.
 */
export const PatientRow = memo(function PatientRow({ row, nowMs, current, onCurrent }: RowProps) {
  const t = useText();
  const language = useLanguage();
  const navigate = useNavigate();
  const due = dueOf(row.nextObservationsAtMs, nowMs);
  const firstTask = dueOf(row.due[0]?.atMs ?? null, nowMs);
  const texts = {
    due: dueText(due, t),
    ageGender: ageGenderText(row.patient, nowMs, language, t),
    tasks: tasksText(row, nowMs, t),
  };
  const { patientId } = row.patient;
  return (
    <li>
      <button
        type="button"
        className="bedRow"
        data-risk={riskOf(row)}
        data-mine={row.mine}
        tabIndex={current ? 0 : -1}
        aria-description={rowDescription(row, language, t)}
        onFocus={() => onCurrent(row.bed)}
        onClick={() => navigate({ screen: 'chart', patientId, start: null })}
      >
        <span className="bedNumber">{row.bed}</span>
        <span className="bedPatient">
          <PatientName identity={row.patient} />
          {row.sameFamilyName.length > 0 ? (
            <span className="tag">{sameNameText(row, t)}</span>
          ) : null}
          <small>{[texts.ageGender, row.plan].filter((part) => part !== null).join(' · ')}</small>
          {texts.tasks === null ? null : (
            <small className="bedTask" data-due={firstTask.kind}>
              {firstTask.kind === 'late' ? <TriangleAlert size={15} aria-hidden="true" /> : null}
              {texts.tasks}
            </small>
          )}
        </span>
        <ScoreChip score={row.earlyWarning} silent />
        <DueText
          due={due}
          text={texts.due}
          consciousness={consciousnessText(row.lastVitals, t)}
          carried={carriedText(row, t)}
        />
        <Vitals row={row} />
        <span className="bedAlerts">
          {row.alerts.map((alert) => (
            <AlertFlag key={alert.text} alert={alert} />
          ))}
        </span>
      </button>
    </li>
  );
});

function DueText(props: {
  due: Due;
  text: string;
  consciousness: string | null;
  carried: string | null;
}) {
  const { due, text, consciousness, carried } = props;
  const Icon = due.kind === 'late' ? TriangleAlert : due.kind === 'at' ? null : Clock;
  return (
    <span className="bedDue" data-due={due.kind}>
      {Icon === null || due.kind === 'none' ? null : <Icon size={17} aria-hidden="true" />}
      {text} {consciousness === null ? null : <em>{consciousness}</em>}{' '}
      {carried === null ? null : <small>· {carried}</small>}
    </span>
  );
}

/** The last values under the labels of the bay's heading. What scores is heavier and shaded, what is older is dotted, what is missing is a dash. */
function Vitals({ row }: { row: BoardRow }) {
  const t = useText();
  const language = useLanguage();
  const set = row.lastVitals;
  if (set === null) {
    return <span className="bedNoVitals">{t('board.vitals.none')}</span>;
  }
  const { parts } = scoreNews2(set);
  return (
    <span className="bedVitals" aria-hidden="true">
      {vitalCells(row, language, t).map(({ key, part, text, carriedFromMs }) => (
        <i
          key={key}
          data-points={parts[part] ?? undefined}
          data-carried={carriedFromMs === null ? undefined : true}
        >
          {text ?? '–'}
        </i>
      ))}
    </span>
  );
}
