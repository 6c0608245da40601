import type { VitalsSet } from '#core/contracts/clinical.ts';
import { codeOf, codesOf, pick, pickList, pickNumber, pickText, pickTimeMs } from './fhir.ts';
import { loinc, snomed, systems } from './systems.ts';

/** The values a set is made of. */
export type VitalValues = Pick<
  VitalsSet,
  | 'respirationRate'
  | 'oxygenSaturation'
  | 'supplementalOxygen'
  | 'systolic'
  | 'diastolic'
  | 'heartRate'
  | 'consciousness'
  | 'temperature'
>;

/** How far a record has come on its way to the server. */
export type RecordState = VitalsSet['state'];

/** One Observation read as a part of a set. */
export interface VitalPart {
  /** Observations with the same key make one set. */
  readonly setKey: string;
  readonly takenAtMs: number;
  readonly values: Partial<VitalValues>;
  readonly recordedBy: string | null;
}

const withdrawn = new Set(['entered-in-error', 'cancelled']);

/** Reads an Observation as a part of a set of vital signs; null when it is none, or was withdrawn. */
export function readVitalPart(resource: unknown): VitalPart | null {
  if (pick(resource, 'resourceType') !== 'Observation') return null;
  if (withdrawn.has(pickText(resource, 'status') ?? '')) return null;
  const takenAtMs = pickTimeMs(resource, 'effectiveDateTime');
  if (takenAtMs === null) return null;
  const values = readValues(resource);
  if (Object.keys(values).length === 0) return null;
  return {
    setKey: readSetId(resource) ?? `at:${takenAtMs}`,
    takenAtMs,
    values,
    recordedBy: pickText(resource, 'performer', 0, 'display'),
  };
}

function readSetId(resource: unknown): string | null {
  for (const identifier of pickList(resource, 'identifier')) {
    if (pick(identifier, 'system') === systems.vitalsSet) return pickText(identifier, 'value');
  }
  return null;
}

function readValues(observation: unknown): Partial<VitalValues> {
  const code = pick(observation, 'code');
  if (codeOf(code, systems.vitals) === 'supplemental-oxygen') {
    return compact('supplementalOxygen', readOxygenFinding(observation));
  }
  for (const loincCode of codesOf(code, systems.loinc)) {
    const read = Object.hasOwn(readers, loincCode) ? readers[loincCode] : undefined;
    if (read !== undefined) return read(observation);
  }
  return {};
}

function compact<Name extends keyof VitalValues>(
  name: Name,
  value: VitalValues[Name] | null,
): Partial<VitalValues> {
  return value === null ? {} : { [name]: value };
}

const quantity = (of: unknown) => pickNumber(of, 'valueQuantity', 'value');

type Reader = (observation: unknown) => Partial<VitalValues>;

const readers: Readonly<Record<string, Reader>> = {
  [loinc.respirationRate]: (of) => compact('respirationRate', quantity(of)),
  [loinc.oxygenSaturation]: (of) => compact('oxygenSaturation', quantity(of)),
  [loinc.oxygenSaturationByPulse]: (of) => compact('oxygenSaturation', quantity(of)),
  [loinc.heartRate]: (of) => compact('heartRate', quantity(of)),
  [loinc.systolic]: (of) => compact('systolic', quantity(of)),
  [loinc.diastolic]: (of) => compact('diastolic', quantity(of)),
  [loinc.bloodPressure]: readPressure,
  [loinc.bloodPressureOld]: readPressure,
  [loinc.temperature]: (of) => compact('temperature', readTemperature(of)),
  [loinc.consciousness]: (of) => compact('consciousness', readConsciousness(of)),
  [loinc.oxygenFlow]: (of) => {
    const flow = quantity(of);
    return compact('supplementalOxygen', flow === null ? null : flow > 0);
  },
  [loinc.oxygenConcentration]: (of) => {
    const percent = quantity(of);
    return compact('supplementalOxygen', percent === null ? null : percent > 21);
  },
};

function readPressure(observation: unknown): Partial<VitalValues> {
  const values: Partial<VitalValues> = {};
  for (const component of pickList(observation, 'component')) {
    const code = codeOf(pick(component, 'code'), systems.loinc);
    const value = quantity(component);
    if (value === null) continue;
    if (code === loinc.systolic) values.systolic = value;
    if (code === loinc.diastolic) values.diastolic = value;
  }
  return values;
}

function readTemperature(observation: unknown): number | null {
  const value = quantity(observation);
  if (value === null) return null;
  const unit =
    pickText(observation, 'valueQuantity', 'code') ??
    pickText(observation, 'valueQuantity', 'unit');
  const celsius =
    unit === '[degF]' || unit === 'degF' || unit === '°F' ? ((value - 32) * 5) / 9 : value;
  return Math.round(celsius * 10) / 10;
}

function readConsciousness(observation: unknown): VitalsSet['consciousness'] {
  const concept = pick(observation, 'valueCodeableConcept');
  const own = codeOf(concept, systems.acvpu);
  const found = codesOf(concept, systems.snomed);
  for (const letter of ['A', 'C', 'V', 'P', 'U'] as const) {
    if (own === letter || found.includes(snomed.consciousness[letter])) return letter;
  }
  return null;
}

function readOxygenFinding(observation: unknown): boolean | null {
  const found = codesOf(pick(observation, 'valueCodeableConcept'), systems.snomed);
  if (found.includes(snomed.onOxygen)) return true;
  return found.includes(snomed.roomAir) ? false : null;
}

const worseState: Readonly<Record<RecordState, number>> = {
  stored: 0,
  pending: 1,
  conflict: 2,
};

/** Joins the parts of one set; the set is only as safe as its least safe part. Null without parts. */
export function joinVitals(
  parts: readonly { part: VitalPart; state: RecordState }[],
): VitalsSet | null {
  const [first] = parts;
  if (first === undefined) return null;
  const set: VitalsSet = {
    setId: first.part.setKey,
    takenAtMs: first.part.takenAtMs,
    respirationRate: null,
    oxygenSaturation: null,
    supplementalOxygen: null,
    systolic: null,
    diastolic: null,
    heartRate: null,
    consciousness: null,
    temperature: null,
    recordedBy: null,
    state: 'stored',
  };
  for (const { part, state } of parts) {
    Object.assign(set, part.values);
    set.recordedBy ??= part.recordedBy;
    if (worseState[state] > worseState[set.state]) set.state = state;
  }
  return set;
}
