import './board.css';
import { useMemo } from 'react';
import { Button } from '#renderer/design/Button.tsx';
import { Segmented } from '#renderer/design/Segmented.tsx';
import { useNow } from '#renderer/design/useNow.ts';
import { useText } from '#renderer/i18n/text.tsx';
import { useWorkspace } from '#renderer/workspace/context.ts';
import { BayPanel } from './BayPanel.tsx';
import { baysOf, columnsOf, countsOf, matchesFilter, type BoardCounts } from './boardModel.ts';
import { Rail } from './Rail.tsx';

/** The ward at a glance: every bed in bed order, who is at risk, what is due, and who needs somebody now. */
export function Board() {
  const t = useText();
  const { state, dispatch } = useWorkspace();
  const { board, filter, freshness } = state;
  // Until all records are here, a count of zero would calm where nothing is known.
  const complete = freshness.asOfMs !== null && freshness.filling === null;
  const nowMs = useNow(state.nowMs, 30_000);
  const counts = useMemo(() => countsOf(board.rows, nowMs), [board, nowMs]);
  const columns = useMemo(
    () => columnsOf(baysOf(board.rows.filter((row) => matchesFilter(row, filter, nowMs)))),
    [board, filter, nowMs],
  );
  return (
    <div className="board">
      <h1 className="visuallyHidden">{t('board.heading', { ward: board.wardName })}</h1>
      <section className="boardBar" aria-label={t('board.summary')}>
        <Summary counts={counts} complete={complete} />
        <Segmented
          label={t('board.show')}
          value={filter}
          onChange={(next) => dispatch({ type: 'filter', filter: next })}
          options={[
            { value: 'all', text: t('board.filter.all') },
            { value: 'mine', text: t('board.filter.mine', { count: counts.mine }) },
            { value: 'risk', text: t('board.filter.risk', { count: counts.risk }) },
            { value: 'due', text: t('board.filter.due', { count: counts.due }) },
          ]}
        />
        <p className="boardOrder" role="status">
          {t(`board.order.${filter}`)}
        </p>
      </section>
      <div className="boardBody">
        <div className="boardColumns" data-count={columns.length}>
          {columns.map((bays) => (
            <div key={bays[0]?.name} className="boardColumn">
              {bays.map((bay) => (
                <BayPanel key={bay.name} bay={bay} nowMs={nowMs} />
              ))}
            </div>
          ))}
          {columns.length === 0 ? <Nothing /> : null}
        </div>
        <Rail rows={board.rows} nowMs={nowMs} complete={complete} />
      </div>
      <Legend />
    </div>
  );
}

/** What the shades behind values mean. */
function Legend() {
  const t = useText();
  return (
    <p className="boardLegend">
      {([1, 2, 3] as const).map((points) => (
        <i key={points} data-points={points}>
          {points}
        </i>
      ))}
      {t('board.legend')}
    </p>
  );
}

function Summary({ counts, complete }: { counts: BoardCounts; complete: boolean }) {
  const t = useText();
  const figure = (count: number) => (complete ? count : '–');
  return (
    <dl className="boardCounts">
      <div>
        <dt>{t('board.patients')}</dt>
        <dd>
          {figure(counts.patients)}{' '}
          <small>{t('board.ofBeds', { beds: figure(counts.beds) })}</small>
        </dd>
      </div>
      <div data-tone="high">
        <dt>{t('board.high')}</dt>
        <dd>{figure(counts.high)}</dd>
      </div>
      <div data-tone="medium">
        <dt>{t('board.medium')}</dt>
        <dd>{figure(counts.medium)}</dd>
      </div>
      <div data-tone="late">
        <dt>{t('board.late')}</dt>
        <dd>{figure(counts.late)}</dd>
      </div>
    </dl>
  );
}

/** Why there is no row, and the way back to all of them. */
function Nothing() {
  const t = useText();
  const { state, dispatch } = useWorkspace();
  const { filter, freshness } = state;
  if (filter === 'all') {
    return (
      <p className="panel boardNothing">
        {t(freshness.filling === null ? 'board.noBeds' : 'board.loading')}
      </p>
    );
  }
  return (
    <div className="panel boardNothing">
      <p>{t(`board.nothing.${filter}`)}</p>
      <Button kind="outline" onClick={() => dispatch({ type: 'filter', filter: 'all' })}>
        {t('board.showAll')}
      </Button>
    </div>
  );
}
