import { ArrowDown, ArrowRight, ArrowUp } from 'lucide-react';
import type { EarlyWarning } from '#core/contracts/clinical.ts';
import { useText } from '#renderer/i18n/text.tsx';

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
export function ScoreChip(props: { score: EarlyWarning | null; size?: 'small' | 'large' }) {
  const t = useText();
  const { score, size } = props;
  const total = score?.total ?? null;
  const previous = score?.previousTotal ?? null;
  const step = scoreStep(score);
  if (total === null || score === null) {
    return (
      <span className="scoreChip" data-score="missing" data-size={size}>
        <span aria-hidden="true">–</span>
        <span className="visuallyHidden">{t('board.newsMissing')}</span>
      </span>
    );
  }
  const trend = previous === null ? null : trendOf(total, previous);
  return (
    <span className="scoreChip" data-score={step} data-size={size}>
      <span className="visuallyHidden">{`${t('board.news')} `}</span>
      {total}
      {trend === null ? null : (
        <>
          <trend.Icon size={size === 'large' ? 24 : 16} strokeWidth={3} aria-hidden="true" />
          <span className="visuallyHidden">{`, ${t(trend.key, { previous: previous ?? '' })}`}</span>
        </>
      )}
      {score.singleThree ? (
        <span className="visuallyHidden">{`, ${t('board.singleThree')}`}</span>
      ) : null}
    </span>
  );
}

function trendOf(total: number, previous: number) {
  if (total > previous) return { Icon: ArrowUp, key: 'board.up' } as const;
  if (total < previous) return { Icon: ArrowDown, key: 'board.down' } as const;
  return { Icon: ArrowRight, key: 'board.same' } as const;
}
