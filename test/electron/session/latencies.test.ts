import { performance } from 'node:perf_hooks';
import { expect, it } from 'vitest';
import { createLatencyRecorder } from '#electron/latency.ts';
import type { WorkspaceCallDeps } from '#electron/session/callContext.ts';
import { createHands } from '#electron/session/hands.ts';
import { createWorkspaceCalls } from '#electron/session/workspaceCalls.ts';

/* What the status screen says of speed is taken where it happens: around the work, up to the painted frame. */

type HandsDeps = Parameters<typeof createHands>[0];

it('opening a record is timed from the call to the frame that shows it, once', async () => {
  const latency = createLatencyRecorder();
  let nowMs = 1_000;
  const workspace = {
    token: 'token-1',
    closing: false,
    visits: new Map(),
    session: { person: { personId: 'n1' }, sessionId: 's1' },
    vault: { call: () => Promise.resolve({ ok: true, value: {} }) },
  };
  const calls = createWorkspaceCalls({
    workspaces: { ofSender: () => workspace, painted: () => undefined },
    spool: { append: () => ({ ok: true }) },
    onAppended: () => undefined,
    nowMs: () => nowMs,
    wallMs: () => nowMs,
    latency,
  } as unknown as WorkspaceCallDeps);
  const painted = { token: 'token-1', what: 'chart' } as const;
  await calls.workspacePainted(painted, 7);
  expect(latency.values('chartOpen')).toEqual([]);
  await calls.chartOpen({ patientId: 'p1', fetch: false }, 7);
  nowMs += 42;
  await calls.workspacePainted(painted, 7);
  await calls.workspacePainted(painted, 7);
  expect(latency.values('chartOpen')).toEqual([42]);
});

it('a tap over is told from a tap on a locked terminal', async () => {
  const latency = createLatencyRecorder();
  const hands = createHands({
    latency,
    nowMs: () => 0,
    taps: { seen: () => ({ seenAtMs: performance.timeOrigin + performance.now() - 50 }) },
    workspaces: { open: () => Promise.resolve(null), close: () => Promise.resolve() },
  } as unknown as HandsDeps);
  const session = { badgeKey: 'badge' } as Parameters<typeof hands.openWorkspace>[1];
  await hands.openWorkspace(1, session, 'grace');
  await hands.closeWorkspace(session, 'tapOver', true);
  await hands.openWorkspace(2, session, 'grace');
  await hands.closeWorkspace(session, 'left', true);
  await hands.openWorkspace(3, session, 'grace');
  expect(latency.values('tapOver')).toHaveLength(1);
  expect(latency.values('tapOver')[0]).toBeGreaterThanOrEqual(50);
  expect(latency.values('tapToWorkspace')).toHaveLength(2);
});
