import type { BoardRow, BoardView, VitalsSet } from '#core/contracts/clinical.ts';
import { allergyAlerts } from './alerts.ts';
import { familyKey } from './identity.ts';
import { earlyWarningOf, lastKnownOf } from './news2.ts';
import { isAssigned, type PatientSummary } from './summary.ts';
import type { Bed } from './ward.ts';

/** A patient of the ward with the newest sets of vital signs, newest first: two, and more where these are incomplete. */
export interface BoardPatient {
  readonly summary: PatientSummary;
  readonly newestVitals: readonly VitalsSet[];
}

/** The beds of each family name that lies on the ward more than once; keyed by `familyKey`. */
export function bedsByFamily(
  beds: readonly Bed[],
  summaries: readonly PatientSummary[],
): ReadonlyMap<string, readonly string[]> {
  const bedNames = new Map(beds.map((bed) => [bed.locationId, bed.bed]));
  const found = new Map<string, string[]>();
  for (const summary of summaries) {
    const bed = summary.bedLocationId === null ? undefined : bedNames.get(summary.bedLocationId);
    const key = familyKey(summary.identity);
    if (bed === undefined || key === '') continue;
    found.set(key, [...(found.get(key) ?? []), bed]);
  }
  return found;
}

/** The ward board: every bed in bed order, empty ones too. */
export function boardView(
  wardName: string,
  beds: readonly Bed[],
  patients: readonly BoardPatient[],
  reader: { readonly personId: string; readonly nowMs: number },
): BoardView {
  const byBed = new Map(patients.map((patient) => [patient.summary.bedLocationId, patient]));
  const families = bedsByFamily(
    beds,
    patients.map((patient) => patient.summary),
  );
  return {
    wardName,
    rows: beds.map((bed) => {
      const patient = byBed.get(bed.locationId);
      return patient === undefined ? emptyRow(bed) : row(bed, patient, families, reader);
    }),
  };
}

function emptyRow(bed: Bed): BoardRow {
  return {
    bed: bed.bed,
    bay: bed.bay,
    patient: null,
    sameFamilyName: [],
    plan: null,
    earlyWarning: null,
    lastVitals: null,
    carriedVitals: [],
    nextObservationsAtMs: null,
    alerts: [],
    due: [],
    mine: false,
  };
}

function row(
  bed: Bed,
  patient: BoardPatient,
  families: ReadonlyMap<string, readonly string[]>,
  reader: { readonly personId: string; readonly nowMs: number },
): BoardRow {
  const { summary, newestVitals } = patient;
  const namesakes = families.get(familyKey(summary.identity)) ?? [];
  const known = lastKnownOf(newestVitals);
  return {
    bed: bed.bed,
    bay: bed.bay,
    patient: summary.identity,
    sameFamilyName: namesakes.filter((other) => other !== bed.bed),
    plan: summary.plan,
    earlyWarning: earlyWarningOf(newestVitals),
    lastVitals: known?.set ?? null,
    carriedVitals: [...(known?.carried ?? [])],
    nextObservationsAtMs: summary.nextObservationsAtMs,
    alerts: [...allergyAlerts(summary.allergies), ...summary.alerts],
    due: [...summary.due],
    mine: isAssigned(summary, reader.personId, reader.nowMs),
  };
}
