import type { Page } from 'playwright-core';

/** A moment at which a page showed other patients or other screens than before. */
export interface Shown {
  /** Wall clock, epoch ms: when the DOM held it, which is before anyone could see it. */
  readonly atMs: number;
  /** Patients by the name under which they stand there. */
  readonly names: readonly string[];
  /** Names of the given screens that are there. */
  readonly marks: readonly string[];
  /** Who stands where a screen has its people, by the screen. */
  readonly people: Readonly<Record<string, readonly string[]>>;
}

/** A screen by what only it holds, and where on it people stand. */
export interface Mark {
  readonly selector: string;
  readonly who?: string;
}

interface Watched {
  watchedByTest?: Shown[];
}

/**
 * Watches a page from now on: every change of its DOM is looked at before it can be painted. `names` maps a patient's name to
 * the ways it is written; `marks` are screens by name.
 */
export async function watchPage(
  page: Page,
  names: Readonly<Record<string, string>>,
  marks: Readonly<Record<string, Mark>>,
): Promise<void> {
  await page.evaluate(
    ({ names, marks }) => {
      const holder = window as Window & Watched;
      if (holder.watchedByTest !== undefined) return;
      const seen: Shown[] = [];
      holder.watchedByTest = seen;
      let before = '[[],[],{}]';
      // As a name is written everywhere, without the title that some screens add.
      const written = (element: Element): string =>
        element.textContent
          .replace(/\s+/g, ' ')
          .replace(/ \(.*\)$/, '')
          .trim();
      const look = (): void => {
        // The unseen board that warms a spare page up holds made-up people.
        const frame = document.querySelector('.workspaceFrame:not([data-warming])');
        const text = frame?.textContent ?? '';
        const shown = {
          names: Object.keys(names).filter((name) => text.includes(names[name] ?? name)),
          marks: Object.keys(marks).filter(
            (mark) => (frame?.querySelector(marks[mark]?.selector ?? mark) ?? null) !== null,
          ),
          people: Object.fromEntries(
            Object.entries(marks).flatMap(([mark, { who }]) => {
              const there = who === undefined ? [] : [...(frame?.querySelectorAll(who) ?? [])];
              return there.length === 0 ? [] : [[mark, there.map(written)]];
            }),
          ),
        };
        const now = JSON.stringify([shown.names, shown.marks, shown.people]);
        if (now === before) return;
        before = now;
        seen.push({ atMs: Date.now(), ...shown });
      };
      new MutationObserver(look).observe(document, {
        subtree: true,
        childList: true,
        characterData: true,
        attributes: true,
      });
      look();
    },
    { names, marks },
  );
}

/** What a watched page has shown so far. */
export async function shownOn(page: Page): Promise<Shown[]> {
  return await page.evaluate(() => (window as Window & Watched).watchedByTest ?? []);
}
