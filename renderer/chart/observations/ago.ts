import type { Translate } from '#renderer/i18n/text.tsx';

const minuteMs = 60_000;

/** How long ago something was, in the coarsest unit that still says it. */
export function agoText(atMs: number, nowMs: number, t: Translate): string {
  const minutes = Math.floor((nowMs - atMs) / minuteMs);
  if (minutes < 1) return t('ago.now');
  if (minutes < 120) return t('ago.minutes', { minutes });
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? t('ago.hours', { hours }) : t('ago.days', { days: Math.floor(hours / 24) });
}

/** How a time that is due stands against now: late in words, soon in minutes, else null and the clock time is enough. */
export function dueText(atMs: number, nowMs: number, t: Translate): string | null {
  const minutes = Math.round((atMs - nowMs) / minuteMs);
  if (minutes <= -120) return t('due.lateHours', { hours: Math.floor(-minutes / 60) });
  if (minutes < 0) return t('due.late', { minutes: -minutes });
  return minutes <= 20 ? t('due.inMinutes', { minutes }) : null;
}
