/*
 * Every line a terminal may log. A field is a number, a truth value, or one of a few closed words made of letters alone:
 * there is no field that a name, a badge number, a record number or a key would fit in.
 */

/** What a field may hold: `code` is a closed word of the program (letters and dots, no digit), never text from outside. */
type FieldKind = 'number' | 'boolean' | 'code';

interface EventShape {
  readonly level: 'info' | 'warn' | 'error';
  readonly fields: Readonly<Record<string, FieldKind>>;
}

/** The closed table of log events with the fields that each may carry. */
export const logEvents = {
  appStarted: { level: 'info', fields: { packaged: 'boolean' } },
  appStopped: { level: 'info', fields: { code: 'code' } },
  secondCopyRefused: { level: 'warn', fields: {} },
  unexpected: { level: 'error', fields: { where: 'code' } },
  deviceSecretInFile: { level: 'warn', fields: {} },
  deviceSecretRefused: { level: 'error', fields: { code: 'code' } },
  terminalEnrolled: { level: 'info', fields: {} },
  enrolmentRefused: { level: 'error', fields: { code: 'code' } },
  certificateRenewed: { level: 'info', fields: { days: 'number' } },
  certificateRefused: { level: 'error', fields: { code: 'code' } },
  keyFileDamaged: { level: 'error', fields: {} },
  spoolOpened: { level: 'info', fields: { sequence: 'number', unsent: 'number', ms: 'number' } },
  spoolRefused: { level: 'error', fields: { code: 'code' } },
  storageFault: { level: 'error', fields: { code: 'code' } },
  storageRecovered: { level: 'info', fields: {} },
  clockJumped: { level: 'warn', fields: { byMs: 'number' } },
  serverLink: { level: 'info', fields: { state: 'code' } },
  serverReplyMalformed: { level: 'error', fields: { route: 'code' } },
  auditSent: { level: 'info', fields: { count: 'number', ms: 'number' } },
  auditChainRefused: { level: 'error', fields: { code: 'code' } },
  auditServerBehind: { level: 'warn', fields: { entries: 'number' } },
  operationsPushed: {
    level: 'info',
    fields: { applied: 'number', conflicts: 'number', rejected: 'number' },
  },
  operationsStuck: { level: 'error', fields: { count: 'number' } },
  offlineSessionRegistered: { level: 'info', fields: { live: 'boolean' } },
  offlineSessionRefused: { level: 'error', fields: { code: 'code' } },
  feedApplied: { level: 'info', fields: { changes: 'number', toInbox: 'boolean', ms: 'number' } },
  feedRestarted: { level: 'warn', fields: { code: 'code' } },
  feedFilled: { level: 'info', fields: { resources: 'number', ms: 'number' } },
  feedMalformed: { level: 'error', fields: { changes: 'number' } },
  feedRefused: { level: 'error', fields: { code: 'code' } },
  inboxRefused: { level: 'error', fields: {} },
  inboxUnreadable: { level: 'error', fields: { pages: 'number' } },
  sessionPhase: { level: 'info', fields: { phase: 'code' } },
  sessionOpened: { level: 'info', fields: { by: 'code', ms: 'number' } },
  sessionClosed: { level: 'info', fields: { reason: 'code', ms: 'number' } },
  loginRefused: { level: 'warn', fields: { code: 'code' } },
  readerService: { level: 'info', fields: { up: 'boolean', code: 'code' } },
  readerHostExited: { level: 'error', fields: { exitCode: 'number', restarts: 'number' } },
  vaultExited: { level: 'warn', fields: { exitCode: 'number', expected: 'boolean' } },
  vaultRefused: { level: 'warn', fields: { call: 'code', code: 'code' } },
  cacheDropped: { level: 'warn', fields: { code: 'code' } },
  ipcRefused: { level: 'warn', fields: { call: 'code', code: 'code' } },
  rendererGone: { level: 'error', fields: { reason: 'code' } },
  navigationRefused: { level: 'warn', fields: { kind: 'code' } },
} as const satisfies Record<string, EventShape>;

export type LogEvent = keyof typeof logEvents;

interface FieldTypes {
  number: number;
  boolean: boolean;
  code: string;
}

/** The fields of one event, all of them required. */
export type LogFields<Event extends LogEvent> = {
  readonly [
    Field in keyof (typeof logEvents)[Event]['fields']
  ]: FieldTypes[(typeof logEvents)[Event]['fields'][Field] & FieldKind];
};
