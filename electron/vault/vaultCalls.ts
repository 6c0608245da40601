import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import * as v from 'valibot';
import { draftSchema } from '#core/contracts/clinical.ts';
import { sealInfo } from '#core/contracts/sealing.ts';
import type { PinParameters } from '#core/contracts/terminal.ts';
import type { VaultAnswer, VaultCall, VaultPayload, VaultRefusal } from '#core/contracts/vault.ts';
import { refuse, succeed, type Result } from '#core/result.ts';
import { readMeta, refusalOf } from './cacheFile.ts';
import {
  readBoard,
  readChart,
  readSection,
  readVisitingChart,
  readVitals,
  searchWard,
} from './cacheRead.ts';
import { readSummary } from './derived.ts';
import { applyPage } from './feed.ts';
import { applyInbox } from './inbox.ts';
import {
  makeGrace,
  openForPerson,
  pinProof,
  sealForPerson,
  stretchPin,
  toBase64Url,
  wipe,
} from './keys.ts';
import {
  openByGrace,
  openByRelease,
  openBySlot,
  openedAnswer,
  renewSlot,
  type OpenVault,
} from './openVault.ts';
import {
  applyPushResults,
  commitOperations,
  prepareConflict,
  prepareNote,
  prepareVitals,
  readConflicts,
  type Prepared,
  type Writer,
} from './operations.ts';
import type { MemoryDatabase } from '#native/sqlite/encryptedDatabase.ts';
import { walkPages, type PageWalk } from '#native/sqlite/pageCheck.ts';
import type { ReadableDb } from '#native/sqlite/query.ts';
import { storageFaultOf } from '#native/sqlite/storageFault.ts';
import { openRejections } from './rejections.ts';
import { createVisits, forgetVisit, keepVisit, restoreOperations } from './visits.ts';

type Answer<Call extends VaultCall> = Result<VaultAnswer<Call>, VaultRefusal>;

/** Every call of the contract. */
export type VaultCalls = {
  readonly [Call in VaultCall]: (
    payload: VaultPayload<Call>,
  ) => Answer<Call> | Promise<Answer<Call>>;
};

/** What this process holds; all of it dies with the process. */
interface VaultState {
  stretched: { readonly pin: Buffer; readonly parameters: PinParameters } | null;
  sessionKey: KeyObject | null;
  open: OpenVault | null;
  /** Patients who are not on this ward; null until the session opens the first. */
  visits: MemoryDatabase | null;
  /** Set once the file proved damaged under an open vault: nothing is read from it any more. */
  damaged: boolean;
  /** Looks over the open cache, once asked to. */
  walk: PageWalk | null;
  readonly prepared: Map<string, Prepared>;
}

/** A vault without anything in it, and what to do when a call throws. */
export function createVaultCalls(): {
  readonly calls: VaultCalls;
  /** Turns an unexpected failure into a code; a poisoned connection is closed at once. */
  readonly failed: (error: unknown) => VaultRefusal;
} {
  const state: VaultState = {
    stretched: null,
    sessionKey: null,
    open: null,
    visits: null,
    damaged: false,
    walk: null,
    prepared: new Map(),
  };
  return {
    calls: {
      ...loginCalls(state),
      ...readCalls(state),
      ...visitCalls(state),
      ...writeCalls(state),
      ...syncCalls(state),
    },
    failed: (error) => {
      const fault = storageFaultOf(error);
      if (fault === null) return 'internal';
      if (fault === 'suspect') {
        state.damaged = state.open !== null;
        shut(state);
      }
      return refusalOf(fault);
    },
  };
}

function shut(state: VaultState): void {
  const { open, visits } = state;
  state.open = null;
  state.visits = null;
  visits?.close();
  wipe(open?.keys.cacheKey ?? null, open?.keys.personKey ?? null, state.stretched?.pin ?? null);
  state.stretched = null;
  open?.cache.database.close();
  state.walk?.close();
  state.walk = null;
}

function whenOpen<Value>(
  state: VaultState,
  work: (open: OpenVault) => Result<Value, VaultRefusal>,
): Result<Value, VaultRefusal> {
  if (state.damaged) return refuse('cacheDamaged');
  return state.open === null ? refuse('notOpen') : work(state.open);
}

/** Where a patient's record is held: the ward's own first, which the feed keeps up to date. Null when nowhere. */
function heldIn(state: VaultState, { cache }: OpenVault, patientId: string): ReadableDb | null {
  const ward = cache.database.db;
  if (readSummary(ward, patientId) !== null) return ward;
  const visits = state.visits?.db ?? null;
  return visits !== null && readSummary(visits, patientId) !== null ? visits : null;
}

type Picked<Call extends VaultCall> = Pick<VaultCalls, Call>;

