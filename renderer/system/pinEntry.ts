/** What the digits typed so far allow. Pure, so that the pad and the keyboard cannot differ. */
export interface PinLimits {
  readonly min: number;
  readonly max: number;
}

/** One key of the pad or the keyboard. */
export type PinKey = { type: 'digit'; digit: string } | { type: 'back' } | { type: 'clear' };

/** The PIN after a key: never longer than the longest allowed. */
export function typePin(pin: string, key: PinKey, limits: PinLimits): string {
  switch (key.type) {
    case 'digit':
      return pin.length < limits.max ? pin + key.digit : pin;
    case 'back':
      return pin.slice(0, -1);
    case 'clear':
      return '';
  }
}

/** True when the last digit submits by itself: only where every PIN has one length, else it would cut longer ones. */
export function submitsByItself(pin: string, limits: PinLimits): boolean {
  return limits.min === limits.max && pin.length === limits.max;
}

/** The key that a keyboard key stands for, or null. Reads the character, so that every layout and keypad works. */
export function pinKeyOf(key: string): PinKey | 'submit' | 'cancel' | null {
  if (/^[0-9]$/.test(key)) return { type: 'digit', digit: key };
  if (key === 'Backspace') return { type: 'back' };
  if (key === 'Delete') return { type: 'clear' };
  if (key === 'Enter') return 'submit';
  if (key === 'Escape') return 'cancel';
  return null;
}
