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

/** Reads a chart, reads it again when its patient changed, and reports the first frame that shows it. */
export function useChart(patientId: string): { reading: ChartReading; reread: () => void } {
  const calls = useCalls();
  const revision = useRevision(patientId);
  const { token } = useWorkspace().state.begin;
  const [attempt, setAttempt] = useState(0);
  const [reading, setReading] = useState<ChartReading>({ kind: 'opening' });
  const painted = useRef(false);

  useEffect(() => {
    let current = true;
    void calls.chartOpen({ patientId }).then((reply) => {
      if (!current) return;
      setReading(
        reply.ok ? { kind: 'open', view: reply.value } : { kind: 'refused', code: reply.code },
      );
    });
    return () => {
      current = false;
    };
  }, [calls, patientId, revision, attempt]);

  useLayoutEffect(() => {
    if (reading.kind !== 'open' || painted.current) return;
    painted.current = true;
    // Magnified screens scroll the page itself: a record begins at its top, not where the board was left.
    window.scrollTo(0, 0);
    afterPaint(() => void calls.workspacePainted({ token, what: 'chart' }));
  }, [reading.kind, calls, token]);

  const reread = useCallback(() => setAttempt((n) => n + 1), []);
  return { reading, reread };
}
