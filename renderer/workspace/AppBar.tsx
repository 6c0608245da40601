import {
  BedDouble,
  Lock,
  RefreshCw,
  Search,
  ShieldCheck,
  TriangleAlert,
  UserRound,
} from 'lucide-react';
import { useNow } from '#renderer/design/useNow.ts';
import { formatDayDate, formatRecent, formatTime } from '#renderer/format/dateTime.ts';
import { initials } from '#renderer/format/name.ts';
import { useLanguage, useText } from '#renderer/i18n/text.tsx';
import { useNavigate, useWorkspace } from './context.ts';
import { freshnessTone } from './freshness.ts';

const minuteMs = 60_000;
const screens = [
  { screen: 'board', text: 'shell.board', Icon: BedDouble },
  { screen: 'search', text: 'shell.search', Icon: Search },
  { screen: 'status', text: 'shell.status', Icon: UserRound },
] as const;

/** Where one is, how fresh what is shown is, who is signed in, and the way out. On every screen of a workspace. */
export function AppBar() {
  const t = useText();
  const { state, call } = useWorkspace();
  const navigate = useNavigate();
  const { person, terminalName, wardName } = state.begin;
  return (
    <header className="appBar">
      <div className="appBarPlace">
        <b>{wardName}</b>
        <span>{t('shell.terminal', { name: terminalName })}</span>
      </div>
      <nav className="appBarScreens" aria-label={t('shell.screens')}>
        {screens.map(({ screen, text, Icon }) => (
          <button
            key={screen}
            type="button"
            aria-current={state.view.screen === screen ? 'page' : undefined}
            onClick={() => navigate({ screen })}
          >
            <Icon size={20} aria-hidden="true" />
            {t(text)}
          </button>
        ))}
      </nav>
      <FreshnessText />
      <Clock />
      <div className="appBarPerson">
        <span className="avatar" aria-hidden="true">
          {initials(person.displayName)}
        </span>
        <div>
          <span className="visuallyHidden">{t('shell.signedIn', { name: '' })}</span>
          <b>{person.displayName}</b>
          <span>
            <ShieldCheck size={14} aria-hidden="true" />
            {`${t(`role.${person.role}`)} · ${t('shell.badgeOnly')}`}
          </span>
        </div>
      </div>
      <button type="button" className="appBarLock" onClick={() => void call.sessionLeave(null)}>
        <Lock size={20} aria-hidden="true" />
        {t('shell.lock')}
      </button>
    </header>
  );
}

function Clock() {
  const language = useLanguage();
  const nowMs = useNow(useWorkspace().state.nowMs, minuteMs);
  return (
    <div className="appBarClock">
      <b>{formatTime(nowMs)}</b>
      <span>{formatDayDate(nowMs, language)}</span>
    </div>
  );
}

function FreshnessText() {
  const t = useText();
  const language = useLanguage();
  const { freshness, nowMs: anchorMs } = useWorkspace().state;
  const nowMs = useNow(anchorMs, minuteMs / 6);
  const tone = freshnessTone(freshness, nowMs);
  const Icon = tone === 'fresh' ? RefreshCw : TriangleAlert;
  const time = freshness.asOfMs === null ? '' : formatRecent(freshness.asOfMs, nowMs, language);
  return (
    <div className="appBarFreshness" data-tone={tone} role="status">
      <Icon size={17} aria-hidden="true" />
      <span>
        {t(freshnessText[tone], { time })}
        {freshness.unsentOperations > 0 ? (
          <small>{t('shell.unsent', { count: freshness.unsentOperations })}</small>
        ) : null}
      </span>
    </div>
  );
}

const freshnessText = {
  fresh: 'shell.fresh',
  stale: 'shell.stale',
  offline: 'shell.offline',
  never: 'shell.neverSynced',
} as const;
