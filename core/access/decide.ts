import type { Person } from '../contracts/terminal.ts';

/** What is asked: who, in what role and for what purpose, wants to do what with whose record. */
export interface AccessRequest {
  readonly person: {
    readonly personId: string;
    readonly role: Person['role'];
    /** Wards this person belongs to or is rostered on. */
    readonly wardIds: readonly string[];
    /** The ward of the terminal where she stands. */
    readonly atWardId: string;
  };
  readonly purposeOfUse: 'TREAT' | 'ETREAT' | 'BTG' | 'HOPERAT';
  readonly action: 'read' | 'write';
  /** Null for what is about no patient: places, staff, organisations. */
  readonly patient: {
    readonly patientId: string;
    readonly wardIds: readonly string[];
    /** Whether the person cares for this patient by name (care team, participant of an encounter). */
    readonly related: boolean;
  } | null;
}

/**
 * Why access is given. `ward`: the patient lies where the person stands; `shift`: on another ward that she works on;
 * `careTeam`: she cares for the patient by name.
 */
export type AccessBasis = 'ward' | 'shift' | 'careTeam' | 'directory';
/** Why access is refused. */
export type AccessRefusal = 'role' | 'purpose' | 'noRelationship' | 'notAdministrator';

export type AccessDecision =
  | { readonly permit: true; readonly basis: AccessBasis }
  | { readonly permit: false; readonly reason: AccessRefusal };

const clinicalRoles: readonly Person['role'][] = ['nurse', 'physician', 'technologist'];

/**
 * Decides on one access. Deny is the default: only a clinical role, in ordinary treatment, with a relationship of care
 * gets in. Both sides use this function; neither has another.
 */
export function decide(request: AccessRequest): AccessDecision {
  const { person, patient } = request;
  if (!clinicalRoles.includes(person.role)) return { permit: false, reason: 'role' };
  if (request.purposeOfUse !== 'TREAT') return { permit: false, reason: 'purpose' };
  if (patient === null) {
    return request.action === 'read'
      ? { permit: true, basis: 'directory' }
      : { permit: false, reason: 'notAdministrator' };
  }
  if (patient.wardIds.includes(person.atWardId)) return { permit: true, basis: 'ward' };
  if (patient.wardIds.some((wardId) => person.wardIds.includes(wardId))) {
    return { permit: true, basis: 'shift' };
  }
  if (patient.related) return { permit: true, basis: 'careTeam' };
  return { permit: false, reason: 'noRelationship' };
}

/**
 * Decides whether a person may log in at a ward's terminal at all. Who could not even read what is about no patient is
 * turned away with her badge, before any key is released.
 */
export function decideLogin({ personId, role }: Pick<Person, 'personId' | 'role'>): AccessDecision {
  const person = { personId, role, wardIds: [], atWardId: '' };
  return decide({ person, purposeOfUse: 'TREAT', action: 'read', patient: null });
}
