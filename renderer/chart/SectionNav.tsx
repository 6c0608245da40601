import {
  Activity,
  BedDouble,
  ChevronLeft,
  FileText,
  FlaskConical,
  LayoutDashboard,
  ListChecks,
  Pill,
  Printer,
  ScanLine,
  type LucideIcon,
} from 'lucide-react';
import { memo, useState, type KeyboardEvent } from 'react';
import type { ChartSectionName } from '#core/contracts/clinical.ts';
import { useText } from '#renderer/i18n/text.tsx';
import { useCalls, useNavigate } from '#renderer/workspace/context.ts';

/** A place within a record. */
export type ChartSectionKey = ChartSectionName | 'summary' | 'observations';

const places: readonly (readonly [ChartSectionKey, LucideIcon])[] = [
  ['summary', LayoutDashboard],
  ['observations', Activity],
  ['medications', Pill],
  ['results', FlaskConical],
  ['notes', FileText],
  ['problems', ListChecks],
  ['imaging', ScanLine],
  ['encounters', BedDouble],
];

/** The sections of the record: one tab stop, arrow keys within it. */
export const SectionNav = memo(function SectionNav(props: {
  patientId: string;
  current: ChartSectionKey;
  onSection: (key: ChartSectionKey) => void;
}) {
  const { patientId, current, onSection } = props;
  const t = useText();
  const navigate = useNavigate();
  return (
    <nav className="chartNav" aria-label={t('chart.sections')}>
      <button type="button" className="chartBack" onClick={() => navigate({ screen: 'board' })}>
        <ChevronLeft size={20} aria-hidden="true" />
        {t('chart.back')}
      </button>
      <ul onKeyDown={moveFocus}>
        {places.map(([key, Icon]) => (
          <li key={key}>
            <button
              type="button"
              tabIndex={key === current ? 0 : -1}
              aria-current={key === current ? 'page' : undefined}
              onClick={() => onSection(key)}
            >
              <Icon size={20} aria-hidden="true" />
              {t(`section.${key}`)}
            </button>
          </li>
        ))}
      </ul>
      <PrintButton patientId={patientId} />
    </nav>
  );
});

/** Arrow keys move along the list whichever way it lies: it is a column on wide screens and a row when magnified. */
function moveFocus(event: KeyboardEvent<HTMLUListElement>): void {
  const steps: Readonly<Record<string, number>> = {
    ArrowDown: 1,
    ArrowRight: 1,
    ArrowUp: -1,
    ArrowLeft: -1,
  };
  const step = steps[event.key];
  if (step === undefined || !(event.target instanceof HTMLButtonElement)) return;
  const buttons = [...event.currentTarget.querySelectorAll('button')];
  const next = buttons[buttons.indexOf(event.target) + step];
  if (next === undefined) return;
  event.preventDefault();
  next.focus();
}

function PrintButton({ patientId }: { patientId: string }) {
  const t = useText();
  const calls = useCalls();
  const [said, setSaid] = useState('');
  const print = async () => {
    const reply = await calls.chartPrint({ patientId });
    setSaid(
      reply.ok
        ? t('chart.print.done')
        : t('chart.print.failed', { reason: t(`callRefusal.${reply.code}`) }),
    );
  };
  return (
    <div className="chartPrint">
      <button type="button" onClick={() => void print()}>
        <Printer size={20} aria-hidden="true" />
        {t('chart.print')}
      </button>
      <p role="status">{said}</p>
    </div>
  );
}
