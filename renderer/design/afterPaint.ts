/**
 * Runs after a frame was presented that shows what the document holds now: the first animation frame is still before
 * the paint, the second one is after it.
 */
export function afterPaint(then: () => void): void {
  requestAnimationFrame(() => requestAnimationFrame(then));
}
