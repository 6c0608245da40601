import type { AuditEntry } from '#core/contracts/audit.ts';
import type { WorkspaceCall } from '#core/contracts/channels.ts';
import { generateHospital } from '../hospital/hospital.ts';
import type { Shown } from './watchPage.ts';

/** Whether an answer to the page can hold patient data. A call that is missing here does not compile. */
export const answers: Record<WorkspaceCall, 'patientData' | 'nothing'> = {
  workspaceReady: 'nothing',
  workspacePainted: 'nothing',
  workspaceCleared: 'nothing',
  sessionLeave: 'nothing',
  boardRead: 'patientData',
  chartOpen: 'patientData',
  chartSectionRead: 'patientData',
  vitalsRead: 'patientData',
  vitalsRecord: 'nothing',
  noteWrite: 'nothing',
  patientSearch: 'patientData',
  draftSave: 'nothing',
  draftDiscard: 'nothing',
  draftList: 'patientData',
  conflictList: 'patientData',
  conflictResolve: 'nothing',
  rejectionList: 'patientData',
  rejectionDismiss: 'nothing',
  chartPrint: 'nothing',
  terminalStatusRead: 'nothing',
  otherSessionClose: 'nothing',
  languageSet: 'nothing',
  themeSet: 'nothing',
};

/** Screens by what only they hold, and the entry without which they must not be seen. */
export const screens: Record<string, { selector: string; action: string; subject: string }> = {
  board: { selector: '.bedRow .patientName', action: 'view', subject: 'board' },
  chart: { selector: '.chart .banner', action: 'view', subject: 'chart' },
  wardHits: {
    selector: '.searchResults[aria-label="On this ward"] .searchHit',
    action: 'search',
    subject: 'ward',
  },
  hospitalHits: {
    selector: '.searchResults[aria-label="In the whole hospital"] .searchHit',
    action: 'search',
    subject: 'server',
  },
  drafts: { selector: '.draftsBanner', action: 'view', subject: 'drafts' },
  conflicts: { selector: '.conflict', action: 'view', subject: 'conflicts' },
  rejections: { selector: '.rejection', action: 'view', subject: 'rejections' },
};
/** The same as `watchPage` takes them. */
export const selectors = Object.fromEntries(
  Object.entries(screens).map(([name, { selector }]) => [name, selector]),
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

/** Why a moment of a page is not covered by what is on disk; empty when it is. */
export function uncovered(shown: Shown, entries: readonly AuditEntry[]): string[] {
  const before = entries.filter((entry) => entry.recordedAtMs <= shown.atMs);
  const shows = before.filter((entry) =>
    ['view', 'search', 'write', 'print'].includes(entry.action),
  );
  return [
    ...shown.names
      .filter((name) => {
        const ids = patientIds.get(name) ?? [];
        return !shows.some((entry) => entry.patientIds.some((id) => ids.includes(id)));
      })
      .map((name) => `${name} was shown without an entry`),
    ...shown.marks
      .filter(
        (mark) =>
          !before.some(
            (entry) =>
              entry.action === screens[mark]!.action && entry.subject === screens[mark]!.subject,
          ),
      )
      .map((mark) => `${mark} was shown without its entry`),
  ];
}
