import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createAuditSender } from '#electron/sync/auditSender.ts';
import { auditDraft, must, spoolWrite } from '#test/electron/spool/spoolFixture.ts';
import { put } from './contractServer.ts';
import { createMemoryVault } from './memoryVault.ts';
import { createSyncFixture, type SyncFixture } from './syncFixture.ts';

let fixture: SyncFixture;
beforeEach(async () => {
  fixture = await createSyncFixture();
});
afterEach(() => fixture.end());

const withinSecond = { timeout: 1_000, interval: 5 };
const soon = { timeout: 5_000, interval: 5 };
const afterReconnect = { timeout: 6_000, interval: 10 };
const connected = () =>
  vi.waitFor(() => expect(fixture.sync.status().link).toBe('connected'), afterReconnect);

describe('audit lines', () => {
  it('are at the server within a second while online', async () => {
    await connected();
    must(fixture.spool.append([auditDraft(), auditDraft()]));
    fixture.sync.auditAppended();
    await vi.waitFor(() => expect(fixture.spool.unsentCount()).toBe(0), withinSecond);
    expect(fixture.contract.audit.map((entry) => entry.sequence)).toEqual([1, 2]);
  });

  it('wait out an outage and arrive in order, once, when answers get lost too', async () => {
    await connected();
    await fixture.goOffline();
    for (let number = 0; number < 300; number += 1) must(fixture.spool.append([auditDraft()]));
    fixture.sync.auditAppended();
    fixture.contract.loseReplies = 3;
    await fixture.goOnline();
    await vi.waitFor(() => expect(fixture.spool.unsentCount()).toBe(0), afterReconnect);
    const sequences = fixture.contract.audit.map((entry) => entry.sequence);
    expect(sequences).toEqual(Array.from({ length: 300 }, (_, index) => index + 1));
    expect(fixture.broken).toBe(0);
  });

  it('raise a fault when the server holds another history, and the spool stops', async () => {
    await connected();
    must(fixture.spool.append([auditDraft()]));
    fixture.sync.auditAppended();
    await vi.waitFor(() => expect(fixture.spool.unsentCount()).toBe(0), soon);
    fixture.contract.audit[0] = { ...fixture.contract.audit[0]!, hash: 'a'.repeat(64) };
    must(fixture.spool.append([auditDraft()]));
    fixture.sync.auditAppended();
    await vi.waitFor(() => expect(fixture.broken).toBe(1), soon);
    expect(fixture.spool.append([auditDraft()]).ok).toBe(false);
  });

  it('a spool put back from yesterday is noticed at the first contact, before it sends anything', async () => {
    await connected();
    await fixture.sync.stop();
    // The server has two lines that this spool does not know.
    const other = { ...auditDraft(), sequence: 1, hash: 'b'.repeat(64) };
    fixture.contract.audit.push(other as never);
    await fixture.restart();
    await vi.waitFor(() => expect(fixture.broken).toBe(1), afterReconnect);
    const refusals = () => fixture.log.filter((line) => line['event'] === 'auditChainRefused');
    expect(refusals()).toHaveLength(1);
    expect(refusals()[0]).toMatchObject({ code: 'rollback' });
    // What wakes it again and again on a real terminal: the link, the poll, every new line.
    await fixture.goOffline();
    await fixture.goOnline();
    await connected();
    fixture.sync.auditAppended();
    await fixture.sync.stop();
    expect(fixture.broken).toBe(1);
    expect(refusals()).toHaveLength(1);
  });

  it('of a broken chain are refused once, however often the sender is woken', async () => {
    await connected();
    await fixture.sync.stop();
    const other = { ...auditDraft(), sequence: 1, hash: 'b'.repeat(64) };
    fixture.contract.audit.push(other as never);
    let broken = 0;
    const { server, spool } = fixture;
    const turn = createAuditSender({
      server,
      spool,
      logger: { log: () => undefined },
      now: () => Date.now(),
      onBroken: () => {
        broken += 1;
      },
      onBehind: () => undefined,
    });
    expect([await turn(), await turn(), await turn()]).toEqual(['done', 'done', 'done']);
    expect(broken).toBe(1);
  });

  it('a server restored from its backup is given again what it lost', async () => {
    await connected();
    must(fixture.spool.append([auditDraft(), auditDraft(), auditDraft()]));
    fixture.sync.auditAppended();
    await vi.waitFor(() => expect(fixture.spool.unsentCount()).toBe(0), soon);
    fixture.contract.audit.length = 1;
    must(fixture.spool.append([auditDraft()]));
    fixture.sync.auditAppended();
    await vi.waitFor(() => expect(fixture.contract.audit).toHaveLength(4), afterReconnect);
    expect(fixture.broken).toBe(0);
  });
});

