import { describe, expect, it } from 'vitest';
import { pinKeyOf, submitsByItself, typePin, type PinKey } from '#renderer/system/pinEntry.ts';

const six = { min: 6, max: 6 };
const open = { min: 6, max: 12 };
const type = (text: string, limits = six) =>
  Array.from(text).reduce(
    (pin, digit) => typePin(pin, { type: 'digit', digit } satisfies PinKey, limits),
    '',
  );

describe('typing a PIN', () => {
  it('takes digits up to the longest PIN and drops the rest', () => {
    expect(type('1234567')).toBe('123456');
    expect(type('1234567', open)).toBe('1234567');
  });

  it('goes back one digit, and clears all', () => {
    expect(typePin('123', { type: 'back' }, six)).toBe('12');
    expect(typePin('', { type: 'back' }, six)).toBe('');
    expect(typePin('123', { type: 'clear' }, six)).toBe('');
  });

  it('submits by itself only where every PIN has the same length', () => {
    expect(submitsByItself('123456', six)).toBe(true);
    expect(submitsByItself('12345', six)).toBe(false);
    expect(submitsByItself('123456789012', open)).toBe(false);
  });

  it('reads digits of every keyboard and nothing else', () => {
    expect(pinKeyOf('7')).toEqual({ type: 'digit', digit: '7' });
    expect(pinKeyOf('Enter')).toBe('submit');
    expect(pinKeyOf('Escape')).toBe('cancel');
    expect(pinKeyOf('٧')).toBeNull();
    expect(pinKeyOf('a')).toBeNull();
    expect(pinKeyOf('F1')).toBeNull();
  });
});
