import { useEffect, useState } from 'react';
import { Button } from '#renderer/design/Button.tsx';
import { Notice } from '#renderer/design/Notice.tsx';
import { useNow } from '#renderer/design/useNow.ts';
import { formatCount } from '#renderer/format/number.ts';
import { formatRecent } from '#renderer/format/dateTime.ts';
import { useLanguage, useText } from '#renderer/i18n/text.tsx';
import { useNavigate, useWorkspace } from './context.ts';
import { staleAfterMs } from './freshness.ts';
import type { WorkspaceState } from './state.ts';

type NoticeCode = WorkspaceState['notices'][number];

/** Good news and hints go by themselves; what a person must know stays until dismissed or overtaken. */
const passingMs: Partial<Record<NoticeCode, number>> = {
  tapAgainToLock: 2500,
  holdToLock: 4000,
  useLockKey: 4000,
  readerBack: 5000,
  serverBack: 5000,
};

/** What must be said now, in words, above every screen. Never a pop-up, never a sound. */
export function Notices() {
  const { notices } = useWorkspace().state;
  return (
    <div className="notices" role="status">
      <Filling />
      <Stale />
      <ConflictCount />
      <Malformed />
      {notices.map((notice) => (
        <PassingNotice key={notice} notice={notice} />
      ))}
    </div>
  );
}

function PassingNotice({ notice }: { notice: NoticeCode }) {
  const t = useText();
  const { dispatch } = useWorkspace();
  useEffect(() => {
    const ms = passingMs[notice];
    if (ms === undefined) return undefined;
    const timer = setTimeout(() => dispatch({ type: 'dismiss', notice }), ms);
    return () => clearTimeout(timer);
  }, [notice, dispatch]);
  const tone =
    notice === 'diskFull' || notice === 'operationRejected' || notice === 'clockJumped'
      ? 'danger'
      : notice === 'readerBack' || notice === 'serverBack'
        ? 'ok'
        : 'warn';
  return (
    <Notice
      tone={tone}
      action={
        <Button onClick={() => dispatch({ type: 'dismiss', notice })}>{t('shell.dismiss')}</Button>
      }
    >
      {t(`notice.${notice}`)}
    </Notice>
  );
}

function Stale() {
  const t = useText();
  const language = useLanguage();
  const { freshness, nowMs: anchorMs } = useWorkspace().state;
  const nowMs = useNow(anchorMs, 10_000);
  if (freshness.asOfMs === null || nowMs - freshness.asOfMs <= staleAfterMs) return null;
  return (
    <Notice tone="warn">
      {t('shell.staleBanner', { time: formatRecent(freshness.asOfMs, nowMs, language) })}
    </Notice>
  );
}

function ConflictCount() {
  const t = useText();
  const navigate = useNavigate();
  const { freshness, view } = useWorkspace().state;
  if (freshness.conflicts === 0 || view.screen === 'conflicts') return null;
  return (
    <Notice
      tone="warn"
      action={
        <Button onClick={() => navigate({ screen: 'conflicts' })}>
          {t('shell.conflicts.open')}
        </Button>
      }
    >
      {t('shell.conflicts', { count: freshness.conflicts })}
    </Notice>
  );
}

/** Records that are missing from every screen here: told anew in each session, since the next reader does not know. */
function Malformed() {
  const t = useText();
  const { malformed } = useWorkspace().state.freshness;
  const [seen, setSeen] = useState(0);
  if (malformed <= seen) return null;
  return (
    <Notice
      tone="danger"
      action={<Button onClick={() => setSeen(malformed)}>{t('shell.dismiss')}</Button>}
    >
      {t('shell.malformed', { count: malformed })}
    </Notice>
  );
}

function Filling() {
  const t = useText();
  const { filling } = useWorkspace().state.freshness;
  if (filling === null) return null;
  return (
    <div className="filling">
      <span id="fillingLabel">{t('shell.filling')}</span>
      <progress
        className="progress"
        aria-labelledby="fillingLabel"
        value={filling.done}
        max={Math.max(1, filling.total)}
      />
      {/* Right after a login nobody has said yet how many there will be. */}
      {filling.total > 0 && (
        <span>
          {t('shell.fillingCount', {
            done: formatCount(filling.done),
            total: formatCount(filling.total),
          })}
        </span>
      )}
    </div>
  );
}
