import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';

/** A line of a file, or what keeps it from being read; numbered from 1 as an editor does. */
export type FileLine =
  | { readonly line: number; readonly text: string; readonly bytesRead: number }
  | { readonly line: number; readonly fault: 'tooLong' | 'cutShort' };

const longestLineBytes = 16 * 1024 * 1024;
const newline = 0x0a;

/** Reads a file line by line, unpacking gzip; never holds more than one line. A damaged end is a fault of its line. */
export async function* readLines(path: string): AsyncGenerator<FileLine> {
  const packed = await startsAsGzip(path);
  const file = createReadStream(path, { highWaterMark: 256 * 1024 });
  const unpacked = packed ? file.pipe(createGunzip()) : file;
  // `pipe` does not pass errors on; without this a disk that fails half-way would hang the reader.
  file.on('error', (error) => unpacked.destroy(error));
  let line = 1;
  let held: Buffer[] = [];
  let heldBytes = 0;
  let tooLong = false;

  const take = (piece: Buffer): void => {
    heldBytes += piece.length;
    tooLong ||= heldBytes > longestLineBytes;
    if (tooLong) held = [];
    else held.push(piece);
  };
  const finish = (): FileLine => {
    const text = Buffer.concat(held).toString('utf8');
    const finished: FileLine = tooLong
      ? { line, fault: 'tooLong' }
      : { line, text, bytesRead: file.bytesRead };
    line += 1;
    held = [];
    heldBytes = 0;
    tooLong = false;
    return finished;
  };

  try {
    for await (const chunk of unpacked as AsyncIterable<Buffer>) {
      let from = 0;
      for (let at = chunk.indexOf(newline); at >= 0; at = chunk.indexOf(newline, from)) {
        take(chunk.subarray(from, at));
        from = at + 1;
        yield finish();
      }
      take(chunk.subarray(from));
    }
  } catch (error) {
    if (!packed || !isUnzipError(error)) throw error;
    // A broken archive: what came out of it before stands; what is half a line does not.
    yield { line, fault: 'cutShort' };
    return;
  } finally {
    file.destroy();
  }
  if (heldBytes > 0) yield finish();
}

async function startsAsGzip(path: string): Promise<boolean> {
  const file = await open(path, 'r');
  try {
    const magic = Buffer.alloc(2);
    await file.read(magic, 0, 2, 0);
    return magic[0] === 0x1f && magic[1] === 0x8b;
  } finally {
    await file.close();
  }
}

function isUnzipError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('Z_');
}
