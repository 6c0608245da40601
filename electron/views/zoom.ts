import type { WebContents } from 'electron';

/** Steps of magnification. Never smaller than designed: targets must stay large enough for gloves. */
const steps = [1, 1.25, 1.5, 1.75, 2, 2.5, 3] as const;

interface KeyPress {
  readonly type: string;
  readonly key: string;
  readonly control: boolean;
  readonly meta: boolean;
  readonly alt: boolean;
}

/** The magnification that a key asks for (Ctrl and plus, minus or zero); null when it asks for none. */
export function zoomAfter(factor: number, press: KeyPress): number | null {
  if (press.type !== 'keyDown' || press.alt || !(press.control || press.meta)) return null;
  if (press.key === '0') return 1;
  if (press.key === '+' || press.key === '=')
    return steps.find((step) => step > factor + 0.01) ?? steps[steps.length - 1] ?? 1;
  if (press.key === '-' || press.key === '_')
    return [...steps].reverse().find((step) => step < factor - 0.01) ?? 1;
  return null;
}

/** Lets whoever is at a page magnify it by keys. The window has no menu that would do so. */
export function followZoomKeys(contents: WebContents): void {
  contents.on('before-input-event', (event, input) => {
    const factor = zoomAfter(contents.getZoomFactor(), input);
    if (factor === null) return;
    event.preventDefault();
    contents.setZoomFactor(factor);
  });
}

/** Chromium remembers magnification by origin: the next person's page would come up in this one's. */
export function forgetZoom(pages: readonly WebContents[]): void {
  for (const contents of pages) if (!contents.isDestroyed()) contents.setZoomFactor(1);
}
