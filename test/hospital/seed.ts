import { randomBytes } from 'node:crypto';
import {
  addShift,
  assignToWard,
  enrolBadge,
  putPerson,
  putWard,
  setPinVerifier,
} from '#server/directory/staff.ts';
import {
  importNdjson,
  type ImportOutcome,
  type ImportProgress,
} from '#server/import/importNdjson.ts';
import type { Services } from '#server/services.ts';
import type { Actor } from '#server/store/actor.ts';
import { importResources } from '#server/store/importResources.ts';
import {
  generateHospital,
  overlayHospital,
  readLoadedPatient,
  subjectOf,
  type Hospital,
  type LoadedPatient,
} from './hospital.ts';
import { stretchPin } from './pins.ts';

/** What to put into an empty record server. */
export interface SeedOptions {
  readonly seed: string;
  /** FHIR R4 NDJSON, gzipped or not, instead of patients of our own. */
  readonly dataFile: string | null;
  readonly onProgress?: (progress: ImportProgress) => void;
}

/** A demo badge: for the tray and the tests, never for a real hospital. */
export interface DemoBadge {
  readonly personId: string;
  readonly name: string;
  readonly role: string;
  readonly title: string;
  readonly wards: readonly string[];
  readonly onShift: boolean;
  readonly uid: string;
  readonly pin: string;
}

/** What seeding leaves behind. */
export interface SeedResult {
  readonly hospital: Hospital;
  readonly badges: readonly DemoBadge[];
  /** Null when the patients are our own. */
  readonly imported: ImportOutcome | null;
  readonly stored: number;
}

const actor: Actor = { kind: 'system', name: 'seed' };
/** Argon2id with 64 MiB and three passes: about 60 ms on a terminal, and 10^6 PINs cost a thief of the proofs most of a day. */
const pinCost = { memoryKib: 65_536, iterations: 3, parallelism: 1 } as const;

/** Puts the synthetic hospital, or wards and staff over a file's patients, into the record server. */
export async function seedHospital(services: Services, options: SeedOptions): Promise<SeedResult> {
  const seed = { seed: options.seed, nowMs: services.clock() };
  const store = (resources: readonly unknown[]) =>
    importResources(services.store, actor, resources);
  const loaded = new Map<string, LoadedPatient>();
  const counts = new Map<string, number>();
  const imported =
    options.dataFile === null
      ? null
      : await importNdjson(options.dataFile, {
          store,
          ...(options.onProgress ? { onProgress: options.onProgress } : {}),
          onStored: (resource) => {
            const patient = readLoadedPatient(resource);
            if (patient) loaded.set(patient.patientId, patient);
            const subject = subjectOf(resource);
            if (subject !== null) counts.set(subject, (counts.get(subject) ?? 0) + 1);
          },
        });
  const hospital =
    imported === null
      ? generateHospital(seed)
      : overlayHospital(
          seed,
          [...loaded.values()].map((patient) => ({
            ...patient,
            resourceCount: counts.get(patient.patientId) ?? 0,
          })),
        );
  const report = await store(hospital.resources);
  if (report.refused.length > 0)
    throw new Error(`the generator made an invalid resource: ${report.refused[0]?.reason ?? ''}`);
  await seedDirectory(services, hospital);
  return {
    hospital,
    badges: hospital.staff.map((member) => ({
      personId: member.personId,
      name: member.displayName,
      role: member.role,
      title: member.title,
      wards: member.wardIds,
      onShift: member.onShift,
      uid: member.badge.hex,
      pin: member.pin,
    })),
    imported,
    stored: report.stored + (imported?.stored ?? 0),
  };
}

async function seedDirectory(services: Services, hospital: Hospital): Promise<void> {
  const { database, keys } = services;
  for (const ward of hospital.wards) await putWard(database.query, ward.wardId, ward.name);
  for (const member of hospital.staff) {
    const { personId } = member;
    const pin = { ...pinCost, salt: randomBytes(16).toString('base64url') };
    const proof = await stretchPin(member.pin, pin);
    await database.transaction(async (query) => {
      await putPerson(query, keys, member);
      await enrolBadge(query, keys, personId, member.badge, 'B0');
      await setPinVerifier(query, keys, personId, pin, proof);
      for (const wardId of member.wardIds) await assignToWard(query, personId, wardId);
    });
  }
  for (const shift of hospital.shifts) await addShift(database.query, shift);
}
