/*
 * Names of every IPC channel: all that preload may import. The schemas stand in `ipc.ts`;
 * a name missing here cannot be called, a name missing there does not compile.
 */

/** Calls that the system view (idle, PIN pad, cover) may make. */
export const systemCalls = [
  'systemReady',
  'pinSubmit',
  'pinCancel',
  'languageSet',
  'themeSet',
  'uncover',
  'faultAcknowledge',
  'systemPainted',
] as const;

/** Calls that a workspace view (one badge session) may make. */
export const workspaceCalls = [
  'workspaceReady',
  'workspacePainted',
  'workspaceCleared',
  'sessionLeave',
  'boardRead',
  'chartOpen',
  'chartSectionRead',
  'vitalsRead',
  'vitalsRecord',
  'noteWrite',
  'patientSearch',
  'draftSave',
  'draftDiscard',
  'draftList',
  'conflictList',
  'conflictResolve',
  'rejectionList',
  'rejectionDismiss',
  'chartPrint',
  'terminalStatusRead',
  'otherSessionClose',
  'languageSet',
  'themeSet',
] as const;

/** Topics pushed to the system view. */
export const systemTopics = ['systemSnapshot'] as const;

/** Topics pushed to a workspace view. */
export const workspaceTopics = [
  'workspaceBegin',
  'workspaceChanged',
  'workspaceNotice',
  'workspaceElsewhere',
  'workspaceEnd',
] as const;

export type SystemCall = (typeof systemCalls)[number];
export type WorkspaceCall = (typeof workspaceCalls)[number];
export type SystemTopic = (typeof systemTopics)[number];
export type WorkspaceTopic = (typeof workspaceTopics)[number];
