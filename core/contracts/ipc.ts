import * as v from 'valibot';
import type { SystemCall, SystemTopic, WorkspaceCall, WorkspaceTopic } from './channels.ts';
import {
  boardViewSchema,
  chartSectionNameSchema,
  chartSectionSchema,
  chartViewSchema,
  conflictSchema,
  draftSchema,
  freshnessSchema,
  noteEntrySchema,
  rejectionSchema,
  searchResultSchema,
  vitalsEntrySchema,
  vitalsSetSchema,
} from './clinical.ts';
import { languageSchema, themeSchema } from './preferences.ts';
import { personSchema } from './terminal.ts';

/*
 * The table of the typed bridge. Main validates every payload and every reply against it; both sides derive their types
 * from it. A reply is `{ ok: true, value } | { ok: false, code }` with the closed codes below, never an Error.
 */

export type { Language, Theme } from './preferences.ts';

/** Why a call was refused. The renderer has a sentence with the cure for each. */
export const callRefusalSchema = v.picklist([
  'noSession',
  'denied',
  'notFound',
  'gone',
  'invalid',
  'implausible',
  'offline',
  'diskFull',
  'diskReadOnly',
  'vaultLost',
  'conflictGone',
  'tooMany',
  'notPrinted',
  'tooShort',
  'internal',
]);
export type CallRefusal = v.InferOutput<typeof callRefusalSchema>;
export type Reply<Value> = { ok: true; value: Value } | { ok: false; code: CallRefusal };

/** How the terminal itself is: shown on every system screen, in words. */
export const terminalHealthSchema = v.strictObject({
  reader: v.picklist(['ready', 'starting', 'noReader', 'serviceDown']),
  server: v.picklist(['connected', 'connecting', 'unreachable', 'untrusted', 'refused']),
  storage: v.picklist([
    'ok',
    'diskFull',
    'readOnly',
    'spoolDamaged',
    'cacheRebuilt',
    'serverBehind',
    'rollback',
  ]),
  clock: v.picklist(['ok', 'jumped']),
});
export type TerminalHealth = v.InferOutput<typeof terminalHealthSchema>;

/** Refusals a person can meet on the system screens; each has a sentence and a cure. */
export const refusalCodeSchema = v.picklist([
  'badgeUnknown',
  'badgeRevoked',
  'badgeUnreadable',
  'personDisabled',
  'trustDowngraded',
  'roleRefused',
  'twoBadges',
  'leaseExpired',
  'shiftEnded',
  'notEnrolledHere',
  'terminalRevoked',
  'offlineFirstLogin',
  'serverUntrusted',
  'pinLocked',
  'tooMany',
  'clockJumped',
  'storageFault',
  'cacheDamaged',
  /** A process of the session ended unasked: nothing is wrong with person, badge or records. */
  'processLost',
  'internal',
]);
export type RefusalCode = v.InferOutput<typeof refusalCodeSchema>;

export const systemSnapshotSchema = v.strictObject({
  revision: v.number(),
  terminal: v.strictObject({
    name: v.string(),
    wardName: v.string(),
    place: v.string(),
    helpDesk: v.string(),
  }),
  health: terminalHealthSchema,
  language: languageSchema,
  theme: themeSchema,
  /** The terminal's notion of now and its UTC offset, so that the view needs no other clock. */
  nowMs: v.number(),
  screen: v.variant('kind', [
    v.strictObject({ kind: v.literal('idle') }),
    v.strictObject({ kind: v.literal('identifying') }),
    v.strictObject({
      kind: v.literal('pin'),
      attempt: v.number(),
      person: personSchema,
      reason: v.picklist(['newShift', 'newTerminal', 'graceEnded', 'offline']),
      pinLength: v.strictObject({ min: v.number(), max: v.number() }),
      triesLeft: v.nullable(v.number()),
      retryAtMs: v.nullable(v.number()),
      error: v.nullable(v.picklist(['pinWrong', 'pinLocked', 'pinThrottled'])),
      checking: v.boolean(),
    }),
    v.strictObject({ kind: v.literal('opening'), person: personSchema }),
    v.strictObject({ kind: v.literal('refused'), code: refusalCodeSchema, untilMs: v.number() }),
    /** A privacy cover over a session that still lives; locks at `locksAtMs`. */
    v.strictObject({
      kind: v.literal('cover'),
      displayName: v.string(),
      locksAtMs: v.number(),
      /** When true any key or touch lifts it; otherwise only the owner's badge. */
      liftsByInput: v.boolean(),
    }),
    /** The terminal cannot serve anyone until a person acts. */
    v.strictObject({ kind: v.literal('fault'), code: refusalCodeSchema }),
  ]),
});
export type SystemSnapshot = v.InferOutput<typeof systemSnapshotSchema>;

