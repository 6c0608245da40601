import type { WorkspaceCall } from '#core/contracts/channels.ts';

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
