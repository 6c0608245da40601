import type { Alert, AllergyState, PatientIdentity } from '#core/contracts/clinical.ts';
import { readAlert } from './alerts.ts';
import { readAllergies } from './allergies.ts';
import { isOpenTask, isTimedOrder, nextObservations, readDue, type Due } from './due.ts';
import { anyCode, hasCoding, pick, pickList, pickText, pickTimeMs, referenceId } from './fhir.ts';
import { readIdentity } from './identity.ts';
import { systems } from './systems.ts';

/** What of a patient the board and the banner show, worked out when the records change and not when they are looked at. */
export interface PatientSummary {
  readonly identity: PatientIdentity;
  readonly bedLocationId: string | null;
  readonly consultant: string | null;
  readonly plan: string | null;
  readonly allergies: AllergyState;
  readonly alerts: readonly Alert[];
  readonly due: readonly Due[];
  readonly nextObservationsAtMs: number | null;
  /** Who is assigned, and within which shift. */
  readonly team: readonly {
    readonly personId: string;
    readonly fromMs: number | null;
    readonly toMs: number | null;
  }[];
}

function isWardPlan(plan: unknown): boolean {
  return pickList(plan, 'category').some((category) =>
    hasCoding(category, systems.carePlan, 'ward-plan'),
  );
}

/** True for a resource that a summary is made from; the others need not be read again when a patient changes. */
export function isSummarised(resource: unknown): boolean {
  const status = pick(resource, 'status');
  switch (pick(resource, 'resourceType')) {
    case 'Patient':
    case 'AllergyIntolerance':
      return true;
    case 'Encounter':
      return status === 'in-progress';
    case 'CarePlan':
      return status === 'active' && isWardPlan(resource);
    case 'CareTeam':
    case 'Flag':
      return status === 'active';
    case 'Task':
      return isOpenTask(resource);
    case 'ServiceRequest':
      return isTimedOrder(resource);
    default:
      return false;
  }
}

function bedOf(encounters: readonly unknown[]): string | null {
  for (const encounter of encounters) {
    for (const stay of pickList(encounter, 'location')) {
      if ((pickText(stay, 'status') ?? 'active') !== 'active') continue;
      const id = referenceId(pick(stay, 'location'), 'Location');
      if (id !== null) return id;
    }
  }
  return null;
}

function consultantOf(encounters: readonly unknown[]): string | null {
  for (const encounter of encounters) {
    for (const participant of pickList(encounter, 'participant')) {
      const attends = pickList(participant, 'type').some((type) => anyCode(type) === 'ATND');
      const name = pickText(participant, 'individual', 'display');
      if (attends && name !== null) return name;
    }
  }
  return null;
}

function planOf(resources: readonly unknown[], encounters: readonly unknown[]): string | null {
  const plan = resources.find((resource) => pick(resource, 'resourceType') === 'CarePlan');
  const reason = encounters
    .map((encounter) => pickText(encounter, 'reasonCode', 0, 'text'))
    .find((text) => text !== null);
  return pickText(plan, 'title') ?? reason ?? null;
}

function teamOf(resources: readonly unknown[]): PatientSummary['team'] {
  return resources
    .filter((resource) => pick(resource, 'resourceType') === 'CareTeam')
    .flatMap((team) => pickList(team, 'participant'))
    .flatMap((participant) => {
      const personId = referenceId(pick(participant, 'member'), 'Practitioner');
      if (personId === null) return [];
      return [
        {
          personId,
          fromMs: pickTimeMs(participant, 'period', 'start'),
          toMs: pickTimeMs(participant, 'period', 'end'),
        },
      ];
    });
}

/** Sums up one patient's resources; null until the Patient itself is there. Pass only what `isSummarised`. */
export function summarizePatient(resources: readonly unknown[]): PatientSummary | null {
  const ofType = (type: string) =>
    resources.filter((resource) => pick(resource, 'resourceType') === type);
  const [patient] = ofType('Patient');
  if (patient === undefined) return null;
  // The stay that has a bed speaks for the patient; a clinic visit left open does not.
  const encounters = ofType('Encounter').sort(
    (a, b) => Number(bedOf([b]) !== null) - Number(bedOf([a]) !== null),
  );
  return {
    identity: readIdentity(patient),
    bedLocationId: bedOf(encounters),
    consultant: consultantOf(encounters),
    plan: planOf(resources, encounters),
    allergies: readAllergies(ofType('AllergyIntolerance')),
    alerts: ofType('Flag').flatMap((flag) => readAlert(flag) ?? []),
    due: readDue(resources),
    nextObservationsAtMs: nextObservations(resources),
    team: teamOf(resources),
  };
}

/** True when this person is on the patient's team now. */
export function isAssigned(summary: PatientSummary, personId: string, nowMs: number): boolean {
  return summary.team.some(
    (member) =>
      member.personId === personId &&
      (member.fromMs === null || member.fromMs <= nowMs) &&
      (member.toMs === null || member.toMs > nowMs),
  );
}
