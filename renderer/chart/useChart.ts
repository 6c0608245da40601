import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';
import type { ChartView } from '#core/contracts/clinical.ts';
import type { CallRefusal } from '#core/contracts/ipc.ts';
import { afterPaint } from '#renderer/design/afterPaint.ts';
import { useCalls, useRevision, useWorkspace } from '#renderer/workspace/context.ts';

/** A chart being opened, open, or refused. While it is read again after a change the former reading stays on screen. */
export type ChartReading =
  | { readonly kind: 'opening' }
  | { readonly kind: 'open'; readonly view: ChartView }
  | { readonly kind: 'refused'; readonly code: CallRefusal };

/**
 * Reads a chart, reads it again when its patient changed, and reports the first frame that shows it. Opening it has a patient
 * of another ward fetched, and so has `fetchAgain`; anything else reads what this session holds.
 */
export function useChart(patientId: string): {
  readonly reading: ChartReading;
  readonly fetching: boolean;
  readonly reread: () => void;
  readonly fetchAgain: () => void;
} {
  const calls = useCalls();
  const revision = useRevision(patientId);
  const { token } = useWorkspace().state.begin;
  const [attempt, setAttempt] = useState(0);
  const [fetching, setFetching] = useState(true);
  const [reading, setReading] = useState<ChartReading>({ kind: 'opening' });
  const painted = useRef(false);

  useEffect(() => {
    let current = true;
    void calls.chartOpen({ patientId, fetch: fetching }).then((reply) => {
      if (!current) return;
      // Only an answer ends the wish for a fetch: one that a change overtook is asked for again.
      setFetching(false);
      setReading(
        reply.ok ? { kind: 'open', view: reply.value } : { kind: 'refused', code: reply.code },
      );
    });
    return () => {
      current = false;
    };
    // `fetching` says how to read, not that there is something new to read.
  }, [calls, patientId, revision, attempt]);

  useLayoutEffect(() => {
    if (reading.kind !== 'open' || painted.current) return;
    painted.current = true;
    // Magnified screens scroll the page itself: a record begins at its top, not where the board was left.
    window.scrollTo(0, 0);
    afterPaint(() => void calls.workspacePainted({ token, what: 'chart' }));
  }, [reading.kind, calls, token]);

  const reread = useCallback(() => setAttempt((n) => n + 1), []);
  const fetchAgain = useCallback(() => {
    setFetching(true);
    setAttempt((n) => n + 1);
  }, []);
  return { reading, fetching, reread, fetchAgain };
}