function loginCalls(
  state: VaultState,
): Picked<
  | 'pinStretch'
  | 'sessionKeyMake'
  | 'openBySlot'
  | 'openByRelease'
  | 'slotRenew'
  | 'openByGrace'
  | 'graceSeal'
> {
  const whenShut = <Value>(
    work: (stretched: VaultState['stretched']) => Result<Value, VaultRefusal>,
  ): Result<Value, VaultRefusal> => {
    if (state.damaged) return refuse('cacheDamaged');
    return state.open === null ? work(state.stretched) : refuse('alreadyOpen');
  };
  return {
    pinStretch: async ({ pin, parameters }) => {
      wipe(state.stretched?.pin ?? null);
      state.stretched = { pin: await stretchPin(pin, parameters), parameters };
      return succeed({ proof: pinProof(state.stretched.pin, parameters) });
    },
    sessionKeyMake: () => {
      const { publicKey, privateKey } = generateKeyPairSync('ed25519');
      state.sessionKey = privateKey;
      return succeed({
        publicKey: toBase64Url(publicKey.export({ type: 'spki', format: 'der' })),
      });
    },
    openBySlot: (payload) =>
      whenShut((stretched) => {
        if (stretched === null) return refuse('invalid');
        const opened = openBySlot(payload, stretched.pin);
        if (!opened.ok) return opened;
        state.open = opened.value;
        return succeed(openedAnswer(opened.value));
      }),
    openByRelease: (payload) =>
      whenShut((stretched) => {
        // The slot is made of this stretched PIN: under other parameters it would never open again.
        if (stretched?.parameters.salt !== payload.pin.salt) return refuse('invalid');
        const opened = openByRelease(payload, stretched.pin);
        if (!opened.ok) return opened;
        state.open = opened.value.vault;
        return succeed(opened.value.answer);
      }),
    slotRenew: (payload) =>
      whenOpen(state, (open) => {
        const slot = state.stretched === null ? null : renewSlot(payload, open, state.stretched);
        return slot === null ? refuse('invalid') : succeed(slot);
      }),
    openByGrace: (payload) =>
      whenShut(() => {
        const opened = openByGrace(payload);
        if (!opened.ok) return opened;
        state.open = opened.value.vault;
        state.sessionKey = opened.value.sessionKey;
        return succeed(openedAnswer(opened.value.vault));
      }),
    graceSeal: (factors) =>
      whenOpen(state, ({ keys, personId, cache }) => {
        const sessionKey =
          state.sessionKey?.export({ type: 'pkcs8', format: 'der' }) ?? Buffer.alloc(0);
        const head = { personId, cacheId: cache.meta.cacheId };
        return succeed(makeGrace(head, { keys, sessionKey }, factors));
      }),
  };
}

function readCalls(
  state: VaultState,
): Picked<
  | 'boardRead'
  | 'chartRead'
  | 'chartSectionRead'
  | 'vitalsRead'
  | 'wardSearch'
  | 'conflictsRead'
  | 'rejectionsOpen'
> {
  return {
    boardRead: (reader) =>
      whenOpen(state, ({ cache, place }) =>
        succeed(readBoard(cache.database.db, place.wardName, reader)),
      ),
    chartRead: ({ patientId: patient, nowMs }) =>
      whenOpen(state, ({ cache, place }) => {
        const { db } = cache.database;
        const reading = { patient, nowMs, wardName: place.wardName };
        const chart =
          readChart(db, reading) ??
          (state.visits === null ? null : readVisitingChart(db, state.visits.db, reading));
        return chart === null ? refuse('notFound') : succeed(chart);
      }),
    chartSectionRead: ({ patientId, section, offset }) =>
      whenOpen(state, (open) => {
        const db = heldIn(state, open, patientId);
        if (db === null) return refuse('notFound');
        if (!Number.isSafeInteger(offset) || offset < 0) return refuse('invalid');
        return succeed(readSection(db, patientId, section, offset));
      }),
    vitalsRead: ({ patientId, fromMs, toMs }) =>
      whenOpen(state, (open) => {
        const db = heldIn(state, open, patientId);
        return db === null ? refuse('notFound') : succeed(readVitals(db, patientId, fromMs, toMs));
      }),
    wardSearch: ({ text, limit }) =>
      whenOpen(state, ({ cache, place }) =>
        succeed(searchWard(cache.database.db, place.wardName, text, limit)),
      ),
    conflictsRead: () =>
      whenOpen(state, ({ cache }) =>
        succeed([
          ...readConflicts(cache.database.db),
          ...(state.visits === null ? [] : readConflicts(state.visits.db)),
        ]),
      ),
    rejectionsOpen: (payload) =>
      whenOpen(state, ({ cache, keys: { personKey }, personId }) => {
        const visits = state.visits === null ? [] : [state.visits.db];
        const databases = [cache.database.db, ...visits];
        return succeed(openRejections(databases, { personId, personKey }, payload));
      }),
  };
}

