import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { FeedChange, SyncResource } from '#core/contracts/sync.ts';
import type { VaultCall } from '#core/contracts/vault.ts';

/** Answers one call as the vault would; null when it was refused. */
type Ask = (call: VaultCall, payload: unknown) => Promise<unknown>;

const beds = 6;
/** The second resumption runs what the first one compiled. */
const resumptions = 2;
const nowMs = 1_000_000;
/** The least that Argon2id takes: the rehearsal wants its code in memory, not its cost. */
const pin = { salt: secret(16), memoryKib: 64, iterations: 1, parallelism: 1 };

function secret(bytes: number): string {
  return randomBytes(bytes).toString('base64url');
}

/**
 * Opens, fills, leaves and resumes a cache of nobody, before the vault has anybody: a process that lives for one session
 * otherwise loads and compiles all of it between a tap and its board. The file is sealed under a key that nobody keeps,
 * holds beds without people, and is gone at the end. `newVault` makes an empty vault that shares nothing with the real one.
 */
export async function rehearse(newVault: () => Ask): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'wardkey-rehearsal-'));
  try {
    const where = {
      cachePath: path.join(folder, 'cache.db'),
      terminalId: 'rehearsal',
      wardName: '',
      minimumGeneration: null,
    };
    const factors = { badgeSecret: secret(32), deviceSecret: secret(32) };
    const graceSecret = secret(32);
    const person = { personId: 'nobody', displayName: '', role: 'nurse', trust: 'B0' };
    const first = newVault();
    await first('pinStretch', { pin: '000000', parameters: pin });
    await first('sessionKeyMake', null);
    await first('openByRelease', {
      where,
      escrow: null,
      escrowKey: secret(32),
      personKey: secret(32),
      person,
      pin,
      shiftEndsAtMs: nowMs + 1,
      lease: { epoch: 1, secret: secret(32), notAfterMs: nowMs + 1 },
      nowMs,
      ...factors,
    });
    const page = { changes: wardOfNobody(), cursor: 'rehearsal', feedEpoch: 'rehearsal' };
    await first('feedApply', { ...page, restart: false, joinedAtMs: nowMs, malformed: 0 });
    const grace = await first('graceSeal', { graceSecret, ...factors });
    await first('close', null);
    for (let round = 0; round < resumptions; round += 1) {
      const next = newVault();
      await next('openByGrace', { where, grace, graceSecret, ...factors });
      await next('boardRead', { personId: person.personId, nowMs });
      await next('close', null);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function wardOfNobody(): FeedChange[] {
  const numbers = Array.from({ length: beds }, (_, at) => at);
  const ward = place('ward', 'wa', null);
  const bay = place('bay', 'ro', 'ward');
  return [ward, bay, ...numbers.map((at) => place(`bed-${at}`, 'bd', 'bay'))]
    .map((resource) => put(null, resource))
    .concat(numbers.flatMap(inBed));
}

function put(patientId: string | null, resource: SyncResource): FeedChange {
  return { op: 'put', patientId, resource };
}

function place(id: string, kind: string, partOf: string | null): SyncResource {
  return {
    resourceType: 'Location',
    id,
    meta: { versionId: '1' },
    status: 'active',
    name: id,
    physicalType: { coding: [{ code: kind }] },
    ...(partOf === null ? {} : { partOf: { reference: `Location/${partOf}` } }),
  };
}

function inBed(at: number): FeedChange[] {
  const patientId = `nobody-${at}`;
  const meta = { versionId: '1' };
  const subject = { reference: `Patient/${patientId}` };
  const patient = { resourceType: 'Patient', id: patientId, meta, name: [{ family: 'Nobody' }] };
  const stay = {
    resourceType: 'Encounter',
    id: `${patientId}-stay`,
    meta,
    status: 'in-progress',
    class: { code: 'IMP' },
    subject,
    location: [{ location: { reference: `Location/bed-${at}` } }],
  };
  const rate = {
    resourceType: 'Observation',
    id: `${patientId}-rate`,
    meta,
    status: 'final',
    category: [{ coding: [{ code: 'vital-signs' }] }],
    code: { coding: [{ system: 'http://loinc.org', code: '9279-1' }] },
    subject,
    effectiveDateTime: new Date(0).toISOString(),
    valueQuantity: { value: 16, code: '/min' },
  };
  return [patient, stay, rate].map((resource) => put(patientId, resource));
}
