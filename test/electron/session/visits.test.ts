import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AuditEntry } from '#core/contracts/audit.ts';
import type { ChartView } from '#core/contracts/clinical.ts';
import { refuse, succeed, type Result } from '#core/result.ts';
import type { ReadPatientRecord } from '#electron/recordServer/syncReplies.ts';
import type { LinkRefusal } from '#electron/recordServer/transport.ts';
import type { WorkspaceCallDeps } from '#electron/session/callContext.ts';
import { restoreOwnOperations } from '#electron/session/visits.ts';
import type { Workspace } from '#electron/session/workspace.ts';
import { createWorkspaceCalls } from '#electron/session/workspaceCalls.ts';
import type { Spool } from '#electron/spool/spool.ts';
import { createSpoolFixture, type SpoolFixture } from '#test/electron/spool/spoolFixture.ts';
import { vaultFixture } from '#test/electron/vault/fixture.ts';
import type { ForkedVault } from '#test/electron/vault/vaultClient.ts';
import {
  author,
  intake,
  must,
  now,
  openByRelease,
  patientChanges,
  person,
  spki,
} from '#test/electron/vault/ward.ts';
import { filledWard } from '#test/electron/vault/writing.ts';

/* The calls of a page, on a real vault and a real spool; only the record server's answer is given here. */

const { start, cachePath } = vaultFixture();
const senderId = 7;
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

type Given = Result<ReadPatientRecord, LinkRefusal>;
const released = (over: Partial<ReadPatientRecord> = {}): Given =>
  succeed({ changes: patientChanges(8), accessBasis: 'careTeam', malformed: 0, ...over });

function workspaceOf(vault: ForkedVault, personId = 'n1'): Workspace {
  const parts = {
    session: { sessionId: 's1', person: person(personId) },
    vault,
    visits: new Map(),
    changes: new Map(),
    closing: false,
  };
  // Stage, page and stored facts are no business of these calls.
  return parts as unknown as Workspace;
}

/** A page's calls; `answer` stands in for the record server. */
function page(workspace: Workspace, answer: () => Given | Promise<Given>) {
  const malformed: number[] = [];
  let fetches = 0;
  let wallMs = now;
  const deps: Partial<WorkspaceCallDeps> = {
    workspaces: { ofSender: (id: number) => (id === senderId ? workspace : null) } as never,
    spool,
    terminalId: author().terminalId,
    intakePublicKey: spki(intake.publicKey),
    nowMs: () => wallMs,
    wallMs: () => wallMs,
    fetchPatient: async () => {
      fetches += 1;
      return await answer();
    },
    onMalformed: (count) => malformed.push(count),
    onAppended: () => undefined,
    onWritten: () => undefined,
    onSpoolRefusal: () => undefined,
  };
  const calls = createWorkspaceCalls(deps as WorkspaceCallDeps);
  return {
    malformed,
    fetches: () => fetches,
    passMs: (ms: number) => (wallMs += ms),
    open: async (patientId = 'p8', fetch = true) =>
      await calls.chartOpen({ patientId, fetch }, senderId),
    section: async (patientId = 'p8') =>
      await calls.chartSectionRead({ patientId, section: 'results', offset: 0 }, senderId),
    note: async (text: string) =>
      await calls.noteWrite(
        { patientId: 'p8', draftId: null, note: { text, corrects: null } },
        senderId,
      ),
  };
}

const opened = (reply: { ok: boolean }): ChartView => {
  if (!reply.ok) throw new Error(JSON.stringify(reply));
  return (reply as unknown as { value: ChartView }).value;
};
const logged = (): string[] =>
  spool
    .unsent(100)
    .map((entry: AuditEntry) =>
      [entry.action, entry.outcome, entry.subject, entry.patientIds.join(), entry.reason].join(' '),
    );

async function tapIn(answer: () => Given | Promise<Given>) {
  const vault = start();
  const cache = await filledWard(vault, cachePath());
  const workspace = workspaceOf(vault);
  return { vault, cache, workspace, ...page(workspace, answer) };
}

