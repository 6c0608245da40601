import { expect, it, onTestFinished } from 'vitest';
import { defaultSessionPolicy } from '#core/session/model.ts';
import { screenOf } from '#core/session/screen.ts';
import { createSessionRunner, type SessionHands } from '#electron/session/runner.ts';
import { farEnds } from '#test/core/session/scene.ts';
import { anna } from './workspaceRig.ts';

/** Anna's session, open and then covered, over hands that write down what they are told. */
async function coveredSession() {
  let nowMs = 1_000;
  let keeps = true;
  const told: string[] = [];
  const hands: SessionHands = {
    identify: () => Promise.resolve({ kind: 'grace', sessionId: 's', person: anna, ends: farEnds }),
    checkPin: () => Promise.resolve({ kind: 'refused', code: 'internal' }),
    openWorkspace: () => Promise.resolve(null),
    dropAttempt: () => undefined,
    closeWorkspace: () => Promise.resolve(),
    notice: () => undefined,
    audit: (entry) => {
      told.push(`audit ${entry.action}`);
      return keeps;
    },
    show: (state) => void told.push(`show ${screenOf(state).kind}`),
    onUnexpected: (_where, cause) => {
      throw cause;
    },
    onStuck: () => undefined,
  };
  const runner = createSessionRunner(hands, defaultSessionPolicy, () => nowMs);
  onTestFinished(() => runner.stop());
  const tap = { reader: 'r', presence: 1, badgeKey: 'badge-1', atMs: nowMs };
  runner.dispatch({ type: 'badge', tap });
  await new Promise((resolve) => setTimeout(resolve, 10));
  expect(screenOf(runner.state()).kind).toBe('workspace');
  nowMs += defaultSessionPolicy.idleCoverMs;
  runner.dispatch({ type: 'tick', atMs: nowMs });
  expect(told.splice(0).at(-1)).toBe('show system');
  return {
    told,
    input: () => runner.dispatch({ type: 'input', atMs: nowMs }),
    failToKeep: () => (keeps = false),
  };
}

it('what lifts a cover is on disk before the workspace shows again', async () => {
  const { told, input } = await coveredSession();
  input();
  expect(told).toEqual(['audit uncover', 'show workspace']);
});

it('a cover whose lifting cannot be logged stays', async () => {
  const { told, input, failToKeep } = await coveredSession();
  failToKeep();
  input();
  expect(told).toContain('audit uncover');
  expect(told).not.toContain('show workspace');
  expect(told).toContain('show system');
});
