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

/**
 * What must be said now, in words, below every screen, so that it moves nothing on it. What goes by itself lies over the
 * screen's foot and lets every press through. Never a pop-up, never a sound.
 */
export function Notices() {
  const { notices } = useWorkspace().state;
  const passes = (notice: NoticeCode) => passingMs[notice] !== undefined;
  return (
    <>
      <div className="notices" role="status">
        <Filling />
        <Stale />
        <ConflictCount />
        <Refused />
        <Malformed />
        {notices
          .filter((notice) => !passes(notice))
          .map((notice) => (
            <LastingNotice key={notice} notice={notice} />
          ))}
      </div>
      <div className="passingNotices" role="status">
        {notices.filter(passes).map((notice) => (
          <PassingNotice key={notice} notice={notice} />
        ))}
      </div>
    </>
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
  // An own tap is nothing to be warned of.
  const tone = notice === 'readerBack' || notice === 'serverBack' ? 'ok' : 'info';
  return <Notice tone={tone}>{t(`notice.${notice}`)}</Notice>;
}

function LastingNotice({ notice }: { notice: NoticeCode }) {
  const t = useText();
  const { dispatch } = useWorkspace();
  const tone = notice === 'diskFull' || notice === 'clockJumped' ? 'danger' : 'warn';
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

/** Only this person’s own: nobody else is told that something of hers was refused. */
function Refused() {
  const t = useText();
  const navigate = useNavigate();
  const { freshness, view } = useWorkspace().state;
  if (freshness.rejected === 0 || view.screen === 'rejections') return null;
  return (
    <Notice
      tone="danger"
      action={
        <Button onClick={() => navigate({ screen: 'rejections' })}>
          {t('shell.rejections.open')}
        </Button>
      }
    >
      {t('shell.rejections')}
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
