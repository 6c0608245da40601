import {
  decide,
  type AccessDecision,
  type AccessRefusal,
  type AccessRequest,
} from '#core/access/decide.ts';
import type { AuditDraft } from '#core/contracts/audit.ts';
import type { LiveSession } from '#core/session/model.ts';

/** One access asked for at this terminal, to one or more patients of its cache; none at all is about no patient. */
interface AskedHere {
  readonly session: Pick<LiveSession, 'sessionId' | 'person'>;
  readonly wardId: string;
  readonly action: AccessRequest['action'];
  readonly patientIds: readonly string[];
}

/**
 * Decides as the record server would: by the same function, for the ward that this terminal stands on. Its cache holds the
 * patients of that ward and no others, so that is where each of them lies. One refusal refuses all.
 */
export function decideHere({ session, wardId, action, patientIds }: AskedHere): AccessDecision {
  const { personId, role } = session.person;
  const person = { personId, role, wardIds: [wardId], atWardId: wardId };
  const request = { person, purposeOfUse: 'TREAT', action } as const;
  let decision = decide({ ...request, action: 'read', patient: null });
  for (const patientId of patientIds) {
    if (!decision.permit) break;
    decision = decide({ ...request, patient: { patientId, wardIds: [wardId], related: false } });
  }
  return decision;
}

/** The entry of an access that was refused. */
export function denialEntry(asked: AskedHere, subject: string, reason: AccessRefusal): AuditDraft {
  return {
    action: 'denied',
    outcome: 'denied',
    personId: asked.session.person.personId,
    sessionId: asked.session.sessionId,
    patientIds: [...asked.patientIds],
    subject,
    purposeOfUse: 'TREAT',
    reason,
  };
}
