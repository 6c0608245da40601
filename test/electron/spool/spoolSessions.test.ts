import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openEncrypted } from '#native/sqlite/encryptedDatabase.ts';
import { sql } from '#native/sqlite/query.ts';
import { startChain } from '#electron/spool/auditLog.ts';
import { spoolMigrations } from '#electron/spool/migrations.ts';
import { migrate } from '#native/sqlite/migrations.ts';
import { deriveDeviceKey } from '#electron/identity/deviceSeal.ts';
import { createSpoolFixture, must, spoolWrite, type SpoolFixture } from './spoolFixture.ts';

let fixture: SpoolFixture;
beforeEach(() => {
  fixture = createSpoolFixture();
});
afterEach(() => fixture.remove());

describe('logins that the record server has not judged', () => {
  it('hold back what their people chart, and nothing else', () => {
    const spool = fixture.mustOpen(true);
    const own = spoolWrite(1);
    const others = spoolWrite(1, { personId: 'person-2' });
    must(spool.offlineSessions.keep({ sessionId: 's1', personId: 'person-1', sealed: 'box-1' }));
    must(spool.commitWrite(own));
    must(spool.commitWrite(others));
    const pending = () => spool.outbox.pending(10).map((operation) => operation.operationId);
    expect(pending()).toEqual(others.operationIds);
    expect(spool.outbox.counts(null).pending).toBe(2);
    must(spool.offlineSessions.keep({ sessionId: 's2', personId: 'person-1', sealed: 'box-2' }));
    expect(spool.offlineSessions.waiting().map((one) => one.sealed)).toEqual(['box-1', 'box-2']);
    must(spool.offlineSessions.answered('s1'));
    expect(pending()).toEqual(others.operationIds);
    must(spool.offlineSessions.answered('s2'));
    expect(pending()).toEqual([...own.operationIds, ...others.operationIds]);
    spool.close();
  });

  it('are kept in a spool of the version before', () => {
    const key = deriveDeviceKey(fixture.deviceSecret, 'wardkey/spool/v1');
    const old = openEncrypted(fixture.path, key);
    if (!old.ok) throw new Error(`not opened: ${old.code}`);
    expect(migrate(old.value, spoolMigrations.slice(0, 1)).ok).toBe(true);
    old.value.db.transaction(() => startChain(old.value.db, 'terminal-a'));
    old.value.close();
    const spool = fixture.mustOpen();
    must(spool.commitWrite(spoolWrite(1)));
    must(spool.offlineSessions.keep({ sessionId: 's1', personId: 'person-1', sealed: 'box' }));
    expect(spool.offlineSessions.waiting()).toHaveLength(1);
    expect(spool.outbox.pending(10)).toEqual([]);
    spool.close();
  });
});

describe('sessions whose end the record server has not been told', () => {
  it('outlive a restart, in order and once, and wait for the judgement of their login', () => {
    let spool = fixture.mustOpen(true);
    must(spool.openSessions.begin('s1'));
    must(spool.offlineSessions.keep({ sessionId: 's2', personId: 'person-1', sealed: 'box' }));
    must(spool.openSessions.begin('s3'));
    must(spool.openSessions.begin('s1'));
    spool.close();
    spool = fixture.mustOpen();
    expect(spool.openSessions.known()).toEqual(['s1', 's3']);
    must(spool.offlineSessions.answered('s2'));
    expect(spool.openSessions.known()).toEqual(['s1', 's2', 's3']);
    must(spool.openSessions.ended('s1'));
    must(spool.openSessions.ended('s1'));
    expect(spool.openSessions.known()).toEqual(['s2', 's3']);
    spool.close();
  });

  it('are known in a spool of the version before, for the logins that wait there', () => {
    const key = deriveDeviceKey(fixture.deviceSecret, 'wardkey/spool/v1');
    const old = openEncrypted(fixture.path, key);
    if (!old.ok) throw new Error(`not opened: ${old.code}`);
    expect(migrate(old.value, spoolMigrations.slice(0, 5)).ok).toBe(true);
    old.value.db.transaction(() => startChain(old.value.db, 'terminal-a'));
    old.value.db.run(
      sql`INSERT INTO offline_session (session_id, person_id, sealed) VALUES ('s1', 'p', 'box')`,
    );
    old.value.close();
    const spool = fixture.mustOpen();
    must(spool.offlineSessions.answered('s1'));
    expect(spool.openSessions.known()).toEqual(['s1']);
    spool.close();
  });
});

describe('entries of a spool of the version before', () => {
  it('are the ward’s: nobody is kept from settling them', () => {
    const key = deriveDeviceKey(fixture.deviceSecret, 'wardkey/spool/v1');
    const old = openEncrypted(fixture.path, key);
    if (!old.ok) throw new Error(`not opened: ${old.code}`);
    expect(migrate(old.value, spoolMigrations.slice(0, 2)).ok).toBe(true);
    const { db } = old.value;
    db.transaction(() => startChain(db, 'terminal-a'));
    db.run(sql`INSERT INTO outbox(operation_id, person_id, patient_id, sealed, sealed_for_author, state)
      VALUES ('o1', 'person-1', 'patient-1', 'sealed', 'own', 'conflict')`);
    old.value.close();
    const spool = fixture.mustOpen();
    expect(spool.outbox.conflictsFor('person-2')).toBe(1);
    expect(spool.outbox.ownVisiting('person-1')).toEqual([]);
    spool.close();
  });
});
