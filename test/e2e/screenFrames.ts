import { openSync, readSync } from 'node:fs';
import path from 'node:path';

/** The screen at one moment, one number a pixel, in rows that lie close enough to cut every line of text. */
export type Frame = Uint32Array;

/** The memory of a virtual screen, read as fast as it changes. */
export interface ScreenFrames {
  read(): Frame;
}

const headerBytes = 100;
const colourBytes = 12;
const rowStep = 8;

/** Opens the screen that a display was given a `frameFolder` for (Xvfb keeps it as an X window dump). */
export function openScreenFrames(frameFolder: string): ScreenFrames {
  const file = openSync(path.join(frameFolder, 'Xvfb_screen0'), 'r');
  const header = Buffer.alloc(headerBytes);
  readSync(file, header, 0, headerBytes, 0);
  const field = (index: number): number => header.readUInt32BE(index * 4);
  const start = field(0) + field(19) * colourBytes;
  const rowBytes = field(12);
  const rows = Math.floor(field(5) / rowStep);
  return {
    read() {
      const pixels = Buffer.from(new ArrayBuffer(rows * rowBytes));
      for (let row = 0; row < rows; row += 1)
        readSync(file, pixels, row * rowBytes, rowBytes, start + row * rowStep * rowBytes);
      return new Uint32Array(pixels.buffer);
    },
  };
}

const looked = 4_000;
/** A colour that fills more of a frame than this is a background, which other screens may have as well. */
const backgroundShare = 0.01;

/** Pixels by which a frame differs from every one of the others, its backgrounds apart: what only it shows. */
export function pixelsOnlyIn(frame: Frame, others: readonly Frame[]): number[] {
  const counts = new Map<number, number>();
  for (const colour of frame) counts.set(colour, (counts.get(colour) ?? 0) + 1);
  const isBackground = (colour: number): boolean =>
    (counts.get(colour) ?? 0) > frame.length * backgroundShare;
  const only: number[] = [];
  for (let index = 0; index < frame.length; index += 1) {
    const colour = frame[index]!;
    if (!isBackground(colour) && others.every((other) => other[index] !== colour)) only.push(index);
  }
  const step = Math.max(1, Math.floor(only.length / looked));
  return only.filter((_, index) => index % step === 0);
}

/** How much of what only `marked` shows is to be seen in a frame: 0 nothing, 1 all of it. */
export function shareShown(frame: Frame, marked: Frame, only: readonly number[]): number {
  const same = only.filter((index) => frame[index] === marked[index]).length;
  return only.length === 0 ? 0 : same / only.length;
}
