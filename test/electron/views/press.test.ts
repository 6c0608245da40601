import { expect, it } from 'vitest';
import { isPress } from '#electron/views/press.ts';

it('a key, a press and a touch are presses; a pointer that moves or comes in is none', () => {
  expect(['rawKeyDown', 'mouseDown', 'touchStart', 'gestureTap'].filter(isPress)).toHaveLength(4);
  const moves = ['mouseMove', 'mouseEnter', 'mouseLeave', 'mouseWheel', 'mouseUp', 'keyUp'];
  expect(moves.filter(isPress)).toEqual([]);
});
