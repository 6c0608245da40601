import type { AuditEntry } from '#core/contracts/audit.ts';
import { generateHospital } from '../hospital/hospital.ts';
import type { Shown } from './watchPage.ts';

/**
 * Screens by what only they hold, and the entry without which they must not be seen. `who` is where the people of a screen
 * stand; on those that are `opened`, screen and person need an entry of their own each time that they come up.
 */
const screens: Record<
  string,
  { selector: string; action: string; subject: string; who?: string; opened?: true }
> = {
  board: {
    selector: '.bedRow .patientName',
    action: 'view',
    subject: 'board',
    who: '.bedRow .patientName',
  },
  chart: {
    selector: '.chart .banner',
    action: 'view',
    subject: 'chart',
    who: '.chart .banner .patientName',
    opened: true,
  },
  wardHits: {
    selector: '.searchResults[aria-label="On this ward"] .searchHit',
    action: 'search',
    subject: 'ward',
    who: '.searchResults[aria-label="On this ward"] .searchHit .patientName',
    opened: true,
  },
  hospitalHits: {
    selector: '.searchResults[aria-label="In the whole hospital"] .searchHit',
    action: 'search',
    subject: 'server',
    who: '.searchResults[aria-label="In the whole hospital"] .searchHit .patientName',
    opened: true,
  },
  drafts: { selector: '.draftsBanner', action: 'view', subject: 'drafts' },
  conflicts: { selector: '.conflict', action: 'view', subject: 'conflicts', opened: true },
  rejections: { selector: '.rejection', action: 'view', subject: 'rejections', opened: true },
};
/** The same as `watchPage` takes them. */
export const marks = Object.fromEntries(
  Object.entries(screens).map(([name, { selector, who }]) => [
    name,
    { selector, ...(who === undefined ? {} : { who }) },
  ]),
);

/** Everyone in the synthetic hospital: the ids of those who bear a name, by the name as every screen writes it. */
export const patientIds = new Map<string, string[]>();
for (const resource of generateHospital({ seed: 'wardkey', nowMs: Date.now() }).resources) {
  if (resource.resourceType !== 'Patient') continue;
  const [name] = resource['name'] as { family: string; given: string[] }[];
  const written = `${name!.family.toLocaleUpperCase()}, ${name!.given.join(' ')}`;
  patientIds.set(written, [...(patientIds.get(written) ?? []), resource.id]);
}
/** The same as `watchPage` takes them. */
export const names = Object.fromEntries([...patientIds.keys()].map((name) => [name, name]));

/** Why what a page showed in one session, moment by moment, is not covered by what was on disk then; empty when it is. */
export function uncovered(
  walk: readonly Shown[],
  entries: readonly AuditEntry[],
  sessionId: string,
): string[] {
  const own = entries.filter((entry) => entry.sessionId === sessionId);
  return walk.flatMap((_, index) => uncoveredAt(walk, index, own));
}

/** Whether a screen, or a person on it, was there at a moment. */
function isThere(shown: Shown | undefined, mark: string, name?: string): boolean {
  return name === undefined
    ? (shown?.marks.includes(mark) ?? false)
    : (shown?.people[mark]?.includes(name) ?? false);
}

function cameUp(walk: readonly Shown[], index: number, mark: string, name?: string): boolean {
  return isThere(walk[index], mark, name) && !isThere(walk[index - 1], mark, name);
}

/** When the same went the time before, or the walk began: an entry of that time is not one of this. */
function lastWentMs(walk: readonly Shown[], index: number, mark: string, name?: string): number {
  let at = index - 1;
  while (at >= 0 && !isThere(walk[at], mark, name)) at -= 1;
  // The two processes read one clock in whole milliseconds.
  return walk[at + 1]!.atMs - 1;
}

function uncoveredAt(
  walk: readonly Shown[],
  index: number,
  entries: readonly AuditEntry[],
): string[] {
  const shown = walk[index]!;
  const before = entries.filter((entry) => entry.recordedAtMs <= shown.atMs);
  const shows = before.filter((entry) =>
    ['view', 'search', 'write', 'print'].includes(entry.action),
  );
  const named = (name: string) => (entry: AuditEntry) =>
    (patientIds.get(name) ?? []).some((id) => entry.patientIds.includes(id));
  const missing = shown.names
    .filter((name) => !shows.some(named(name)))
    .map((name) => `${name} was shown without an entry`);
  for (const mark of shown.marks) {
    const { action, subject, opened } = screens[mark]!;
    const ofScreen = before.filter(
      (entry) =>
        entry.action === action && entry.subject === subject && entry.outcome === 'success',
    );
    const fresh = (name?: string): AuditEntry[] => {
      const sinceMs = opened === true ? lastWentMs(walk, index, mark, name) : -Infinity;
      return ofScreen.filter((entry) => entry.recordedAtMs >= sinceMs);
    };
    if (cameUp(walk, index, mark) && fresh().length === 0)
      missing.push(`${mark} was shown without its entry`);
    for (const name of shown.people[mark] ?? [])
      if (cameUp(walk, index, mark, name) && !fresh(name).some(named(name)))
        missing.push(`${name} was on ${mark} without its entry`);
  }
  return missing;
}

/** What was denied: nothing, to who does her work in her own session. */
export function denials(entries: readonly AuditEntry[]): string[] {
  return entries
    .filter(({ action, outcome }) => action === 'denied' || outcome === 'denied')
    .map(({ subject, reason }) => `${subject} was denied: ${reason}`);
}

/** The entries without the one that covers the last chart that was opened. */
export function withoutLastChart(
  moments: readonly Shown[],
  entries: readonly AuditEntry[],
): AuditEntry[] {
  const atMs = moments.filter(({ marks: there }) => there.includes('chart')).at(-1)?.atMs ?? 0;
  const covering = entries.filter(
    (entry) => entry.subject === 'chart' && entry.recordedAtMs <= atMs,
  );
  return entries.filter((entry) => entry !== covering.at(-1));
}
