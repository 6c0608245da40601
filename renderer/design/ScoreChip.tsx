import { ArrowDown, ArrowRight, ArrowUp } from 'lucide-react';
import type { EarlyWarning } from '#core/contracts/clinical.ts';
import { useText } from '#renderer/i18n/text.tsx';
import { scorePhrase } from './scorePhrase.ts';

/** The colour step of a NEWS2 total: 3 from 7, 2 from 5, 1 when one part alone scores 3, else 0. */
export type ScoreStep = 0 | 1 | 2 | 3 | 'missing';

/** The step that a total is drawn with; a missing total is its own step, never 0. */
export function scoreStep(score: EarlyWarning | null): ScoreStep {
  if (score === null || score.total === null) return 'missing';
  if (score.total >= 7) return 3;
  if (score.total >= 5) return 2;
  return score.singleThree ? 1 : 0;
}

/** NEWS2 total with its trend: number, colour and arrow to see, one phrase to hear. */
export function ScoreChip(props: {
  score: EarlyWarning | null;
  size?: 'small' | 'large';
  /** Where the words are said elsewhere: nothing here is read out. */
  silent?: boolean;
}) {
  const t = useText();
  const { score, size, silent = false } = props;
  const total = score?.total ?? null;
  const Trend = trendIcon(total, score?.previousTotal ?? null);
  return (
    <span className="scoreChip" data-score={scoreStep(score)} data-size={size} aria-hidden={silent}>
      <span aria-hidden="true">{total ?? '–'}</span>
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
