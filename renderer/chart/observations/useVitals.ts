import { useEffect, useMemo, useState } from 'react';
import type { VitalsSet } from '#core/contracts/clinical.ts';
import type { CallRefusal } from '#core/contracts/ipc.ts';
import { useCalls } from '#renderer/workspace/context.ts';
import { plotDomainMs, type PlotWindowHours } from '#renderer/chart/plot/timeAxis.ts';

/** Joins two readings of the record: a set is one set however often it was read, and the newer reading of it counts. */
export function mergeSets(older: readonly VitalsSet[], newer: readonly VitalsSet[]): VitalsSet[] {
  const byId = new Map<string, VitalsSet>();
  for (const set of [...older, ...newer]) byId.set(set.setId, set);
  return [...byId.values()].sort((a, b) => a.takenAtMs - b.takenAtMs);
}

/**
 * The sets of a window. What the chart opened with covers 24 hours; wider windows are read when they are asked for, and
 * again whenever the chart itself was read again, so that plot, table and rail never disagree.
 */
export function useVitals(
  patientId: string,
  given: readonly VitalsSet[],
  windowHours: PlotWindowHours,
  nowMs: number,
): { readonly sets: readonly VitalsSet[]; readonly refusal: CallRefusal | null } {
  const calls = useCalls();
  const [read, setRead] = useState<readonly VitalsSet[]>([]);
  const [refusal, setRefusal] = useState<CallRefusal | null>(null);
  // Minutes pass without a reason to read again; only a change of the record or of the window is one.
  const [askedAtMs] = useState(nowMs);
  useEffect(() => {
    if (windowHours <= 24) return undefined;
    let current = true;
    const [fromMs] = plotDomainMs(askedAtMs, windowHours);
    const toMs = askedAtMs + 86_400_000;
    void calls.vitalsRead({ patientId, fromMs, toMs }).then((reply) => {
      if (!current) return;
      setRefusal(reply.ok ? null : reply.code);
      if (reply.ok) setRead(reply.value);
    });
    return () => {
      current = false;
    };
  }, [calls, patientId, given, windowHours, askedAtMs]);
  const sets = useMemo(
    () => (windowHours <= 24 ? mergeSets([], given) : mergeSets(read, given)),
    [read, given, windowHours],
  );
  return { sets, refusal: windowHours <= 24 ? null : refusal };
}
