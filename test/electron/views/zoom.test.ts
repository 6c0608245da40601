import { expect, it } from 'vitest';
import { zoomAfter } from '#electron/views/zoom.ts';

const press = (key: string, change: object = {}) => ({
  type: 'keyDown',
  key,
  control: true,
  meta: false,
  alt: false,
  ...change,
});

it('Ctrl and plus magnifies step by step to three times, minus goes back, zero is one', () => {
  let factor = 1;
  const seen: number[] = [];
  for (let times = 0; times < 8; times += 1) seen.push((factor = zoomAfter(factor, press('+'))!));
  expect(seen).toEqual([1.25, 1.5, 1.75, 2, 2.5, 3, 3, 3]);
  expect(zoomAfter(2, press('-'))).toBe(1.75);
  expect(zoomAfter(1.749_999, press('='))).toBe(2);
  expect(zoomAfter(2.5, press('0'))).toBe(1);
});

it('nothing gets smaller than it was designed', () => {
  expect(zoomAfter(1, press('-'))).toBe(1);
});

it('other keys, released keys and keys without Ctrl ask for nothing', () => {
  expect(zoomAfter(1, press('a'))).toBe(null);
  expect(zoomAfter(1, press('+', { type: 'keyUp' }))).toBe(null);
  expect(zoomAfter(1, press('+', { control: false }))).toBe(null);
  expect(zoomAfter(1, press('0', { alt: true }))).toBe(null);
});
