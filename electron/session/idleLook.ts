import type { SystemSnapshot } from '#core/contracts/ipc.ts';
import type { Preferences } from '#core/contracts/preferences.ts';

/** The language and colours of a screen. */
export type Look = Pick<SystemSnapshot, 'language' | 'theme'>;

/** A person's own choice, where she has made one. */
export function lookFor(own: Preferences | null, otherwise: Look): Look {
  return { language: own?.language ?? otherwise.language, theme: own?.theme ?? otherwise.theme };
}

/** How long a choice made on the idle screen stays when nobody taps. */
const choiceLastsMs = 60_000;

/**
 * Language and colours of the screens that are nobody's: as the terminal is set, or as somebody chose who stands there and is
 * not known by name. Such a choice is good for as long as that person stands there and leaves no trace for the next.
 */
export interface IdleLook {
  look(): Look;
  choose(choice: Partial<Look>): void;
  /** A PIN is asked or a session opened: the next idle screen is another person's. */
  taken(): void;
  /** The idle screen is up; after a badge that was only refused the same person still stands there. */
  idle(): void;
}

/** `isIdle` says whether the idle screen is up; `onChange` hears of every other look. */
export function createIdleLook(
  { language, theme }: Look,
  isIdle: () => boolean,
  onChange: () => void,
): IdleLook {
  const usual: Look = { language, theme };
  let look = usual;
  let over = false;
  let timer: NodeJS.Timeout | null = null;
  const idle = (): void => {
    if (!over) return;
    if (timer !== null) clearTimeout(timer);
    timer = null;
    look = usual;
  };
  const ended = (): void => {
    over = true;
    if (!isIdle()) return;
    idle();
    onChange();
  };
  return {
    look: () => look,
    choose(choice) {
      if (timer !== null) clearTimeout(timer);
      over = !isIdle();
      look = { ...look, ...choice };
      timer = setTimeout(ended, choiceLastsMs).unref();
      onChange();
    },
    taken() {
      over = true;
    },
    idle,
  };
}
