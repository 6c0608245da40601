import { clipboard } from 'electron';

/** Empties what a person may have copied. */
export function clearClipboards(): void {
  clipboard.clear();
  // X11's primary selection is a second clipboard: what was marked by mouse can be pasted by a middle click.
  // Electron < 40 names it by an argument, later ones by a property.
  const either: { selection?: { clear(): void }; clear(type?: 'selection'): void } = clipboard;
  if (either.selection === undefined) either.clear('selection');
  else either.selection.clear();
}