describe('operations', () => {
  it('take effect once and in order, whatever answers get lost', async () => {
    await connected();
    fixture.contract.loseReplies = 2;
    const writes = [spoolWrite(3), spoolWrite(2), spoolWrite(1)];
    for (const write of writes) must(fixture.spool.commitWrite(write));
    fixture.sync.operationsAdded();
    await vi.waitFor(
      () => expect(fixture.spool.outbox.counts(null).pending).toBe(0),
      afterReconnect,
    );
    expect(fixture.contract.applied.map((one) => one.operationId)).toEqual(
      writes.flatMap((write) => write.operationIds),
    );
  });

  it('what became of them is told to the page: the feed does not carry visiting patients', async () => {
    await connected();
    fixture.vault.settledPatientIds.push('visiting-1');
    await fixture.sync.attachVault(fixture.vault.attached());
    must(fixture.spool.commitWrite(spoolWrite(1, { visiting: true })));
    fixture.sync.operationsAdded();
    await vi.waitFor(() => expect(fixture.changed).toContain('visiting-1'), soon);
    expect(fixture.vault.results.map((one) => one.status)).toEqual(['applied']);
  });

  it('conflicts and rejections reach the next vault, though nobody was tapped in when they came', async () => {
    await connected();
    const write = spoolWrite(3);
    const [, second, third] = write.operationIds;
    fixture.contract.answerFor = ({ operationId }) => {
      if (operationId === second)
        return { operationId, status: 'conflict', current: null, currentVersion: 0 };
      if (operationId === third) return { operationId, status: 'rejected', reason: 'invalid' };
      return null;
    };
    must(fixture.spool.commitWrite(write));
    fixture.sync.operationsAdded();
    await vi.waitFor(() => expect(fixture.spool.outbox.counts(null).pending).toBe(0), soon);
    expect(fixture.vault.results).toEqual([]);
    await fixture.restart();
    await fixture.sync.attachVault(fixture.vault.attached());
    await vi.waitFor(() => expect(fixture.vault.results).toHaveLength(3), soon);
    expect(fixture.vault.results.map((one) => one.status)).toEqual([
      'applied',
      'conflict',
      'rejected',
    ]);
    expect(fixture.spool.outbox.counts(null)).toEqual({ pending: 0, conflicts: 1 });
    // What was refused has gone after its author, with the reason, without waiting for her.
    const refused = {
      draftId: third,
      personId: 'person-1',
      sealed: `own-${third}`,
      rejection: 'invalid',
    };
    await vi.waitFor(
      () => expect(fixture.contract.drafts.get(third ?? '')).toMatchObject(refused),
      soon,
    );
    expect(fixture.spool.drafts.rejectedOf('person-1')).toMatchObject([refused]);
    // Decided about at another terminal: it is gone here as well.
    fixture.contract.drafts.clear();
    await vi.waitFor(async () => {
      must(await fixture.sync.fetchDrafts('person-1', 'token'));
      expect(fixture.spool.drafts.rejectedOf('person-1')).toEqual([]);
    }, soon);
  });
});

