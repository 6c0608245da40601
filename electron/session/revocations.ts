import type { RenewReply, TerminalEvent } from '#core/contracts/terminal.ts';
import type { SessionEvent } from '#core/session/model.ts';
import type { KeyFile } from '../identity/keyFile.ts';
import type { GraceStore } from './grace.ts';
import type { Workspace } from './workspace.ts';

interface RevocationDeps {
  readonly graces: Pick<GraceStore, 'dropAll' | 'dropPerson' | 'dropSession'>;
  readonly keyFile: Pick<KeyFile, 'slotOfBadge' | 'dropSlot' | 'dropAll'>;
  readonly current: () => Pick<Workspace, 'session' | 'facts'> | null;
  readonly dispatch: (event: SessionEvent) => void;
  /** The key file could not be written: a slot that is gone from memory still stands on disk. */
  readonly onWriteFailed: (cause: unknown) => void;
  /** The record server greets this terminal again, which it had shut out. */
  readonly onTakenBack: () => void;
  /** Monotonic. */
  readonly nowMs: () => number;
}

type RenewRefusal = Extract<RenewReply, { status: 'refused' }>['code'];

/** What the record server says of people and sessions that are over, however it says it. */
export interface Revocations {
  hear(event: TerminalEvent): void;
  /** An answer to `renew`: it counts as much as an event that never arrived. */
  renewalRefused(sessionId: string, code: RenewRefusal): void;
  /** Whether this terminal itself was shut out, and not taken back since. */
  terminalIsRevoked(): boolean;
  /** Takes a person's slot away; trouble with the disk is told, not thrown. */
  dropSlot(personId: string): void;
}

/** Carries out at once what the record server has ended: the open session, the way back by a tap, the slot. */
export function createRevocations(deps: RevocationDeps): Revocations {
  const { graces, keyFile, dispatch, nowMs } = deps;
  const end = (sessionId: string, code: RenewRefusal): void => {
    const personId = deps.current()?.session.person.personId ?? '';
    graces.dropSession(sessionId);
    const told = code === 'sessionEnded' ? {} : { code };
    dispatch({ type: 'revoked', personId, sessionId, ...told, atMs: nowMs() });
  };
  let terminalIsRevoked = false;
  const onDisk = (change: () => void): void => {
    try {
      change();
    } catch (cause) {
      deps.onWriteFailed(cause);
    }
  };
  const dropSlot = (personId: string, sinceEpoch?: number): void =>
    onDisk(() => keyFile.dropSlot(personId, sinceEpoch));
  const shutDown = (): void => {
    terminalIsRevoked = true;
    const session = deps.current()?.session;
    if (session !== undefined) graces.dropSession(session.sessionId);
    graces.dropAll();
    dispatch({ type: 'terminalFault', code: 'terminalRevoked', atMs: nowMs() });
    onDisk(() => keyFile.dropAll());
  };
  const shutOut = (personId: string): void => {
    const session = deps.current()?.session;
    // A grace of hers that is being sealed at this moment is in no list yet.
    if (session?.person.personId === personId) graces.dropSession(session.sessionId);
    graces.dropPerson(personId);
    // The screen first: what the disk does takes its time, or fails.
    const code = 'personDisabled';
    dispatch({ type: 'revoked', personId, sessionId: null, code, atMs: nowMs() });
    dropSlot(personId);
  };
  return {
    dropSlot,
    terminalIsRevoked: () => terminalIsRevoked,
    hear(event) {
      if (event.type === 'terminalRevoked') shutDown();
      if (event.type === 'hello' && terminalIsRevoked) {
        terminalIsRevoked = false;
        deps.onTakenBack();
      }
      if (event.type === 'sessionEnded') end(event.sessionId, event.code ?? 'sessionEnded');
      if (event.type === 'personDisabled') shutOut(event.personId);
      // Her sessions of that badge were named one by one; one of her new badge goes on.
      if (event.type === 'badgeRevoked') dropSlot(event.personId, event.leaseEpoch);
    },
    renewalRefused(sessionId, code) {
      const workspace = deps.current();
      const { token, person } = workspace?.facts ?? {};
      if (workspace?.facts.sessionId !== sessionId || person === undefined) return;
      // A session that began offline is unknown to the record server until it has taken it over.
      if (code === 'sessionEnded' && token === null) return;
      const isHerSlot = keyFile.slotOfBadge(workspace.session.badgeKey) !== null;
      end(sessionId, code);
      if (code !== 'sessionEnded' && isHerSlot) dropSlot(person.personId);
    },
  };
}
