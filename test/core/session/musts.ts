import type { EventOf } from '#core/session/change.ts';
import type { LiveSession, SessionEffect } from '#core/session/model.ts';

/** What a step must do, or must not do. */
export type Must =
  | {
      readonly what: string;
      readonly does: SessionEffect['type'] | 'nothing' | 'nothingButToLeave';
    }
  | { readonly what: string; readonly doesNot: SessionEffect['type'] };

/** Whether a step did what it must. */
export function holds(must: Must, effects: readonly SessionEffect[]): boolean {
  if ('doesNot' in must) return effects.every((effect) => effect.type !== must.doesNot);
  if (must.does === 'nothing') return effects.length === 0;
  if (must.does === 'nothingButToLeave')
    return effects.every(
      (effect) =>
        (effect.type === 'closeWorkspace' && effect.reason === 'left') ||
        (effect.type === 'audit' && effect.entry.action === 'logout'),
    );
  return effects.some((effect) => effect.type === must.does);
}

/** The entries of one action that a step wrote. */
export function audits(
  effects: readonly SessionEffect[],
  action: string,
): { personId: string | null; sessionId: string | null; reason: string | null }[] {
  return effects.flatMap((effect) =>
    effect.type === 'audit' && effect.entry.action === action ? [effect.entry] : [],
  );
}

/** What a revocation must do to the session that is open. */
export function afterRevocation(
  event: EventOf<'revoked'>,
  session: LiveSession | null,
): readonly Must[] {
  const isMeant =
    event.sessionId === null
      ? session?.person.personId === event.personId
      : session?.sessionId === event.sessionId;
  return isMeant ? [{ what: 'a revoked session closes at once', does: 'closeWorkspace' }] : [];
}
