import { randomUUID } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { chainStart } from '#core/audit/chain.ts';
import { openEncrypted } from '#native/sqlite/encryptedDatabase.ts';
import { sql } from '#native/sqlite/query.ts';
import { deriveDeviceKey } from '#electron/identity/deviceSeal.ts';
import {
  auditDraft,
  createSpoolFixture,
  must,
  spoolWrite,
  type SpoolFixture,
} from './spoolFixture.ts';

let fixture: SpoolFixture;
beforeEach(() => {
  fixture = createSpoolFixture();
});
afterEach(() => fixture.remove());

describe('audit chain', () => {
  it('continues gapless from 1 over several openings', () => {
    let spool = fixture.mustOpen(true);
    must(spool.append([auditDraft(), auditDraft()]));
    spool.close();
    spool = fixture.mustOpen();
    const [third] = must(spool.append([auditDraft()]));
    expect(third?.sequence).toBe(3);
    expect(spool.unsent(10).map((entry) => entry.sequence)).toEqual([1, 2, 3]);
    expect(spool.unsent(10)[0]?.previousHash).toBe(chainStart);
    expect(spool.head()).toEqual({ sequence: 3, hash: third?.hash });
    spool.close();
  });

  it('sends again what a server restored from a backup has lost', () => {
    const spool = fixture.mustOpen(true);
    const entries = must(spool.append([auditDraft(), auditDraft(), auditDraft()]));
    must(spool.acknowledge(entries[2]!));
    expect(spool.unsentCount()).toBe(0);
    expect(must(spool.acknowledge(entries[0]!))).toEqual({ behindBy: 2 });
    expect(spool.unsent(10).map((entry) => entry.sequence)).toEqual([2, 3]);
    expect(must(spool.acknowledge({ sequence: 0, hash: chainStart }))).toEqual({ behindBy: 1 });
    expect(spool.unsentCount()).toBe(3);
    spool.close();
  });

  it('stops for good when the server holds another history', () => {
    const spool = fixture.mustOpen(true);
    must(spool.append([auditDraft()]));
    expect(spool.acknowledge({ sequence: 1, hash: 'f'.repeat(64) })).toEqual({
      ok: false,
      code: 'rollback',
    });
    expect(spool.append([auditDraft()])).toEqual({ ok: false, code: 'rollback' });
    expect(spool.noteSeen(1)).toEqual({ ok: false, code: 'rollback' });
    expect(fixture.faults).toContain('rollback');
    spool.close();
    expect(fixture.open()).toEqual({ ok: false, code: 'rollback' });
  });

  it('gives a server restored from a backup again what it had acknowledged weeks ago', () => {
    const spool = fixture.mustOpen(true);
    const day = 86_400_000;
    const startMs = Date.now();
    const backup = must(spool.append(Array.from({ length: 500 }, () => auditDraft()))).at(-1)!;
    fixture.nowMs = () => startMs + 29 * day;
    const last = must(spool.append(Array.from({ length: 5_500 }, () => auditDraft()))).at(-1)!;
    must(spool.acknowledge(last));
    expect(spool.unsentCount()).toBe(0);
    expect(must(spool.acknowledge(backup))).toEqual({ behindBy: 5_500 });
    expect(spool.unsent(1)[0]?.sequence).toBe(501);
    spool.close();
  });

  it('lets go of lines by age from the front, and never of the newest thousands', () => {
    const spool = fixture.mustOpen(true);
    const first = must(spool.append(Array.from({ length: 5_600 }, () => auditDraft())));
    const last = first.at(-1)!;
    must(spool.acknowledge(last));
    expect(spool.kept(1)[0]?.sequence).toBe(1);
    const startMs = Date.now();
    fixture.nowMs = () => startMs + 31 * 86_400_000;
    must(spool.acknowledge(last));
    expect(spool.kept(1)[0]?.sequence).toBe(601);
    // A head from before that is no other history: the terminal goes on, also after a restart.
    expect(spool.acknowledge(first[99]!)).toEqual({ ok: false, code: 'behindKept' });
    expect(spool.acknowledge({ sequence: 0, hash: '0'.repeat(64) })).toEqual({
      ok: false,
      code: 'behindKept',
    });
    must(spool.append([auditDraft()]));
    expect(fixture.faults).toEqual([]);
    spool.close();
    const again = fixture.mustOpen();
    // The line before the oldest is still known, by its hash; another hash there is another history.
    expect(must(again.acknowledge(first[599]!))).toEqual({ behindBy: 5_000 });
    expect(again.acknowledge({ sequence: 600, hash: 'f'.repeat(64) })).toEqual({
      ok: false,
      code: 'rollback',
    });
    again.close();
  });

  it("notices yesterday's file put back, by the server's head", () => {
    let spool = fixture.mustOpen(true);
    must(spool.append([auditDraft()]));
    spool.close();
    copyFileSync(fixture.path, `${fixture.path}.yesterday`);
    spool = fixture.mustOpen();
    const last = must(spool.append([auditDraft(), auditDraft()])).at(-1)!;
    must(spool.acknowledge(last));
    spool.close();
    copyFileSync(`${fixture.path}.yesterday`, fixture.path);
    spool = fixture.mustOpen();
    expect(spool.acknowledge({ sequence: last.sequence, hash: last.hash })).toEqual({
      ok: false,
      code: 'rollback',
    });
    spool.close();
  });

  it('appends nothing at all when one of several drafts cannot be written', () => {
    const spool = fixture.mustOpen(true);
    const known = spoolWrite(1);
    must(spool.commitWrite(known));
    const before = spool.head();
    // The same operation twice breaks the write after its audit line was added.
    expect(() => spool.commitWrite(known)).toThrow();
    expect(spool.head()).toEqual(before);
    expect(spool.outbox.counts(null).pending).toBe(1);
    must(spool.append([auditDraft()]));
    spool.close();
  });

  it('cannot be edited, shortened or left with a gap by a statement', () => {
    const spool = fixture.mustOpen(true);
    must(spool.append([auditDraft(), auditDraft()]));
    must(spool.commitWrite(spoolWrite(1)));
    spool.close();
    const key = deriveDeviceKey(fixture.deviceSecret, 'wardkey/spool/v1');
    const opened = must(openEncrypted(fixture.path, key));
    expect(() => opened.db.run(sql`UPDATE audit SET entry = '{}' WHERE sequence = 1`)).toThrow(
      /never edited/,
    );
    expect(() => opened.db.run(sql`DELETE FROM audit WHERE sequence = 2`)).toThrow(/does not have/);
    expect(() => opened.db.run(sql`INSERT INTO audit VALUES (9, 'x', '{}')`)).toThrow(/gap/);
    expect(() => opened.db.run(sql`DELETE FROM outbox`)).toThrow(/does not have/);
    opened.close();
  });
});

