import { useState, type KeyboardEvent } from 'react';
import type { BoardRow } from '#core/contracts/clinical.ts';
import { useText } from '#renderer/i18n/text.tsx';
import type { Bay } from './boardModel.ts';
import { EmptyBed, PatientRow } from './PatientRow.tsx';

const vitalColumns = ['rr', 'spo2', 'o2', 'bp', 'hr', 'temp'] as const;
const shortLabel = {
  rr: 'board.vitals.rr',
  spo2: 'board.vitals.spo2',
  o2: 'board.vitals.o2',
  bp: 'board.vitals.bp',
  hr: 'board.vitals.hr',
  temp: 'board.vitals.temp',
} as const;

type Occupied = BoardRow & { patient: NonNullable<BoardRow['patient']> };
const isOccupied = (row: BoardRow): row is Occupied => row.patient !== null;

/** One bay. It is one stop of the Tab key; arrows, Home and End move within it, Enter opens. */
export function BayPanel({ bay, nowMs }: { bay: Bay; nowMs: number }) {
  const t = useText();
  const occupied = bay.rows.filter(isOccupied);
  const [chosen, setChosen] = useState<string | null>(null);
  const current = occupied.some((row) => row.bed === chosen) ? chosen : occupied[0]?.bed;
  return (
    <section className="panel bay" aria-label={bay.name}>
      <header className="bayHead">
        <h2>
          {bay.name}
          <small>{t('board.bayPatients', { count: occupied.length })}</small>
        </h2>
        <span className="bayNews">{t('board.news')}</span>
        <span className="bayVitals">
          {vitalColumns.map((key) => (
            <i key={key}>{t(shortLabel[key])}</i>
          ))}
        </span>
        <span className="bayAlerts">{t('board.column.alerts')}</span>
      </header>
      <ul onKeyDown={moveFocus}>
        {bay.rows.map((row) =>
          isOccupied(row) ? (
            <PatientRow
              key={row.bed}
              row={row}
              nowMs={nowMs}
              current={row.bed === current}
              onCurrent={setChosen}
            />
          ) : (
            <EmptyBed key={row.bed} bed={row.bed} />
          ),
        )}
      </ul>
    </section>
  );
}

function moveFocus(event: KeyboardEvent<HTMLUListElement>): void {
  const rows = Array.from(event.currentTarget.querySelectorAll('button'));
  const at = rows.findIndex((row) => row === document.activeElement);
  const targets: Record<string, number> = {
    ArrowDown: Math.min(rows.length - 1, at + 1),
    ArrowUp: Math.max(0, at - 1),
    Home: 0,
    End: rows.length - 1,
  };
  const target = targets[event.key];
  if (target === undefined) return;
  event.preventDefault();
  rows[target]?.focus();
}
