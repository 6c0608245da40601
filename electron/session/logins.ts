import { decideLogin } from '#core/access/decide.ts';
import { pinGate, pinTriesToLock } from '#core/access/pinThrottle.ts';
import type { Person, IdentifyReply } from '#core/contracts/terminal.ts';
import type { Slot } from '#core/contracts/vault.ts';
import type { IdentifyResult, PinReason, PinResult, Tap } from '#core/session/model.ts';
import type { Attempt, LoginDeps, OpenedLogin } from './loginDeps.ts';
import { endsOf } from './sessionFacts.ts';
import type { SeenBadge } from './taps.ts';
import { unlock } from './unlock.ts';

/** From badge to open vault: by grace, by slot offline, or through the record server. */
export interface Logins {
  identify(attempt: number, tap: Tap, seen: SeenBadge): Promise<IdentifyResult>;
  checkPin(attempt: number, pin: string): Promise<PinResult>;
  /** Hands over what `checkPin` opened; it is the caller's to close from then on. */
  claim(attempt: number): OpenedLogin | null;
  drop(attempt: number): void;
  /** Whether an attempt that is still under way was granted this session. */
  holds(sessionId: string): boolean;
}

/** Every refusal is a code with a sentence on the screen; nothing here opens on doubt. */
export function createLogins(deps: LoginDeps): Logins {
  const attempts = new Map<number, Attempt>();
  return {
    async identify(number, tap, seen) {
      const grace = deps.graces.find(tap.badgeKey, deps.nowMs(), deps.wallMs());
      if (grace !== null && deps.clockIsSound()) {
        const { sessionId, person } = grace.facts;
        return { kind: 'grace', sessionId, person, ends: endsOf(grace.facts, deps) };
      }
      const answer = await identifyBadge(deps, tap, seen);
      if ('refused' in answer) return { kind: 'refused', code: answer.refused };
      const { person, pin, reason, triesLeft, retryAtMs } = answer;
      // The record server has judged by the same rule; a slot from before has not.
      if (!decideLogin(person).permit)
        return { kind: 'refused', code: 'roleRefused', personId: person.personId };
      const { badge, trust } = seen;
      const unproven = { vault: null, sessionId: null, opened: null };
      attempts.set(number, { tap, badge, trust, person, pin, ...unproven });
      return askPin(deps, person, reason, triesLeft, retryAtMs);
    },
    async checkPin(number, pin) {
      const attempt = attempts.get(number);
      if (attempt === undefined) return { kind: 'refused', code: 'internal' };
      const { personId } = attempt.person;
      const gate = pinGate(deps.spool.pinAttempts.read(personId), deps.wallMs());
      if (!gate.open)
        return gate.retryAtMs === null
          ? { kind: 'refused', code: 'pinLocked' }
          : { kind: 'wrong', triesLeft: gate.triesLeft, retryAtMs: gate.retryAtMs };
      // Counted durably before it is checked: pulling the plug in the middle gives no try back.
      if (!deps.spool.pinAttempts.count(personId, deps.wallMs()).ok)
        return { kind: 'refused', code: 'storageFault' };
      const result = await unlock(deps, attempt, pin);
      if (result.kind !== 'accepted') return result;
      deps.spool.pinAttempts.clear(personId);
      if (!deps.graces.isOver(result.sessionId)) return result;
      // The record server ended it while its vault was being opened: neither that nor the new slot may stay.
      void attempt.vault?.kill();
      attempts.delete(number);
      deps.keyFile.dropSlot(personId);
      return { kind: 'refused', code: 'internal' };
    },
    claim(number) {
      const opened = attempts.get(number)?.opened ?? null;
      attempts.delete(number);
      return opened;
    },
    drop(number) {
      void attempts.get(number)?.vault?.kill();
      attempts.delete(number);
    },
    holds: (sessionId) => [...attempts.values()].some((one) => one.sessionId === sessionId),
  };
}

type Identified =
  | { readonly refused: Extract<IdentifyResult, { kind: 'refused' }>['code'] }
  | (Pick<Attempt, 'person' | 'pin'> & {
      readonly reason: PinReason;
      readonly triesLeft: number;
      readonly retryAtMs: number | null;
    });

async function identifyBadge(
  deps: LoginDeps,
  tap: Tap,
  { badge, trust }: SeenBadge,
): Promise<Identified> {
  const slot = deps.keyFile.slotOfBadge(tap.badgeKey);
  if (deps.online()) {
    const reply = await deps.server.identify(badge, trust);
    if (reply.ok) return identifiedByServer(deps, slot, reply.value);
    if (reply.code === 'untrusted') return { refused: 'serverUntrusted' };
    if (reply.code !== 'unreachable' && reply.code !== 'serverFault')
      return { refused: 'internal' };
  }
  if (slot === null)
    return { refused: deps.serverUntrusted() ? 'serverUntrusted' : 'offlineFirstLogin' };
  if (!deps.clockIsSound()) return { refused: 'clockJumped' };
  if (!deps.keyFile.lease(slot.leaseEpoch, deps.wallMs()).ok) return { refused: 'leaseExpired' };
  return {
    person: slot.person,
    pin: slot.pin,
    reason: 'offline',
    triesLeft: pinTriesToLock,
    retryAtMs: null,
  };
}

function identifiedByServer(deps: LoginDeps, slot: Slot | null, reply: IdentifyReply): Identified {
  if (reply.status === 'refused') {
    // A slot must not outlive what the server says of its badge.
    if (slot !== null) deps.keyFile.dropSlot(slot.personId);
    return { refused: reply.code };
  }
  const { person, pin, triesLeft, retryAtMs } = reply;
  const ended = slot !== null && slot.shiftEndsAtMs <= deps.wallMs();
  const reason: PinReason = slot === null ? 'newTerminal' : ended ? 'newShift' : 'graceEnded';
  return { person, pin, reason, triesLeft, retryAtMs };
}

function askPin(
  deps: LoginDeps,
  person: Person,
  reason: PinReason,
  triesLeft: number,
  retryAtMs: number | null,
): IdentifyResult {
  const gate = pinGate(deps.spool.pinAttempts.read(person.personId), deps.wallMs());
  if (!gate.open && gate.retryAtMs === null) return { kind: 'refused', code: 'pinLocked' };
  const latest = Math.max(gate.open ? 0 : (gate.retryAtMs ?? 0), retryAtMs ?? 0);
  return {
    kind: 'pin',
    person,
    reason,
    triesLeft: Math.min(triesLeft, gate.triesLeft),
    retryAtMs: latest === 0 ? null : latest,
  };
}