describe('damage', () => {
  const flip = (path: string, offset: number) => {
    const bytes = readFileSync(path);
    bytes[offset] = (bytes[offset] ?? 0) ^ 1;
    writeFileSync(path, bytes);
  };
  const filled = () => {
    const spool = fixture.mustOpen(true);
    for (let number = 0; number < 40; number += 1) must(spool.append([auditDraft(), auditDraft()]));
    return spool;
  };

  it('refuses a file with one flipped bit in any page and leaves it there', () => {
    filled().close();
    const whole = readFileSync(fixture.path);
    for (let page = 0; page < whole.length / 4096; page += 1) {
      writeFileSync(fixture.path, whole);
      flip(fixture.path, page * 4096 + 1234);
      expect(fixture.open()).toEqual({ ok: false, code: 'spoolDamaged' });
    }
    expect(existsSync(fixture.path)).toBe(true);
  });

  it('refuses a flipped bit in the write-ahead log, which SQLite would pass over', () => {
    const spool = filled();
    const log = readFileSync(`${fixture.path}-wal`);
    const main = readFileSync(fixture.path);
    spool.close();
    writeFileSync(fixture.path, main);
    writeFileSync(`${fixture.path}-wal`, log);
    rmSync(`${fixture.path}-shm`, { force: true });
    const sound = fixture.mustOpen();
    expect(sound.head().sequence).toBe(80);
    sound.close();
    writeFileSync(fixture.path, main);
    writeFileSync(`${fixture.path}-wal`, log);
    flip(`${fixture.path}-wal`, 32 + 24 + 4120 * 20 + 100);
    expect(fixture.open()).toEqual({ ok: false, code: 'spoolDamaged' });
  });

  it('refuses a file that lost its end', () => {
    filled().close();
    truncateSync(fixture.path, readFileSync(fixture.path).length - 3 * 4096);
    expect(fixture.open()).toEqual({ ok: false, code: 'spoolDamaged' });
  });

  it('refuses a missing file of an enrolled terminal, another key, and another terminal', () => {
    expect(fixture.open()).toEqual({ ok: false, code: 'spoolDamaged' });
    fixture.mustOpen(true).close();
    fixture.deviceSecret.fill(7);
    expect(fixture.open()).toEqual({ ok: false, code: 'spoolDamaged' });
  });

  it('refuses a chain that was forged with the key in hand', () => {
    filled().close();
    const key = deriveDeviceKey(fixture.deviceSecret, 'wardkey/spool/v1');
    const opened = must(openEncrypted(fixture.path, key));
    opened.db.run(sql`DROP TRIGGER audit_unchanging`);
    opened.db.run(
      sql`UPDATE audit SET entry = replace(entry, 'board', 'other') WHERE sequence = 7`,
    );
    opened.close();
    expect(fixture.open()).toEqual({ ok: false, code: 'spoolDamaged' });
  });

  it('refuses a file of a newer version', () => {
    fixture.mustOpen(true).close();
    const key = deriveDeviceKey(fixture.deviceSecret, 'wardkey/spool/v1');
    const opened = must(openEncrypted(fixture.path, key));
    opened.applyScript('', 999);
    opened.close();
    expect(fixture.open()).toEqual({ ok: false, code: 'spoolDamaged' });
  });
});

