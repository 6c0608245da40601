import { createPublicKey, verify } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { VaultAnswer } from '#core/contracts/vault.ts';
import { vaultFixture } from './fixture.ts';
import type { ForkedVault } from './vaultClient.ts';
import {
  badgeSecretOf,
  deviceSecret,
  draftOf,
  graceSecret,
  lease,
  must,
  now,
  openByRelease,
  order,
  page,
  personKeyOf,
  pin,
  randomSecret,
  wardChanges,
  where,
} from './ward.ts';
import { openOperation, filledWard } from './writing.ts';

const { start, cachePath, folder } = vaultFixture();

async function filled(
  patients = 2,
  extra = 0,
): Promise<{ vault: ForkedVault; opened: VaultAnswer<'openByRelease'> }> {
  const vault = start();
  return { vault, opened: await filledWard(vault, cachePath(), patients, extra) };
}

describe('ways in', () => {
  it('through the server make a slot, and the slot opens the same cache offline in another process', async () => {
    const { vault, opened } = await filled();
    expect(opened.generation).toBe(1);
    const closed = await must(vault.call('close', null));
    expect(closed.generation).toBe(2);
    const second = start();
    const payload = {
      where: where(cachePath()),
      slot: opened.slot,
      badgeSecret: badgeSecretOf('n1'),
      deviceSecret,
      lease,
      nowMs: now,
    };
    expect(await second.call('openBySlot', payload)).toEqual({ ok: false, code: 'invalid' });
    await must(second.call('pinStretch', { pin: '123457', parameters: pin }));
    expect(await second.call('openBySlot', payload)).toEqual({ ok: false, code: 'wrongFactor' });
    expect(await second.call('boardRead', { personId: 'n1', nowMs: now })).toEqual({
      ok: false,
      code: 'notOpen',
    });
    await must(second.call('pinStretch', { pin: '123456', parameters: pin }));
    expect(await second.call('openBySlot', { ...payload, badgeSecret: randomSecret() })).toEqual({
      ok: false,
      code: 'wrongFactor',
    });
    expect(await second.call('openBySlot', { ...payload, nowMs: lease.notAfterMs })).toEqual({
      ok: false,
      code: 'leaseExpired',
    });
    const again = await must(second.call('openBySlot', payload));
    expect(again).toEqual({
      cacheId: opened.cacheId,
      generation: 2,
      cursor: 'c1',
      feedEpoch: 'e1',
      asOfMs: now,
      malformed: 0,
      filled: null,
    });
    expect(await second.call('openBySlot', payload)).toEqual({ ok: false, code: 'alreadyOpen' });
  });

  it('by escrow give a second person a slot to the same cache, and the server key alone is not enough', async () => {
    const { vault, opened } = await filled();
    await must(vault.call('close', null));
    const second = start();
    const stolen = openByRelease(second, cachePath(), {
      personId: 'n2',
      escrow: opened.escrow,
      deviceSecret: randomSecret(),
    });
    await expect(stolen).rejects.toThrow('wrongFactor');
    const other = await openByRelease(second, cachePath(), {
      personId: 'n2',
      escrow: opened.escrow,
    });
    expect(other).toMatchObject({
      cacheId: opened.cacheId,
      generation: 2,
      slot: { personId: 'n2' },
    });
    expect(
      (await must(second.call('boardRead', { personId: 'n2', nowMs: now }))).rows,
    ).toHaveLength(2);
  });

  it('by slot last as long as a renewed slot, which only its own vault makes', async () => {
    const { vault, opened } = await filled();
    const later = { ...lease, notAfterMs: lease.notAfterMs + 1 };
    const renewal = {
      slot: opened.slot,
      person: opened.slot.person,
      shiftEndsAtMs: opened.slot.shiftEndsAtMs + 1,
      badgeSecret: badgeSecretOf('n1'),
      deviceSecret,
      lease: later,
    };
    const foreign = { ...renewal, slot: { ...opened.slot, personId: 'n2' } };
    expect(await vault.call('slotRenew', foreign)).toEqual({ ok: false, code: 'invalid' });
    const renewed = await must(vault.call('slotRenew', renewal));
    expect(renewed.notAfterMs).toBe(later.notAfterMs);
    await must(vault.call('close', null));
    expect(await vault.call('slotRenew', renewal)).toEqual({ ok: false, code: 'notOpen' });
    const second = start();
    await must(second.call('pinStretch', { pin: '123456', parameters: pin }));
    const bySlot = {
      where: where(cachePath()),
      badgeSecret: badgeSecretOf('n1'),
      deviceSecret,
      lease: later,
      nowMs: lease.notAfterMs,
    };
    expect(await second.call('openBySlot', { ...bySlot, slot: opened.slot })).toEqual({
      ok: false,
      code: 'leaseExpired',
    });
    await must(second.call('openBySlot', { ...bySlot, slot: renewed }));
  });

  it('by grace resume without a PIN and sign with the key that the server knows', async () => {
    const vault = start();
    await must(vault.call('pinStretch', { pin: '123456', parameters: pin }));
    const opened = await openByRelease(vault, cachePath());
    const { publicKey } = await must(vault.call('sessionKeyMake', null));
    await must(vault.call('feedApply', page(wardChanges(1), 'c1', true)));
    const secrets = { graceSecret, badgeSecret: badgeSecretOf('n1'), deviceSecret };
    const grace = await must(vault.call('graceSeal', secrets));
    await vault.kill();
    const second = start();
    expect(
      await second.call('openByGrace', {
        where: where(cachePath()),
        grace,
        ...secrets,
        badgeSecret: randomSecret(),
      }),
    ).toEqual({ ok: false, code: 'wrongFactor' });
    const resumed = await must(
      second.call('openByGrace', { where: where(cachePath()), grace, ...secrets }),
    );
    expect(resumed.cacheId).toBe(opened.cacheId);
    const prepared = await must(
      second.call('notePrepare', {
        ...order(),
        patientId: 'p1',
        draftId: null,
        note: { text: 'after the grace', corrects: null },
      }),
    );
    const { body, signature } = openOperation(prepared.operations[0]!.operation.sealed);
    const key = createPublicKey({
      key: Buffer.from(publicKey, 'base64url'),
      type: 'spki',
      format: 'der',
    });
    expect(
      verify(null, Buffer.from(JSON.stringify(body)), key, Buffer.from(signature, 'base64url')),
    ).toBe(true);
  });

  it('take only calls of the contract, with payloads of the contract', async () => {
    const vault = start();
    const odd = vault as unknown as { call(name: string, payload: unknown): Promise<unknown> };
    const asked: unknown[] = [];
    vault.process.on('message', (message) => asked.push(message));
    for (const call of ['constructor', '__proto__', 'toString', 'hasOwnProperty', 'nothing'])
      vault.process.send({ id: 90, call, payload: null });
    expect(await odd.call('boardRead', { personId: 1 })).toEqual({ ok: false, code: 'invalid' });
    expect(await odd.call('close', null)).toEqual({ ok: false, code: 'notOpen' });
    expect(asked.slice(0, 5)).toEqual(
      Array.from({ length: 5 }, () => ({ id: 90, ok: false, code: 'invalid' })),
    );
  });

  it('are lost with the process: every call under way and every later one says so', async () => {
    const vault = start();
    const under = vault.call('pinStretch', {
      pin: '123456',
      parameters: { ...pin, memoryKib: 262_144, iterations: 8 },
    });
    await vault.kill();
    expect(await under).toEqual({ ok: false, code: 'vaultLost' });
    expect(await vault.call('close', null)).toEqual({ ok: false, code: 'vaultLost' });
    expect(vault.process.signalCode).toBe('SIGKILL');
  });

  it('that do not answer in time end the process', async () => {
    const vault = start(50);
    const slow = { ...pin, memoryKib: 524_288, iterations: 20 };
    expect(await vault.call('pinStretch', { pin: '123456', parameters: slow })).toEqual({
      ok: false,
      code: 'vaultLost',
    });
    await vault.kill();
    expect(vault.process.signalCode).toBe('SIGKILL');
  });
});

