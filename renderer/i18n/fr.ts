import type { MessageKey } from './en.ts';
import { frBoard } from './fr.board.ts';
import { frChart } from './fr.chart.ts';
import { frCharting } from './fr.charting.ts';
import { frCommon } from './fr.common.ts';
import { frSystem } from './fr.system.ts';

/** Every French message by its key; a key that one language lacks does not compile. */
export const fr: Record<MessageKey, string> = {
  ...frCommon,
  ...frSystem,
  ...frBoard,
  ...frChart,
  ...frCharting,
};
