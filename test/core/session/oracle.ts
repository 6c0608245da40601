import type {
  LiveSession,
  SessionEffect,
  SessionEnds,
  SessionEvent,
  SessionPolicy,
  SessionState,
  SessionStep,
  Tap,
} from '#core/session/model.ts';
import { nextDeadlineMs, screenOf, systemScreen } from '#core/session/screen.ts';
import { graceAfter, hasCause, isHeldLong } from './causes.ts';
import { createField, type Field } from './field.ts';
import { afterRevocation, audits, holds, type Must } from './musts.ts';
import { ownerOf, type Answer } from './people.ts';

/*
 * The rules of the house, judged from outside: from what is true in the world, what the machine was told, and what it
 * asked for and showed. It shares no code with the machine but the two questions "what is on the screen" and "when next".
 */

/** What is true, whatever the machine believes. */
export interface Truth {
  /** Whose badge an attempt was found to be. */
  readonly identified: Map<number, string>;
  /** Who has proven to be the person of an attempt: by grace, or by the right PIN. */
  readonly proven: Map<number, string>;
  readonly disabled: Set<string>;
  readonly ended: Set<string>;
  /** When each session ends by itself. */
  readonly ends: Map<string, SessionEnds>;
  /** Every lease that a session was ever given. */
  readonly leases: Map<string, Set<number>>;
  /** Sessions that a badge may resume. */
  readonly grace: Map<string, string>;
}

/** Judges every step, and the whole at its end. Throws at the first broken rule. */
export interface Oracle {
  readonly truth: Truth;
  readonly judge: (before: SessionState, event: SessionEvent, answer: SessionStep) => void;
  readonly judgeEnd: () => void;
  readonly field: Field;
  readonly vaultUnlocked: (attempt: number, personId: string) => void;
  readonly processesEnded: (session: LiveSession) => void;
  readonly delivered: (answer: Answer) => void;
  readonly lastOpened: () => LiveSession | null;
  /** How often what was reached. */
  readonly reached: Map<string, number>;
}

interface Live {
  readonly session: LiveSession;
  ends: SessionEnds;
  isPainted: boolean;
  closing: { readonly keepGrace: boolean } | null;
}

