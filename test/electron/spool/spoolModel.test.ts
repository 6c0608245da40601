import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createHash } from 'node:crypto';
import { chainStart, findBreak } from '#core/audit/chain.ts';
import type { AuditEntry } from '#core/contracts/audit.ts';
import { auditDraft, createSpoolFixture, must } from './spoolFixture.ts';

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

type Step =
  | { readonly do: 'append'; readonly count: number }
  | { readonly do: 'send'; readonly limit: number }
  | { readonly do: 'loseReply'; readonly limit: number }
  | { readonly do: 'restoreServer'; readonly lose: number }
  | { readonly do: 'restart' };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('append' as const),
      count: fc.integer({ min: 1, max: 4 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('send' as const),
      limit: fc.integer({ min: 1, max: 6 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('loseReply' as const),
      limit: fc.integer({ min: 1, max: 6 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('restoreServer' as const),
      lose: fc.integer({ min: 0, max: 5 }),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'restart' as const }) },
);

it('any order of appends, sendings, lost replies, server restores and restarts keeps one whole chain', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 25 }), (steps) => {
      const fixture = createSpoolFixture();
      let spool = fixture.mustOpen(true);
      let server: AuditEntry[] = [];
      let appended = 0;
      const serverHead = () => server.at(-1) ?? { sequence: 0, hash: chainStart };
      const receive = (limit: number) => {
        // The same rule as the record server: lines it has already are not taken twice.
        server.push(...spool.unsent(limit).filter((one) => one.sequence > serverHead().sequence));
      };
      for (const one of steps) {
        if (one.do === 'append') {
          must(spool.append(Array.from({ length: one.count }, () => auditDraft())));
          appended += one.count;
        } else if (one.do === 'send') {
          receive(one.limit);
          must(spool.acknowledge(serverHead()));
        } else if (one.do === 'loseReply') {
          receive(one.limit);
        } else if (one.do === 'restoreServer') {
          server = server.slice(0, Math.max(0, server.length - one.lose));
          must(spool.acknowledge(serverHead()));
        } else {
          spool.close();
          spool = fixture.mustOpen();
        }
        expect(findBreak(server, { sequence: 0, hash: chainStart }, sha256)).toBeNull();
        expect(spool.head().sequence).toBe(appended);
      }
      receive(10_000);
      must(spool.acknowledge(serverHead()));
      expect(server).toHaveLength(appended);
      expect(spool.unsentCount()).toBe(0);
      spool.close();
      fixture.remove();
    }),
    { numRuns: 40 },
  );
}, 30_000);
