import { randomUUID } from 'node:crypto';
import { writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import * as v from 'valibot';
import { badgeFromUid } from '#core/badge/canonicalBadge.ts';
import type { Draft } from '#core/contracts/clinical.ts';
import { readTerminalConfig } from '#electron/config.ts';
import { createLogger } from '#electron/log.ts';
import { createRecordServer } from '#electron/recordServer/recordServer.ts';
import { createTransport } from '#electron/recordServer/transport.ts';
import { createBadgeKeys } from '#electron/session/badgeKeys.ts';
import type { WorkspaceCallDeps } from '#electron/session/callContext.ts';
import { createGraceStore } from '#electron/session/grace.ts';
import type { OpenedLogin } from '#electron/session/loginDeps.ts';
import { createLogins } from '#electron/session/logins.ts';
import type { Workspace } from '#electron/session/workspace.ts';
import { createWorkspaceCalls } from '#electron/session/workspaceCalls.ts';
import { createStartUp, statePaths } from '#electron/startUp.ts';
import { createInbox } from '#electron/sync/inbox.ts';
import { createSync } from '#electron/sync/sync.ts';
import { startVault } from '#test/electron/vault/vaultClient.ts';

/*
 * A terminal without its window, to be killed: its own identity, spool, key file, vault process and sync, and a nurse who logs
 * in, charts without end, leaves and comes back. Her drafts, notes and vital signs take the calls that a page has, as main
 * answers them: they are said to be kept or saved when the page would be told so.
 */

const { configFile, vaultFile, uid, pin, run } = v.parse(
  v.object({
    configFile: v.string(),
    vaultFile: v.string(),
    uid: v.string(),
    pin: v.string(),
    /** Tells the notes of this life from those of the others. */
    run: v.number(),
  }),
  JSON.parse(process.argv[2] ?? ''),
);
const notesPerSession = 25;
const betweenNotesMs = 40;
const setsEvery = 4;

const say = (fact: object) => writeSync(1, `${JSON.stringify(fact)}\n`);
const fail = (why: string): never => {
  say({ failed: why });
  process.exit(3);
};
function must<Value>(result: { ok: true; value: Value } | { ok: false; code: string }): Value {
  return result.ok ? result.value : fail(result.code);
}

const logger = createLogger([(line) => writeSync(1, line.trimEnd() + '\n')], () => Date.now());
const config = must(readTerminalConfig(configFile));
const paths = statePaths(config.stateFolder);
const nowMs = () => performance.now();
const layFoundations = createStartUp(config, logger, (code) => fail(`spool: ${code}`), nowMs);
const { deviceSecret, identity, keyFile, spool } = must(await layFoundations());
const server = createRecordServer(createTransport(identity));
const badge = must(badgeFromUid(Buffer.from(uid, 'hex')));
const badgeKeys = createBadgeKeys(deviceSecret);
let session: string | null = null;
/** Set by a line on standard input. */
const orders: { finish: boolean } = { finish: false };

const where = () => ({
  cachePath: paths.cache,
  terminalId: identity.terminalId,
  wardName: identity.wardName,
  minimumGeneration: null,
});
const sync = createSync({
  server,
  spool,
  inbox: createInbox(paths.inbox, {
    deviceSecret,
    onRefused: () => say({ inboxRefused: true }),
  }),
  logger,
  now: () => Date.now(),
  random: Math.random,
  inboxTarget: () => {
    const escrow = keyFile.escrow();
    return escrow === null ? null : { cacheId: escrow.cacheId, publicKey: escrow.inboxPublicKey };
  },
  tokenOf: () => null,
  onChanged: () => undefined,
  onStatus: () => undefined,
  onEvent: () => undefined,
  isLive: (sessionId) => sessionId === session || logins.holds(sessionId),
  onOfflineAnswer: ({ reply }) => {
    if (reply.status === 'refused') fail(`offline login refused: ${reply.code}`);
  },
  onBehind: () => undefined,
  onBroken: () => fail('the audit chain is broken'),
  pollMs: 1_000,
});
const logins = createLogins({
  server,
  online: () => sync.status().link === 'connected',
  serverUntrusted: () => sync.status().link === 'untrusted',
  keyFile,
  spool,
  graces: createGraceStore(),
  badgeKeys,
  deviceSecret: deviceSecret.toString('base64url'),
  intakePublicKey: identity.intakePublicKey,
  where,
  takeVault: () => startVault(vaultFile),
  latency: { record: () => undefined },
  nowMs,
  wallMs: () => Date.now(),
  timeMs: () => Date.now(),
  clockIsSound: () => true,
  onCacheTrouble: (trouble) => say({ cacheTrouble: trouble }),
});

let attempt = 0;
let nurseId = '';
async function logIn(): Promise<OpenedLogin> {
  for (;;) {
    attempt += 1;
    const badgeKey = badgeKeys.nameOf(badge);
    const tap = { reader: 'reader', presence: attempt, badgeKey, atMs: performance.now() };
    const seen = { badge, trust: 'B0' as const, seenAtMs: performance.now() };
    const identified = await logins.identify(attempt, tap, seen);
    const checked = identified.kind === 'pin' ? await logins.checkPin(attempt, pin) : null;
    if (checked?.kind === 'accepted') {
      const opened = logins.claim(attempt);
      session = opened?.facts.sessionId ?? null;
      if (opened !== null) {
        nurseId = opened.facts.person.personId;
        return opened;
      }
    }
    logins.drop(attempt);
    say({ notIn: checked ?? identified });
    await sleep(300);
  }
}

async function somePatient({ vault, facts }: OpenedLogin): Promise<string> {
  for (;;) {
    const board = await vault.call('boardRead', {
      personId: facts.person.personId,
      nowMs: Date.now(),
    });
    const row = board.ok ? board.value.rows.find((one) => one.patient !== null) : undefined;
    if (row?.patient) return row.patient.patientId;
    await sleep(50);
  }
}

/** Whose session is open: what the page of a terminal would have. */
let workspace: Workspace | null = null;
const page = 1;
/** The calls as main answers them; only the page and what it does not ask for are missing. */
const calls = createWorkspaceCalls({
  workspaces: { ofSender: () => workspace },
  spool,
  terminalId: identity.terminalId,
  intakePublicKey: identity.intakePublicKey,
  nowMs: () => performance.now(),
  wallMs: () => Date.now(),
  onWritten: () => {
    sync.operationsAdded();
    sync.auditAppended();
  },
  onAppended: () => sync.auditAppended(),
  onPersonal: () => sync.personalChanged(),
  onSpoolRefusal: (code: string) => fail(`spool: ${code}`),
} as unknown as WorkspaceCallDeps);

/** Something typed is kept, and then made a note of. */
async function writeNote(patientId: string): Promise<void> {
  const content = `Killed nurse, life ${run}, note ${randomUUID()}`;
  const draft = { draftId: randomUUID(), patientId, patientLabel: 'Bed 1', kind: 'note', content };
  must(await calls.draftSave(draft as Draft, page));
  say({ kept: content });
  await finish(draft);
}

async function finish(draft: Pick<Draft, 'draftId' | 'patientId' | 'content'>): Promise<void> {
  const { draftId, patientId, content } = draft;
  const note = { text: content, corrects: null };
  must(await calls.noteWrite({ patientId, draftId, note }, page));
  say({ saved: content });
}

/** A whole set of vital signs: seven records that belong together. */
async function recordVitals(patientId: string): Promise<void> {
  const vitals = {
    takenAtMs: Date.now(),
    respirationRate: 16,
    oxygenSaturation: 97,
    supplementalOxygen: false,
    systolic: 120,
    diastolic: 70,
    heartRate: 72,
    consciousness: 'A' as const,
    temperature: 37,
  };
  const order = { patientId, draftId: null, vitals, confirmedUnlikely: false };
  say({ savedSet: must(await calls.vitalsRecord(order, page)).setId });
}

/** Comes in, finishes what an end of the terminal left half done, and does something. */
async function inSession(act: (patientId: string) => Promise<void>): Promise<void> {
  const opened = await logIn();
  const { facts, vault, cacheId } = opened;
  session = facts.sessionId;
  const { sessionId, person } = facts;
  workspace = {
    session: {
      sessionId,
      person,
      attempt,
      badgeKey: badgeKeys.nameOf(badge),
      openedAtMs: 0,
      ends: { leaseAtMs: Infinity, shiftAtMs: Infinity },
    },
    page: { push: () => undefined } as unknown as Workspace['page'],
    token: sessionId,
    vault,
    cacheId,
    facts,
    boardPatients: new Set(),
    visits: new Map(),
    changes: new Map(),
    finishedDrafts: new Set(),
    closing: false,
  };
  await sync.attachVault(opened);
  const patientId = await somePatient(opened);
  for (const draft of must(await calls.draftList(null, page))) await finish(draft);
  await act(patientId);
  workspace = null;
  sync.detachVault();
  await vault.call('close', null);
  await vault.kill();
  session = null;
  void server.endSession(facts.sessionId);
}

async function chartOn(): Promise<void> {
  while (!orders.finish) {
    await inSession(async (patientId) => {
      must(await calls.chartOpen({ patientId, fetch: true }, page));
      for (let at = 0; at < notesPerSession; at += 1) {
        await writeNote(patientId);
        if (at % setsEvery === 0) await recordVitals(patientId);
        await sleep(betweenNotesMs);
      }
    });
  }
}

/** The sets of vital signs as everybody sees them now, whole or not. */
async function readSets(patientId: string): Promise<{ setId: string; isWhole: boolean }[]> {
  const window = { patientId, fromMs: Date.now() - 3_600_000, toMs: Date.now() + 60_000 };
  for (let tries = 0; tries < 200; tries += 1) {
    const sets = must(await calls.vitalsRead(window, page));
    if (sets.every((set) => set.state === 'stored'))
      return sets.map((set) => ({
        setId: set.setId,
        isWhole: !Object.values({ ...set, recordedBy: '' }).includes(null),
      }));
    await sleep(100);
  }
  return fail('a set of vital signs is never stored');
}

/** Everything charted is with the record server, and nothing is left that a person must look at. */
async function settled(): Promise<void> {
  for (;;) {
    const { pending } = spool.outbox.counts(null);
    if (pending + spool.unsentCount() + spool.offlineSessions.waiting().length === 0) return;
    sync.operationsAdded();
    await sleep(100);
  }
}

createInterface({ input: process.stdin }).on('line', () => {
  orders.finish = true;
});
sync.start();
await chartOn();
await settled();
await inSession(async (patientId) => {
  await settled();
  say({ sets: await readSets(patientId) });
});
await settled();
const { conflicts } = spool.outbox.counts(null);
const rejected = spool.drafts.rejectedOf(nurseId).length;
say({ settled: { conflicts, rejected } });
await sync.stop();
process.exit(0);
