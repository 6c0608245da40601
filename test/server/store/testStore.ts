import { randomBytes } from 'node:crypto';
import type { TerminalContext } from '#server/context.ts';
import { identityMigrations } from '#server/identity/migrations.ts';
import { createKeyRing } from '#server/seal/keyRing.ts';
import type { Actor } from '#server/store/actor.ts';
import { loadDefinitions } from '#server/store/definitions.ts';
import { recordMigrations } from '#server/store/migrations.ts';
import { createRecordStore, type RecordStore } from '#server/store/recordStore.ts';
import { createTestDatabase, type TestDatabase } from '#test/server/testDatabase.ts';

/** Any resource, loosely. */
export type TestResource = Readonly<Record<string, unknown>> & {
  readonly resourceType: string;
  readonly id: string;
};
/** Every migration of the service. */
export const allMigrations = [...recordMigrations, ...identityMigrations];
/** HL7's definitions are read once per test process. */
export const validate = loadDefinitions();
export const system: Actor = { kind: 'system', name: 'test' };

export interface TestStore {
  readonly database: TestDatabase;
  readonly store: RecordStore;
  readonly keyEncryptionKey: Buffer;
}

/** A record store over a fresh database. */
export async function createTestStore(): Promise<TestStore> {
  const database = await createTestDatabase(allMigrations);
  const keyEncryptionKey = randomBytes(32);
  const keyRing = createKeyRing(keyEncryptionKey);
  const nowMs = () => Date.now();
  const store = createRecordStore({ database: database.application, keyRing, validate, nowMs });
  return { database, store, keyEncryptionKey };
}

export const terminalOn = (wardId: string): TerminalContext => ({
  terminalId: `terminal-${wardId}`,
  wardId,
  certificateThumbprint: 'thumbprint',
});

const physical = (code: string) => ({
  coding: [{ system: 'http://terminology.hl7.org/CodeSystem/location-physical-type', code }],
});

/** A ward with a bay and some beds named `<ward>-bed-<n>`. */
export function wardPlaces(ward: string, beds: number): TestResource[] {
  return [
    { resourceType: 'Location', id: ward, name: ward, physicalType: physical('wa') },
    {
      resourceType: 'Location',
      id: `${ward}-bay`,
      name: 'Bay 1',
      physicalType: physical('ro'),
      partOf: { reference: `Location/${ward}` },
    },
    ...Array.from({ length: beds }, (_, index) => ({
      resourceType: 'Location',
      id: `${ward}-bed-${index + 1}`,
      name: `Bed ${index + 1}`,
      physicalType: physical('bd'),
      partOf: { reference: `Location/${ward}-bay` },
    })),
  ];
}

export function patient(id: string, family = 'Testname', rest: object = {}): TestResource {
  return {
    resourceType: 'Patient',
    id,
    name: [{ use: 'official', family, given: ['Avery'] }],
    birthDate: '1950-02-03',
    ...rest,
  };
}

/** An encounter in a bed; null: discharged. */
export function stay(patientId: string, bed: string | null): TestResource {
  return {
    resourceType: 'Encounter',
    id: `stay-${patientId}`,
    status: bed === null ? 'finished' : 'in-progress',
    class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'IMP' },
    subject: { reference: `Patient/${patientId}` },
    ...(bed === null ? {} : { location: [{ location: { reference: `Location/${bed}` } }] }),
  };
}

export function heartRate(
  id: string,
  patientId: string,
  value: number,
  at = '2026-05-01T08:00:00Z',
) {
  return {
    resourceType: 'Observation',
    id,
    status: 'final',
    code: { coding: [{ system: 'http://loinc.org', code: '8867-4' }] },
    subject: { reference: `Patient/${patientId}` },
    effectiveDateTime: at,
    valueQuantity: { value, unit: '/min' },
  };
}
