/*
 * Which resource types the record keeps and where each names its patient. A closed list: a type that is not here is refused,
 * so that nothing about a patient can lie under a key or a rule that is not the patient's.
 */

/** Types about one patient, and the element that names her. */
const patientElement = {
  AllergyIntolerance: 'patient',
  CarePlan: 'subject',
  CareTeam: 'subject',
  ClinicalImpression: 'subject',
  Communication: 'subject',
  Composition: 'subject',
  Condition: 'subject',
  Consent: 'patient',
  DetectedIssue: 'patient',
  DiagnosticReport: 'subject',
  DocumentReference: 'subject',
  Encounter: 'subject',
  EpisodeOfCare: 'patient',
  FamilyMemberHistory: 'patient',
  Flag: 'subject',
  Goal: 'subject',
  ImagingStudy: 'subject',
  Immunization: 'patient',
  List: 'subject',
  Media: 'subject',
  MedicationAdministration: 'subject',
  MedicationDispense: 'subject',
  MedicationRequest: 'subject',
  MedicationStatement: 'subject',
  NutritionOrder: 'patient',
  Observation: 'subject',
  Procedure: 'subject',
  QuestionnaireResponse: 'subject',
  RelatedPerson: 'patient',
  RiskAssessment: 'subject',
  ServiceRequest: 'subject',
  Specimen: 'subject',
  Task: 'for',
} as const;

/** Types about no patient: the hospital itself. */
const hospitalTypes = [
  'HealthcareService',
  'Location',
  'Medication',
  'Organization',
  'Practitioner',
  'PractitionerRole',
] as const;

export type RecordType = 'Patient' | keyof typeof patientElement | (typeof hospitalTypes)[number];

/** Every kept type, in alphabetical order. */
export const recordTypes: readonly RecordType[] = [
  'Patient' as const,
  ...(Object.keys(patientElement) as (keyof typeof patientElement)[]),
  ...hospitalTypes,
].sort();

const known: ReadonlySet<unknown> = new Set(recordTypes);

/** Whether resources of this type are kept. */
export function isRecordType(type: unknown): type is RecordType {
  return known.has(type);
}

/** The element by which this type names its patient: null for the hospital's own types and Patient itself. */
export function patientElementOf(type: RecordType): string | null {
  return (patientElement as Readonly<Record<string, string>>)[type] ?? null;
}

const logicalId = /^[A-Za-z0-9.-]{1,64}$/;

/** Whether this is a FHIR logical id. */
export function isLogicalId(id: unknown): id is string {
  return typeof id === 'string' && logicalId.test(id);
}

/** The id in a local reference to one resource of this type, or null. */
export function referencedId(reference: unknown, type: string): string | null {
  if (typeof reference !== 'object' || reference === null || !('reference' in reference))
    return null;
  const text = reference.reference;
  if (typeof text !== 'string' || !text.startsWith(`${type}/`)) return null;
  const id = text.slice(type.length + 1);
  return isLogicalId(id) ? id : null;
}

/** The patient a resource is about. `undefined`: it must name one and does not. */
export function patientOf(resource: Readonly<Record<string, unknown>>): string | null | undefined {
  const type = resource['resourceType'];
  if (type === 'Patient') return isLogicalId(resource['id']) ? resource['id'] : undefined;
  if (!isRecordType(type)) return undefined;
  const element = patientElementOf(type);
  if (element === null) return null;
  return referencedId(resource[element], 'Patient') ?? undefined;
}

/** The elements that say whose statement a record is, of the types that people write at terminals. */
const authorElement: Readonly<Record<string, string>> = {
  DocumentReference: 'author',
  Observation: 'performer',
};

/** Whether a record names authors, and this person not among them: nobody writes under another's name alone. */
export function isInOthersName(
  resource: Readonly<Record<string, unknown>>,
  personId: string,
): boolean {
  const element = authorElement[String(resource['resourceType'])];
  const value = element === undefined ? undefined : resource[element];
  const named: readonly unknown[] = Array.isArray(value) ? value : [];
  return named.length > 0 && !named.some((one) => referencedId(one, 'Practitioner') === personId);
}
