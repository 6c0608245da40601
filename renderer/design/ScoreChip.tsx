import { ArrowDown, ArrowRight, ArrowUp } from 'lucide-react';
import { riskOfScore } from '#core/clinical/news2.ts';
import type { EarlyWarning } from '#core/contracts/clinical.ts';
import { useText } from '#renderer/i18n/text.tsx';
import { scorePhrase } from './scorePhrase.ts';

/** The colour step of a NEWS2 total: 3 from 7, 2 from 5, 1 when one part alone scores 3, else 0. */
export type ScoreStep = 0 | 1 | 2 | 3 | 'missing';

/** The step that a total is drawn with; a missing total is its own step, never 0. */
export function scoreStep(score: Pick<EarlyWarning, 'total' | 'singleThree'> | null): ScoreStep {
  return score === null || score.total === null ? 'missing' : riskOfScore(score);
}

/** NEWS2 total with its trend: number, colour and arrow to see, one phrase to hear. An incomplete one shows the last complete. */
export function ScoreChip(props: {
  score: EarlyWarning | null;
  size?: 'small' | 'large';
  /** Where the words are said elsewhere: nothing here is read out. */
  silent?: boolean;
}) {
  const t = useText();
  const { score, size, silent = false } = props;
  const total = score?.total ?? null;
  const before = score?.lastComplete ?? null;
  const Trend = trendIcon(total, score?.previousTotal ?? null);
  return (
    <span className="scoreChip" data-score={scoreStep(score)} data-size={size} aria-hidden={silent}>
      <span aria-hidden="true">{total ?? '–'}</span>
      {before === null ? null : (
        <small aria-hidden="true">{t('board.newsWas', { total: before.total })}</small>
      )}
      {Trend === null ? null : (
        <Trend size={size === 'large' ? 24 : 16} strokeWidth={3} aria-hidden="true" />
      )}
      {silent ? null : <span className="visuallyHidden">{scorePhrase(score, t)}</span>}
    </span>
  );
}

function trendIcon(total: number | null, previous: number | null) {
  if (total === null || previous === null) return null;
  if (total > previous) return ArrowUp;
  return total < previous ? ArrowDown : ArrowRight;
}
