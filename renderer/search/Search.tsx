import { Building2, SearchIcon, TriangleAlert } from 'lucide-react';
import { useId, useMemo, useRef, useState, type KeyboardEvent } from 'react';
import { hospitalQuestion } from '#core/clinical/nameSearch.ts';
import type { SearchHit } from '#core/contracts/clinical.ts';
import { Button } from '#renderer/design/Button.tsx';
import { PatientName } from '#renderer/design/PatientName.tsx';
import { formatAge } from '#renderer/format/age.ts';
import { formatFhirDate } from '#renderer/format/dateTime.ts';
import { useLanguage, useText } from '#renderer/i18n/text.tsx';
import { useNavigate, useWorkspace } from '#renderer/workspace/context.ts';
import { searchQuestion, usePatientSearch, type SearchState } from './usePatientSearch.ts';
import './search.css';

/** Finds a patient: the ward answers while one types, the whole hospital only on purpose. */
export function Search() {
  const t = useText();
  const id = useId();
  const { freshness } = useWorkspace().state;
  const [typed, setTyped] = useState('');
  const { state, searchHospital } = usePatientSearch(typed);
  const list = useRef<HTMLUListElement>(null);
  const asked = searchQuestion(typed);
  const ready = asked !== null && hospitalQuestion(asked) !== null;
  const hint = !freshness.online
    ? 'search.offline'
    : asked === null || ready
      ? 'search.everywhere.hint'
      : 'callRefusal.tooShort';
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown') {
      event.preventDefault();
      list.current?.querySelector('button')?.focus();
    }
    if (event.key === 'Escape') setTyped('');
  };
  return (
    <div className="search">
      <h1>{t('search.title')}</h1>
      <section className="panel searchBox">
        <div className="field">
          <label htmlFor={id}>{t('search.label')}</label>
          <div className="searchEntry">
            <SearchIcon size={24} aria-hidden="true" />
            <input
              id={id}
              className="input"
              type="text"
              autoComplete="off"
              spellCheck={false}
              maxLength={100}
              autoFocus
              value={typed}
              aria-describedby={`${id}hint`}
              onChange={(event) => setTyped(event.target.value)}
              onKeyDown={onKeyDown}
            />
            {typed !== '' && <Button onClick={() => setTyped('')}>{t('search.clear')}</Button>}
          </div>
          <p className="fieldHint" id={`${id}hint`}>
            {t('search.hint')}. {t('search.keys')}
          </p>
        </div>
        <div className="searchHospital">
          <Button
            kind="outline"
            aria-disabled={!ready || !freshness.online}
            aria-describedby={`${id}hospital`}
            onClick={() => {
              if (ready && freshness.online) searchHospital();
            }}
          >
            <Building2 size={20} aria-hidden="true" />
            {t('search.everywhere')}
          </Button>
          <p id={`${id}hospital`} data-offline={!freshness.online}>
            {t(hint)}
          </p>
        </div>
      </section>
      <Results state={state} list={list} />
    </div>
  );
}

function Results(props: { state: SearchState; list: React.RefObject<HTMLUListElement | null> }) {
  const { state, list } = props;
  const t = useText();
  if (state.kind === 'idle') return null;
  const place = t(state.where === 'ward' ? 'search.ward' : 'search.hospital');
  return (
    <section className="searchResults" aria-label={place}>
      <header>
        <h2>{place}</h2>
        <div role="status">
          {state.kind === 'searching' && <p>{t('search.searching')}</p>}
          {state.kind === 'found' && state.result.hits.length > 0 && (
            <p>{t('search.count', { count: state.result.hits.length })}</p>
          )}
          {state.kind === 'found' && <FoundNothing state={state} />}
          {state.kind === 'found' && state.where === 'server' && <HowAsked text={state.text} />}
          {state.kind === 'refused' && (
            <p className="searchRefused">
              <TriangleAlert size={20} aria-hidden="true" />
              {state.code === 'offline'
                ? t('search.offline')
                : t('search.failed', { reason: t(`callRefusal.${state.code}`) })}
            </p>
          )}
        </div>
      </header>
      {state.kind === 'found' && state.result.hits.length > 0 && (
        <HitList hits={state.result.hits} list={list} />
      )}
      {state.kind === 'found' && state.result.more && (
        <p className="searchMore">
          <TriangleAlert size={20} aria-hidden="true" />
          {t('search.more')}
        </p>
      )}
    </section>
  );
}

