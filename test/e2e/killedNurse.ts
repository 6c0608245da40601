import { randomUUID } from 'node:crypto';
import { writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import * as v from 'valibot';
import { badgeFromUid } from '#core/badge/canonicalBadge.ts';
import type { Result } from '#core/result.ts';
import { readTerminalConfig } from '#electron/config.ts';
import { createLogger } from '#electron/log.ts';
import { createRecordServer } from '#electron/recordServer/recordServer.ts';
import { createTransport } from '#electron/recordServer/transport.ts';
import { createBadgeKeys } from '#electron/session/badgeKeys.ts';
import { createGraceStore } from '#electron/session/grace.ts';
import type { OpenedLogin } from '#electron/session/loginDeps.ts';
import { createLogins } from '#electron/session/logins.ts';
import { createStartUp, statePaths } from '#electron/startUp.ts';
import { createInbox } from '#electron/sync/inbox.ts';
import { createSync } from '#electron/sync/sync.ts';
import { startVault } from '#test/electron/vault/vaultClient.ts';

/*
 * A terminal without its window, to be killed: its own identity, spool, key file, vault process and sync, and a nurse who logs
 * in, charts notes without end, leaves and comes back. A note is said to be saved after the spool has it, as on a screen.
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
const betweenNotesMs = 20;

const say = (fact: object) => writeSync(1, `${JSON.stringify(fact)}\n`);
const fail = (why: string): never => {
  say({ failed: why });
  process.exit(3);
};
function must<Value>(result: Result<Value, string>): Value {
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
  nowMs,
  wallMs: () => Date.now(),
  timeMs: () => Date.now(),
  clockIsSound: () => true,
  onCacheTrouble: (trouble) => say({ cacheTrouble: trouble }),
});

let attempt = 0;
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
      if (opened !== null) return opened;
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

async function chart(opened: OpenedLogin, patientId: string, text: string): Promise<void> {
  const { vault, facts } = opened;
  const { personId, displayName } = facts.person;
  const { sessionId } = facts;
  const { terminalId, intakePublicKey } = identity;
  const prepared = must(
    await vault.call('notePrepare', {
      author: { personId, displayName, sessionId, terminalId },
      intakePublicKey,
      nowMs: Date.now(),
      patientId,
      draftId: null,
      note: { text, corrects: null },
    }),
  );
  must(
    spool.commitWrite({
      audit: [
        {
          action: 'write',
          outcome: 'success',
          personId,
          sessionId,
          patientIds: [patientId],
          subject: 'DocumentReference',
          purposeOfUse: 'TREAT',
          reason: null,
        },
      ],
      personId,
      patientId,
      operations: prepared.operations,
      draftId: null,
      settles: null,
    }),
  );
  say({ saved: text });
  const operationIds = prepared.operations.map(({ operation }) => operation.operationId);
  must(await vault.call('operationsCommit', { operationIds }));
  sync.operationsAdded();
  sync.auditAppended();
}

async function chartOn(): Promise<void> {
  while (!orders.finish) {
    const opened = await logIn();
    await sync.attachVault(opened);
    const patientId = await somePatient(opened);
    for (let at = 0; at < notesPerSession; at += 1) {
      await chart(opened, patientId, `Killed nurse, life ${run}, note ${randomUUID()}`);
      await sleep(betweenNotesMs);
    }
    sync.detachVault();
    await opened.vault.call('close', null);
    await opened.vault.kill();
    session = null;
    sync.sessionsChanged();
  }
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
const { conflicts, rejected } = spool.outbox.counts(null);
say({ settled: { conflicts, rejected } });
await sync.stop();
process.exit(0);
