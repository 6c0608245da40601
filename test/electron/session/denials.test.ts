import { expect, it } from 'vitest';
import type { AuditDraft } from '#core/contracts/audit.ts';
import type { Reply } from '#core/contracts/ipc.ts';
import { refuse } from '#core/result.ts';
import { createRefusedCalls } from '#electron/session/refusedCalls.ts';
import { must } from '#test/electron/spool/spoolFixture.ts';
import { now } from '#test/electron/vault/ward.ts';
import { entry } from '#test/electron/vault/writing.ts';
import { callsFixture, pageId, type OpenCalls } from './callsFixture.ts';

/* Whatever is refused to a page has its entry, with who asked for what. */

const { open } = callsFixture();
const draftId = '3b0e1f6e-7c5d-4f0a-9a52-0f2d7b1f1c11';
const note = (patientId: string) => ({
  patientId,
  draftId: null,
  note: { text: 'Slept well.', corrects: null },
});

type Act = (calls: OpenCalls) => Promise<Reply<unknown>>;
const whileLost =
  (act: Act): Act =>
  async (calls) => {
    await calls.vault.kill();
    return await act(calls);
  };

const denials: Record<string, { act: Act; entry: Partial<AuditDraft> }> = {
  'an implausible value': {
    act: async ({ handlers }) =>
      await handlers.vitalsRecord(
        {
          patientId: 'p1',
          draftId: null,
          vitals: { ...entry, temperature: 99 },
          confirmedUnlikely: true,
        },
        pageId,
      ),
    entry: {
      action: 'write',
      outcome: 'denied',
      subject: 'Observation',
      patientIds: ['p1'],
      reason: 'implausible',
    },
  },
  'a note about nobody of this ward': {
    act: async ({ handlers }) => await handlers.noteWrite(note('p9'), pageId),
    entry: {
      action: 'write',
      outcome: 'failure',
      subject: 'DocumentReference',
      patientIds: ['p9'],
      reason: 'notFound',
    },
  },
  'a note for which there is no vault any more': {
    act: whileLost(async ({ handlers }) => await handlers.noteWrite(note('p1'), pageId)),
    entry: { action: 'write', outcome: 'failure', patientIds: ['p1'], reason: 'vaultLost' },
  },
  'a chart of nobody': {
    act: async ({ handlers }) =>
      await handlers.chartOpen({ patientId: 'p9', fetch: false }, pageId),
    entry: {
      action: 'view',
      outcome: 'failure',
      subject: 'chart',
      patientIds: ['p9'],
      reason: 'notFound',
    },
  },
  'a decision about a conflict that is gone': {
    act: async ({ handlers }) =>
      await handlers.conflictResolve({ operationId: 'none', choice: { keep: 'mine' } }, pageId),
    entry: {
      action: 'write',
      outcome: 'denied',
      subject: 'conflict',
      patientIds: [],
      reason: 'conflictGone',
    },
  },
  'a decision about a conflict that cannot be read': {
    act: whileLost(
      async ({ handlers }) =>
        await handlers.conflictResolve({ operationId: 'none', choice: { keep: 'mine' } }, pageId),
    ),
    entry: { action: 'write', outcome: 'failure', subject: 'conflict', reason: 'vaultLost' },
  },
  'a board that cannot be read': {
    act: whileLost(async ({ handlers }) => await handlers.boardRead(null, pageId)),
    entry: { action: 'view', outcome: 'failure', subject: 'board', reason: 'vaultLost' },
  },
  'conflicts that cannot be read': {
    act: whileLost(async ({ handlers }) => await handlers.conflictList(null, pageId)),
    entry: { action: 'view', outcome: 'failure', subject: 'conflicts', reason: 'vaultLost' },
  },
  'drafts that cannot be read': {
    act: whileLost(async ({ handlers }) => await handlers.draftList(null, pageId)),
    entry: { action: 'view', outcome: 'failure', subject: 'drafts', reason: 'vaultLost' },
  },
  'a draft that cannot be sealed': {
    act: whileLost(
      async ({ handlers }) =>
        await handlers.draftSave(
          { draftId, patientId: 'p1', patientLabel: 'L', kind: 'note', content: 'x' },
          pageId,
        ),
    ),
    entry: { action: 'write', outcome: 'failure', subject: 'draft', patientIds: ['p1'] },
  },
  'another person’s draft that is to be thrown away': {
    act: async ({ handlers, spool }) => {
      must(spool.drafts.save({ draftId, personId: 'n2', sealed: 'hers', savedAtMs: now }));
      const reply = await handlers.draftDiscard({ draftId }, pageId);
      expect(spool.drafts.ofPerson('n2')).toHaveLength(1);
      return reply;
    },
    entry: { action: 'write', outcome: 'denied', subject: 'draft', reason: 'notOwn' },
  },
  'refused entries that cannot be read': {
    act: whileLost(async ({ handlers }) => await handlers.rejectionList(null, pageId)),
    entry: { action: 'view', outcome: 'failure', subject: 'rejections', reason: 'vaultLost' },
  },
  'a refused entry of nobody that is to be put away': {
    act: async ({ handlers }) =>
      await handlers.rejectionDismiss({ ids: [draftId], chartedAgain: false }, pageId),
    entry: { action: 'write', outcome: 'denied', subject: 'rejection', reason: 'notOwn' },
  },
  'another’s session that is to be ended': {
    act: async ({ handlers }) => await handlers.otherSessionClose({ sessionId: 's2' }, pageId),
    entry: { action: 'denied', outcome: 'denied', subject: 'otherSession', reason: 'denied' },
  },
  'the end of a session elsewhere that did not get through': {
    act: async (calls) => {
      calls.server.close = refuse('unreachable');
      return await calls.handlers.otherSessionClose({ sessionId: 's2' }, pageId);
    },
    entry: { action: 'denied', outcome: 'failure', subject: 'otherSession' },
  },
  'a search that the record server refuses': {
    act: async (calls) => {
      calls.server.search = refuse('denied');
      return await calls.handlers.patientSearch({ text: 'eva', where: 'server' }, pageId);
    },
    entry: { action: 'search', outcome: 'denied', subject: 'server', reason: 'denied' },
  },
};

