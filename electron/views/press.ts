/** What only a hand does on purpose; a pointer also moves when somebody bumps against the cart. */
const presses: ReadonlySet<string> = new Set([
  'rawKeyDown',
  'keyDown',
  'char',
  'mouseDown',
  'pointerDown',
  'touchStart',
  'gestureTapDown',
  'gestureTap',
]);

/** Whether an input event (Electron's `InputEvent.type`) is a key, a press or a touch. */
export function isPress(type: string): boolean {
  return presses.has(type);
}
