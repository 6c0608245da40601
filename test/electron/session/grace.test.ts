import * as v from 'valibot';
import { beforeEach, expect, it } from 'vitest';
import { terminalConfigSchema } from '#electron/config.ts';
import { createGraceStore, type Grace, type GraceStore } from '#electron/session/grace.ts';
import { graceOf } from './workspaceRig.ts';

const minute = 60_000;
const wallMs = Date.UTC(2026, 10, 23, 12);

let graces: GraceStore;
beforeEach(() => {
  graces = createGraceStore();
});

const grace = (facts: Partial<Grace['facts']> = {}, sessionId = 'session-1'): Grace => {
  const whole = graceOf(sessionId);
  return { ...whole, untilMs: 10 * minute, facts: { ...whole.facts, ...facts } };
};

it('a way back ends after its time, on the clock that nobody sets', () => {
  graces.put('badge-1', grace());
  expect(graces.find('badge-1', 10 * minute - 1, wallMs)).not.toBeNull();
  expect(graces.find('badge-1', 10 * minute, wallMs - 60 * minute)).toBeNull();
  // Forgotten, not merely refused.
  expect(graces.find('badge-1', 0, wallMs)).toBeNull();
});

it.each([
  ['shift', { shiftEndsAtMs: wallMs }],
  ['lease', { leaseNotAfterMs: wallMs }],
] as const)('a way back ends with the %s', (_what, end) => {
  graces.put('badge-1', grace(end));
  expect(graces.find('badge-1', 0, wallMs - 1)).not.toBeNull();
  expect(graces.find('badge-1', 0, wallMs)).toBeNull();
  expect(graces.holds('session-1')).toBe(false);
});

it('who is shut out loses all of hers, an ended session its own, and nobody else anything', () => {
  graces.put('badge-1', grace());
  graces.put('badge-2', grace({}, 'session-2'));
  graces.put('badge-3', grace({ person: { ...graceOf().facts.person, personId: 'ben' } }, 'bens'));
  graces.dropSession('session-2');
  const held = () => ['session-1', 'session-2', 'bens'].filter((one) => graces.holds(one));
  expect(held()).toEqual(['session-1', 'bens']);
  graces.dropPerson('anna');
  expect(held()).toEqual(['bens']);
});

it('that something has ended is said once, so that the record server is told', () => {
  graces.put('badge-1', grace());
  expect(graces.dropEnded(10 * minute - 1)).toBe(false);
  expect(graces.dropEnded(10 * minute)).toBe(true);
  expect(graces.holds('session-1')).toBe(false);
  expect(graces.dropEnded(10 * minute)).toBe(false);
});

it('no site makes a way back by badge number alone last longer than ten minutes', () => {
  const allowed = (graceMs: number): boolean =>
    v.is(terminalConfigSchema, { stateFolder: '/var/lib/wardkey', graceMs });
  expect([allowed(10 * minute), allowed(10 * minute + 1)]).toEqual([true, false]);
});