it.each(Object.entries(denials))('%s has its entry', async (_name, { act, entry: wanted }) => {
  const calls = await open();
  calls.entries();
  expect((await act(calls)).ok).toBe(false);
  const entries = calls.entries();
  expect(entries).toHaveLength(1);
  expect(entries[0]).toMatchObject({ personId: 'n1', sessionId: 's1', ...wanted });
});

it('a call that never reached its handler has an entry in the name of its page’s session', () => {
  const drafts: AuditDraft[] = [];
  const refused = createRefusedCalls({
    workspaces: {
      ofSender: (id) =>
        id === pageId
          ? ({ session: { sessionId: 's1', person: { personId: 'n1' } } } as never)
          : null,
    },
    audit: (draft) => drafts.push(draft) > 0,
    nowMs: () => 0,
  });
  refused('untrustedSender', 'chartOpen', 99);
  refused('invalidPayload', 'noteWrite', pageId);
  refused('noSession', 'boardRead', 99);
  // These broke inside: what they did has entries of its own.
  refused('failed', 'boardRead', pageId);
  refused('invalidReply', 'boardRead', pageId);
  const denied = { action: 'denied', outcome: 'denied', patientIds: [] };
  expect(drafts).toMatchObject([
    { ...denied, personId: null, sessionId: null, subject: 'chartOpen', reason: 'untrustedSender' },
    { ...denied, personId: 'n1', sessionId: 's1', subject: 'noteWrite', reason: 'invalidPayload' },
    { ...denied, personId: null, subject: 'boardRead', reason: 'noSession' },
  ]);
});

it('a page that sends nonsense without end fills no disk, and the log says that it did', () => {
  const drafts: AuditDraft[] = [];
  let nowMs = 0;
  const refused = createRefusedCalls({
    workspaces: { ofSender: () => null },
    audit: (draft) => drafts.push(draft) > 0,
    nowMs: () => nowMs,
  });
  for (let tries = 0; tries < 10_000; tries += 1) refused('invalidPayload', 'boardRead', 1);
  expect(drafts).toHaveLength(21);
  expect(drafts.filter(({ reason }) => reason === 'tooMany')).toEqual([drafts[20]]);
  nowMs = 60_000;
  refused('untrustedSender', 'boardRead', 1);
  expect(drafts.at(-1)?.reason).toBe('untrustedSender');
});
