import type { VitalsSet } from '#core/contracts/clinical.ts';

/** Vital signs that are drawn as a line on a scale of their own. */
export type LineKey = 'respirationRate' | 'oxygenSaturation' | 'heartRate' | 'temperature';

/** A row of the plot. Ranges are fixed, never fitted to the data: the same slope always means the same change. */
export type PlotRow =
  | {
      readonly kind: 'line';
      readonly key: LineKey;
      readonly min: number;
      readonly max: number;
      readonly ticks: readonly number[];
      /** Share of the height that the scaled rows divide between them. */
      readonly weight: number;
    }
  | {
      readonly kind: 'pressure';
      readonly key: 'bloodPressure';
      readonly min: number;
      readonly max: number;
      readonly ticks: readonly number[];
      readonly weight: number;
    }
  | { readonly kind: 'words'; readonly key: 'supplementalOxygen' | 'consciousness' };

/** The rows in NEWS2 order. Pulse stands alone: drawn over blood pressure it is read more slowly and with more errors. */
export const plotRows: readonly PlotRow[] = [
  { kind: 'line', key: 'respirationRate', min: 4, max: 36, ticks: [10, 20, 30], weight: 98 },
  {
    kind: 'line',
    key: 'oxygenSaturation',
    min: 84,
    max: 101,
    ticks: [85, 90, 95, 100],
    weight: 94,
  },
  { kind: 'words', key: 'supplementalOxygen' },
  {
    kind: 'pressure',
    key: 'bloodPressure',
    min: 40,
    max: 230,
    ticks: [50, 100, 150, 200],
    weight: 138,
  },
  { kind: 'line', key: 'heartRate', min: 30, max: 150, ticks: [50, 90, 130], weight: 112 },
  { kind: 'words', key: 'consciousness' },
  { kind: 'line', key: 'temperature', min: 34, max: 40.5, ticks: [35, 37, 39], weight: 94 },
];

/** Margins and fixed heights of the plot, in CSS px. */
export const plotFrame = {
  left: 166,
  right: 196,
  top: 76,
  bottom: 30,
  gap: 8,
  wordsHeight: 32,
  minimumWidth: 560,
  minimumHeight: 620,
} as const;

/** A row with its place. */
export interface LaidRow {
  readonly row: PlotRow;
  readonly top: number;
  readonly height: number;
}

/** Divides the height between the rows: words keep theirs, scaled rows share the rest by weight. */
export function layRows(height: number): LaidRow[] {
  const wordRows = plotRows.filter((row) => row.kind === 'words').length;
  const fixed =
    plotFrame.top +
    plotFrame.bottom +
    plotRows.length * plotFrame.gap +
    wordRows * plotFrame.wordsHeight;
  const free = Math.max(height, plotFrame.minimumHeight) - fixed;
  const weights = plotRows.reduce((sum, row) => sum + (row.kind === 'words' ? 0 : row.weight), 0);
  let top: number = plotFrame.top;
  return plotRows.map((row) => {
    const rowHeight =
      row.kind === 'words' ? plotFrame.wordsHeight : Math.floor((free * row.weight) / weights);
    const laid = { row, top, height: rowHeight };
    top += rowHeight + plotFrame.gap;
    return laid;
  });
}

/** The value that a scaled row draws for a set; for blood pressure the systolic, which is what scores. */
export function rowValue(row: PlotRow, set: VitalsSet): number | null {
  switch (row.kind) {
    case 'line':
      return set[row.key];
    case 'pressure':
      return set.systolic;
    case 'words':
      return null;
  }
}

/** Keeps a value inside its row and says when it lies beyond: an off-scale value is drawn at the edge with an arrow. */
export function onScale(
  value: number,
  min: number,
  max: number,
): { readonly value: number; readonly beyond: 'above' | 'below' | null } {
  if (value > max) return { value: max, beyond: 'above' };
  if (value < min) return { value: min, beyond: 'below' };
  return { value, beyond: null };
}