describe('feed', () => {
  const ids = () => [...fixture.vault.resources.keys()];

  it('fills a new cache with progress and joins', async () => {
    fixture.contract.changes.push(...Array.from({ length: 130 }, (_, index) => put(`r${index}`)));
    await connected();
    await fixture.sync.attachVault(fixture.vault.attached());
    await vi.waitFor(() => expect(fixture.sync.status().asOfMs).not.toBeNull(), afterReconnect);
    expect(ids()).toHaveLength(130);
    expect(fixture.fillings).toContainEqual({ done: 50, total: 130 });
    expect(fixture.fillings).toContainEqual({ done: 100, total: 130 });
    expect(fixture.sync.status().filling).toBeNull();
    expect(fixture.vault.joinedAtMs).not.toBeNull();
  });

  it('goes on in the middle of a fill after a restart, without clearing what is there', async () => {
    fixture.contract.changes.push(...Array.from({ length: 130 }, (_, index) => put(`r${index}`)));
    await connected();
    fixture.vault.onCall = (count) => {
      fixture.vault.refusal = count === 3 ? 'vaultLost' : null;
    };
    await fixture.sync.attachVault(fixture.vault.attached());
    await vi.waitFor(() => expect(fixture.vault.calls).toHaveLength(3), soon);
    await fixture.restart();
    await fixture.sync.attachVault(fixture.vault.attached());
    await vi.waitFor(() => expect(ids()).toHaveLength(130), afterReconnect);
    expect(fixture.vault.calls).toHaveLength(4);
  });

  it('goes on after a tap-out in the middle of a fill, with progress, and floods no inbox', async () => {
    fixture.contract.changes.push(...Array.from({ length: 230 }, (_, index) => put(`r${index}`)));
    await connected();
    fixture.vault.onCall = (count) => {
      if (count === 2) fixture.sync.detachVault();
    };
    await fixture.sync.attachVault(fixture.vault.attached());
    await vi.waitFor(() => expect(ids()).toHaveLength(100), soon);
    await fixture.restart();
    await connected();
    fixture.contract.change(put('late'));
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(fixture.inbox.pages('cache-1')).toEqual([]);
    fixture.fillings.length = 0;
    await fixture.sync.attachVault(fixture.vault.attached());
    await vi.waitFor(() => expect(ids()).toHaveLength(231), afterReconnect);
    expect(fixture.vault.calls).toEqual(Array.from({ length: 5 }, () => 'feedApply'));
    expect(fixture.fillings).toContainEqual({ done: 150, total: 231 });
    expect(fixture.fillings).toContainEqual({ done: 200, total: 231 });
    await vi.waitFor(() => expect(fixture.sync.status().filling).toBeNull(), soon);
    // Once it is through, the inbox goes on from there.
    fixture.sync.detachVault();
    fixture.contract.change(put('later'));
    await vi.waitFor(() => expect(fixture.inbox.pages('cache-1')).toHaveLength(1), soon);
  });

  it('a change elsewhere is in the vault within a second', async () => {
    fixture.contract.changes.push(put('r0'));
    await connected();
    await fixture.sync.attachVault(fixture.vault.attached());
    await vi.waitFor(() => expect(ids()).toEqual(['r0']), soon);
    fixture.contract.change(put('r1', 'patient-2'));
    await vi.waitFor(() => expect(ids()).toEqual(['r0', 'r1']), withinSecond);
    expect(fixture.changed).toContain('patient-2');
    fixture.contract.change({ op: 'purge', patientId: 'patient-1' });
    await vi.waitFor(() => expect(ids()).toEqual(['r1']), soon);
  });

  it('one malformed resource is passed over and told, and the rest arrives', async () => {
    fixture.contract.changes.push(
      put('r0'),
      { op: 'put', patientId: 'x', resource: {} },
      put('r2'),
    );
    await connected();
    await fixture.sync.attachVault(fixture.vault.attached());
    await vi.waitFor(() => expect(ids()).toEqual(['r0', 'r2']), soon);
    expect(fixture.log).toContainEqual(
      expect.objectContaining({ event: 'feedMalformed', changes: 1 }),
    );
    expect(fixture.sync.status().malformed).toBe(1);
    // The next person does not know of it either.
    fixture.sync.detachVault();
    await fixture.restart();
    expect(fixture.sync.status().malformed).toBe(0);
    await fixture.sync.attachVault(fixture.vault.attached());
    expect(fixture.sync.status().malformed).toBe(1);
  });

  it('a malformed end of a patient’s stay fills the cache anew: nobody who left stays in it', async () => {
    fixture.contract.changes.push(put('r0', 'gone'), put('r1', 'here'));
    await connected();
    await fixture.sync.attachVault(fixture.vault.attached());
    await vi.waitFor(() => expect(ids()).toEqual(['r0', 'r1']), soon);
    fixture.contract.snapshot = [put('r1', 'here')];
    fixture.contract.change({ op: 'purge' });
    await vi.waitFor(() => expect(ids()).toEqual(['r1']), soon);
    expect(fixture.log).toContainEqual(
      expect.objectContaining({ event: 'feedRestarted', code: 'malformed' }),
    );
    fixture.contract.change(put('r2'));
    await vi.waitFor(() => expect(ids()).toEqual(['r1', 'r2']), soon);
    expect(fixture.sync.status().malformed).toBe(0);
  });

  it('a filling in which something else than a resource is malformed is not taken', async () => {
    fixture.contract.changes.push(put('r0'), { op: 'tombstone', id: 7 });
    await connected();
    await fixture.sync.attachVault(fixture.vault.attached());
    await vi.waitFor(
      () => expect(fixture.log.map((line) => line['event'])).toContain('serverReplyMalformed'),
      soon,
    );
    expect(fixture.vault.calls).toEqual([]);
    fixture.contract.changes.pop();
    await vi.waitFor(() => expect(ids()).toEqual(['r0']), afterReconnect);
  });

  it('a restored database empties the cache and fills it anew', async () => {
    fixture.contract.changes.push(put('old'));
    await connected();
    await fixture.sync.attachVault(fixture.vault.attached());
    await vi.waitFor(() => expect(ids()).toEqual(['old']), soon);
    fixture.contract.epoch = 'second';
    fixture.contract.changes.length = 0;
    fixture.contract.change(put('new'));
    await vi.waitFor(() => expect(ids()).toEqual(['new']), soon);
  });

  describe('while nobody is tapped in', () => {
    beforeEach(async () => {
      fixture.contract.changes.push(put('r0'));
      await connected();
      await fixture.sync.attachVault(fixture.vault.attached());
      await vi.waitFor(() => expect(ids()).toEqual(['r0']), soon);
      fixture.sync.detachVault();
    });
    const waiting = () => fixture.inbox.pages('cache-1').length;
    const changeAndWait = async (id: string) => {
      const before = waiting();
      fixture.contract.change(put(id));
      await vi.waitFor(() => expect(waiting()).toBe(before + 1), soon);
    };

    it('changes wait sealed, and are in the vault when it opens, even offline after a restart', async () => {
      await changeAndWait('marker-one');
      await changeAndWait('marker-two');
      const folder = join(fixture.inboxFolder, 'cache-1');
      for (const name of readdirSync(folder)) {
        expect(readFileSync(join(folder, name), 'latin1')).not.toContain('marker');
      }
      await fixture.goOffline();
      await fixture.restart();
      await fixture.sync.attachVault(fixture.vault.attached());
      expect(ids()).toEqual(['r0', 'marker-one', 'marker-two']);
      expect(waiting()).toBe(0);
      // The session has never been online: its data is as old as the cache, which is not "none".
      expect(fixture.vault.joinedAtMs).not.toBeNull();
      expect(fixture.sync.status().asOfMs).toBe(fixture.vault.joinedAtMs);
      await fixture.goOnline();
    });

    it('a vault killed before it was told keeps the pages for the next', async () => {
      await changeAndWait('r1');
      fixture.vault.refusal = 'vaultLost';
      await fixture.sync.attachVault(fixture.vault.attached());
      fixture.vault.refusal = null;
      fixture.sync.detachVault();
      await fixture.sync.attachVault(fixture.vault.attached());
      expect(ids()).toContain('r1');
    });

    it('a damaged or missing page costs nothing: the feed is asked from the cache itself', async () => {
      for (const id of ['r1', 'r2', 'r3', 'r4']) await changeAndWait(id);
      const folder = join(fixture.inboxFolder, 'cache-1');
      const [, second] = readdirSync(folder).sort();
      writeFileSync(join(folder, second!), '{');
      await fixture.sync.attachVault(fixture.vault.attached());
      await vi.waitFor(() => expect(ids()).toEqual(['r0', 'r1', 'r2', 'r3', 'r4']), soon);
      expect(fixture.refusedPages).toBe(1);
    });

    it('a page that the vault cannot open is not applied; the cache is filled anew', async () => {
      await changeAndWait('r1');
      const from = fixture.inbox.last('cache-1')!.to;
      const page = {
        changes: [put('r2')],
        cursor: 'first:9',
        feedEpoch: 'first',
        joinedAtMs: 1,
        malformed: 0,
      };
      fixture.inbox.add('cache-1', createMemoryVault().publicKey, from, page);
      fixture.vault.resources.set('stale', 'patient-1');
      await fixture.sync.attachVault(fixture.vault.attached());
      await vi.waitFor(() => expect(ids()).toEqual(['r0', 'r1']), soon);
      expect(fixture.log.some((line) => line['event'] === 'inboxUnreadable')).toBe(true);
    });

    it('malformed resources that came meanwhile are told to who comes next', async () => {
      fixture.contract.change({ op: 'put', resource: 7 }, put('r2'));
      await vi.waitFor(() => expect(waiting()).toBe(1), soon);
      await fixture.sync.attachVault(fixture.vault.attached());
      expect(ids()).toEqual(['r0', 'r2']);
      expect(fixture.sync.status().malformed).toBe(1);
    });

    it('a malformed end of a stay is not passed over: the next vault fills anew', async () => {
      await changeAndWait('r1');
      fixture.contract.snapshot = [put('r2')];
      fixture.contract.change({ op: 'purge', patientId: 7 });
      await vi.waitFor(() => expect(waiting()).toBe(0), soon);
      await fixture.sync.attachVault(fixture.vault.attached());
      await vi.waitFor(() => expect(ids()).toEqual(['r2']), soon);
    });

    it('a restored database drops the inbox, and the next vault fills anew', async () => {
      await changeAndWait('r1');
      fixture.contract.epoch = 'second';
      fixture.contract.changes.length = 0;
      fixture.contract.change(put('new'));
      await vi.waitFor(() => expect(waiting()).toBe(0), soon);
      await fixture.sync.attachVault(fixture.vault.attached());
      await vi.waitFor(() => expect(ids()).toEqual(['new']), soon);
    });
  });
});
