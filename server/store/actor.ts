import type { AccessRequest } from '#core/access/decide.ts';
import type { PersonContext, TerminalContext } from '../context.ts';

/** On whose behalf the store acts; stands in every audit entry. */
export type Actor =
  | {
      readonly kind: 'person';
      readonly person: PersonContext;
      readonly terminalId: string;
      /** Wards this person belongs to or is rostered on. */
      readonly wardIds: readonly string[];
      /** The ward of the terminal where she stands. */
      readonly atWardId: string;
    }
  /** A terminal filling its cache with its own ward. */
  | { readonly kind: 'terminal'; readonly terminal: TerminalContext }
  /** The service itself: imports and administration. */
  | { readonly kind: 'system'; readonly name: string };

/** The actor as the database's functions take it. */
export function actorJson(actor: Actor): string {
  switch (actor.kind) {
    case 'person':
      return JSON.stringify({
        personId: actor.person.personId,
        sessionId: actor.person.sessionId,
        terminalId: actor.terminalId,
        purposeOfUse: actor.person.purposeOfUse,
      });
    case 'terminal':
      return JSON.stringify({ terminalId: actor.terminal.terminalId, purposeOfUse: 'TREAT' });
    case 'system':
      return JSON.stringify({ system: actor.name, purposeOfUse: 'HOPERAT' });
  }
}

/** The person's part of an access request. */
export function accessPerson(actor: Actor & { kind: 'person' }): AccessRequest['person'] {
  return {
    personId: actor.person.personId,
    role: actor.person.role,
    wardIds: actor.wardIds,
    atWardId: actor.atWardId,
  };
}
