import type { AuditEntry } from '#core/contracts/audit.ts';
import { generateHospital } from '../hospital/hospital.ts';
import type { Shown } from './watchPage.ts';

/**
 * Screens by what only they hold, and the entry without which they must not be seen. `who` is where the people of a screen
 * stand; on those that are `opened`, each person needs an entry that is newer than what was shown before.
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
  return walk.flatMap((shown, index) =>
    uncoveredAt(shown, walk[index - 1], leftAtMs(walk, index), own),
  );
}

/** When the screen before was left: what waits in between, and names whom for, is none. */
function leftAtMs(walk: readonly Shown[], index: number): number {
  let at = index - 1;
  while (walk[at]?.marks.length === 0 && walk[at - 1]?.marks.length === 0) at -= 1;
  return walk[at]?.atMs ?? 0;
}

function uncoveredAt(
  shown: Shown,
  former: Shown | undefined,
  leftMs: number,
  entries: readonly AuditEntry[],
): string[] {
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
    const isNew = !(former?.marks.includes(mark) ?? false);
    // The two processes read one clock in whole milliseconds.
    const sinceMs = opened === true ? leftMs - 1 : 0;
    const ofScreen = before.filter(
      (entry) =>
        entry.action === action && entry.subject === subject && entry.outcome === 'success',
    );
    const fresh = ofScreen.filter((entry) => entry.recordedAtMs >= sinceMs);
    if (isNew && fresh.length === 0) missing.push(`${mark} was shown without its entry`);
    for (const name of shown.people[mark] ?? []) {
      if (former?.people[mark]?.includes(name) ?? false) continue;
      if (!fresh.some(named(name))) missing.push(`${name} was on ${mark} without its entry`);
    }
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
