import type { VitalsEntry } from '#core/contracts/clinical.ts';
import type { SyncResource } from '#core/contracts/sync.ts';
import { vitalLimits, type MeasuredVital } from './plausibility.ts';
import { loinc, snomed, systems } from './systems.ts';

/** Who charts, and about whom. */
export interface WriteContext {
  readonly patientId: string;
  readonly personId: string;
  readonly displayName: string;
  readonly nowMs: number;
}

interface Coding {
  readonly system: string;
  readonly code: string;
  readonly display: string;
}

const consciousnessWords = {
  A: 'Alert',
  C: 'New confusion',
  V: 'Responds to voice',
  P: 'Responds to pain',
  U: 'Unresponsive',
} as const;

const onLoinc = (code: string, display: string): Coding => ({
  system: systems.loinc,
  code,
  display,
});

const singleVitals = {
  respirationRate: [onLoinc(loinc.respirationRate, 'Respiratory rate')],
  oxygenSaturation: [
    onLoinc(loinc.oxygenSaturation, 'Oxygen saturation in Arterial blood'),
    onLoinc(loinc.oxygenSaturationByPulse, 'Oxygen saturation by Pulse oximetry'),
  ],
  heartRate: [onLoinc(loinc.heartRate, 'Heart rate')],
  temperature: [onLoinc(loinc.temperature, 'Body temperature')],
} as const satisfies Partial<Record<MeasuredVital, readonly Coding[]>>;

const pressureParts = {
  systolic: onLoinc(loinc.systolic, 'Systolic blood pressure'),
  diastolic: onLoinc(loinc.diastolic, 'Diastolic blood pressure'),
} as const;

function measured(vital: MeasuredVital, value: number): object {
  const { unit } = vitalLimits[vital];
  return { valueQuantity: { value, unit, system: systems.ucum, code: unit } };
}

function concept(codings: readonly Coding[]): object {
  return { coding: codings, text: codings[0]?.display };
}

/** Turns a typed set into FHIR Observations, one for each vital sign, joined by `setId`. `newId` gives each its id. */
export function writeVitals(
  entry: VitalsEntry,
  setId: string,
  context: WriteContext,
  newId: () => string,
): SyncResource[] {
  const observations: SyncResource[] = [];
  const add = (codings: readonly Coding[], value: object) =>
    observations.push({
      resourceType: 'Observation',
      id: newId(),
      identifier: [{ system: systems.vitalsSet, value: setId }],
      status: 'final',
      category: [{ coding: [{ system: systems.observationCategory, code: 'vital-signs' }] }],
      code: concept(codings),
      subject: { reference: `Patient/${context.patientId}` },
      effectiveDateTime: new Date(entry.takenAtMs).toISOString(),
      issued: new Date(context.nowMs).toISOString(),
      performer: [{ reference: `Practitioner/${context.personId}`, display: context.displayName }],
      ...value,
    });

  for (const vital of [
    'respirationRate',
    'oxygenSaturation',
    'heartRate',
    'temperature',
  ] as const) {
    const value = entry[vital];
    if (value !== null) add(singleVitals[vital], measured(vital, value));
  }
  const component = (['systolic', 'diastolic'] as const).flatMap((vital) => {
    const value = entry[vital];
    return value === null
      ? []
      : [{ code: concept([pressureParts[vital]]), ...measured(vital, value) }];
  });
  if (component.length > 0) {
    add([onLoinc(loinc.bloodPressure, 'Blood pressure panel')], { component });
  }
  if (entry.supplementalOxygen !== null) {
    const finding = entry.supplementalOxygen
      ? { system: systems.snomed, code: snomed.onOxygen, display: 'Patient on oxygen' }
      : { system: systems.snomed, code: snomed.roomAir, display: 'Breathing room air' };
    const asked = { system: systems.vitals, code: 'supplemental-oxygen', display: 'Air or oxygen' };
    add([asked], { valueCodeableConcept: concept([finding]) });
  }
  if (entry.consciousness !== null) {
    const letter = entry.consciousness;
    const display = consciousnessWords[letter];
    add([onLoinc(loinc.consciousness, 'Level of responsiveness')], {
      valueCodeableConcept: concept([
        { system: systems.snomed, code: snomed.consciousness[letter], display },
        { system: systems.acvpu, code: letter, display },
      ]),
    });
  }
  return observations;
}
