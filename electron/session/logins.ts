import { decideLogin } from '#core/access/decide.ts';
import { pinGate } from '#core/access/pinThrottle.ts';
import type { IdentifyReply } from '#core/contracts/terminal.ts';
import type { Slot } from '#core/contracts/vault.ts';
import type { IdentifyResult, PinReason, PinResult, Tap } from '#core/session/model.ts';
import type { Attempt, LoginDeps, OpenedLogin } from './loginDeps.ts';
import { endsOf } from './sessionFacts.ts';
import type { SeenBadge } from './taps.ts';
import { asksServer, closedGate, unlock } from './unlock.ts';

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
      const { person, pin, serverIsSilent, reason, triesLeft, retryAtMs } = answer;
      // The record server has judged by the same rule; a slot from before has not.
      if (!decideLogin(person).permit)
        return { kind: 'refused', code: 'roleRefused', personId: person.personId };
      const { badge, trust } = seen;
      const unproven = { vault: null, sessionId: null, opened: null };
      attempts.set(number, { tap, badge, trust, person, pin, serverIsSilent, ...unproven });
      // No try is left until then: there is nothing to type.
      if (triesLeft === 0 && retryAtMs !== null) return { kind: 'refused', code: 'pinLocked' };
      return { kind: 'pin', person, reason, triesLeft, retryAtMs };
    },
    async checkPin(number, pin) {
      const attempt = attempts.get(number);
      if (attempt === undefined) return { kind: 'refused', code: 'internal' };
      const { personId } = attempt.person;
      const { pinAttempts } = deps.spool;
      const before = pinAttempts.read(personId);
      const gate = pinGate(before, deps.wallMs());
      // The record server counts for itself, and has the last word; this count rules where the slot alone decides.
      if (!gate.open && !asksServer(deps, attempt)) return closedGate(gate);
      // Counted durably before it is checked: pulling the plug in the middle gives no try back.
      if (!pinAttempts.count(personId, deps.wallMs()).ok)
        return { kind: 'refused', code: 'storageFault' };
      const result = await unlock(deps, attempt, pin, gate);
      if (result.kind !== 'accepted') {
        if (!wasChecked(result)) pinAttempts.putBack(personId, before);
        return result;
      }
      pinAttempts.clear(personId);
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
  | (Pick<Attempt, 'person' | 'pin' | 'serverIsSilent'> & {
      readonly reason: PinReason;
      readonly triesLeft: number;
      readonly retryAtMs: number | null;
    });

/** Shorter than the machine waits for whose badge it is: a refusal with a reason comes before "something went wrong". */
const identifyDeadlineMs = 4_000;
/** A server that hangs keeps nobody out who could get in without it. */
const slotWaitsMs = 1_500;

async function identifyBadge(
  deps: LoginDeps,
  tap: Tap,
  { badge, trust }: SeenBadge,
): Promise<Identified> {
  const slot = deps.keyFile.slotOfBadge(tap.badgeKey);
  // Asked below, and still here afterwards only if it did not answer.
  const serverIsSilent = deps.online();
  if (serverIsSilent) {
    const deadlineMs = slot === null ? identifyDeadlineMs : slotWaitsMs;
    const reply = await deps.server.identify(badge, trust, deadlineMs);
    if (reply.ok) return identifiedByServer(deps, slot, reply.value);
    if (reply.code === 'untrusted') return { refused: 'serverUntrusted' };
    if (reply.code === 'tooMany') return { refused: 'tooMany' };
    if (reply.code !== 'unreachable' && reply.code !== 'serverFault')
      return { refused: 'internal' };
  }
  if (slot === null)
    return { refused: deps.serverUntrusted() ? 'serverUntrusted' : 'offlineFirstLogin' };
  if (!deps.clockIsSound()) return { refused: 'clockJumped' };
  if (!deps.keyFile.lease(slot.leaseEpoch, deps.wallMs()).ok) return { refused: 'leaseExpired' };
  const { person, pin } = slot;
  const gate = pinGate(deps.spool.pinAttempts.read(person.personId), deps.wallMs());
  const retryAtMs = gate.open ? null : gate.retryAtMs;
  const { triesLeft } = gate;
  return { person, pin, serverIsSilent, reason: 'offline', triesLeft, retryAtMs };
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
  return { person, pin, serverIsSilent: false, reason, triesLeft, retryAtMs };
}

/** Whether anybody looked at the PIN: the server or the slot. What was refused for another reason costs no try. */
function wasChecked(result: Exclude<PinResult, { kind: 'accepted' }>): boolean {
  return result.kind === 'wrong' || (result.kind === 'refused' && result.code === 'pinLocked');
}