describe('outbox', () => {
  it('keeps order, settles once, and holds results until a vault has them', () => {
    const spool = fixture.mustOpen(true);
    const write = spoolWrite(3);
    must(spool.commitWrite(write));
    const [first, second, third] = write.operationIds as [string, string, string];
    expect(spool.outbox.pending(2).map((one) => one.operationId)).toEqual([first, second]);
    must(
      spool.outbox.settle([
        { operationId: first, status: 'applied', version: 1, duplicate: false },
        { operationId: second, status: 'conflict', current: null, currentVersion: 0 },
        { operationId: third, status: 'rejected', reason: 'invalid' },
      ]),
    );
    must(
      spool.outbox.settle([
        { operationId: second, status: 'applied', version: 9, duplicate: true },
      ]),
    );
    expect(spool.outbox.counts('person-1')).toEqual({ pending: 0, conflicts: 1 });
    expect(spool.outbox.counts('person-2').conflicts).toBe(0);
    expect(spool.outbox.undelivered(10)).toHaveLength(3);
    must(spool.outbox.delivered([first, second, third]));
    expect(spool.outbox.undelivered(10)).toHaveLength(0);
    must(spool.commitWrite(spoolWrite(1, { settles: second })));
    expect(spool.outbox.counts('person-1')).toEqual({ pending: 1, conflicts: 0 });
    spool.close();
  });

  it('shows what became of a visiting patient’s entries to their author alone, until it is settled', () => {
    const spool = fixture.mustOpen(true);
    must(spool.commitWrite(spoolWrite(1)));
    const write = spoolWrite(3, { visiting: true });
    must(spool.commitWrite(write));
    const [first, second, third] = write.operationIds as [string, string, string];
    const own = () =>
      spool.outbox.ownVisiting('person-1').map((one) => [one.sealedForAuthor, one.result]);
    expect(own()).toEqual([first, second, third].map((id) => [`own-${id}`, null]));
    const conflict = {
      operationId: second,
      status: 'conflict',
      current: null,
      currentVersion: 0,
    } as const;
    const applied = {
      operationId: first,
      status: 'applied',
      version: 1,
      duplicate: false,
    } as const;
    must(spool.outbox.settle([applied, conflict]));
    // Whoever is here next takes the results off the queue; the author is told all the same.
    must(spool.outbox.delivered([first, second]));
    spool.close();
    const later = fixture.mustOpen();
    expect(later.outbox.ownVisiting('person-1').map((one) => one.result)).toEqual([conflict, null]);
    expect(later.outbox.ownVisiting('person-2')).toEqual([]);
    expect(['person-1', 'person-2'].map((id) => later.outbox.conflictsFor(id))).toEqual([1, 0]);
    must(later.commitWrite(spoolWrite(0, { visiting: true, settles: second })));
    expect(later.outbox.conflictsFor('person-1')).toBe(0);
    later.close();
  });
});