describe('drafts', () => {
  it('open for their author at any terminal, and for nobody else', async () => {
    const { vault, opened } = await filled(1);
    const { sealed } = await must(vault.call('draftSeal', { draft: draftOf('half a sentence') }));
    expect(Buffer.from(sealed, 'base64url').includes('half')).toBe(false);
    await must(vault.call('close', null));
    const other = start();
    await openByRelease(other, cachePath(), { personId: 'n2', escrow: opened.escrow });
    expect(await must(other.call('draftsOpen', { sealed: [sealed] }))).toEqual({
      drafts: [],
      unreadable: 1,
    });
    const elsewhere = start();
    await openByRelease(elsewhere, join(folder(), 'other-terminal.db'), {
      where: { ...where(join(folder(), 'other-terminal.db')), terminalId: 't9' },
      deviceSecret: randomSecret(),
    });
    expect(await must(elsewhere.call('draftsOpen', { sealed: [sealed, 'AAAA'] }))).toEqual({
      drafts: [draftOf('half a sentence')],
      unreadable: 1,
    });
  });

  it('of one person do not open under the key of another who claims the name', async () => {
    const { vault } = await filled(1);
    const { sealed } = await must(vault.call('draftSeal', { draft: draftOf('private') }));
    const thief = start();
    await openByRelease(thief, join(folder(), 'thief.db'), {
      personKey: personKeyOf('n2'),
      where: where(join(folder(), 'thief.db')),
    });
    expect(await must(thief.call('draftsOpen', { sealed: [sealed] }))).toEqual({
      drafts: [],
      unreadable: 1,
    });
  });
});
