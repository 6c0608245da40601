import { closeSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';

/** Whether a process runs; one that has ended and only waits to be counted (a zombie) does not. */
export function isAlive(processId: number): boolean {
  try {
    const status = readFileSync(`/proc/${processId}/stat`, 'utf8');
    return !/^[ZX]/.test(status.slice(status.lastIndexOf(')') + 2));
  } catch {
    return false;
  }
}

/** Every process below one, however deep. */
export function childrenOf(processId: number): number[] {
  const parents = new Map<number, number[]>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const status = readFileSync(`/proc/${name}/stat`, 'utf8');
      const parent = Number(status.slice(status.lastIndexOf(')') + 2).split(' ')[1]);
      parents.set(parent, [...(parents.get(parent) ?? []), Number(name)]);
    } catch {
      // It ended while the list was read.
    }
  }
  const below = (id: number): number[] =>
    (parents.get(id) ?? []).flatMap((child) => [child, ...below(child)]);
  return below(processId);
}

/** How often bytes stand in the memory that a process may write to; one that has ended has none. */
export function countInMemory(processId: number, wanted: Uint8Array): number {
  if (!isAlive(processId)) return 0;
  const memory = openSync(`/proc/${processId}/mem`, 'r');
  let count = 0;
  try {
    for (const line of readFileSync(`/proc/${processId}/maps`, 'utf8').split('\n')) {
      const range = /^([0-9a-f]+)-([0-9a-f]+) rw/.exec(line);
      if (range === null) continue;
      count += countInRange(memory, parseInt(range[1]!, 16), parseInt(range[2]!, 16), wanted);
    }
  } finally {
    closeSync(memory);
  }
  return count;
}

const pieceBytes = 8 << 20;

function countInRange(memory: number, from: number, to: number, wanted: Uint8Array): number {
  let count = 0;
  const piece = Buffer.alloc(pieceBytes + wanted.length);
  for (let at = from; at < to; at += pieceBytes) {
    const length = Math.min(pieceBytes + wanted.length - 1, to - at);
    let read = 0;
    try {
      read = readSync(memory, piece, 0, length, at);
    } catch {
      // Reserved and never touched: nothing is there to read.
      continue;
    }
    const bytes = piece.subarray(0, read);
    for (let index = bytes.indexOf(wanted); index >= 0; index = bytes.indexOf(wanted, index + 1))
      count += 1;
  }
  return count;
}