/** What a fresh workspace is given: person and board in one message, so that the first paint has data. */
export const workspaceBeginSchema = v.strictObject({
  token: v.string(),
  person: personSchema,
  terminalName: v.string(),
  wardName: v.string(),
  language: languageSchema,
  theme: themeSchema,
  nowMs: v.number(),
  shiftEndsAtMs: v.nullable(v.number()),
  board: boardViewSchema,
  freshness: freshnessSchema,
  drafts: v.array(draftSchema),
  otherSessions: v.array(
    v.strictObject({ sessionId: v.string(), terminalName: v.string(), openedAtMs: v.number() }),
  ),
  leaveHint: v.picklist(['secondTap', 'hold', 'lockKey']),
});
export type WorkspaceBegin = v.InferOutput<typeof workspaceBeginSchema>;

/** Something changed: the view re-reads what it shows. The board comes along since it is on most screens. */
export const workspaceChangedSchema = v.strictObject({
  board: v.nullable(boardViewSchema),
  freshness: freshnessSchema,
  changedPatientIds: v.array(v.string()),
  nowMs: v.number(),
});
export type WorkspaceChanged = v.InferOutput<typeof workspaceChangedSchema>;

/** What the person has at other terminals, told once the record server has said it. `drafts` null: as before. */
export const workspaceElsewhereSchema = v.strictObject({
  drafts: v.nullable(v.array(draftSchema)),
  otherSessions: workspaceBeginSchema.entries.otherSessions,
});
export type WorkspaceElsewhere = v.InferOutput<typeof workspaceElsewhereSchema>;

/** A passing message: an own tap that did not lock, a reader lost, a session about to cover. */
export const workspaceNoticeSchema = v.strictObject({
  notice: v.picklist([
    'tapAgainToLock',
    'holdToLock',
    'useLockKey',
    'readerLost',
    'readerBack',
    'serverLost',
    'serverBack',
    'leaseEndsSoon',
    'shiftEndsSoon',
    'diskFull',
    'cacheRebuilt',
    'cacheRolledBack',
    'clockJumped',
  ]),
});
export type WorkspaceNotice = v.InferOutput<typeof workspaceNoticeSchema>;

export const latencySchema = v.strictObject({
  name: v.string(),
  count: v.number(),
  p50Ms: v.number(),
  p95Ms: v.number(),
  p99Ms: v.number(),
});
export const terminalStatusSchema = v.strictObject({
  health: terminalHealthSchema,
  freshness: freshnessSchema,
  version: v.string(),
  electronVersion: v.string(),
  developmentRuntime: v.boolean(),
  deviceSecretStore: v.picklist(['tpm', 'file']),
  readers: v.array(v.string()),
  leaseNotAfterMs: v.nullable(v.number()),
  spoolUnsentEntries: v.number(),
  spoolSequence: v.number(),
  latencies: v.array(latencySchema),
  sessionOpenedAtMs: v.number(),
  shiftEndsAtMs: v.nullable(v.number()),
});
export type TerminalStatus = v.InferOutput<typeof terminalStatusSchema>;

const nothing = v.null();
const patientId = v.pipe(v.string(), v.regex(/^[A-Za-z0-9.-]{1,64}$/));
/** An id or a token that main handed out: no page may send a text without an end. */
const shortId = v.pipe(v.string(), v.maxLength(64));

/** Payload and reply of each call of the system view. */
export const systemCallSchemas = {
  systemReady: { payload: nothing, reply: nothing },
  pinSubmit: {
    payload: v.strictObject({
      attempt: v.number(),
      pin: v.pipe(v.string(), v.regex(/^[0-9]{6,12}$/)),
    }),
    reply: nothing,
  },
  pinCancel: { payload: v.strictObject({ attempt: v.number() }), reply: nothing },
  languageSet: { payload: v.strictObject({ language: languageSchema }), reply: nothing },
  themeSet: { payload: v.strictObject({ theme: themeSchema }), reply: nothing },
  uncover: { payload: nothing, reply: nothing },
  faultAcknowledge: { payload: nothing, reply: nothing },
  /** Sent after a frame was presented that shows this snapshot. */
  systemPainted: { payload: v.strictObject({ revision: v.number() }), reply: nothing },
} as const satisfies Record<SystemCall, { payload: v.GenericSchema; reply: v.GenericSchema }>;

