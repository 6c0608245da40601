import { Clock, GitCompareArrows } from 'lucide-react';
import type { ChartItem } from '#core/contracts/clinical.ts';
import { useText } from '#renderer/i18n/text.tsx';

const icons = { pending: Clock, conflict: GitCompareArrows } as const;

/** Says in words and shape that an entry is not simply in the record; a stored one needs no word. */
export function EntryState({ state }: { state: ChartItem['state'] }) {
  const t = useText();
  if (state === 'stored') return null;
  const Icon = icons[state];
  return (
    <span className="entryState" data-state={state}>
      <Icon size={16} aria-hidden />
      {t(`state.${state}`)}
    </span>
  );
}
