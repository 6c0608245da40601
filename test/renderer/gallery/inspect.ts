import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';

/** What is wrong on the page by the rules that every screen keeps; empty when all is well. */
export async function inspectLayout(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const found: string[] = [];
    const name = (element: Element) =>
      `<${element.localName} class="${element.className}"> ${element.textContent.slice(0, 40)}`;
    const visible = (element: Element) =>
      element.getClientRects().length > 0 && element.closest('.visuallyHidden') === null;
    const root = document.documentElement;
    if (root.scrollWidth > root.clientWidth)
      found.push(`page scrolls sideways: ${root.scrollWidth}`);
    for (const element of document.querySelectorAll('body *')) {
      if (!visible(element)) continue;
      const style = getComputedStyle(element);
      const clips = style.overflowX !== 'visible' && element.scrollWidth > element.clientWidth + 1;
      if (clips && element.closest('svg') === null)
        found.push(`content is cut off: ${name(element)}`);
    }
    const controls =
      'button, a[href], input, select, textarea, [role=tab], [role=radio], [role=option]';
    for (const element of document.querySelectorAll(controls)) {
      if (!visible(element)) continue;
      const box = element.getBoundingClientRect();
      if (Math.round(box.width) < 44 || Math.round(box.height) < 44) {
        found.push(`target ${Math.round(box.width)}x${Math.round(box.height)}: ${name(element)}`);
      }
    }
    // The gallery collects what its policy refused; the real program's pages have no gallery.
    const refused = 'gallery' in window ? window.gallery.violations : [];
    found.push(...refused.map((violation) => `policy: ${violation}`));
    return found;
  });
}

/** Axe findings, WCAG 2.2 AA and best practice, one line each. */
export async function inspectAccessibility(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).setLegacyMode(true).analyze();
  return violations.map(
    (violation) =>
      `${violation.id}: ${violation.nodes
        .slice(0, 3)
        .map((node) => `${node.html.slice(0, 140)} ${node.any[0]?.message ?? ''}`)
        .join(' | ')}`,
  );
}
