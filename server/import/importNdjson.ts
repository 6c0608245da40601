import { stat } from 'node:fs/promises';
import type { ImportReport } from '../store/importResources.ts';
import { readLines } from './lines.ts';

/** Stores a batch; answers which of it was refused, by place in the batch. */
export type StoreBatch = (resources: readonly unknown[]) => Promise<ImportReport>;

/** A line that did not load. Reasons name elements and rules, never values: they may go into a log. */
export interface LineFault {
  readonly line: number;
  readonly reason: string;
}

/** How far an import is; bytes are those of the file as it lies on the disk. */
export interface ImportProgress {
  readonly lines: number;
  readonly stored: number;
  readonly faulty: number;
  readonly bytesRead: number;
  readonly bytesTotal: number;
}

/** What came of an import. Only the first faults are kept word by word; all are counted. */
export interface ImportOutcome {
  readonly lines: number;
  readonly stored: number;
  readonly faulty: number;
  readonly faults: readonly LineFault[];
}

/** What an import may be told. */
export interface ImportOptions {
  readonly store: StoreBatch;
  /** Sees each resource that was stored. */
  readonly onStored?: (resource: unknown) => void;
  readonly onProgress?: (progress: ImportProgress) => void;
  readonly batchSize?: number;
}

const mostFaultsKept = 1_000;

interface Pending {
  readonly line: number;
  readonly resource: unknown;
}

/** Loads FHIR NDJSON, gzipped or not. A faulty line is named and left out; the rest still loads. */
export async function importNdjson(path: string, options: ImportOptions): Promise<ImportOutcome> {
  const { size: bytesTotal } = await stat(path);
  const batchSize = options.batchSize ?? 2_000;
  const faults: LineFault[] = [];
  let [lines, stored, faulty, bytesRead] = [0, 0, 0, 0];
  let batch: Pending[] = [];

  const blame = (line: number, reason: string): void => {
    faulty += 1;
    if (faults.length < mostFaultsKept) faults.push({ line, reason });
  };
  const flush = async (): Promise<void> => {
    if (batch.length === 0) return;
    const report = await options.store(batch.map(({ resource }) => resource));
    const refused = new Map(report.refused.map(({ index, reason }) => [index, reason]));
    batch.forEach(({ line, resource }, index) => {
      const reason = refused.get(index);
      if (reason === undefined) options.onStored?.(resource);
      else blame(line, reason);
    });
    stored += report.stored;
    batch = [];
    options.onProgress?.({ lines, stored, faulty, bytesRead, bytesTotal });
  };

  for await (const read of readLines(path)) {
    lines = read.line;
    if ('fault' in read) {
      blame(read.line, read.fault);
      continue;
    }
    bytesRead = read.bytesRead;
    // Some tools begin a file with a byte order mark; blank lines are allowed by the format.
    const text = read.text.replace(/^\uFEFF/, '').trim();
    if (text === '') continue;
    const resource = parse(text);
    if (resource === null) blame(read.line, 'not a JSON object');
    else batch.push({ line: read.line, resource });
    if (batch.length >= batchSize) await flush();
  }
  await flush();
  faults.sort((a, b) => a.line - b.line);
  return { lines, stored, faulty, faults };
}

function parse(text: string): object | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}
