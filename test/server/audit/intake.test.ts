import { createHash, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { chainStart, sealEntry } from '#core/audit/chain.ts';
import type { AuditEntry } from '#core/contracts/audit.ts';
import { administer } from '#server/administer.ts';
import { startRig, type Rig, type TestTerminal } from '../identity/rig.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
}, 60_000);
afterAll(async () => rig.close());

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** A chain of so many entries, continuing another. */
function chain(
  terminalId: string,
  length: number,
  after: readonly AuditEntry[] = [],
): AuditEntry[] {
  const entries = [...after];
  for (let made = 0; made < length; made += 1) {
    const last = entries.at(-1);
    entries.push(
      sealEntry(
        {
          sequence: (last?.sequence ?? 0) + 1,
          previousHash: last?.hash ?? chainStart,
          entryId: randomUUID(),
          terminalId,
          recordedAtMs: 1_795_000_000_000 + made,
          action: 'view',
          outcome: 'success',
          personId: 'person',
          sessionId: 'session',
          patientIds: ['patient-é'],
          subject: 'board',
          purposeOfUse: 'TREAT',
          reason: 'ward',
        },
        sha256,
      ),
    );
  }
  return entries.slice(after.length);
}

const push = (terminal: TestTerminal, entries: readonly unknown[]) =>
  terminal.call('POST', '/terminal/audit', { entries });

async function alerts(terminal: TestTerminal): Promise<unknown[]> {
  const { rows } = await rig.database.superuser.query(
    'select kind from audit.alerts where terminal_id = $1 order by seq',
    [terminal.terminalId],
  );
  return rows.map((row) => row['kind']);
}

/** A terminal of which the server holds five entries. */
async function withFive(): Promise<{ terminal: TestTerminal; held: AuditEntry[] }> {
  const terminal = await rig.terminal();
  const held = chain(terminal.terminalId, 5);
  expect((await push(terminal, held)).body).toMatchObject({ status: 'accepted' });
  return { terminal, held };
}

const headOf = (entries: readonly AuditEntry[]) => ({
  sequence: entries.at(-1)?.sequence,
  hash: entries.at(-1)?.hash,
});

it('what is acknowledged is held: the head is that of the last entry, whole and in order', async () => {
  const { terminal, held } = await withFive();
  const more = chain(terminal.terminalId, 3, held);
  expect((await push(terminal, more)).body).toEqual({ status: 'accepted', head: headOf(more) });
  expect((await terminal.call('GET', '/terminal/audit/head')).body).toEqual(headOf(more));
  const { rows } = await rig.database.superuser.query(
    'select entry from audit.terminal_entries where terminal_id = $1 order by sequence',
    [terminal.terminalId],
  );
  expect(rows.map((row) => row['entry'])).toEqual([...held, ...more]);
});

it('sending again what the server already holds is acknowledged and doubles nothing', async () => {
  const { terminal, held } = await withFive();
  const overlap = [...held.slice(2), ...chain(terminal.terminalId, 2, held)];
  expect((await push(terminal, overlap)).body).toEqual({
    status: 'accepted',
    head: headOf(overlap),
  });
  expect((await push(terminal, held)).body).toEqual({ status: 'accepted', head: headOf(overlap) });
  expect((await push(terminal, [])).body).toEqual({ status: 'accepted', head: headOf(overlap) });
  expect(await alerts(terminal)).toEqual([]);
});

it.each([
  ['a gap', 'auditGap', (id: string, held: AuditEntry[]) => chain(id, 3, held).slice(1)],
  [
    'an edited entry',
    'auditAltered',
    (id: string, held: AuditEntry[]) =>
      chain(id, 3, held).map((entry, index) =>
        index === 1 ? { ...entry, patientIds: ['someone-else'] } : entry,
      ),
  ],
  [
    'two entries exchanged',
    'auditAltered',
    (id: string, held: AuditEntry[]) => {
      const [first, second, third] = chain(id, 3, held);
      return [first, third, second];
    },
  ],
  [
    'a line left out within',
    'auditAltered',
    (id: string, held: AuditEntry[]) => chain(id, 3, held).filter((_, index) => index !== 1),
  ],
  [
    'a chain cut back and grown anew',
    'auditFork',
    (id: string, held: AuditEntry[]) => chain(id, 3, held.slice(0, 3)),
  ],
  ['a chain begun anew', 'auditFork', (id: string) => chain(id, 7)],
  ['a fork right after the head', 'auditFork', (id: string) => chain(id, 1, chain(id, 5))],
  [
    "another terminal's entries",
    'auditForeign',
    (_id: string, held: AuditEntry[]) => chain('another', 2, held),
  ],
] as const)('%s is refused whole and raised as %s', async (_name, kind, make) => {
  const { terminal, held } = await withFive();
  const reply = await push(terminal, make(terminal.terminalId, held));
  expect(reply.body).toEqual({ status: 'broken', head: headOf(held) });
  expect(await alerts(terminal)).toEqual([kind]);
  expect((await terminal.call('GET', '/terminal/audit/head')).body).toEqual(headOf(held));
  const honest = chain(terminal.terminalId, 1, held);
  expect((await push(terminal, honest)).body).toMatchObject({ status: 'accepted' });
});

