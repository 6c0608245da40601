import { endAttempt, idleWith, startAttempt } from './attempt.ts';
import { andThen, auditEffect, become, becomePhase, type EventOf, type Phase } from './change.ts';
import { beginClose, liftCover } from './live.ts';
import type { SessionPolicy, SessionState, SessionStep, Tap } from './model.ts';

/*
 * What cards in the field mean. A tap is a card that newly came; one that flickers or lies there is none.
 */

type Stay = 'tap' | 'known' | 'flicker';
const nobody = { personId: null, sessionId: null } as const;

/** A card gave its identity. */
export function onBadge(
  state: SessionState,
  event: EventOf<'badge'>,
  policy: SessionPolicy,
): SessionStep {
  const { tap } = event;
  const stay = stayOf(state, tap, policy);
  const seen = { ...state, present: { ...state.present, [tap.reader]: tap } };
  const { phase } = seen;
  if (phase.kind === 'identifying' && stay !== 'known')
    return whileIdentifying(seen, phase, tap, stay, policy);
  return stay === 'tap' ? onTap(seen, tap, policy) : goOn(seen, tap);
}

/** A card left the field. It closes nothing: a person may take the badge and go on working. */
export function onBadgeRemoved(
  state: SessionState,
  event: EventOf<'badgeRemoved'>,
  policy: SessionPolicy,
): SessionStep {
  const { reader, presence, atMs } = event;
  const tap = state.present[reader];
  if (tap?.presence !== presence) return become(state);
  const present = Object.fromEntries(
    Object.entries(state.present).filter(([name]) => name !== reader),
  );
  const recent = Object.entries(state.removedAtMs).filter(
    ([, removedAtMs]) => atMs - removedAtMs <= policy.tapDebounceMs,
  );
  const removedAtMs = { ...Object.fromEntries(recent), [tap.badgeKey]: atMs };
  const gone = { ...state, present, removedAtMs };
  const { phase } = gone;
  if (phase.kind !== 'active' || phase.ownTap?.presence !== presence) return become(gone);
  if (phase.ownTap.reader !== reader) return become(gone);
  return becomePhase(gone, { ...phase, ownTap: { ...phase.ownTap, held: false } });
}

/** A card gave no usable identity. Only an idle terminal says so: nobody else is asking. */
export function onBadgeFault(
  state: SessionState,
  event: EventOf<'badgeFault'>,
  policy: SessionPolicy,
): SessionStep {
  if (state.phase.kind !== 'idle') return become(state);
  return becomePhase(
    state,
    idleWith('badgeUnreadable', event.atMs, policy),
    auditEffect('loginRefused', 'denied', nobody, event.fault),
  );
}

function stayOf(state: SessionState, tap: Tap, policy: SessionPolicy): Stay {
  const before = state.present[tap.reader];
  if (before?.badgeKey === tap.badgeKey) {
    if (before.presence === tap.presence) return 'known';
    if (tap.atMs - before.atMs <= policy.readerSettleMs) return 'known';
  }
  const removedAtMs = state.removedAtMs[tap.badgeKey] ?? -Infinity;
  return tap.atMs - removedAtMs <= policy.tapDebounceMs ? 'flicker' : 'tap';
}

/** Two cards at once: whose turn it is cannot be known, so it is nobody's. */
function whileIdentifying(
  state: SessionState,
  phase: Phase<'identifying'>,
  tap: Tap,
  stay: Stay,
  policy: SessionPolicy,
): SessionStep {
  if (tap.badgeKey === phase.tap.badgeKey) return become(state);
  const isStillThere = Object.values(state.present).some(
    (card) => card.badgeKey === phase.tap.badgeKey,
  );
  if (isStillThere || stay === 'flicker') {
    const end = { reason: 'twoBadges', code: 'twoBadges' } as const;
    return endAttempt(state, phase, end, tap.atMs, policy);
  }
  return switchAttempt(state, phase, tap, policy);
}

function onTap(state: SessionState, tap: Tap, policy: SessionPolicy): SessionStep {
  const { phase } = state;
  switch (phase.kind) {
    case 'idle':
      return startAttempt(state, tap, tap.atMs + policy.identifyTimeoutMs);
    case 'identifying':
    case 'pin':
      return tap.badgeKey === phase.tap.badgeKey
        ? become(state)
        : switchAttempt(state, phase, tap, policy);
    case 'opening':
      return tap.badgeKey === phase.session.badgeKey
        ? become(state)
        : beginClose(state, phase, 'tapOver', { next: tap });
    case 'active':
      return tap.badgeKey === phase.session.badgeKey
        ? onOwnTap(state, phase, tap, policy)
        : beginClose(state, phase, 'tapOver', { next: tap });
    case 'closing':
      return phase.fault === null
        ? becomePhase(state, { ...phase, next: tap })
        : become(state, auditEffect('loginRefused', 'denied', nobody, phase.fault));
    case 'fault':
      return become(state, auditEffect('loginRefused', 'denied', nobody, phase.code));
  }
}

function switchAttempt(
  state: SessionState,
  phase: Phase<'identifying'> | Phase<'pin'>,
  tap: Tap,
  policy: SessionPolicy,
): SessionStep {
  const end = { reason: 'replaced', code: null };
  return andThen(endAttempt(state, phase, end, tap.atMs, policy), (ended) =>
    startAttempt(ended, tap, tap.atMs + policy.identifyTimeoutMs),
  );
}

/** The owner's own tap lifts a cover; otherwise it never locks by itself, it says what does. */
function onOwnTap(
  state: SessionState,
  phase: Phase<'active'>,
  tap: Tap,
  policy: SessionPolicy,
): SessionStep {
  if (phase.cover !== null) return liftCover(state, phase, 'badge', tap.atMs);
  const { ownTap } = phase;
  const isSecond =
    policy.leaveBy === 'secondTap' &&
    ownTap !== null &&
    tap.atMs - ownTap.atMs <= policy.leaveSecondTapWithinMs;
  if (isSecond) return beginClose(state, phase, 'left');
  const { reader, presence, atMs } = tap;
  return becomePhase(
    state,
    {
      ...phase,
      lastInputAtMs: Math.max(phase.lastInputAtMs, atMs),
      ownTap: { presence, reader, atMs, held: true },
    },
    { type: 'notice', notice: leaveHints[policy.leaveBy] },
  );
}

const leaveHints = {
  secondTap: 'tapAgainToLock',
  hold: 'holdToLock',
  lockKey: 'useLockKey',
} as const;

/** The same card goes on lying there under another presence number. */
function goOn(state: SessionState, tap: Tap): SessionStep {
  const { phase } = state;
  if (phase.kind === 'closing' && phase.next?.badgeKey === tap.badgeKey)
    return becomePhase(state, { ...phase, next: tap });
  const isOwn = phase.kind === 'active' && phase.session.badgeKey === tap.badgeKey;
  if (!isOwn || phase.ownTap === null) return become(state);
  const { reader, presence } = tap;
  return becomePhase(state, {
    ...phase,
    ownTap: { ...phase.ownTap, reader, presence, held: true },
  });
}