describe('drafts', () => {
  it('go with the write they came from, in one transaction', () => {
    const spool = fixture.mustOpen(true);
    const draftId = randomUUID();
    must(spool.drafts.save({ draftId, personId: 'person-1', sealed: 'c2VhbGVk', savedAtMs: 5 }));
    must(spool.drafts.markSent(draftId, 5));
    must(spool.commitWrite(spoolWrite(1, { draftId })));
    expect(spool.drafts.ofPerson('person-1')).toEqual([]);
    expect(spool.drafts.unsent()).toEqual([
      { draftId, personId: 'person-1', sealed: null, savedAtMs: 6, rejection: null },
    ]);
    // The late answer to the state before is not the server's word on the discarding.
    must(spool.drafts.markSent(draftId, 5));
    expect(spool.drafts.unsent()).toHaveLength(1);
    must(spool.drafts.markSent(draftId, 6));
    expect(spool.drafts.unsent()).toEqual([]);
    spool.close();
  });

  it('belong to their author, and a newer unsent state here beats an older one from elsewhere', () => {
    const spool = fixture.mustOpen(true);
    const draftId = randomUUID();
    const mine = {
      draftId,
      personId: 'person-1',
      sealed: 'bWluZQ',
      savedAtMs: 10,
      rejection: null,
    };
    must(spool.drafts.save(mine));
    must(spool.drafts.save({ ...mine, personId: 'person-2', sealed: 'c3RvbGVu', savedAtMs: 11 }));
    must(spool.drafts.receive('person-1', [{ ...mine, sealed: 'b2xk', savedAtMs: 99 }]));
    expect(spool.drafts.ofPerson('person-1')).toEqual([mine]);
    expect(spool.drafts.ofPerson('person-2')).toEqual([]);
    must(spool.drafts.markSent(draftId, 9));
    expect(spool.drafts.unsent()).toHaveLength(1);
    must(spool.drafts.markSent(draftId, 10));
    must(spool.drafts.receive('person-1', [{ ...mine, sealed: 'bmV3', savedAtMs: 12 }]));
    expect(spool.drafts.ofPerson('person-1')[0]?.sealed).toBe('bmV3');
    // Finished at another terminal: the server no longer has it.
    must(spool.drafts.receive('person-1', []));
    expect(spool.drafts.ofPerson('person-1')).toEqual([]);
    spool.close();
  });
});

describe('small facts', () => {
  it('PIN tries survive a restart and only a right PIN clears them', () => {
    let spool = fixture.mustOpen(true);
    must(spool.pinAttempts.count('person-1', 1_000));
    expect(must(spool.pinAttempts.count('person-1', 900))).toEqual({
      failures: 2,
      lastAtMs: 1_000,
    });
    spool.close();
    spool = fixture.mustOpen();
    expect(spool.pinAttempts.read('person-1')?.failures).toBe(2);
    must(spool.pinAttempts.clear('person-1'));
    expect(spool.pinAttempts.read('person-1')).toBeNull();
    spool.close();
  });

  it('a cache generation never goes back; the feed position follows', () => {
    const spool = fixture.mustOpen(true);
    must(spool.anchors.put({ cacheId: 'c', generation: 7, cursor: 'a', feedEpoch: 'e' }));
    must(spool.anchors.put({ cacheId: 'c', generation: 3, cursor: null, feedEpoch: null }));
    expect(spool.anchors.read('c')).toEqual({
      cacheId: 'c',
      generation: 7,
      cursor: null,
      feedEpoch: null,
    });
    expect(spool.anchors.read('other')).toBeNull();
    must(spool.noteSeen(123));
    expect(spool.lastSeenMs()).toBe(123);
    spool.close();
  });

  it('no file of the spool holds a word of what was put in', () => {
    const spool = fixture.mustOpen(true);
    must(spool.append([auditDraft('markerSubject')]));
    must(spool.pinAttempts.count('markerPerson', 1));
    for (const suffix of ['', '-wal', '-shm']) {
      const bytes = readFileSync(`${fixture.path}${suffix}`).toString('latin1');
      expect(bytes).not.toContain('marker');
      expect(bytes).not.toContain('patient-1');
    }
    spool.close();
  });
});
