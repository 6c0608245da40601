import { GitCompareArrows } from 'lucide-react';
import { useId, useState } from 'react';
import type { Conflict } from '#core/contracts/clinical.ts';
import { Button } from '#renderer/design/Button.tsx';
import { formatDateTime, formatFhirDate } from '#renderer/format/dateTime.ts';
import { useLanguage, useText } from '#renderer/i18n/text.tsx';
import { useCalls, useWorkspace } from '#renderer/workspace/context.ts';
import { Decisions } from './Decisions.tsx';
import { markDifferences } from './difference.ts';
import './conflicts.css';

const words = {
  title: 'conflicts.title',
  lead: 'conflicts.lead',
  none: 'conflicts.none',
  done: 'conflicts.done',
} as const;

/** Every conflict of the ward, whoever charted it, both versions side by side. Nothing is chosen beforehand. */
export function Conflicts() {
  const calls = useCalls();
  const { freshness, revisions } = useWorkspace().state;
  // A record may change again while its conflict is on the screen, though there are no more conflicts than before.
  const changes = [...revisions.values()].reduce((sum, count) => sum + count, 0);
  return (
    <Decisions
      words={words}
      read={calls.conflictList}
      version={`${freshness.conflicts} ${changes}`}
      idOf={({ operationId }) => operationId}
    >
      {(conflict, onDecided) => (
        <ConflictPanel key={conflict.operationId} conflict={conflict} onSettled={onDecided} />
      )}
    </Decisions>
  );
}

type Keep = 'mine' | 'theirs' | 'merged';

function ConflictPanel(props: { conflict: Conflict; onSettled: () => void }) {
  const { conflict, onSettled } = props;
  const t = useText();
  const calls = useCalls();
  const id = useId();
  const [keep, setKeep] = useState<Keep | null>(null);
  const [merged, setMerged] = useState('');
  const [failure, setFailure] = useState<string | null>(null);
  const [applying, setApplying] = useState(false);
  // A set of vital signs has no text to join: one of the two was measured.
  const joinable = conflict.resourceType === 'DocumentReference';
  const choices: readonly Keep[] = joinable ? ['mine', 'theirs', 'merged'] : ['mine', 'theirs'];
  const blocked =
    keep === null
      ? t('conflicts.blocked')
      : keep === 'merged' && merged.trim() === ''
        ? t('conflicts.blocked.text')
        : null;
  const apply = async () => {
    if (keep === null || blocked !== null || applying) return;
    setApplying(true);
    const choice = keep === 'merged' ? { keep, text: merged.trim() } : { keep };
    const reply = await calls.conflictResolve({ operationId: conflict.operationId, choice });
    setApplying(false);
    if (reply.ok) onSettled();
    else setFailure(t('conflicts.failed', { reason: t(`callRefusal.${reply.code}`) }));
  };
  return (
    // No landmark: two conflicts of one patient would be two of the same name.
    <article className="panel decision conflict" aria-labelledby={`${id}title`}>
      <header>
        <GitCompareArrows size={24} aria-hidden="true" />
        <h2 id={`${id}title`}>{conflict.patientLabel}</h2>
        <Whose patientId={conflict.patientId} />
        <p>{t('conflicts.changed')}</p>
      </header>
      <Versions conflict={conflict} />
      <fieldset>
        <legend>{t('conflicts.choose')}</legend>
        <div className="conflictChoices">
          {choices.map((choice) => (
            <label key={choice} data-chosen={keep === choice}>
              <input
                type="radio"
                name={id}
                checked={keep === choice}
                onChange={() => setKeep(choice)}
              />
              {t(choiceKeys[choice])}
            </label>
          ))}
        </div>
        {keep === 'merged' && (
          <div className="conflictMerge">
            <label htmlFor={`${id}text`}>{t('conflicts.mergedText')}</label>
            <textarea
              id={`${id}text`}
              className="input"
              value={merged}
              onChange={(event) => setMerged(event.target.value)}
            />
            <div>
              <Button onClick={() => setMerged(conflict.mine.text)}>
                {t('conflicts.startMine')}
              </Button>
              {conflict.theirs !== null && (
                <Button onClick={() => setMerged(conflict.theirs?.text ?? '')}>
                  {t('conflicts.startTheirs')}
                </Button>
              )}
            </div>
          </div>
        )}
      </fieldset>
      <footer>
        <p id={`${id}reason`}>{failure ?? blocked ?? ''}</p>
        <Button
          kind="primary"
          aria-disabled={blocked !== null || applying}
          aria-describedby={`${id}reason`}
          onClick={() => void apply()}
        >
          {t('conflicts.apply')}
        </Button>
      </footer>
    </article>
  );
}

/** What tells one patient from another of the same name. A patient who has left the ward is known by name alone. */
function Whose({ patientId }: { patientId: string }) {
  const t = useText();
  const language = useLanguage();
  const { board } = useWorkspace().state;
  const row = board.rows.find(({ patient }) => patient?.patientId === patientId);
  if (row?.patient === null || row === undefined) return null;
  const { birthDate, recordNumber } = row.patient;
  const facts = [
    [t('banner.born'), birthDate === null ? null : formatFhirDate(birthDate, language)],
    [t('banner.recordNumber'), recordNumber],
    [t('banner.bed'), row.bed],
  ] as const;
  return (
    <dl className="conflictWhose">
      {facts.map(([label, value]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>{value ?? t('common.notKnown')}</dd>
        </div>
      ))}
    </dl>
  );
}

const choiceKeys = {
  mine: 'conflicts.keepMine',
  theirs: 'conflicts.keepTheirs',
  merged: 'conflicts.merge',
} as const;

function Versions({ conflict }: { conflict: Conflict }) {
  const t = useText();
  const { mine, theirs } = conflict;
  return (
    <div className="conflictVersions">
      <article>
        <h3>{t('conflicts.mine')}</h3>
        <Provenance author={mine.author} atMs={mine.atMs} />
        <Marked text={mine.text} other={theirs?.text ?? mine.text} />
      </article>
      <article>
        <h3>{t('conflicts.theirs')}</h3>
        {theirs === null ? (
          <p>{t('conflicts.theirs.gone')}</p>
        ) : (
          <>
            <Provenance author={theirs.author} atMs={theirs.atMs} />
            <Marked text={theirs.text} other={mine.text} />
          </>
        )}
      </article>
    </div>
  );
}

function Provenance({ author, atMs }: { author: string | null; atMs: number | null }) {
  const t = useText();
  const language = useLanguage();
  return (
    <p className="conflictProvenance">
      {t('conflicts.by', {
        author: author ?? t('common.notKnown'),
        time: atMs === null ? t('common.notKnown') : formatDateTime(atMs, language),
      })}
    </p>
  );
}

function Marked({ text, other }: { text: string; other: string }) {
  return (
    <p className="conflictText">
      {markDifferences(text, other).map((stretch, index) =>
        // Stretches have no identity but their place.
        stretch.changed ? <mark key={index}>{stretch.text}</mark> : stretch.text,
      )}
    </p>
  );
}
