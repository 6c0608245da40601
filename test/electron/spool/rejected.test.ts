import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { deriveDeviceKey } from '#electron/identity/deviceSeal.ts';
import { startChain } from '#electron/spool/auditLog.ts';
import { spoolMigrations } from '#electron/spool/migrations.ts';
import type { Spool } from '#electron/spool/spool.ts';
import { openEncrypted } from '#native/sqlite/encryptedDatabase.ts';
import { migrate } from '#native/sqlite/migrations.ts';
import { sql } from '#native/sqlite/query.ts';
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

describe('what the record server refused', () => {
  const refused = (operationId: string) =>
    ({ operationId, status: 'rejected', reason: 'denied: noRelationship' }) as const;
  const idsOf = (spool: Spool, personId = 'person-1') =>
    spool.drafts.rejectedOf(personId).map((one) => one.draftId);
  const dismissal = (draftIds: readonly string[], personId = 'person-1') => ({
    audit: { ...auditDraft('rejection'), action: 'write' as const, personId },
    personId,
    draftIds,
  });

  it('goes back to its author alone, through a restart, until she has decided', () => {
    let spool = fixture.mustOpen(true);
    const write = spoolWrite(2);
    const [first, second] = write.operationIds as [string, string];
    must(spool.commitWrite(write));
    must(spool.outbox.settle([refused(first), refused(second)]));
    must(spool.outbox.delivered([first, second]));
    spool.close();
    spool = fixture.mustOpen();
    expect(spool.drafts.rejectedOf('person-1')).toHaveLength(2);
    expect(spool.drafts.rejectedOf('person-1').find((one) => one.draftId === first)).toMatchObject({
      sealed: `own-${first}`,
      rejection: 'denied: noRelationship',
    });
    expect(spool.drafts.ofPerson('person-1')).toEqual([]);
    expect(spool.drafts.rejectedOf('person-2')).toEqual([]);
    must(spool.dismissRejected(dismissal([first, second], 'person-2')));
    expect(idsOf(spool)).toHaveLength(2);
    const before = spool.head().sequence;
    must(spool.dismissRejected(dismissal([first])));
    expect(spool.head().sequence).toBe(before + 1);
    expect(idsOf(spool)).toEqual([second]);
    spool.close();
    spool = fixture.mustOpen();
    expect(idsOf(spool)).toEqual([second]);
    // A second answer, late: what she decided stays decided.
    must(spool.outbox.settle([refused(first)]));
    expect(idsOf(spool)).toEqual([second]);
    spool.close();
  });

  it('is no draft: nothing that is saved or thrown away under its id touches it', () => {
    const spool = fixture.mustOpen(true);
    const write = spoolWrite(1);
    const [draftId] = write.operationIds as [string];
    must(spool.commitWrite(write));
    must(spool.outbox.settle([refused(draftId)]));
    must(spool.drafts.save({ draftId, personId: 'person-1', sealed: 'b3RoZXI', savedAtMs: 9e15 }));
    expect(spool.drafts.rejectedOf('person-1')[0]?.sealed).toBe(`own-${draftId}`);
    must(spool.commitWrite(spoolWrite(1, { draftId })));
    expect(idsOf(spool)).toEqual([draftId]);
    spool.close();
  });

  it('about a visiting patient goes back the same way, and is no more restored as if it were on its way', () => {
    const spool = fixture.mustOpen(true);
    const write = spoolWrite(2, { visiting: true });
    const [first, second] = write.operationIds as [string, string];
    must(spool.commitWrite(write));
    must(spool.outbox.settle([refused(first)]));
    const own = () => spool.outbox.ownVisiting('person-1').map((one) => one.operationId);
    expect(own()).toEqual([second]);
    expect(idsOf(spool)).toEqual([first]);
    must(spool.outbox.delivered([first]));
    expect(own()).toEqual([second]);
    expect(idsOf(spool)).toEqual([first]);
    expect(idsOf(spool, 'person-2')).toEqual([]);
    spool.close();
  });

  it('before this version is given back by it', () => {
    const key = deriveDeviceKey(fixture.deviceSecret, 'wardkey/spool/v1');
    const old = must(openEncrypted(fixture.path, key));
    expect(migrate(old, spoolMigrations.slice(0, 3)).ok).toBe(true);
    old.db.transaction(() => startChain(old.db, 'terminal-a'));
    const [told, untold] = [randomUUID(), randomUUID()];
    for (const [id, delivered] of [[told, 1] as const, [untold, 0] as const])
      old.db.run(sql`INSERT INTO outbox
        (operation_id, person_id, patient_id, visiting, sealed, sealed_for_author, state, result, delivered)
        VALUES (${id}, 'person-1', 'patient-1', ${delivered}, 'sealed', ${`own-${id}`}, 'rejected',
          ${JSON.stringify(refused(id))}, ${delivered})`);
    old.close();
    const spool = fixture.mustOpen();
    expect(idsOf(spool).sort()).toEqual([told, untold].sort());
    expect(spool.drafts.rejectedOf('person-1')[0]?.rejection).toBe('denied: noRelationship');
    expect(spool.outbox.undelivered(10).map((one) => one.operationId)).toEqual([untold]);
    spool.close();
  });
});