function visitCalls(
  state: VaultState,
): Picked<'visitKeep' | 'visitForget' | 'ownOperationsRestore'> {
  const visits = () => (state.visits ??= createVisits()).db;
  return {
    visitKeep: (record) =>
      whenOpen(state, () => (keepVisit(visits(), record) ? succeed(null) : refuse('invalid'))),
    visitForget: ({ patientId }) =>
      whenOpen(state, () => {
        if (state.visits !== null) forgetVisit(state.visits.db, patientId);
        return succeed(null);
      }),
    ownOperationsRestore: ({ operations }) =>
      whenOpen(state, ({ keys: { personKey }, personId }) =>
        succeed({ unreadable: restoreOperations(visits(), { personId, personKey }, operations) }),
      ),
  };
}

function writeCalls(
  state: VaultState,
): Picked<
  | 'vitalsPrepare'
  | 'notePrepare'
  | 'operationsCommit'
  | 'conflictPrepare'
  | 'draftSeal'
  | 'draftsOpen'
> {
  const whenWriting = <Value>(
    author: VaultPayload<'notePrepare'>['author'] | null,
    work: (writer: Writer) => Result<Value, VaultRefusal>,
  ) =>
    whenOpen(state, ({ cache, keys, personId, place }) => {
      const { sessionKey, prepared } = state;
      if (sessionKey === null) return refuse('invalid');
      // Nobody charts under another's name or from another terminal, whatever main was made to say.
      if (author !== null && author.personId !== personId) return refuse('invalid');
      if (author !== null && author.terminalId !== place.terminalId) return refuse('invalid');
      const { personKey } = keys;
      const visits = state.visits?.db ?? null;
      return work({ ward: cache.database.db, visits, personKey, sessionKey, prepared });
    });
  return {
    vitalsPrepare: (payload) =>
      whenWriting(payload.author, (writer) =>
        prepareVitals(
          writer,
          payload,
          payload.patientId,
          payload.vitals,
          payload.confirmedUnlikely,
        ),
      ),
    notePrepare: (payload) =>
      whenWriting(payload.author, (writer) =>
        prepareNote(writer, payload, payload.patientId, payload.note),
      ),
    conflictPrepare: (payload) =>
      whenWriting(payload.author, (writer) =>
        prepareConflict(writer, payload, payload.operationId, payload.choice),
      ),
    operationsCommit: ({ operationIds }) =>
      whenWriting(null, (writer) => commitOperations(writer, operationIds)),
    draftSeal: ({ draft }) =>
      whenOpen(state, ({ keys, personId }) =>
        succeed({
          sealed: sealForPerson(keys.personKey, personId, sealInfo.draft, JSON.stringify(draft)),
        }),
      ),
    draftsOpen: ({ sealed }) =>
      whenOpen(state, ({ keys, personId }) => {
        const drafts = sealed.flatMap((text) => {
          const plain = openForPerson(keys.personKey, personId, sealInfo.draft, text);
          const draft = v.safeParse(draftSchema, plain === null ? null : JSON.parse(plain));
          return draft.success ? [draft.output] : [];
        });
        return succeed({ drafts, unreadable: sealed.length - drafts.length });
      }),
  };
}

function syncCalls(
  state: VaultState,
): Picked<'feedApply' | 'inboxApply' | 'pushResultsApply' | 'pagesCheck' | 'close'> {
  return {
    feedApply: ({ restart, ...page }) =>
      whenOpen(state, ({ cache }) => {
        const applied = applyPage(cache.database.db, page, restart);
        return succeed({
          ...applied,
          changedPatientIds: [...applied.changedPatientIds],
        });
      }),
    inboxApply: ({ sealed }) =>
      whenOpen(state, ({ cache, inboxKey }) =>
        succeed(applyInbox(cache.database.db, inboxKey, sealed)),
      ),
    pushResultsApply: ({ results }) =>
      whenOpen(state, ({ cache }) => {
        const changed = applyPushResults(cache.database.db, results);
        if (state.visits !== null) changed.push(...applyPushResults(state.visits.db, results));
        return succeed({ changedPatientIds: [...new Set(changed)] });
      }),
    pagesCheck: ({ first, count }) =>
      whenOpen(state, ({ keys, place }) => {
        state.walk ??= walkPages(place.cachePath, keys.cacheKey);
        const { sound, next } = state.walk.check(first, count);
        if (sound) return succeed({ next });
        state.damaged = true;
        shut(state);
        return refuse('cacheDamaged');
      }),
    close: () =>
      whenOpen(state, ({ cache }) => {
        const generation = readMeta(cache.database.db)?.generation ?? 0;
        cache.database.checkpoint();
        shut(state);
        state.sessionKey = null;
        state.prepared.clear();
        return succeed({ generation });
      }),
  };
}
