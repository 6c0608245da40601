import { enBoard } from './en.board.ts';
import { enChart } from './en.chart.ts';
import { enCharting } from './en.charting.ts';
import { enCommon } from './en.common.ts';
import { enSystem } from './en.system.ts';

/** Every English message by its key. Messages are ICU; apostrophes are typographic (’), since ' escapes in ICU. */
export const en = { ...enCommon, ...enSystem, ...enBoard, ...enChart, ...enCharting };

/** A key that has a message in every language. */
export type MessageKey = keyof typeof en;