/** Payload and reply of each call of a workspace view. */
export const workspaceCallSchemas = {
  workspaceReady: { payload: nothing, reply: nothing },
  /** Sent after a frame was presented with the data in it. `what` names the screen for the latency table. */
  workspacePainted: {
    payload: v.strictObject({ token: shortId, what: v.picklist(['board', 'chart']) }),
    reply: nothing,
  },
  /** The acknowledged end of a session: nothing of the person is on the screen any more. */
  workspaceCleared: { payload: v.strictObject({ token: shortId }), reply: nothing },
  sessionLeave: { payload: nothing, reply: nothing },
  boardRead: { payload: nothing, reply: boardViewSchema },
  /** `fetch`: a patient who is not on this ward is fetched from the record server; else what this session holds is read. */
  chartOpen: {
    payload: v.strictObject({ patientId, fetch: v.boolean() }),
    reply: chartViewSchema,
  },
  chartSectionRead: {
    payload: v.strictObject({
      patientId,
      section: chartSectionNameSchema,
      offset: v.pipe(v.number(), v.integer(), v.minValue(0)),
    }),
    reply: chartSectionSchema,
  },
  vitalsRead: {
    payload: v.strictObject({ patientId, fromMs: v.number(), toMs: v.number() }),
    reply: v.array(vitalsSetSchema),
  },
  vitalsRecord: {
    payload: v.strictObject({
      patientId,
      draftId: v.nullable(draftSchema.entries.draftId),
      vitals: vitalsEntrySchema,
      /** Set by a second, deliberate press after an unlikely but possible value was pointed out. */
      confirmedUnlikely: v.boolean(),
    }),
    reply: v.strictObject({ setId: v.string() }),
  },
  noteWrite: {
    payload: v.strictObject({
      patientId,
      draftId: v.nullable(draftSchema.entries.draftId),
      note: noteEntrySchema,
    }),
    reply: v.strictObject({ noteId: v.string() }),
  },
  patientSearch: {
    payload: v.strictObject({
      text: v.pipe(v.string(), v.minLength(2), v.maxLength(100)),
      where: v.picklist(['ward', 'server']),
    }),
    reply: searchResultSchema,
  },
  draftSave: {
    payload: v.omit(draftSchema, ['savedAtMs']),
    reply: v.strictObject({ savedAtMs: v.number() }),
  },
  draftDiscard: { payload: v.strictObject({ draftId: shortId }), reply: nothing },
  draftList: { payload: nothing, reply: v.array(draftSchema) },
  conflictList: { payload: nothing, reply: v.array(conflictSchema) },
  conflictResolve: {
    payload: v.strictObject({
      operationId: shortId,
      choice: v.variant('keep', [
        v.strictObject({ keep: v.literal('theirs') }),
        v.strictObject({ keep: v.literal('mine') }),
        v.strictObject({
          keep: v.literal('merged'),
          text: v.pipe(v.string(), v.maxLength(20_000)),
        }),
      ]),
    }),
    reply: nothing,
  },
  rejectionList: { payload: nothing, reply: v.array(rejectionSchema) },
  /** The author has decided: dismissed, or charted again out of a draft that is kept already. */
  rejectionDismiss: {
    payload: v.strictObject({
      ids: v.pipe(v.array(shortId), v.minLength(1), v.maxLength(50)),
      chartedAgain: v.boolean(),
    }),
    reply: nothing,
  },
  chartPrint: { payload: v.strictObject({ patientId }), reply: nothing },
  terminalStatusRead: { payload: nothing, reply: terminalStatusSchema },
  otherSessionClose: { payload: v.strictObject({ sessionId: shortId }), reply: nothing },
  languageSet: { payload: v.strictObject({ language: languageSchema }), reply: nothing },
  themeSet: { payload: v.strictObject({ theme: themeSchema }), reply: nothing },
} as const satisfies Record<WorkspaceCall, { payload: v.GenericSchema; reply: v.GenericSchema }>;

export const systemTopicSchemas = {
  systemSnapshot: systemSnapshotSchema,
} as const satisfies Record<SystemTopic, v.GenericSchema>;

export const workspaceTopicSchemas = {
  workspaceBegin: workspaceBeginSchema,
  workspaceChanged: workspaceChangedSchema,
  workspaceNotice: workspaceNoticeSchema,
  workspaceElsewhere: workspaceElsewhereSchema,
  workspaceEnd: v.strictObject({ token: v.string() }),
} as const satisfies Record<WorkspaceTopic, v.GenericSchema>;

type Calls<Table extends Record<string, { payload: v.GenericSchema; reply: v.GenericSchema }>> = {
  readonly [Name in keyof Table]: (
    payload: v.InferOutput<Table[Name]['payload']>,
  ) => Promise<Reply<v.InferOutput<Table[Name]['reply']>>>;
};
type Topics<Table extends Record<string, v.GenericSchema>> = {
  /** Subscribes; the answer unsubscribes. */
  readonly [Name in keyof Table]: (
    listener: (message: v.InferOutput<Table[Name]>) => void,
  ) => () => void;
};

/** What preload puts on `window.wardkey` of the system view. */
export interface SystemBridge {
  readonly call: Calls<typeof systemCallSchemas>;
  readonly on: Topics<typeof systemTopicSchemas>;
}

/** What preload puts on `window.wardkey` of a workspace view. */
export interface WorkspaceBridge {
  readonly call: Calls<typeof workspaceCallSchemas>;
  readonly on: Topics<typeof workspaceTopicSchemas>;
}
