import { describe, expect, it } from 'vitest';
import { freshnessTone } from '#renderer/workspace/freshness.ts';
import { stepWorkspace, type WorkspaceState } from '#renderer/workspace/state.ts';
import { minutes, nowMs } from '../gallery/scene.ts';
import { begin } from '../gallery/ward.ts';

const begun = (): WorkspaceState => stepWorkspace(null, { type: 'begin', begin })!;

describe('the state of a workspace', () => {
  it('is nothing outside a session, whatever arrives', () => {
    expect(stepWorkspace(null, { type: 'notice', notice: 'diskFull' })).toBeNull();
    expect(
      stepWorkspace(null, {
        type: 'changed',
        changed: { board: begin.board, freshness: begin.freshness, changedPatientIds: [], nowMs },
      }),
    ).toBeNull();
  });

  it('keeps nothing of a person at the end', () => {
    expect(stepWorkspace(begun(), { type: 'end', token: 'token-1' })).toBeNull();
  });

  it('does not end for a session that was before it', () => {
    const state = begun();
    expect(stepWorkspace(state, { type: 'end', token: 'token-0' })).toBe(state);
  });

  it('takes nothing over from the session before', () => {
    const used = stepWorkspace(begun(), { type: 'navigate', view: { screen: 'status' } });
    const next = stepWorkspace(used, { type: 'begin', begin: { ...begin, token: 'token-2' } });
    expect(next).toMatchObject({ view: { screen: 'board' }, filter: 'all', notices: [] });
  });

  it('takes in what the person has at other terminals, and keeps drafts that nobody spoke of', () => {
    const otherSessions = [{ sessionId: 's-2', terminalName: 'ASH-07', openedAtMs: nowMs }];
    const drafts = [
      {
        draftId: '5f0c2f3e-8f0a-4f0e-9d3a-0a4b0f8f3c11',
        patientId: 'p-A1',
        patientLabel: 'ABARA, Ngozi',
        kind: 'note' as const,
        savedAtMs: nowMs,
        content: '{}',
      },
    ];
    const told = (elsewhere: { drafts: typeof drafts | null }, state = begun()) =>
      stepWorkspace(state, { type: 'elsewhere', elsewhere: { ...elsewhere, otherSessions } })!;
    const state = told({ drafts });
    expect(state).toMatchObject({ drafts, otherSessions });
    expect(told({ drafts: null }, state).drafts).toBe(drafts);
  });

  it('moves the revision of changed patients only, and keeps the board when none came', () => {
    const state = stepWorkspace(begun(), {
      type: 'changed',
      changed: { board: null, freshness: begin.freshness, changedPatientIds: ['p-A1'], nowMs },
    })!;
    expect(state.revisions.get('p-A1')).toBe(1);
    expect(state.revisions.get('p-A2')).toBeUndefined();
    expect(state.board).toBe(begin.board);
  });

  it('lets a notice take the place of the one of the same subject', () => {
    const lost = stepWorkspace(begun(), { type: 'notice', notice: 'readerLost' });
    const full = stepWorkspace(lost, { type: 'notice', notice: 'diskFull' });
    const back = stepWorkspace(full, { type: 'notice', notice: 'readerBack' });
    expect(back?.notices).toEqual(['diskFull', 'readerBack']);
  });
});

describe('freshness', () => {
  const { freshness } = begin;
  it('turns to a warning after two minutes, offline at once', () => {
    expect(freshnessTone({ ...freshness, asOfMs: minutes(-2) }, nowMs)).toBe('fresh');
    expect(freshnessTone({ ...freshness, asOfMs: minutes(-2) - 1 }, nowMs)).toBe('stale');
    expect(freshnessTone({ ...freshness, online: false }, nowMs)).toBe('offline');
    expect(freshnessTone({ ...freshness, asOfMs: null }, nowMs)).toBe('never');
  });
});
