import { randomUUID } from 'node:crypto';
import { writeSync } from 'node:fs';
import { openSpool } from '#electron/spool/openSpool.ts';
import { auditDraft, must, spoolWrite } from './spoolFixture.ts';

/*
 * A process that is killed while it writes: says on standard output what the spool has answered for, one line each,
 * and only after it has answered.
 */
const [path, secretHex] = process.argv.slice(2);
const spool = must(
  openSpool({
    path: path ?? '',
    terminalId: 'terminal-a',
    deviceSecret: Buffer.from(secretHex ?? '', 'hex'),
    create: true,
    now: () => Date.now(),
    newId: () => randomUUID(),
    onFault: () => process.exit(3),
  }),
);
const say = (fact: unknown) => writeSync(1, `${JSON.stringify(fact)}\n`);
say({ ready: true });

for (let round = 0; ; round += 1) {
  for (const entry of must(spool.append([auditDraft(), auditDraft('search')]))) {
    say({ sequence: entry.sequence, hash: entry.hash });
  }
  const draftId = randomUUID();
  must(spool.drafts.save({ draftId, personId: 'person-1', sealed: 'ZHJhZnQ', savedAtMs: round }));
  say({ draftId });
  const write = spoolWrite(2, { draftId });
  say({ about: draftId, operationIds: write.operationIds });
  must(spool.commitWrite(write));
  say({ written: draftId });
  if (round % 3 === 0) {
    const head = spool.head();
    must(spool.acknowledge(head));
    say({ acknowledged: head.sequence });
  }
}
