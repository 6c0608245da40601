import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createChartingCorner, people, type ChartingCorner } from './chartingCorner.ts';

/* Nobody charts under another's identity, and no draft is lost: in random sequences, with everything late that can be late. */

const person = fc.nat({ max: people.length - 1 });
/** Mostly the page in front, sometimes one before it. */
const back = fc.constantFrom(0, 0, 0, 1, 2);
const act = (name: string, run: (corner: ChartingCorner) => unknown) => ({
  run,
  [fc.toStringMethod]: () => name,
});
const commands = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: person.map((p) => act(`tap ${p}`, (corner) => corner.tap(p))) },
    { weight: 6, arbitrary: back.map((b) => act(`draft ${b}`, (corner) => corner.saveDraft(b))) },
    { weight: 6, arbitrary: back.map((b) => act(`write ${b}`, (corner) => corner.writeNote(b))) },
    { weight: 2, arbitrary: fc.constant(act('leave', (corner) => corner.leave())) },
    {
      weight: 1,
      arbitrary: fc
        .constantFrom('vault' as const, 'renderer' as const)
        .map((which) => act(`crash ${which}`, (corner) => corner.crash(which))),
    },
    {
      weight: 1,
      arbitrary: fc.boolean().map((full) => act(`disk ${full}`, (corner) => corner.disk(full))),
    },
    {
      weight: 8,
      arbitrary: fc
        .constantFrom(1, 12, 40, 80)
        .map((ms) => act(`wait ${ms}`, () => new Promise((resolve) => setTimeout(resolve, ms)))),
    },
  ),
  { minLength: 10, maxLength: 40, size: 'max' },
);

function judge(corner: ChartingCorner): void {
  for (const { personId, sessionId, text, draftId } of corner.saved) {
    if (draftId === null) {
      const fact = { by: personId, author: personId, session: sessionId, text };
      expect(corner.operations()).toContainEqual(fact);
    } else {
      expect(corner.draftsOf(personId)).toContainEqual(
        expect.objectContaining({ draftId, sealed: `${personId} ${text}` }),
      );
    }
  }
  for (const { by, author, text } of corner.operations())
    expect([by, author]).toEqual(Array(2).fill(text.split(' ')[0]));
  for (const { personId } of people)
    for (const { sealed } of corner.draftsOf(personId))
      expect(sealed.startsWith(`${personId} ${personId} `)).toBe(true);
  const written = corner
    .entries()
    .filter(({ action, outcome }) => action === 'write' && outcome === 'success');
  expect(written.map(({ personId, sessionId }) => `${personId} ${sessionId}`)).toEqual(
    corner.operations().map(({ author, session }) => `${author} ${session}`),
  );
}

it(
  'what is called saved is its author’s, signed in the session in whose page it was typed',
  { timeout: 120_000 },
  async () => {
    const reached = { opened: 0, drafts: 0, notes: 0 };
    await fc.assert(
      fc.asyncProperty(
        commands,
        fc.array(fc.nat({ max: 12 }), { minLength: 5 }),
        async (script, delays) => {
          const corner = createChartingCorner(delays);
          try {
            corner.tap(0);
            for (const command of script) await command.run(corner);
            await corner.settle();
            judge(corner);
            reached.opened += corner.opened();
            reached.drafts += corner.saved.filter(({ draftId }) => draftId !== null).length;
            reached.notes += corner.saved.filter(({ draftId }) => draftId === null).length;
          } finally {
            corner.stop();
          }
        },
      ),
      { numRuns: 20, endOnFailure: true },
    );
    // The sequences are random: what they must never do is to come to nothing.
    const counts = Object.entries(reached);
    expect(counts.filter(([, times]) => times === 0)).toEqual([]);
  },
);
