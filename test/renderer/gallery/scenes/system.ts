import type { SystemSnapshot } from '#core/contracts/ipc.ts';
import { minutes, nowMs, type Scene } from '../scene.ts';

const snapshot: SystemSnapshot = {
  revision: 1,
  terminal: {
    name: 'ASH-03',
    wardName: 'Ash ward',
    place: 'Bay A corridor',
    helpDesk: '4400',
  },
  health: { reader: 'ready', server: 'connected', storage: 'ok', clock: 'ok' },
  language: 'en',
  theme: 'light',
  nowMs,
  screen: { kind: 'idle' },
};
const person = {
  personId: 'n1',
  displayName: 'Amina Chowdhury',
  role: 'nurse',
  trust: 'B2',
} as const;
const pin: Extract<SystemSnapshot['screen'], { kind: 'pin' }> = {
  kind: 'pin',
  attempt: 1,
  person,
  reason: 'newShift',
  pinLength: { min: 6, max: 6 },
  triesLeft: 5,
  retryAtMs: null,
  error: null,
  checking: false,
};
const system = (name: string, change: Partial<SystemSnapshot>, act?: Scene['act']): Scene => ({
  name,
  page: 'system',
  snapshot: { ...snapshot, ...change },
  ...(act === undefined ? {} : { act }),
});
const health = (change: Partial<SystemSnapshot['health']>) => ({
  health: { ...snapshot.health, ...change },
});

/** Every system screen. */
export const scenes: readonly Scene[] = [
  system('idle', {}),
  system('idle-offline', health({ server: 'unreachable' })),
  system('idle-no-reader', health({ reader: 'noReader', server: 'connecting' })),
  system('idle-emergency', {}, (page) => page.locator('.systemEmergency').click()),
  system('identifying', { screen: { kind: 'identifying' } }),
  system('pin', { screen: pin }, async (page) => {
    await page.keyboard.type('12');
    await page.locator('.pinPad button').nth(3).click();
  }),
  system('pin-open-length', {
    screen: { ...pin, pinLength: { min: 6, max: 12 }, error: 'pinWrong', triesLeft: 3 },
  }),
  system('pin-throttled', {
    screen: { ...pin, error: 'pinThrottled', triesLeft: 1, retryAtMs: nowMs + 42_000 },
  }),
  system('opening', { screen: { kind: 'opening', person } }),
  system('refused', {
    screen: { kind: 'refused', code: 'badgeUnknown', untilMs: nowMs + 8000 },
  }),
  system('cover', {
    screen: {
      kind: 'cover',
      displayName: 'Amina Chowdhury',
      locksAtMs: minutes(1),
      liftsByInput: true,
    },
  }),
  system('cover-badge-only', {
    screen: {
      kind: 'cover',
      displayName: 'Amina Chowdhury',
      locksAtMs: minutes(1),
      liftsByInput: false,
    },
  }),
  system('fault', {
    ...health({ storage: 'diskFull' }),
    screen: { kind: 'fault', code: 'storageFault' },
  }),
];