/** A fresh oracle for one world. */
export function createOracle(policy: SessionPolicy): Oracle {
  const truth: Truth = {
    identified: new Map(),
    proven: new Map(),
    disabled: new Set(),
    ended: new Set(),
    ends: new Map(),
    leases: new Map(),
    grace: new Map(),
  };
  const reached = new Map<string, number>();
  const field = createField(policy);
  const live = new Map<number, Live>();
  const everOpened = new Set<number>();
  const gone = new Set<number>();
  const vaults = new Map<number, { isAnnounced: boolean }>();
  const late = new Set<number>();
  let readerLostAtMs: number | null = null;
  /** Losses since the last activity, and one that stood then. */
  let losses: number[] = [];
  let openAttempt: { readonly attempt: number; readonly badgeKey: string } | null = null;
  let lastAttempt = 0;
  let attempts = 0;
  let logins = 0;
  let refusals = 0;
  let fault: string | null = null;
  /** The latest activity there may have been, and the latest beyond doubt. */
  let lastActivityAtMs = 0;
  let sureActivityAtMs = 0;
  let ownBadges: number[] = [];
  /** Those since the owner's badge was beyond doubt laid down anew. */
  let ownStay: number[] = [];
  let toldToTapAgainAtMs: number | null = null;
  let waiting: string | null = null;
  let lastSession: LiveSession | null = null;

  const reach = (what: string): void => void reached.set(what, (reached.get(what) ?? 0) + 1);
  const rule = (holds: boolean, what: string): void => {
    if (!holds) throw new Error(`rule broken: ${what}`);
  };
  const current = (): Live | null => [...live.values()].find((one) => one.closing === null) ?? null;

  const activity = (atMs: number, isSure: boolean): void => {
    lastActivityAtMs = atMs;
    if (isSure) sureActivityAtMs = atMs;
  };

  const judge = (before: SessionState, event: SessionEvent, answer: SessionStep): void => {
    const atMs = event.type === 'badge' ? event.tap.atMs : event.atMs;
    const effects = answer.effects;
    const dueMs = nextDeadlineMs(before, policy);
    const isTimeQuiet = dueMs === null || dueMs > atMs;
    const mustSee = hear(before, event, atMs, isTimeQuiet);
    for (const effect of effects) take(effect, event, effects, atMs);
    if (event.type === 'opened') {
      const one = live.get(event.attempt);
      if (one !== undefined && one.closing === null && !one.isPainted) {
        one.isPainted = true;
        activity(atMs, true);
      }
    }
    if (event.type === 'closed') gone.add(event.attempt);
    for (const must of mustSee) rule(holds(must, effects), must.what);
    judgeScreen(answer.state, atMs);
    judgeLeftovers();
    judgeTime(answer.state, atMs);
    const kept = JSON.stringify(answer.state);
    rule(!kept.includes('right-') && !kept.includes('wrong-pin'), 'a PIN is never kept');
  };

  /** What the world learns from an event, and what must follow from it. */
  const hear = (
    before: SessionState,
    event: SessionEvent,
    atMs: number,
    isTimeQuiet: boolean,
  ): readonly Must[] => {
    learn(before, event, atMs, isTimeQuiet);
    if (event.type === 'revoked') return afterRevocation(event, current()?.session ?? null);
    if (event.type !== 'badge') return [];
    const kind = field.sort(event.tap);
    reach(`tap:${kind}`);
    const session = current()?.session ?? null;
    if (session?.badgeKey === event.tap.badgeKey) {
      ownBadges.push(atMs);
      ownStay = kind === 'clear' ? [atMs] : [...ownStay, atMs];
      if (kind !== 'same') activity(atMs, kind === 'clear');
    }
    return kind === 'same'
      ? hearSame(before, event.tap, isTimeQuiet)
      : hearTap(before, event.tap, kind === 'clear', isTimeQuiet);
  };

  const learn = (
    before: SessionState,
    event: SessionEvent,
    atMs: number,
    isTimeQuiet: boolean,
  ): void => {
    if (event.type === 'leaseRenewed') {
      const one = current();
      const { sessionId, leaseEndsAtMs } = event;
      // A lease that is over stays over; whatever else is due at the same time changes nothing about it.
      if (one?.session.sessionId === sessionId && one.ends.leaseAtMs > atMs)
        one.ends = { ...one.ends, leaseAtMs: leaseEndsAtMs };
    }
    if (event.type === 'terminalFault') {
      fault = event.code;
      if (fault !== null) waiting = null;
    }
    if (event.type === 'readerService') {
      readerLostAtMs = event.up ? null : (readerLostAtMs ?? atMs);
      if (readerLostAtMs !== null) losses.push(readerLostAtMs);
      toldToTapAgainAtMs = null;
    }
    if (event.type === 'input') {
      const isUp = screenOf(before).kind === 'workspace' && isTimeQuiet;
      const isPress = event.moved !== true;
      if (isUp || (policy.coverLiftsByInput && isPress)) activity(atMs, true);
    }
  };

  const hearSame = (before: SessionState, tap: Tap, isTimeQuiet: boolean): readonly Must[] => {
    const { kind } = before.phase;
    // A held card that flickered is held again, and may have been so for long enough by now.
    const isOwn = current()?.session.badgeKey === tap.badgeKey;
    const isHeld = isOwn && isHeldLong(policy, ownStay, tap.atMs);
    const does = isHeld ? 'nothingButToLeave' : 'nothing';
    const isQuiet = isTimeQuiet && kind !== 'identifying';
    return isQuiet ? [{ what: 'one stay of a card is one tap', does }] : [];
  };

  const hearTap = (
    before: SessionState,
    tap: Tap,
    isClear: boolean,
    isTimeQuiet: boolean,
  ): readonly Must[] => {
    waiting = isClear && fault === null ? tap.badgeKey : null;
    if (!isClear || fault !== null) return [];
    const session = current()?.session ?? null;
    // "Tap again to lock" is a promise.
    if (session?.badgeKey === tap.badgeKey && isTimeQuiet && toldToTapAgainAtMs !== null)
      return tap.atMs - toldToTapAgainAtMs <= policy.leaveSecondTapWithinMs
        ? [{ what: 'the second tap that was asked for locks', does: 'closeWorkspace' }]
        : [];
    if (session !== null && session.badgeKey !== tap.badgeKey)
      return [{ what: "another's tap closes the session", does: 'closeWorkspace' }];
    return isTimeQuiet ? hearAttempt(before.phase.kind, tap) : [];
  };

  const hearAttempt = (phase: string, tap: Tap): readonly Must[] => {
    const rivalKey = openAttempt?.badgeKey === tap.badgeKey ? null : openAttempt?.badgeKey;
    const isRival = typeof rivalKey === 'string';
    if (phase === 'identifying' && isRival && field.lies(rivalKey))
      return [
        { what: 'two badges at once: nobody', does: 'dropAttempt' },
        { what: 'two badges at once: nobody gets in', doesNot: 'identify' },
      ];
    return phase === 'idle' || (phase === 'pin' && isRival)
      ? [{ what: 'a tap is answered', does: 'identify' }]
      : [];
  };

  const take = (
    effect: SessionEffect,
    event: SessionEvent,
    effects: readonly SessionEffect[],
    atMs: number,
  ): void => {
    switch (effect.type) {
      case 'identify':
        takeIdentify(effect, event);
        return;
      case 'checkPin':
        rule(event.type === 'pinSubmitted', 'a PIN is checked only when one was typed');
        rule(openAttempt?.attempt === effect.attempt, 'a PIN is checked for whom it was asked');
        return;
      case 'openWorkspace':
        takeOpen(effect.session, effects);
        reach(`open:${effect.by}`);
        return;
      case 'closeWorkspace':
        takeClose(effect, event, effects, atMs);
        return;
      case 'dropAttempt': {
        rule(live.get(effect.attempt) === undefined, 'a live session is closed, not dropped');
        vaults.delete(effect.attempt);
        late.delete(effect.attempt);
        if (openAttempt?.attempt !== effect.attempt) {
          reach('lateAnswerDropped');
          return;
        }
        openAttempt = null;
        rule(audits(effects, 'loginRefused').length > 0, 'every ended attempt is logged');
        return;
      }
      case 'notice':
        rule(isRead(event), 'a notice has somebody who reads it');
        if (effect.notice === 'tapAgainToLock') toldToTapAgainAtMs = atMs;
        reach(`notice:${effect.notice}`);
        return;
      case 'audit': {
        const { action, reason, patientIds } = effect.entry;
        rule(patientIds.length === 0, 'no patient is concerned');
        if (action === 'login') logins += 1;
        if (action === 'loginRefused') refusals += 1;
        reach(`audit:${action}:${reason ?? ''}`);
        return;
      }
    }
  };

  /** The board is painted, or this very event says so. */
  const isRead = (event: SessionEvent): boolean => {
    const one = current();
    const isNew = event.type === 'opened' && event.attempt === one?.session.attempt;
    return one?.isPainted === true || isNew;
  };

  const takeIdentify = (effect: EffectOf<'identify'>, event: SessionEvent): void => {
    rule(live.size === 0, 'nobody is identified before the former processes are gone');
    rule(fault === null, 'nobody is identified at a faulty terminal');
    rule(effect.attempt > lastAttempt, 'attempts count up');
    rule(openAttempt === null, 'the former attempt was ended');
    if (event.type === 'closed' && waiting !== null)
      rule(effect.tap.badgeKey === waiting, 'the latest tap is next');
    lastAttempt = effect.attempt;
    openAttempt = { attempt: effect.attempt, badgeKey: effect.tap.badgeKey };
    attempts += 1;
  };

  const takeOpen = (session: LiveSession, effects: readonly SessionEffect[]): void => {
    const { attempt, sessionId } = session;
    const { personId } = session.person;
    rule(live.size === 0, 'at most one session lives');
    rule(fault === null, 'a faulty terminal opens nothing');
    rule(!everOpened.has(attempt), 'an attempt opens once');
    rule(openAttempt?.attempt === attempt, 'only the open attempt opens a session');
    rule(truth.proven.get(attempt) === personId, 'the person of a session has proven identity');
    rule(ownerOf(session.badgeKey) === personId, 'the badge is that person');
    rule(!truth.disabled.has(personId), 'a disabled person gets nothing');
    rule(!truth.ended.has(sessionId), 'an ended session is not resumed');
    const entry = audits(effects, 'login')[0];
    rule(
      entry?.personId === personId && entry.sessionId === sessionId,
      'every login is logged under its person',
    );
    openAttempt = null;
    everOpened.add(attempt);
    const ends = truth.ends.get(sessionId);
    const { leaseAtMs, shiftAtMs } = session.ends;
    // A renewal may have overtaken the answer that brought the lease.
    const isGranted = truth.leases.get(sessionId)?.has(leaseAtMs) === true;
    rule(isGranted && shiftAtMs === ends?.shiftAtMs, 'a session opens for as long as was granted');
    live.set(attempt, { session, ends: session.ends, isPainted: false, closing: null });
    lastSession = session;
    ownBadges = [];
    ownStay = [];
    toldToTapAgainAtMs = null;
    waiting = null;
  };

  const takeClose = (
    effect: EffectOf<'closeWorkspace'>,
    event: SessionEvent,
    effects: readonly SessionEffect[],
    atMs: number,
  ): void => {
    const { session, reason, keepGrace } = effect;
    const one = live.get(session.attempt);
    rule(one !== undefined, 'only what was opened is closed');
    if (one === undefined) return;
    rule(one.closing === null, 'a session is closed once');
    rule(keepGrace === graceAfter[reason], `the way back after ${reason}`);
    const entry = audits(effects, reason === 'left' ? 'logout' : 'lock')[0];
    rule(
      entry?.reason === reason && entry.personId === session.person.personId,
      'every close is logged with its reason',
    );
    const facts = { policy, session, event, atMs, ownBadges, ownStay, losses, ends: one.ends };
    const lastActivity = lastActivityBefore(event);
    rule(
      hasCause(reason, { ...facts, lastActivityAtMs: lastActivity }),
      `nothing explains closing by ${reason}`,
    );
    one.closing = { keepGrace };
    toldToTapAgainAtMs = null;
    reach(`close:${reason}`);
  };

  /** Activity that comes with the event itself is too late for what was due before it. */
  let activityBeforeMs = 0;
  const lastActivityBefore = (event: SessionEvent): number =>
    event.type === 'input' || event.type === 'badge' ? activityBeforeMs : sureActivityAtMs;

  const judgeScreen = (after: SessionState, atMs: number): void => {
    const screen = screenOf(after);
    const context = { policy, pinLength: { min: 6, max: 12 }, wallOffsetMs: 1_000 };
    if (fault !== null) {
      rule(screen.kind === 'system', 'a faulty terminal shows no workspace');
      rule(systemScreen(after, context).kind === 'fault', 'a fault is said on the screen');
    }
    const one = current();
    if (screen.kind === 'system') toldToTapAgainAtMs = null;
    if (screen.kind === 'workspace') {
      rule(one?.isPainted === true, 'a workspace is up only when painted');
      rule(one?.session.sessionId === screen.sessionId, 'the workspace is of the live session');
      rule(live.size === 1, 'nobody else is left behind the workspace');
      const { person, sessionId } = one!.session;
      rule(!truth.disabled.has(person.personId), 'a disabled person sees nothing');
      rule(!truth.ended.has(sessionId), 'an ended session shows nothing');
      const { leaseAtMs, shiftAtMs } = one!.ends;
      rule(atMs < leaseAtMs, 'a session shows nothing after its lease');
      rule(atMs < shiftAtMs, 'a session shows nothing after its shift');
      rule(atMs < lastActivityAtMs + policy.idleCoverMs, 'an idle workspace is covered');
      if (readerLostAtMs !== null) {
        const dueAtMs = readerLostAtMs + policy.readerLostCoverMs;
        rule(atMs < dueAtMs || lastActivityAtMs >= dueAtMs, 'a lost reader covers');
      }
      reach('workspaceUp');
    }
    const locksAtMs = lastActivityAtMs + policy.idleCoverMs + policy.coverCountdownMs;
    if (one?.isPainted === true) rule(atMs < locksAtMs, 'an idle session locks');
    if (activityBeforeMs !== sureActivityAtMs)
      losses = readerLostAtMs === null ? [] : [readerLostAtMs];
    activityBeforeMs = sureActivityAtMs;
  };

  const judgeLeftovers = (): void => {
    rule(late.size === 0, 'a workspace that came too late is dropped');
    for (const [attempt, vault] of vaults)
      rule(!vault.isAnnounced || live.has(attempt), 'no vault is left over');
  };

  const judgeTime = (after: SessionState, atMs: number): void => {
    const dueMs = nextDeadlineMs(after, policy);
    rule(dueMs === null || dueMs > atMs, 'what is due has happened');
    const { phase } = after;
    rule(
      live.size === 0 || ['opening', 'active', 'closing'].includes(phase.kind),
      'a terminal is free only when the former processes are gone',
    );
    const waitsForTime =
      phase.kind === 'identifying' ||
      phase.kind === 'pin' ||
      phase.kind === 'opening' ||
      phase.kind === 'active' ||
      (phase.kind === 'idle' && phase.refusal !== null);
    rule(waitsForTime === (dueMs !== null), 'there is a deadline when time must do something');
    rule(dueMs === null || dueMs < atMs + 60_000, 'the deadline comes');
  };

  const judgeEnd = (): void => {
    rule(live.size === 0, 'every session opened is closed');
    rule(openAttempt === null, 'every attempt ends');
    rule(logins + refusals >= attempts, 'every attempt is logged');
    judgeLeftovers();
  };

  return {
    truth,
    reached,
    judge,
    judgeEnd,
    field,
    vaultUnlocked: (attempt, personId) => {
      truth.proven.set(attempt, personId);
      vaults.set(attempt, { isAnnounced: false });
    },
    processesEnded: (session) => {
      const one = live.get(session.attempt);
      if (one?.closing?.keepGrace === true) truth.grace.set(session.badgeKey, session.sessionId);
      else truth.grace.delete(session.badgeKey);
      live.delete(session.attempt);
      vaults.delete(session.attempt);
    },
    delivered: (answer) => {
      if (answer.type === 'pinChecked') {
        const vault = vaults.get(answer.attempt);
        if (vault !== undefined && answer.result.kind === 'accepted') vault.isAnnounced = true;
      }
      if (answer.type === 'opened' && gone.has(answer.attempt)) late.add(answer.attempt);
    },
    lastOpened: () => lastSession,
  };
}

type EffectOf<Type extends SessionEffect['type']> = Extract<SessionEffect, { type: Type }>;
