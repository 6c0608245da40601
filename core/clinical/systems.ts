/** Code systems and our own codes, as `docs/records.md` writes them down. */
export const systems = {
  loinc: 'http://loinc.org',
  snomed: 'http://snomed.info/sct',
  ucum: 'http://unitsofmeasure.org',
  observationCategory: 'http://terminology.hl7.org/CodeSystem/observation-category',
  interpretation: 'http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation',
  vitals: 'urn:wardkey:vitals',
  vitalsSet: 'urn:wardkey:vitals-set',
  acvpu: 'urn:wardkey:acvpu',
  alertShape: 'urn:wardkey:alert-shape',
  carePlan: 'urn:wardkey:care-plan',
  task: 'urn:wardkey:task',
} as const;

/** LOINC codes of the vital signs. */
export const loinc = {
  respirationRate: '9279-1',
  oxygenSaturation: '2708-6',
  oxygenSaturationByPulse: '59408-5',
  bloodPressure: '85354-9',
  bloodPressureOld: '55284-4',
  systolic: '8480-6',
  diastolic: '8462-4',
  heartRate: '8867-4',
  temperature: '8310-5',
  consciousness: '67775-7',
  oxygenFlow: '3151-8',
  oxygenConcentration: '3150-6',
} as const;

/** SNOMED CT concepts that stand for a vital sign's value. */
export const snomed = {
  roomAir: '722742002',
  onOxygen: '371825009',
  consciousness: {
    A: '248234008',
    C: '130987000',
    V: '300202002',
    P: '450847001',
    U: '422768004',
  },
  noKnownAllergies: ['716186003', '409137002', '429625007', '428607008'],
} as const;
