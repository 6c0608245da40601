import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { SystemSnapshot } from '#core/contracts/ipc.ts';
import type { Preferences } from '#core/contracts/preferences.ts';
import { defaultSessionPolicy, type SessionState } from '#core/session/model.ts';
import { initialSession } from '#core/session/step.ts';
import { createLatencyRecorder } from '#electron/latency.ts';
import { createSystemView, type SystemView } from '#electron/session/systemView.ts';
import type { Stage } from '#electron/views/stage.ts';

/* Whose language and colours a screen has: the terminal's, a passer-by's for one visit, or a person's on her own cover. */

const person = { personId: 'n1', displayName: 'N', role: 'nurse', trust: 'B0' } as const;
const session = { attempt: 1, sessionId: 's1', person };
const at = (phase: object): SessionState =>
  ({ ...initialSession(), phase }) as unknown as SessionState;
const idle = initialSession();
const identifying = at({ kind: 'identifying', deadlineMs: 1 });
const refused = at({ kind: 'idle', refusal: { code: 'badgeUnknown', untilMs: 5 } });
const pin = at({ kind: 'pin', attempt: 1, person, retryAtMs: null });
const opening = at({ kind: 'opening', session });
const active = at({ kind: 'active', session, cover: null });
const covered = at({ kind: 'active', session, cover: { locksAtMs: 30_000 } });

let shown: SystemSnapshot[];
let chosen: Record<string, Preferences>;
let view: SystemView;
beforeEach(() => {
  vi.useFakeTimers();
  shown = [];
  chosen = {};
  const stage = {
    pushSystem: (_topic: string, snapshot: SystemSnapshot) => shown.push(snapshot),
    raiseSystem: () => undefined,
    raiseWorkspace: () => undefined,
  } as unknown as Stage;
  view = createSystemView({
    stage,
    policy: defaultSessionPolicy,
    terminal: { name: 'T', wardName: 'W', place: 'P', helpDesk: '1' },
    language: 'en',
    theme: 'light',
    preferencesOf: (personId) => chosen[personId] ?? null,
    latency: createLatencyRecorder(),
    nowMs: () => 0,
    wallMs: () => 0,
    workspacePage: () => null,
    isPainting: () => false,
  });
  view.show(idle);
});
afterEach(() => vi.useRealTimers());
const look = () => [shown.at(-1)?.language, shown.at(-1)?.theme];

it('a choice on the idle screen stays for the visit, over a refusal too, and is gone for the next person', () => {
  view.choose({ language: 'fr' });
  view.choose({ theme: 'dark' });
  expect(look()).toEqual(['fr', 'dark']);
  // The same person, whose badge was not read at first.
  for (const state of [identifying, refused, idle, identifying, pin, opening]) {
    view.show(state);
    expect(look()).toEqual(['fr', 'dark']);
    expect(view.look()).toEqual({ language: 'fr', theme: 'dark' });
  }
  for (const state of [active, idle]) {
    view.show(state);
    expect(look()).toEqual(['en', 'light']);
    expect(view.look()).toEqual({ language: 'en', theme: 'light' });
  }
});

it('a choice is gone from the screen under a session that was opened before anything of it was drawn', () => {
  view.choose({ language: 'fr' });
  for (const state of [identifying, opening, active]) view.show(state);
  expect(look()).toEqual(['en', 'light']);
});

it('a choice at the PIN ends with that try', () => {
  view.show(pin);
  view.choose({ language: 'fr' });
  expect(look()).toEqual(['fr', 'light']);
  view.show(idle);
  expect(look()).toEqual(['en', 'light']);
});

it('a choice after which nobody taps is forgotten within a minute, and never while somebody is at it', () => {
  view.choose({ language: 'fr' });
  vi.advanceTimersByTime(59_000);
  expect(look()).toEqual(['fr', 'light']);
  vi.advanceTimersByTime(2_000);
  expect(look()).toEqual(['en', 'light']);
  view.choose({ language: 'fr' });
  view.show(identifying);
  vi.advanceTimersByTime(120_000);
  expect(look()).toEqual(['fr', 'light']);
  view.show(refused);
  expect(look()).toEqual(['fr', 'light']);
  view.show(idle);
  expect(look()).toEqual(['en', 'light']);
});

it('a cover looks like the session under it; what comes after it is the terminal’s again', () => {
  chosen['n1'] = { language: 'fr', theme: null, savedAtMs: 1 };
  view.show(active);
  expect(look()).toEqual(['en', 'light']);
  view.show(covered);
  expect(look()).toEqual(['fr', 'light']);
  view.show(idle);
  expect(look()).toEqual(['en', 'light']);
});