/** That nobody matches: said only when the question was asked as typed and the answer is whole. */
function FoundNothing({ state }: { state: Extract<SearchState, { kind: 'found' }> }) {
  const t = useText();
  const { text, where, result } = state;
  if (result.hits.length > 0 || result.more) return null;
  const whole = where === 'ward' ? [] : (hospitalQuestion(text)?.wholeNames ?? []);
  if (whole.length > 0) return <p>{t('search.none.whole', { text, words: whole.join(', ') })}</p>;
  return <p>{t(`search.none.${where}`, { text })}</p>;
}

/** What of the question could not be asked as it was typed, and the cure. */
function HowAsked({ text }: { text: string }) {
  const t = useText();
  const { wholeNames = [], unused = [] } = hospitalQuestion(text) ?? {};
  return (
    <>
      {wholeNames.length > 0 && <p>{t('search.wholeNames', { words: wholeNames.join(', ') })}</p>}
      {unused.length > 0 && <p>{t('search.unused', { words: unused.join(', ') })}</p>}
    </>
  );
}

/** People whose name somebody else in the list bears too: they get a warning, since the name alone cannot tell them apart. */
export function sharedNames(hits: readonly SearchHit[]): ReadonlySet<string> {
  const byName = new Map<string, string[]>();
  for (const { identity } of hits) {
    const name = `${identity.family} ${identity.given}`.toLocaleLowerCase();
    byName.set(name, [...(byName.get(name) ?? []), identity.patientId]);
  }
  return new Set([...byName.values()].filter((ids) => ids.length > 1).flat());
}

function HitList(props: {
  hits: readonly SearchHit[];
  list: React.RefObject<HTMLUListElement | null>;
}) {
  const { hits, list } = props;
  const shared = useMemo(() => sharedNames(hits), [hits]);
  const onKeyDown = (event: KeyboardEvent<HTMLUListElement>) => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step === 0 || !(event.target instanceof HTMLButtonElement)) return;
    event.preventDefault();
    const buttons = [...event.currentTarget.querySelectorAll('button')];
    buttons[buttons.indexOf(event.target) + step]?.focus();
  };
  return (
    <ul ref={list} className="searchHits" onKeyDown={onKeyDown}>
      {hits.map((hit) => (
        <li key={hit.identity.patientId}>
          <Hit hit={hit} shared={shared.has(hit.identity.patientId)} />
        </li>
      ))}
    </ul>
  );
}

function Hit({ hit, shared }: { hit: SearchHit; shared: boolean }) {
  const t = useText();
  const language = useLanguage();
  const navigate = useNavigate();
  const { nowMs, board } = useWorkspace().state;
  const { identity } = hit;
  // The record server names no beds; who lies here is on the board.
  const row = board.rows.find((one) => one.patient?.patientId === identity.patientId);
  const bed = hit.bed ?? row?.bed ?? null;
  const wardName = hit.wardName ?? board.wardName;
  const age = formatAge(identity.birthDate, nowMs, language);
  const born =
    identity.birthDate === null
      ? t('banner.bornUnknown')
      : formatFhirDate(identity.birthDate, language);
  return (
    <button
      type="button"
      className="searchHit panel"
      data-deceased={identity.deceasedAt !== null}
      onClick={() => navigate({ screen: 'chart', patientId: identity.patientId, start: null })}
    >
      <span className="searchName">
        <PatientName identity={identity} withTitle />
        {identity.preferredName !== null && <small>{identity.preferredName}</small>}
        {identity.deceasedAt !== null && <small className="tag">{t('search.deceased')}</small>}
        {shared && (
          <small className="searchShared">
            <TriangleAlert size={16} aria-hidden="true" />
            {t('search.sameName')}
          </small>
        )}
      </span>
      <span>
        <small>{t('banner.born')}</small>
        {born}
        {age === null || identity.deceasedAt !== null ? '' : ` (${age})`}
      </span>
      <span>
        <small>{t('banner.gender')}</small>
        {t(`gender.${identity.gender ?? 'unknown'}`)}
      </span>
      <span>
        <small>{t('banner.recordNumber')}</small>
        {identity.recordNumber ?? t('common.notKnown')}
      </span>
      <span>
        <small>{t('banner.bed')}</small>
        {bed === null ? t('search.notOnWard') : `${bed} ${wardName}`}
      </span>
    </button>
  );
}
