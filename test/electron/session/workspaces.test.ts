import { afterEach, expect, it } from 'vitest';
import { refuse, succeed } from '#core/result.ts';
import { SpoolFailure } from '#electron/spool/spool.ts';
import { createChangePush } from '#electron/session/changePush.ts';
import { createWorkspaceRig, graceOf, sessionOf, type WorkspaceRig } from './workspaceRig.ts';

/* Openings and ends of a workspace in which something goes wrong. */

let rig: WorkspaceRig | null = null;
const build: typeof createWorkspaceRig = (change) => (rig = createWorkspaceRig(change));
afterEach(() => {
  rig?.remove();
  rig = null;
});

it('a session that could not be resumed leaves no way back', async () => {
  const { workspaces, graces, answers } = build();
  graces.put('badge-1', graceOf());
  answers.boardRead = () => Promise.resolve(refuse('cacheDamaged'));
  expect(await workspaces.open(1, sessionOf(1), 'grace')).toBe('cacheDamaged');
  await workspaces.close(sessionOf(1), 'openFailed', false);
  expect(graces.find('badge-1', 0, 0)).toBeNull();
});

it('a session that was given up while it was resumed keeps its way back only where the end does', async () => {
  const { workspaces, graces, answers } = build();
  graces.put('badge-1', graceOf());
  let answer: () => void = () => undefined;
  answers.boardRead = () =>
    new Promise((resolve) => (answer = () => resolve({ ok: true, value: { rows: [] } })));
  const give = async (attempt: number, keepGrace: boolean): Promise<void> => {
    const opening = workspaces.open(attempt, sessionOf(attempt), 'grace');
    await new Promise((resolve) => setTimeout(resolve, 20));
    const closing = workspaces.close(sessionOf(attempt), 'tapOver', keepGrace);
    answer();
    await Promise.all([opening, closing]);
  };
  await give(1, true);
  expect(graces.holds('session-1')).toBe(true);
  await give(2, false);
  expect(graces.holds('session-1')).toBe(false);
});

it.each(['spool', 'stage'] as const)(
  'an opening that the %s breaks leaves neither vault nor page behind',
  async (which) => {
    const broken = (): never => {
      throw new SpoolFailure('spoolDamaged');
    };
    const { workspaces, events } = build(({ spool, stage }) =>
      which === 'spool'
        ? { spool: { ...spool, drafts: { ...spool.drafts, ofPerson: broken } } }
        : { stage: { ...stage, raiseWorkspace: broken } },
    );
    await expect(workspaces.open(1, sessionOf(1), 'pin')).rejects.toThrow(SpoolFailure);
    expect(events).toEqual(expect.arrayContaining(['page destroyed', 'vault killed']));
    expect([workspaces.current(), workspaces.isPainting()]).toEqual([null, false]);
  },
);

it('a vault that is slow to seal the way back holds up nobody, and its late answer gives none', async () => {
  const { workspaces, graces, events, answers } = build();
  let answerLate: () => void = () => undefined;
  answers.graceSeal = () =>
    new Promise((resolve) => (answerLate = () => resolve(succeed(graceOf().slot))));
  expect(await workspaces.open(1, sessionOf(1), 'pin')).toBeNull();
  const begunAtMs = performance.now();
  await workspaces.close(sessionOf(1), 'tapOver', true);
  expect(performance.now() - begunAtMs).toBeLessThan(1_000);
  expect(events.slice(-3)).toEqual(['page destroyed', 'vault killed', 'clipboards cleared']);
  answerLate();
  await new Promise((resolve) => setImmediate(resolve));
  expect(graces.find('badge-1', 0, 0)).toBeNull();
});

it('the clipboards are emptied when a session begins to end, and again when its page is gone', async () => {
  const { workspaces, graces, events } = build();
  await workspaces.open(1, sessionOf(1), 'pin');
  events.length = 0;
  await workspaces.close(sessionOf(1), 'left', true);
  expect(events).toEqual([
    'clipboards cleared',
    'workspaceEnd',
    'page destroyed',
    'vault killed',
    'clipboards cleared',
  ]);
  expect(graces.holds('session-1')).toBe(true);
});

it('a page that has been put away is not given a board that was read before', async () => {
  const { workspaces, events, answers } = build();
  await workspaces.open(1, sessionOf(1), 'pin');
  let answer: () => void = () => undefined;
  answers.boardRead = () =>
    new Promise((resolve) => (answer = () => resolve(succeed({ wardName: 'Ash', rows: [] }))));
  const counts = { unsentOperations: 0, conflicts: 0, rejected: 0, malformed: 0 };
  const stale = { asOfMs: null, online: true, ...counts, filling: null };
  const changes = createChangePush({ workspaces, freshness: () => stale, wallMs: () => 0 });
  changes.patientsChanged(['patient-1']);
  await new Promise((resolve) => setTimeout(resolve, 100));
  const closing = workspaces.close(sessionOf(1), 'left', true);
  answer();
  await closing;
  expect(events).not.toContain('workspaceChanged');
});