describe('a chart', () => {
  it('of the ward is never fetched, and its entries say so', async () => {
    const at = await tapIn(() => refuse('denied'));
    expect(opened(await at.open('p1')).accessBasis).toBe('ward');
    expect((await at.section('p1')).ok).toBe(true);
    expect(at.fetches()).toBe(0);
    expect(logged()).toEqual(['view success chart p1 ward', 'view success chart.results p1 ward']);
  });

  it('of a visiting patient is fetched, and every entry says on what ground it is seen', async () => {
    const at = await tapIn(() => released());
    expect(opened(await at.open())).toMatchObject({
      identity: { patientId: 'p8' },
      accessBasis: 'careTeam',
      visiting: { fetchedAtMs: now },
    });
    await at.section();
    expect((await at.note('Seen.')).ok).toBe(true);
    expect(opened(await at.open('p8', false)).sections.notes?.total).toBe(1);
    expect(at.fetches()).toBe(1);
    expect(logged()).toEqual([
      'view success chart p8 careTeam',
      'view success chart.results p8 careTeam',
      'write success DocumentReference p8 careTeam',
      'view success chart p8 careTeam',
    ]);
    expect(spool.outbox.ownVisiting('n1')).toHaveLength(1);
  });

  it('opened again is fetched again; what cannot be fetched now is shown as it was', async () => {
    let answer = released();
    const at = await tapIn(() => answer);
    await at.open();
    at.passMs(60_000);
    expect(opened(await at.open()).visiting).toEqual({ fetchedAtMs: now + 60_000 });
    at.passMs(60_000);
    for (const code of [
      'unreachable',
      'untrusted',
      'serverFault',
      'tooMany',
      'malformed',
    ] as const) {
      answer = refuse(code);
      expect(opened(await at.open()).visiting, code).toEqual({ fetchedAtMs: now + 60_000 });
    }
  });

  it.each([
    ['denied', 'denied', 'view denied chart p8 denied'],
    ['personRefused', 'denied', 'view denied chart p8 personRefused'],
    ['gone', 'gone', 'view failure chart p8 gone'],
    ['unreachable', 'offline', 'view failure chart p8 unreachable'],
  ] as const)('that is %s is not shown, and why is written down', async (code, said, entry) => {
    const at = await tapIn(() => refuse(code));
    expect(await at.open()).toEqual({ ok: false, code: said });
    expect(await at.section()).toEqual({ ok: false, code: 'notFound' });
    expect(logged()).toEqual([entry, 'view failure chart.results p8 notFound']);
  });

  it('that was open and is not hers any more goes from the session', async () => {
    for (const code of ['denied', 'gone', 'notFound', 'personRefused'] as const) {
      let answer = released();
      const at = await tapIn(() => answer);
      await at.open();
      answer = refuse(code);
      expect((await at.open()).ok).toBe(false);
      expect(await at.open('p8', false), code).toEqual({ ok: false, code: 'notFound' });
      expect(at.workspace.visits.size).toBe(0);
      await at.vault.kill();
    }
  });

  it('is not read out of a record of somebody else', async () => {
    const at = await tapIn(() => released({ changes: patientChanges(9) }));
    expect(await at.open()).toEqual({ ok: false, code: 'internal' });
    expect(at.workspace.visits.size).toBe(0);
    expect((await at.open('p9', false)).ok).toBe(false);
  });

  it('with parts that cannot be understood is shown, and that is said in the log', async () => {
    const at = await tapIn(() => released({ malformed: 2 }));
    expect((await at.open()).ok).toBe(true);
    expect(at.malformed).toEqual([2]);
  });

  it('that arrives after the session has begun to end is nobody’s, and no view', async () => {
    const at = await tapIn(() => {
      at.workspace.closing = true;
      return released();
    });
    expect(await at.open()).toEqual({ ok: false, code: 'noSession' });
    expect(logged()).toEqual([]);
  });

  it('is not shown when its entry cannot be kept', async () => {
    const at = await tapIn(() => released());
    // From now on the spool takes nothing.
    expect(spool.acknowledge({ sequence: 9, hash: 'f'.repeat(64) }).ok).toBe(false);
    expect((await at.open()).ok).toBe(false);
  });

  it('holds what the record server took while the record was on its way', async () => {
    let round = 0;
    const at = await tapIn(() => {
      round += 1;
      // As `changePush` counts it when results arrive.
      if (round === 2) at.workspace.changes.set('p8', 1);
      return released();
    });
    await at.open();
    await at.open();
    expect(at.fetches()).toBe(3);
  });
});

describe('what was charted of a visiting patient', () => {
  it('waits through the end of the session, goes out, and what became of it is told to its author alone', async () => {
    const at = await tapIn(() => released());
    await at.open();
    await at.note('Seen on the round.');
    // A crash: no close, no grace.
    await at.vault.kill();
    spool.close();
    spool = spools.mustOpen();
    const [operation] = spool.outbox.pending(10);
    expect(operation).toBeDefined();
    const { operationId } = operation!;
    const conflict = { operationId, status: 'conflict', current: null, currentVersion: 0 } as const;
    expect(spool.outbox.settle([conflict]).ok).toBe(true);
    for (const personId of ['n2', 'n1']) {
      const vault = start();
      const { escrow } = at.cache;
      await openByRelease(vault, cachePath(), { personId, escrow });
      await restoreOwnOperations(spool, workspaceOf(vault, personId));
      const conflicts = await must(vault.call('conflictsRead', null));
      expect(conflicts.map((one) => one.operationId)).toEqual(
        personId === 'n1' ? [operationId] : [],
      );
      expect(spool.outbox.conflictsFor(personId)).toBe(personId === 'n1' ? 1 : 0);
      await must(vault.call('close', null));
      await vault.kill();
    }
  });
});
