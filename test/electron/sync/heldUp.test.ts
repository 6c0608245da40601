import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { auditDraft, must, spoolWrite } from '#test/electron/spool/spoolFixture.ts';
import { createSyncFixture, type SyncFixture } from './syncFixture.ts';

/* What must not hold up a ward: a server that stumbles over one operation, or that has lost what was sent long ago. */

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

describe('a server restored from an older backup than what is kept here', () => {
  it('stops nobody: lines wait, it is told, and they go on after the gap once that is permitted', async () => {
    await connected();
    const entries = must(fixture.spool.append(Array.from({ length: 5_600 }, () => auditDraft())));
    fixture.sync.auditAppended();
    await vi.waitFor(() => expect(fixture.spool.unsentCount()).toBe(0), afterReconnect);
    const startMs = Date.now();
    fixture.spools.nowMs = () => startMs + 31 * 86_400_000;
    must(fixture.spool.acknowledge(entries.at(-1)!));
    fixture.contract.audit.length = 100;
    await fixture.restart();
    await vi.waitFor(() => expect(fixture.behind).toEqual([true]), afterReconnect);
    must(fixture.spool.append([auditDraft()]));
    fixture.sync.auditAppended();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(fixture.contract.audit).toHaveLength(100);
    expect(fixture.broken).toBe(0);
    fixture.contract.permitsGap = true;
    fixture.sync.auditAppended();
    await vi.waitFor(() => expect(fixture.spool.unsentCount()).toBe(0), afterReconnect);
    expect(fixture.behind).toEqual([true, false]);
    expect(fixture.contract.audit.slice(100).map((entry) => entry.sequence)).toEqual(
      Array.from({ length: 5_001 }, (_, index) => 601 + index),
    );
  });
});

describe('operations', () => {
  it('that the server stumbles over hold up those of the same patient, and nobody else’s', async () => {
    await connected();
    const bad = spoolWrite(2);
    const other = spoolWrite(2, { personId: 'person-2', patientId: 'patient-2' });
    const later = spoolWrite(1);
    const ids = () => fixture.contract.applied.map((one) => one.operationId);
    fixture.contract.stumblesOver = ({ operationId }) => operationId === bad.operationIds[0];
    for (const write of [bad, other, later]) must(fixture.spool.commitWrite(write));
    fixture.sync.operationsAdded();
    await vi.waitFor(() => expect(ids()).toEqual(other.operationIds), afterReconnect);
    await vi.waitFor(
      () => expect(fixture.log.map((line) => line['event'])).toContain('operationsStuck'),
      soon,
    );
    // What is charted now does not wait either.
    const next = spoolWrite(1, { personId: 'person-2', patientId: 'patient-2' });
    must(fixture.spool.commitWrite(next));
    fixture.sync.operationsAdded();
    const others = [...other.operationIds, ...next.operationIds];
    await vi.waitFor(() => expect(ids()).toEqual(others), withinSecond);
    expect(fixture.spool.outbox.counts(null).pending).toBe(3);
    fixture.contract.stumblesOver = () => false;
    fixture.sync.operationsAdded();
    await vi.waitFor(
      () => expect(ids()).toEqual([...others, ...bad.operationIds, ...later.operationIds]),
      soon,
    );
  });

  it('a server that fails at everything is not taken for a single bad operation', async () => {
    await connected();
    fixture.contract.stumblesOver = () => true;
    const writes = Array.from({ length: 8 }, (_, at) =>
      spoolWrite(1, { patientId: `patient-${at}` }),
    );
    for (const write of writes) must(fixture.spool.commitWrite(write));
    fixture.sync.operationsAdded();
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    expect(fixture.log.map((line) => line['event'])).not.toContain('operationsStuck');
    fixture.contract.stumblesOver = () => false;
    await vi.waitFor(
      () => expect(fixture.spool.outbox.counts(null).pending).toBe(0),
      afterReconnect,
    );
  });
});
