import type { ScoreStep } from '#renderer/design/ScoreChip.tsx';
import { useText } from '#renderer/i18n/text.tsx';

/** A score as digit and colour without a trend: parts of the score, sets of the table. Null is a dash, never 0. */
export function ScoreMark(props: { score: number | null; step: ScoreStep; large?: boolean }) {
  const t = useText();
  const { score, step, large = false } = props;
  return (
    <span className="scoreChip" data-score={step} data-size={large ? 'large' : 'small'}>
      {score ?? (
        <>
          <span aria-hidden="true">–</span>
          <span className="visuallyHidden">{t('vitals.notTaken')}</span>
        </>
      )}
    </span>
  );
}
