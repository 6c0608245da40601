import type { EarlyWarning } from '#core/contracts/clinical.ts';
import { formatTime } from '#renderer/format/dateTime.ts';
import type { Translate } from '#renderer/i18n/text.tsx';

/** A NEWS2 total as it is heard: "NEWS2 12, up from 10, one part scores 3", or that it is not complete and what it was. */
export function scorePhrase(score: EarlyWarning | null, t: Translate): string {
  if (score === null || score.total === null) {
    const before = score?.lastComplete ?? null;
    if (before === null) return t('board.newsMissing');
    return t('board.newsMissingWas', {
      total: before.total,
      time: formatTime(before.takenAtMs),
    });
  }
  const { total, previousTotal: previous } = score;
  const parts = [t('board.newsValue', { total })];
  if (previous !== null) {
    const key = total > previous ? 'board.up' : total < previous ? 'board.down' : 'board.same';
    parts.push(t(key, { previous }));
  }
  if (score.singleThree) parts.push(t('board.singleThree'));
  return parts.join(', ');
}