it('a gap is passed once when an administrator permits it, and stays written down for ever', async () => {
  const { terminal, held } = await withFive();
  const { terminalId } = terminal;
  const later = chain(terminalId, 6, held).slice(3);
  const parts = { ...rig.parts, database: rig.database.application };
  const permit = { terminal: terminalId, by: 'R. Admin', reason: 'restored from a backup' };
  expect((await push(terminal, later)).body).toMatchObject({ status: 'broken' });
  await administer(parts, 'permit-audit-gap', permit);
  expect((await push(terminal, later)).body).toEqual({ status: 'accepted', head: headOf(later) });
  const next = chain(terminalId, 1, [...held, ...chain(terminalId, 3, held)]);
  expect((await push(terminal, next)).body).toMatchObject({ status: 'broken' });
  const honest = chain(terminalId, 4, later);
  expect((await push(terminal, honest.slice(2))).body).toMatchObject({ status: 'broken' });
  expect((await push(terminal, honest)).body).toEqual({ status: 'accepted', head: headOf(honest) });
  const { rows } = await rig.database.superuser.query(
    `select permitted_by, reason, after_sequence, next_sequence from audit.gaps join audit.gap_permissions p
       on p.seq = permission where p.terminal_id = $1`,
    [terminalId],
  );
  const { by: permitted_by, reason } = permit;
  expect(rows).toEqual([{ permitted_by, reason, after_sequence: 5, next_sequence: 9 }]);
  const entries = await rig.database.superuser.query(
    `select reason from audit.server_entries where subject = 'auditGap' and terminal_id = $1 order by seq`,
    [terminalId],
  );
  expect(entries.rows.map((row) => row['reason'])).toEqual(['permitted', 'opened']);
  await expect(rig.database.owner.query('delete from audit.gaps')).rejects.toThrow('append-only');
});

it('a refusal that only repeats itself is one alert', async () => {
  const { terminal, held } = await withFive();
  const later = chain(terminal.terminalId, 3, held).slice(1);
  for (let time = 0; time < 3; time += 1) await push(terminal, later);
  expect(await alerts(terminal)).toEqual(['auditGap']);
});

it('two sendings at once of different continuations: one stands, the other is a fork', async () => {
  const { terminal, held } = await withFive();
  const replies = await Promise.all([
    push(terminal, chain(terminal.terminalId, 2, held)),
    push(terminal, chain(terminal.terminalId, 2, held)),
  ]);
  expect(replies.map((reply) => reply.body['status']).sort()).toEqual(['accepted', 'broken']);
});

it('the service can neither read, forge, change nor remove entries, and their owner cannot change or remove', async () => {
  const { terminal, held } = await withFive();
  const { application, owner } = rig.database;
  for (const table of ['terminal_entries', 'server_entries', 'alerts']) {
    for (const sql of [
      `select * from audit.${table}`,
      `delete from audit.${table}`,
      `truncate audit.${table}`,
    ])
      await expect(application.query(sql)).rejects.toThrow('permission denied');
    for (const sql of [`delete from audit.${table}`, `truncate audit.${table}`])
      await expect(owner.query(sql)).rejects.toThrow('append-only');
  }
  await expect(
    owner.query(`update audit.terminal_entries set hash = 'x' where sequence = 1`),
  ).rejects.toThrow('append-only');
  // Even through the one function a chain cannot be entered beside its head.
  const stray = JSON.stringify(chain(terminal.terminalId, 2, held).slice(1));
  await expect(
    application.query('select audit.append_terminal($1, $2)', [terminal.terminalId, stray]),
  ).rejects.toThrow('does not continue');
});
