import { createPublicKey, verify } from 'node:crypto';
import { sealInfo } from '#core/contracts/sealing.ts';
import type { ChartItem, ChartView } from '#core/contracts/clinical.ts';
import type { VaultAnswer } from '#core/contracts/vault.ts';
import { unsealBox } from '#electron/vault/sealing.ts';
import type { VaultClient } from '#electron/vault/vaultClient.ts';
import type { ForkedVault } from './vaultClient.ts';
import { intake, must, now, openByRelease, order, page, wardChanges } from './ward.ts';

/** A vault with a filled ward. */
export async function filledWard(
  vault: ForkedVault,
  cachePath: string,
  patients = 2,
  extra = 0,
): Promise<VaultAnswer<'openByRelease'>> {
  const opened = await openByRelease(vault, cachePath);
  await must(vault.call('feedApply', page(wardChanges(patients, extra), 'c1', true)));
  return opened;
}

export const entry = {
  takenAtMs: now - 1000,
  respirationRate: 18,
  oxygenSaturation: 96,
  supplementalOxygen: false,
  systolic: 121,
  diastolic: 71,
  heartRate: 71,
  consciousness: 'A' as const,
  temperature: 37.1,
};

export async function chart(vault: ForkedVault, patientId = 'p1'): Promise<ChartView> {
  return await must(vault.call('chartRead', { patientId, nowMs: now }));
}

export async function notes(vault: ForkedVault): Promise<ChartItem[]> {
  return (await chart(vault)).sections.notes?.items ?? [];
}

/** Prepares and commits a note. */
export async function writeNote(
  vault: ForkedVault,
  text: string,
  corrects: { id: string; version: number; operationId?: string } | null = null,
  draftId: string | null = null,
): Promise<VaultAnswer<'notePrepare'> & { operationIds: string[] }> {
  const prepared = await must(
    vault.call('notePrepare', {
      ...order(),
      patientId: 'p1',
      draftId,
      note: { text, corrects: corrects && { operationId: null, ...corrects } },
    }),
  );
  const operationIds = prepared.operations.map(({ operation }) => operation.operationId);
  await must(vault.call('operationsCommit', { operationIds }));
  return { ...prepared, operationIds };
}

/** Opens an operation as the server would. */
export function openOperation(sealed: string) {
  const plain = unsealBox(
    intake.privateKey,
    Buffer.from(sealed, 'base64url'),
    sealInfo.operationBox,
  );
  return JSON.parse(plain!.toString()) as {
    body: { resource: object; baseVersion: number; personId: string; draftId: string | null };
    signature: string;
  };
}

/** Whether what is charted in this vault is signed by a key. */
export async function isSignedBy(
  vault: Pick<VaultClient, 'call'>,
  publicKey: string,
): Promise<boolean> {
  const note = { text: 'signed', corrects: null };
  const prepared = await must(
    vault.call('notePrepare', { ...order(), patientId: 'p1', draftId: null, note }),
  );
  const { body, signature } = openOperation(prepared.operations[0]!.operation.sealed);
  const key = createPublicKey({
    key: Buffer.from(publicKey, 'base64url'),
    type: 'spki',
    format: 'der',
  });
  const bytes = Buffer.from(JSON.stringify(body));
  return verify(null, bytes, key, Buffer.from(signature, 'base64url'));
}
