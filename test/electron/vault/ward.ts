import { createHash, generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto';
import type { FeedChange, SyncResource } from '#core/contracts/sync.ts';
import type { Person } from '#core/contracts/terminal.ts';
import type { VaultAnswer, VaultPayload } from '#core/contracts/vault.ts';
import { writeVitals } from '#core/clinical/writeVitals.ts';
import type { ForkedVault } from './vaultClient.ts';

export const now = Date.UTC(2026, 10, 23, 12);
const bytes = (label: string) => createHash('sha256').update(label).digest('base64url');

/** Argon2id small enough for tests that are not about it. */
export const pin = {
  salt: Buffer.alloc(16, 3).toString('base64url'),
  memoryKib: 64,
  iterations: 1,
  parallelism: 1,
};
export const person = (personId = 'n1'): Person => ({
  personId,
  displayName: `Name of ${personId}`,
  role: 'nurse',
  trust: 'B0',
});
export const deviceSecret = bytes('device');
export const escrowKey = bytes('escrow');
export const graceSecret = bytes('grace');
export const badgeSecretOf = (personId: string) => bytes(`badge ${personId}`);
export const personKeyOf = (personId: string) => bytes(`person ${personId}`);
export const lease = { epoch: 5, secret: bytes('lease'), notAfterMs: now + 3_600_000 };
export const intake = generateKeyPairSync('x25519');
export const spki = (key: KeyObject) =>
  key.export({ type: 'spki', format: 'der' }).toString('base64url');

export const where = (cachePath: string): VaultPayload<'openBySlot'>['where'] => ({
  cachePath,
  terminalId: 't1',
  wardName: 'Ward 7',
  minimumGeneration: null,
});
export const author = (personId = 'n1') => ({
  personId,
  displayName: `Name of ${personId}`,
  sessionId: 's1',
  terminalId: 't1',
});
export const order = (personId = 'n1') => ({
  author: author(personId),
  intakePublicKey: spki(intake.publicKey),
  nowMs: now,
});

/** A value or a failed test with the code. */
export async function must<Value>(
  answer: Promise<{ ok: true; value: Value } | { ok: false; code: string }>,
): Promise<Value> {
  const found = await answer;
  if (!found.ok) throw new Error(`refused: ${found.code}`);
  return found.value;
}

/** The way in through the server; without an escrow a new cache is made. */
export async function openByRelease(
  vault: ForkedVault,
  cachePath: string,
  options: Partial<VaultPayload<'openByRelease'>> & { personId?: string } = {},
): Promise<VaultAnswer<'openByRelease'>> {
  const { personId = 'n1', ...over } = options;
  await must(vault.call('pinStretch', { pin: '123456', parameters: pin }));
  await must(vault.call('sessionKeyMake', null));
  return await must(
    vault.call('openByRelease', {
      where: where(cachePath),
      escrow: null,
      escrowKey,
      personKey: personKeyOf(personId),
      person: person(personId),
      pin,
      shiftEndsAtMs: now + 3_600_000,
      badgeSecret: badgeSecretOf(personId),
      deviceSecret,
      lease,
      nowMs: now,
      ...over,
    }),
  );
}

export const put = (patientId: string | null, resource: SyncResource): FeedChange => ({
  op: 'put',
  patientId,
  resource,
});
export const page = (changes: FeedChange[], cursor = 'c1', restart = false) => ({
  changes,
  cursor,
  feedEpoch: 'e1',
  restart,
  joinedAtMs: now,
  malformed: 0,
});

const location = (id: string, code: string, name: string, partOf: string | null): SyncResource => ({
  resourceType: 'Location',
  id,
  meta: { versionId: '1' },
  status: 'active',
  name,
  physicalType: { coding: [{ code }] },
  ...(partOf === null ? {} : { partOf: { reference: `Location/${partOf}` } }),
});

/** One patient in a bed with a little of everything, and `extra` laboratory results. `mark` is planted in every text. */
export function patientChanges(at: number, extra = 0, mark = ''): FeedChange[] {
  const id = `p${at}`;
  const subject = { reference: `Patient/${id}` };
  const meta = { versionId: '1' };
  let next = 0;
  const newId = () => `${id}-o${next++}`;
  const resources: SyncResource[] = [
    {
      resourceType: 'Patient',
      id,
      meta,
      name: [{ family: `Family${at}${mark}`, given: ['Given'] }],
      birthDate: '1950-01-02',
      gender: 'female',
      identifier: [{ type: { coding: [{ code: 'MR' }] }, value: `MRN${at}` }],
    },
    {
      resourceType: 'Encounter',
      id: `${id}-e`,
      meta,
      status: 'in-progress',
      class: { code: 'IMP' },
      subject,
      location: [{ location: { reference: `Location/b${at}` } }],
      period: { start: '2026-11-20T00:00:00Z' },
      reasonCode: [{ text: `Reason ${mark}` }],
    },
    {
      resourceType: 'CareTeam',
      id: `${id}-c`,
      meta,
      status: 'active',
      subject,
      participant: [{ member: { reference: 'Practitioner/n1' } }],
    },
    {
      resourceType: 'AllergyIntolerance',
      id: `${id}-a`,
      meta,
      patient: subject,
      criticality: 'high',
      code: { text: `Penicillin ${mark}` },
    },
    {
      resourceType: 'Condition',
      id: `${id}-d`,
      meta,
      subject,
      code: { text: `Condition ${mark}` },
      onsetDateTime: '2020-01-01',
    },
    ...writeVitals(
      {
        takenAtMs: now - 7_200_000,
        respirationRate: 16,
        oxygenSaturation: 97,
        supplementalOxygen: false,
        systolic: 120,
        diastolic: 70,
        heartRate: 70,
        consciousness: 'A',
        temperature: 37,
      },
      `${id}-s1`,
      { patientId: id, personId: 'n1', displayName: 'N', nowMs: now },
      newId,
    ),
    ...writeVitals(
      {
        takenAtMs: now - 3_600_000,
        respirationRate: 22,
        oxygenSaturation: 94,
        supplementalOxygen: true,
        systolic: 105,
        diastolic: 70,
        heartRate: 95,
        consciousness: 'A',
        temperature: 38.2,
      },
      `${id}-s2`,
      { patientId: id, personId: 'n1', displayName: 'N', nowMs: now },
      newId,
    ),
  ];
  for (let n = 0; n < extra; n++) {
    resources.push({
      resourceType: 'Observation',
      id: `${id}-r${n}`,
      meta,
      status: 'final',
      category: [{ coding: [{ code: 'laboratory' }] }],
      code: {
        coding: [{ system: 'http://loinc.org', code: '2823-3' }],
        text: `Potassium ${n} ${mark}`,
      },
      subject,
      effectiveDateTime: new Date(now - n * 60_000).toISOString(),
      valueQuantity: { value: 4 + (n % 9) / 10, unit: 'mmol/L' },
      note: [{ text: 'x'.repeat(500) }],
    });
  }
  return resources.map((resource) => put(id, resource));
}

/** A ward of beds with a patient in each. */
export function wardChanges(patients: number, extra = 0, mark = ''): FeedChange[] {
  const places = [
    put(null, location('w', 'wa', 'Ward 7', null)),
    put(null, location('r', 'ro', 'Bay A', 'w')),
  ];
  for (let at = 1; at <= patients; at++)
    places.push(put(null, location(`b${at}`, 'bd', `Bed ${at}`, 'r')));
  for (let at = 1; at <= patients; at++) places.push(...patientChanges(at, extra, mark));
  return places;
}

export const draftOf = (content: string) => ({
  draftId: '0b6e6fd0-6b8c-4a3f-9d8e-0a4f6d8b7a11',
  patientId: 'p1',
  patientLabel: 'Family1',
  kind: 'note' as const,
  savedAtMs: now,
  content,
});
export const randomSecret = () => randomBytes(32).toString('base64url');
