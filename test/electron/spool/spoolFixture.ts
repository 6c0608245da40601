import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AuditDraft } from '#core/contracts/audit.ts';
import { openSpool } from '#electron/spool/openSpool.ts';
import type { Spool, SpoolRefusal, SpoolWrite } from '#electron/spool/spool.ts';
import type { Result } from '#core/result.ts';

/** One terminal's spool in a directory of its own. */
export interface SpoolFixture {
  readonly path: string;
  readonly deviceSecret: Buffer;
  readonly faults: SpoolRefusal[];
  /** The wall clock; a test may turn it. */
  nowMs: () => number;
  open(create?: boolean): Result<Spool, SpoolRefusal>;
  /** Opens, or fails the test. */
  mustOpen(create?: boolean): Spool;
  remove(): void;
}

/** Makes the fixture; `directory` places it on a special disk. */
export function createSpoolFixture(
  directory = mkdtempSync(join(tmpdir(), 'wardkey-spool-')),
): SpoolFixture {
  const path = join(directory, 'spool.db');
  const deviceSecret = randomBytes(32);
  const faults: SpoolRefusal[] = [];
  const open = (create = false) =>
    openSpool({
      path,
      terminalId: 'terminal-a',
      deviceSecret,
      create,
      now: () => fixture.nowMs(),
      newId: () => randomUUID(),
      onFault: (code) => faults.push(code),
    });
  const fixture: SpoolFixture = {
    path,
    deviceSecret,
    faults,
    nowMs: () => Date.now(),
    open,
    mustOpen(create) {
      const opened = open(create);
      if (!opened.ok) throw new Error(`spool refused: ${opened.code}`);
      return opened.value;
    },
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
  return fixture;
}

/** An ordinary view of a board. */
export function auditDraft(subject = 'board'): AuditDraft {
  return {
    action: 'view',
    outcome: 'success',
    personId: 'person-1',
    sessionId: 'session-1',
    patientIds: ['patient-1'],
    subject,
    purposeOfUse: 'TREAT',
    reason: 'ward',
  };
}

/** A charted set of `count` operations, all of one patient. */
export function spoolWrite(
  count: number,
  parts: Partial<SpoolWrite> = {},
): SpoolWrite & { readonly operationIds: readonly string[] } {
  const operationIds = Array.from({ length: count }, () => randomUUID());
  return {
    audit: [{ ...auditDraft('Observation'), action: 'write' }],
    personId: 'person-1',
    patientId: 'patient-1',
    visiting: false,
    operations: operationIds.map((operationId) => ({
      operation: { operationId, sealed: `sealed-${operationId}` },
      sealedForAuthor: `own-${operationId}`,
    })),
    draftId: null,
    settles: null,
    ...parts,
    operationIds,
  };
}

/** The value of a result that must be one. */
export function must<Value>(result: Result<Value, string>): Value {
  if (!result.ok) throw new Error(`refused: ${result.code}`);
  return result.value;
}
