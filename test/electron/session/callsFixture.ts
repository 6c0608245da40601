import { afterEach, beforeEach } from 'vitest';
import type { AuditEntry } from '#core/contracts/audit.ts';
import type { SearchResult } from '#core/contracts/clinical.ts';
import type { ReadPatientRecord } from '#electron/recordServer/syncReplies.ts';
import type { LinkRefusal } from '#electron/recordServer/transport.ts';
import { refuse, type Result } from '#core/result.ts';
import { createLatencyRecorder } from '#electron/latency.ts';
import type { WorkspaceCallDeps } from '#electron/session/callContext.ts';
import type { Workspace } from '#electron/session/workspace.ts';
import { createWorkspaceCalls, type WorkspaceHandlers } from '#electron/session/workspaceCalls.ts';
import type { Spool, SpoolRefusal } from '#electron/spool/spool.ts';
import { createSpoolFixture, type SpoolFixture } from '#test/electron/spool/spoolFixture.ts';
import { vaultFixture } from '#test/electron/vault/fixture.ts';
import type { ForkedVault } from '#test/electron/vault/vaultClient.ts';
import { intake, now, person, spki } from '#test/electron/vault/ward.ts';
import { filledWard } from '#test/electron/vault/writing.ts';

/** The id of the page that has the open session. */
export const pageId = 7;

/** The calls of one open session, on a real vault with a filled ward and a real spool. The record server's words are played. */
export interface OpenCalls {
  readonly handlers: WorkspaceHandlers;
  readonly workspace: Workspace;
  readonly vault: ForkedVault;
  readonly spool: Spool;
  /** What reached the page without its asking. */
  readonly pushed: { topic: string; message: unknown }[];
  readonly spoolRefusals: SpoolRefusal[];
  /** Answers what the record server says to a search, when a patient is fetched, or to the end of another session. */
  server: {
    search: Result<SearchResult, LinkRefusal>;
    patient: Result<ReadPatientRecord, LinkRefusal>;
    close: Result<null, LinkRefusal>;
  };
  /** How often something was given to the printer. */
  printed(): number;
  /** The entries since the last time. */
  entries(): AuditEntry[];
  /** From now on the spool takes nothing: the record server named a head that is not in its chain. */
  breakSpool(): void;
}

/** Opens calls for each test. Call once at the top of a test file. */
export function callsFixture(): { readonly open: () => Promise<OpenCalls> } {
  const { start, cachePath } = vaultFixture();
  let spools: SpoolFixture;
  let spool: Spool;
  beforeEach(() => {
    spools = createSpoolFixture();
    spool = spools.mustOpen(true);
  });
  afterEach(() => {
    spool.close();
    spools.remove();
  });
  return {
    open: async () => {
      const vault = start();
      const { cacheId } = await filledWard(vault, cachePath());
      return openCalls(vault, cacheId, spool);
    },
  };
}

function openCalls(vault: ForkedVault, cacheId: string, spool: Spool): OpenCalls {
  let printed = 0;
  const pushed: OpenCalls['pushed'] = [];
  const spoolRefusals: SpoolRefusal[] = [];
  const server: OpenCalls['server'] = {
    search: refuse('unreachable'),
    patient: refuse('unreachable'),
    close: refuse('denied'),
  };
  const session = {
    sessionId: 's1',
    attempt: 1,
    person: person(),
    badgeKey: 'b',
    openedAtMs: now,
    ends: { leaseAtMs: Infinity, shiftAtMs: Infinity },
  };
  const workspace = {
    session,
    vault,
    page: {
      push: (topic: string, message: unknown) => void pushed.push({ topic, message }),
    } as unknown as Workspace['page'],
    token: 'token',
    cacheId,
    facts: {
      sessionId: 's1',
      person: person(),
      token: { value: 'token', expiresAtMs: now + 3_600_000 },
      otherSessions: [],
    } as never,
    boardPatients: new Set<string>(),
    visits: new Map<string, string>(),
    changes: new Map<string, number>(),
    finishedDrafts: new Set<string>(),
    closing: false,
  };
  const deps: WorkspaceCallDeps = {
    workspaces: {
      ofSender: (senderId: number) => (senderId === pageId ? workspace : null),
      current: () => workspace,
    } as unknown as WorkspaceCallDeps['workspaces'],
    spool,
    terminalId: 't1',
    wardId: 'w1',
    intakePublicKey: spki(intake.publicKey),
    dispatch: () => undefined,
    nowMs: () => now,
    latency: createLatencyRecorder(),
    wallMs: () => now,
    pageReady: () => undefined,
    searchServer: async () => await Promise.resolve(server.search),
    fetchPatient: async () => await Promise.resolve(server.patient),
    onMalformed: () => undefined,
    closeOther: async () => await Promise.resolve(server.close),
    status: () => ({}) as never,
    print: async () => {
      printed += 1;
      return await Promise.resolve(true);
    },
    onWritten: () => undefined,
    onAppended: () => undefined,
    onPersonal: () => undefined,
    onRejectionsChanged: () => undefined,
    onSpoolRefusal: (code) => void spoolRefusals.push(code),
  };
  let seen = 0;
  return {
    handlers: createWorkspaceCalls(deps),
    workspace,
    vault,
    spool,
    pushed,
    spoolRefusals,
    server,
    printed: () => printed,
    entries: () => {
      const all = spool.unsent(1_000);
      const fresh = all.slice(seen);
      seen = all.length;
      return fresh;
    },
    breakSpool: () => void spool.acknowledge({ sequence: 999, hash: 'f'.repeat(64) }),
  };
}
