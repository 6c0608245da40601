/** The fixed time windows of the plot, in hours: the window slides with the clock and never stretches. */
export const plotWindowsHours = [8, 24, 72, 168] as const;
export type PlotWindowHours = (typeof plotWindowsHours)[number];

const hourMs = 3_600_000;

/** Hours between two grid lines of a window, so that labels never touch. */
const stepHours: Readonly<Record<PlotWindowHours, number>> = { 8: 1, 24: 3, 72: 12, 168: 24 };

/** The share of the window that is drawn as future, so that the next set due has a place. */
const futureShare = 1 / 18;

/** Start and end of the time axis for a window that ends now. */
export function plotDomainMs(nowMs: number, windowHours: PlotWindowHours): [number, number] {
  return [nowMs - windowHours * hourMs, nowMs + Math.max(windowHours * futureShare, 0.75) * hourMs];
}

/** A grid line of the time axis; midnight carries the date instead of the hour. */
export interface TimeTick {
  readonly atMs: number;
  readonly midnight: boolean;
}

/** Grid lines on whole local hours, counted from midnight so that a change to summer time keeps them on the hour. */
export function timeTicks(
  domainMs: readonly [number, number],
  windowHours: PlotWindowHours,
): TimeTick[] {
  const step = stepHours[windowHours];
  const day = new Date(domainMs[0]);
  day.setHours(0, 0, 0, 0);
  const ticks: TimeTick[] = [];
  for (let hour = 0; ; hour += step) {
    const at = new Date(day.getFullYear(), day.getMonth(), day.getDate(), hour);
    if (at.getTime() > domainMs[1]) return ticks;
    if (at.getTime() >= domainMs[0] && ticks.at(-1)?.atMs !== at.getTime()) {
      ticks.push({ atMs: at.getTime(), midnight: at.getHours() === 0 });
    }
  }
}

/** Room that the label of an hour takes, and how far one must stay from the wider label of a date, in px. */
const hourGap = 52;
const dateGap = 78;

/** The ticks that are written out: dates first, from the newest, then the hours that have room beside them. */
export function labelledTicks(
  ticks: readonly TimeTick[],
  x: (atMs: number) => number,
): ReadonlySet<TimeTick> {
  const labelled = new Set<TimeTick>();
  let next = Infinity;
  for (const tick of [...ticks].reverse()) {
    if (!tick.midnight || next - x(tick.atMs) < dateGap) continue;
    labelled.add(tick);
    next = x(tick.atMs);
  }
  const dates = [...labelled].map((tick) => x(tick.atMs));
  let last = -Infinity;
  for (const tick of ticks) {
    const at = x(tick.atMs);
    const free = at - last >= hourGap && dates.every((date) => Math.abs(date - at) >= dateGap);
    if (tick.midnight || !free) continue;
    labelled.add(tick);
    last = at;
  }
  return labelled;
}
