import { randomBytes } from 'node:crypto';
import type { Person } from '#core/contracts/terminal.ts';
import type { VaultCall, VaultRefusal } from '#core/contracts/vault.ts';
import { succeed, type Result } from '#core/result.ts';
import type { LiveSession } from '#core/session/model.ts';
import { createLatencyRecorder } from '#electron/latency.ts';
import { createLogger } from '#electron/log.ts';
import { createBadgeKeys } from '#electron/session/badgeKeys.ts';
import { createGraceStore, type Grace, type GraceStore } from '#electron/session/grace.ts';
import type { OpenedLogin } from '#electron/session/loginDeps.ts';
import type { WorkspacesDeps } from '#electron/session/workspace.ts';
import { createWorkspaces, type Workspaces } from '#electron/session/workspaces.ts';
import type { Spool } from '#electron/spool/spool.ts';
import type { VaultClient } from '#electron/vault/vaultClient.ts';
import type { WorkspacePage } from '#electron/views/stage.ts';
import { farEnds } from '#test/core/session/scene.ts';
import { createSpoolFixture } from '#test/electron/spool/spoolFixture.ts';

/*
 * Workspaces over a page and a vault that do what the test says; graces, spool and log are the real ones. What happens is
 * written down in `events`, in order.
 */

export const anna: Person = { personId: 'anna', displayName: 'Anna', role: 'nurse', trust: 'B0' };
const badge = { technology: 'iso14443-uid', bitLength: 56, hex: '04aabbccddeeff' } as const;
const cacheId = 'cache-1';

/** One opening of Anna's session. */
export function sessionOf(attempt: number, sessionId = 'session-1'): LiveSession {
  return { sessionId, attempt, person: anna, badgeKey: 'badge-1', openedAtMs: 0, ends: farEnds };
}

/** What a fake vault answers; a call that is not named gets what an empty ward gives. */
export type VaultAnswers = Partial<
  Record<VaultCall, () => Promise<Result<unknown, VaultRefusal | 'vaultLost'>>>
>;

export interface WorkspaceRig {
  readonly workspaces: Workspaces;
  readonly deps: WorkspacesDeps;
  readonly graces: GraceStore;
  /** The whole spool behind the parts that workspaces use. */
  readonly whole: Spool;
  readonly events: string[];
  readonly answers: VaultAnswers;
  readonly remove: () => void;
}

const facts = (sessionId: string): Grace['facts'] => ({
  sessionId,
  person: anna,
  badge,
  shiftEndsAtMs: Number.MAX_SAFE_INTEGER,
  leaseNotAfterMs: Number.MAX_SAFE_INTEGER,
  token: null,
  otherSessions: [],
});

/** A grace of Anna's that has just begun. */
export function graceOf(sessionId = 'session-1'): Grace {
  const slot = { personId: anna.personId, cacheId, sealed: 'sealed' };
  return { slot, graceSecret: 'secret', facts: facts(sessionId), untilMs: Infinity };
}

/** Builds the workspaces; `change` replaces single parts of what they work with. */
export function createWorkspaceRig(
  change: (deps: WorkspacesDeps) => Partial<WorkspacesDeps> = () => ({}),
): WorkspaceRig {
  const spools = createSpoolFixture();
  const spool = spools.mustOpen(true);
  const graces = createGraceStore();
  const events: string[] = [];
  const answers: VaultAnswers = {
    boardRead: () => Promise.resolve(succeed({ wardName: 'Ash', rows: [] })),
    graceSeal: () => Promise.resolve(succeed(graceOf().slot)),
    close: () => Promise.resolve(succeed({ generation: 1 })),
    openByGrace: () => Promise.resolve(succeed(opening)),
  };
  const counts = { generation: 1, malformed: 0, filled: null };
  const opening = { asOfMs: null, cursor: null, feedEpoch: null, cacheId, ...counts };
  const vault: VaultClient = {
    call: async (call) => {
      const answer = answers[call];
      if (answer === undefined) throw new Error(`no answer to ${call}`);
      return (await answer()) as never;
    },
    kill: () => {
      events.push('vault killed');
      return Promise.resolve();
    },
  };
  const contents = { isDestroyed: () => false, id: 7 };
  const page: WorkspacePage = {
    layer: { contents } as unknown as WorkspacePage['layer'],
    ready: Promise.resolve(true),
    isGone: () => false,
    push: (topic, message) => {
      events.push(topic);
      const { token } = message as { readonly token: string };
      if (topic === 'workspaceBegin') setImmediate(() => rig.workspaces.painted(token));
      if (topic === 'workspaceEnd') setImmediate(() => rig.workspaces.cleared(token));
    },
  };
  const usual: WorkspacesDeps = {
    stage: {
      takeSpare: () => page,
      raiseWorkspace: () => void events.push('raised'),
      destroyWorkspace: () => {
        events.push('page destroyed');
        return Promise.resolve();
      },
    },
    takeVault: () => vault,
    prepareSpares: () => undefined,
    claimLogin: (attempt): OpenedLogin => ({
      facts: facts(`session-${attempt}`),
      vault,
      ...opening,
    }),
    graces,
    graceMs: 600_000,
    badgeKeys: createBadgeKeys(randomBytes(32)),
    deviceSecret: 'secret',
    where: () => ({
      cachePath: '/nowhere',
      terminalId: 't1',
      wardName: 'Ash',
      minimumGeneration: null,
    }),
    wardId: 'ward-1',
    spool,
    onAppended: () => undefined,
    latency: createLatencyRecorder(),
    logger: createLogger([], () => 0),
    nowMs: () => performance.now(),
    wallMs: () => Date.now(),
    freshness: () => ({
      asOfMs: null,
      online: true,
      unsentOperations: 0,
      conflicts: 0,
      rejected: 0,
      malformed: 0,
      filling: null,
    }),
    surroundings: () => ({
      terminalName: 'T1',
      wardName: 'Ash',
      language: 'en',
      theme: 'light',
      leaveHint: 'secondTap',
    }),
    onOpened: () => undefined,
    onClosing: () => undefined,
    clearClipboards: () => void events.push('clipboards cleared'),
  };
  const deps = { ...usual, ...change(usual) };
  const rig: WorkspaceRig = {
    workspaces: createWorkspaces(deps),
    deps,
    graces,
    whole: spool,
    events,
    answers,
    remove: () => {
      spool.close();
      spools.remove();
    },
  };
  return rig;
}
