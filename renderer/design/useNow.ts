import { useEffect, useState } from 'react';

/**
 * The terminal's time: what main said it was, plus what has passed on this page's monotonic clock since. It wakes the
 * component at each full `stepMs`, so a minute on the screen changes when it does on the wall.
 */
export function useNow(anchorMs: number, stepMs: number): number {
  const [anchor, setAnchor] = useState(() => ({ anchorMs, atMs: performance.now() }));
  const [, wake] = useState(0);
  if (anchor.anchorMs !== anchorMs) setAnchor({ anchorMs, atMs: performance.now() });
  const nowMs = anchor.anchorMs + performance.now() - anchor.atMs;
  const step = Math.floor(nowMs / stepMs);
  useEffect(() => {
    const timer = setTimeout(() => wake((n) => n + 1), (step + 1) * stepMs - nowMs + 5);
    return () => clearTimeout(timer);
  });
  return Math.max(anchorMs, step * stepMs);
}
