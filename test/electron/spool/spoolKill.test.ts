import { spawn } from 'node:child_process';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bundleForNode } from './bundleForNode.ts';
import { createSpoolFixture } from './spoolFixture.ts';

const kills = 30;
let bundle: Awaited<ReturnType<typeof bundleForNode>>;
beforeAll(async () => {
  bundle = await bundleForNode('test/electron/spool/killedWriter.ts');
});
afterAll(() => bundle.remove());

interface Facts {
  readonly hashes: Map<number, string>;
  readonly written: Set<string>;
  readonly drafts: Set<string>;
  readonly operations: Map<string, readonly string[]>;
  acknowledged: number;
}

/** When to kill the writer: after it was promised so many writes, and so many facts of any kind after these. */
interface Moment {
  readonly writes: number;
  readonly facts: number;
}

/**
 * Runs the writer, kills it at a moment of its own work (never of the clock: a slow machine must be as hard a trial as a
 * fast one), and adds what it had been promised to `facts`.
 */
async function runAndKill(path: string, secret: Buffer, moment: Moment, facts: Facts) {
  const child = spawn(process.execPath, [bundle.file, path, secret.toString('hex')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    const said = output.split('\n').slice(0, -1);
    const writes = said.flatMap((line, at) => (line.startsWith('{"written"') ? [at] : []));
    const enough = writes[moment.writes - 1];
    if (enough !== undefined && said.length > enough + moment.facts) child.kill('SIGKILL');
  });
  const code = await new Promise((resolve) => child.on('close', resolve));
  expect(code).toBeNull();
  const lines = output.slice(0, output.lastIndexOf('\n')).split('\n');
  for (const line of lines) {
    const fact = JSON.parse(line) as Record<string, unknown>;
    if (typeof fact['sequence'] === 'number')
      facts.hashes.set(fact['sequence'], String(fact['hash']));
    if (typeof fact['draftId'] === 'string') facts.drafts.add(fact['draftId']);
    if (typeof fact['about'] === 'string') {
      facts.operations.set(fact['about'], fact['operationIds'] as string[]);
    }
    if (typeof fact['written'] === 'string') facts.written.add(fact['written']);
    if (typeof fact['acknowledged'] === 'number') facts.acknowledged = fact['acknowledged'];
  }
}

it(`loses nothing that was answered for, and halves nothing, over ${kills} kills in all parts of its work`, async () => {
  const fixture = createSpoolFixture();
  const facts: Facts = {
    hashes: new Map(),
    written: new Set(),
    drafts: new Set(),
    operations: new Map(),
    acknowledged: 0,
  };
  let promised = 0;
  for (let kill = 0; kill < kills; kill += 1) {
    // A round of the writer says six facts at most: seven shifts against four counts leave none of its steps out.
    const moment = { writes: 1 + (kill % 4), facts: kill % 7 };
    await runAndKill(fixture.path, fixture.deviceSecret, moment, facts);
    promised += moment.writes;
    expect(facts.written.size).toBeGreaterThanOrEqual(promised);
    // Opening verifies every page, the log and the whole chain.
    const spool = fixture.mustOpen();
    const entries = new Map(spool.unsent(100_000).map((one) => [one.sequence, one.hash]));
    const head = spool.head();
    expect(head.sequence).toBeGreaterThanOrEqual(Math.max(0, ...facts.hashes.keys()));
    for (const [sequence, hash] of facts.hashes) {
      if (entries.has(sequence)) expect(entries.get(sequence)).toBe(hash);
      else expect(sequence).toBeLessThanOrEqual(head.sequence - spool.unsentCount());
    }
    expect(head.sequence - spool.unsentCount()).toBeGreaterThanOrEqual(facts.acknowledged);
    const pending = new Set(spool.outbox.pending(100_000).map((one) => one.operationId));
    const open = new Set(spool.drafts.ofPerson('person-1').map((one) => one.draftId));
    for (const [draftId, operationIds] of facts.operations) {
      const there = operationIds.filter((id) => pending.has(id)).length;
      // All operations and no draft, or the draft and no operation.
      expect([draftId, there, open.has(draftId)]).toEqual([
        draftId,
        there === 0 ? 0 : operationIds.length,
        there === 0,
      ]);
      if (facts.written.has(draftId)) expect(there).toBe(operationIds.length);
    }
    for (const draftId of facts.drafts) {
      if (!facts.operations.has(draftId)) expect(open.has(draftId)).toBe(true);
    }
    spool.close();
  }
  fixture.remove();
}, 60_000);
