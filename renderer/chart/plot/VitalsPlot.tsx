import { scaleLinear } from 'd3-scale';
import {
  memo,
  useCallback,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
  type KeyboardEvent,
  type PointerEvent,
} from 'react';
import type { VitalsSet } from '#core/contracts/clinical.ts';
import { useLanguage, useText } from '#renderer/i18n/text.tsx';
import { FocusLine } from './FocusLine.tsx';
import { PlotGrid } from './PlotGrid.tsx';
import { PlotLatest } from './PlotLatest.tsx';
import { PlotRowMarks } from './PlotRowMarks.tsx';
import { PlotTotals } from './PlotTotals.tsx';
import { setSentence } from './plotText.ts';
import { layRows, plotFrame } from './rows.ts';
import { focusAfterKey, nearestIndex } from './series.ts';
import { plotDomainMs, type PlotWindowHours } from './timeAxis.ts';
import './plot.css';

/** Sets, oldest first, and the time they are seen from. */
export interface VitalsPlotProps {
  readonly sets: readonly VitalsSet[];
  readonly nowMs: number;
  readonly windowHours: PlotWindowHours;
  readonly nextObservationsAtMs: number | null;
}

const pointerReach = 40;

/**
 * Vital signs as small multiples on one time axis. The plot is one tab stop: arrow keys move a focus line through the sets
 * and a live region says the values; the same numbers stand in the table. Pulse and blood pressure are never overlaid.
 */
export const VitalsPlot = memo(function VitalsPlot(props: VitalsPlotProps) {
  const { sets, nowMs, windowHours, nextObservationsAtMs } = props;
  const t = useText();
  const language = useLanguage();
  const box = useRef<HTMLDivElement>(null);
  const { width, height } = useSize(box);
  const [focus, setFocus] = useState<number | null>(null);

  const domain = useMemo(() => plotDomainMs(nowMs, windowHours), [nowMs, windowHours]);
  const shown = useMemo(
    () => sets.filter((set) => set.takenAtMs >= domain[0] && set.takenAtMs <= domain[1]),
    [sets, domain],
  );
  const x = useMemo(
    () => scaleLinear(domain, [plotFrame.left + 14, width - plotFrame.right - 26]),
    [domain, width],
  );
  const laid = useMemo(() => layRows(height), [height]);
  const places = useMemo(() => shown.map((set) => x(set.takenAtMs)), [shown, x]);
  const focusIndex = focus !== null && focus < shown.length ? focus : null;
  const focused = focusIndex === null ? undefined : shown[focusIndex];

  const onKeyDown = useCallback(
    (event: KeyboardEvent) => {
      const next = focusAfterKey(event.key, focusIndex, shown.length);
      if (next === undefined) return;
      event.preventDefault();
      event.stopPropagation();
      setFocus(next);
    },
    [focusIndex, shown.length],
  );
  const onPointerMove = useCallback(
    (event: PointerEvent<SVGSVGElement>) => {
      const left = event.currentTarget.getBoundingClientRect().left;
      setFocus(nearestIndex(places, event.clientX - left, pointerReach));
    },
    [places],
  );
  const onLeave = useCallback(() => setFocus(null), []);

  return (
    <div
      ref={box}
      className="vitalsPlot"
      role="group"
      tabIndex={0}
      aria-label={t('vitals.plotLabel', { window: t(`vitals.window.${windowHours}`) })}
      onKeyDown={onKeyDown}
      onBlur={onLeave}
    >
      <svg
        width={width}
        height={height}
        aria-hidden="true"
        onPointerMove={onPointerMove}
        onPointerDown={onPointerMove}
        onPointerLeave={onLeave}
      >
        <PlotGrid
          laid={laid}
          domain={domain}
          windowHours={windowHours}
          width={width}
          height={height}
          nowMs={nowMs}
          nextMs={nextObservationsAtMs}
        />
        {laid.map((one) => (
          <PlotRowMarks key={one.row.key} laid={one} sets={shown} x={x} width={width} />
        ))}
        <PlotTotals sets={shown} x={x} />
        {laid.map((one) => (
          <PlotLatest key={one.row.key} laid={one} sets={shown} nowMs={nowMs} width={width} />
        ))}
        {focused !== undefined && (
          <FocusLine set={focused} laid={laid} x={x(focused.takenAtMs)} width={width} />
        )}
      </svg>
      <p className="visuallyHidden" aria-live="polite">
        {focused === undefined ? '' : setSentence(focused, t, language)}
      </p>
    </div>
  );
});

/** The plot fills its box, down to a size below which it would be unreadable; then the page scrolls. */
function useSize(box: React.RefObject<HTMLDivElement | null>): { width: number; height: number } {
  const [size, setSize] = useState({ width: 0, height: 0 });
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    const measure = (width: number, height: number) =>
      setSize({
        width: Math.max(plotFrame.minimumWidth, Math.floor(width)),
        height: Math.max(plotFrame.minimumHeight, Math.floor(height)),
      });
    measure(element.clientWidth, element.clientHeight);
    const observer = new ResizeObserver((entries) => {
      const rect = entries[0]?.contentRect;
      if (rect !== undefined) measure(rect.width, rect.height);
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [box]);
  return size;
}
