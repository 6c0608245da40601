import { TriangleAlert } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { CallRefusal } from '#core/contracts/ipc.ts';
import { Button } from '#renderer/design/Button.tsx';
import { useText } from '#renderer/i18n/text.tsx';
import { useNavigate, useWorkspace } from '#renderer/workspace/context.ts';

/** Longer than this a person wonders whether anything is happening. */
const progressAfterMs = 1_000;

/** Whether a patient lies on this ward: everybody else's record comes from the record server. */
function useIsOnWard(patientId: string): boolean {
  const { board } = useWorkspace().state;
  return board.rows.some((row) => row.patient?.patientId === patientId);
}

/** A record on its way to the screen. One of another ward may take a while, and says so. */
export function ChartOpening({ patientId }: { patientId: string }) {
  const t = useText();
  const isOnWard = useIsOnWard(patientId);
  const [slow, setSlow] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setSlow(true), progressAfterMs);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div className="chartOpening">
      <p role="status">{t(isOnWard ? 'chart.loading' : 'visit.fetching')}</p>
      {slow && !isOnWard && <progress className="progress" aria-label={t('visit.fetching')} />}
    </div>
  );
}

/** Refusals that mean something else for a patient of another ward than for one of this ward. */
const visitRefusals = {
  offline: 'visit.offline',
  denied: 'visit.denied',
  notFound: 'visit.notHeld',
} as const;
const isVisitRefusal = (code: CallRefusal): code is keyof typeof visitRefusals =>
  Object.hasOwn(visitRefusals, code);

/** Why a record is not shown, and what can be done about it. */
export function ChartRefused(props: {
  patientId: string;
  code: CallRefusal;
  retrying: boolean;
  onRetry: () => void;
}) {
  const { patientId, code, retrying, onRetry } = props;
  const t = useText();
  const navigate = useNavigate();
  const isOnWard = useIsOnWard(patientId);
  return (
    <section className="panel chartRefused" role="alert">
      <TriangleAlert size={40} aria-hidden="true" />
      <h1>{t('chart.failed.title')}</h1>
      <p>{t(!isOnWard && isVisitRefusal(code) ? visitRefusals[code] : `callRefusal.${code}`)}</p>
      <div>
        <Button onClick={() => navigate({ screen: 'board' })}>{t('chart.back')}</Button>
        {!isOnWard && (
          <Button onClick={() => navigate({ screen: 'search' })}>{t('shell.search')}</Button>
        )}
        <Button kind="primary" disabled={retrying} onClick={onRetry}>
          {t('chart.retry')}
        </Button>
      </div>
    </section>
  );
}
