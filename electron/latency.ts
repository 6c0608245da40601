import type { TerminalStatus } from '#core/contracts/ipc.ts';

type Latency = TerminalStatus['latencies'][number];

/** How many of the latest measurements of one name the percentiles are taken over. */
const keptPerName = 500;

/** Measures how long a ward waits: the numbers of the status screen and of the benchmark. Times in ms. */
export interface LatencyRecorder {
  record(name: string, durationMs: number): void;
  summary(): Latency[];
  values(name: string): readonly number[];
}

/** An empty recorder; it forgets all but the latest 500 of each name. */
export function createLatencyRecorder(): LatencyRecorder {
  const byName = new Map<string, number[]>();
  return {
    record(name, durationMs) {
      const values = byName.get(name) ?? [];
      values.push(durationMs);
      if (values.length > keptPerName) values.shift();
      byName.set(name, values);
    },
    summary: () =>
      [...byName].map(([name, values]) => ({
        name,
        count: values.length,
        p50Ms: percentile(values, 50),
        p95Ms: percentile(values, 95),
        p99Ms: percentile(values, 99),
      })),
    values: (name) => byName.get(name) ?? [],
  };
}

/** The nearest-rank percentile of unsorted values; 0 for none. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const rank = Math.max(1, Math.ceil((percent / 100) * sorted.length));
  return sorted[rank - 1] ?? 0;
}
