import type { SessionEffect, SessionEvent, SessionPolicy } from '#core/session/model.ts';
import { andThen } from '#core/session/change.ts';
import { step } from '#core/session/step.ts';
import type { Machine } from './world.ts';

/*
 * The machine, broken in the ways such machines get broken. The model test must catch each of them.
 */

const onEffects =
  (change: (effect: SessionEffect, event: SessionEvent) => readonly SessionEffect[]): Machine =>
  (state, event, policy) => {
    const answer = step(state, event, policy);
    return { ...answer, effects: answer.effects.flatMap((effect) => change(effect, event)) };
  };

const withPolicy =
  (change: Partial<SessionPolicy>): Machine =>
  (state, event, policy) =>
    step(state, event, { ...policy, ...change });

const deafTo =
  (isIgnored: (state: Parameters<Machine>[0], event: SessionEvent) => boolean): Machine =>
  (state, event, policy) =>
    isIgnored(state, event)
      ? step(state, { type: 'tick', atMs: timeOf(event) }, policy)
      : step(state, event, policy);

const timeOf = (event: SessionEvent): number =>
  event.type === 'badge' ? event.tap.atMs : event.atMs;

/** Each by the mistake it makes. */
export const mutants: Readonly<Record<string, Machine>> = {
  'opens the next before the former is closed': (state, event, policy) => {
    const answer = step(state, event, policy);
    const { phase } = answer.state;
    if (phase.kind !== 'closing' || phase.next === null) return answer;
    const { sessionId, attempt } = phase.session;
    return andThen(answer, (now) =>
      step(now, { type: 'closed', sessionId, attempt, atMs: timeOf(event) }, policy),
    );
  },
  'takes the end of an earlier opening for the end of this one': (state, event, policy) =>
    event.type === 'closed' && state.phase.kind === 'closing'
      ? step(state, { ...event, attempt: state.phase.session.attempt }, policy)
      : step(state, event, policy),
  'keeps the session when another badge is tapped': deafTo(
    (state, event) =>
      event.type === 'badge' &&
      state.phase.kind === 'active' &&
      state.phase.session.badgeKey !== event.tap.badgeKey,
  ),
  'opens a session for less than was granted': (state, event, policy) => {
    if (event.type !== 'pinChecked' || event.result.kind !== 'accepted')
      return step(state, event, policy);
    const { ends } = event.result;
    const shorter = { ...ends, leaseAtMs: ends.leaseAtMs - 1_000 };
    return step(state, { ...event, result: { ...event.result, ends: shorter } }, policy);
  },
  'counts a hold from an earlier tap': (state, event, policy) => {
    const answer = step(state, event, policy);
    const { phase } = answer.state;
    const before = state.phase.kind === 'active' ? state.phase.ownTap : null;
    if (phase.kind !== 'active' || phase.ownTap === null || before === null) return answer;
    const ownTap = { ...phase.ownTap, atMs: before.atMs };
    return { ...answer, state: { ...answer.state, phase: { ...phase, ownTap } } };
  },
  'believes stale answers': (state, event, policy) =>
    event.type === 'identified' || event.type === 'pinChecked'
      ? step(state, { ...event, attempt: state.attempt }, policy)
      : step(state, event, policy),
  'shows the workspace before it is painted': (state, event, policy) => {
    const answer = step(state, event, policy);
    const { phase } = answer.state;
    if (phase.kind !== 'opening') return answer;
    const { attempt } = phase;
    return andThen(answer, (now) =>
      step(now, { type: 'opened', attempt, atMs: timeOf(event) }, policy),
    );
  },
  'closes twice': onEffects((effect) =>
    effect.type === 'closeWorkspace' ? [effect, effect] : [effect],
  ),
  'keeps the grace of a revoked person': onEffects((effect) => [
    effect.type === 'closeWorkspace' && effect.reason === 'revoked'
      ? { ...effect, keepGrace: true }
      : effect,
  ]),
  'logs no login': onEffects((effect) =>
    effect.type === 'audit' && effect.entry.action === 'login' ? [] : [effect],
  ),
  'logs no refusal': onEffects((effect) =>
    effect.type === 'audit' && effect.entry.action === 'loginRefused' ? [] : [effect],
  ),
  'logs no lock': onEffects((effect) =>
    effect.type === 'audit' && effect.entry.action === 'lock' ? [] : [effect],
  ),
  'leaves the vault of a late right PIN open': onEffects((effect, event) =>
    effect.type === 'dropAttempt' && event.type === 'pinChecked' ? [] : [effect],
  ),
  'leaves a workspace that came too late': onEffects((effect, event) =>
    effect.type === 'dropAttempt' && event.type === 'opened' ? [] : [effect],
  ),
  'does not hear a revocation': deafTo((_, event) => event.type === 'revoked'),
  'does not hear a revocation while identifying': deafTo(
    (state, event) => event.type === 'revoked' && state.phase.kind === 'identifying',
  ),
  'goes on after lease and shift': (state, event, policy) => {
    const answer = step(state, event, policy);
    const { phase } = answer.state;
    if (phase.kind !== 'opening') return answer;
    const ends = { leaseAtMs: 1e9, shiftAtMs: 1e9 };
    const session = { ...phase.session, ends };
    return { ...answer, state: { ...answer.state, phase: { ...phase, session } } };
  },
  'does not hear that the lease was renewed': deafTo((_, event) => event.type === 'leaseRenewed'),
  'serves on with a fault': deafTo((_, event) => event.type === 'terminalFault'),
  'lets the first of two badges in': deafTo(
    (state, event) => event.type === 'badge' && state.phase.kind === 'identifying',
  ),
  'never covers': withPolicy({ idleCoverMs: 1e9 }),
  'never locks a cover': withPolicy({ coverCountdownMs: 1e9 }),
  'shrugs at a lost reader': withPolicy({ readerLostCoverMs: 1e9 }),
  'takes a flicker for a tap': withPolicy({ tapDebounceMs: -1 }),
  'takes cards lying on a returned reader for taps': withPolicy({ readerSettleMs: -1 }),
  'locks at the owner’s first tap': (state, event, policy) =>
    event.type === 'badge' &&
    state.phase.kind === 'active' &&
    state.phase.session.badgeKey === event.tap.badgeKey
      ? step(state, { type: 'leaveRequested', atMs: event.tap.atMs }, policy)
      : step(state, event, policy),
  'lifts a cover when a pointer moves': (state, event, policy) =>
    step(state, event.type === 'input' ? { ...event, moved: false } : event, policy),
  'does not lock at the second tap': withPolicy({ leaveSecondTapWithinMs: -1 }),
  'keeps the PIN screen for ever': withPolicy({ pinTimeoutMs: 1e9 }),
  'waits for a painted board for ever': withPolicy({ openTimeoutMs: 1e9 }),
  'remembers the PIN': (state, event, policy) => {
    const answer = step(state, event, policy);
    return event.type === 'pinSubmitted'
      ? { ...answer, state: { ...answer.state, typed: event.pin } }
      : answer;
  },
  'puts the first tap before the latest': (state, event, policy) =>
    event.type === 'badge' && state.phase.kind === 'closing' && state.phase.next !== null
      ? step(state, { type: 'tick', atMs: event.tap.atMs }, policy)
      : step(state, event, policy),
  'crashes on an unknown badge': (state, event, policy) => {
    if (event.type === 'identified' && event.result.kind === 'refused') throw new Error('crash');
    return step(state, event, policy);
  },
};
