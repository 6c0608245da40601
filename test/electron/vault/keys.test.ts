import { createHmac, generateKeyPairSync, hkdfSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { lengthPrefixed, sealInfo } from '#core/contracts/sealing.ts';
import {
  makeEscrow,
  makeGrace,
  makeSlot,
  openEscrow,
  openForPerson,
  openGrace,
  openSlot,
  pinProof,
  sealForPerson,
  stretchPin,
} from '#electron/vault/keys.ts';
import { seal, sealBox, unseal, unsealBox } from '#electron/vault/sealing.ts';
import {
  badgeSecretOf,
  deviceSecret,
  escrowKey,
  graceSecret,
  lease,
  now,
  person,
  pin,
  randomSecret,
} from './ward.ts';

const keys = { cacheKey: Buffer.alloc(32, 1), personKey: Buffer.alloc(32, 2) };
const stretchedPin = Buffer.alloc(32, 4);
const badgeSecret = badgeSecretOf('n1');
const factors = { stretchedPin, badgeSecret, deviceSecret, lease };
const head = {
  terminalId: 't1',
  cacheId: 'c1',
  keyEpoch: 1,
  person: person(),
  pin,
  shiftEndsAtMs: now + 9,
};
const slot = makeSlot(head, keys, factors);

describe('a slot', () => {
  it('opens with the right PIN, badge, device and lease', () => {
    expect(openSlot(slot, 't1', factors, now)).toEqual({ ok: true, value: keys });
  });

  it('says wrongFactor for a wrong PIN, badge, device secret or lease secret', () => {
    for (const wrong of [
      { stretchedPin: Buffer.alloc(32, 5) },
      { badgeSecret: randomSecret() },
      { deviceSecret: randomSecret() },
      { lease: { ...lease, secret: randomSecret() } },
    ]) {
      expect(openSlot(slot, 't1', { ...factors, ...wrong }, now)).toEqual({
        ok: false,
        code: 'wrongFactor',
      });
    }
  });

  it('does not open at another terminal, for another person, or with any field edited', () => {
    const edits = [
      { terminalId: 't2' },
      { cacheId: 'c2' },
      { keyEpoch: 2 },
      { personId: 'n2', person: person('n2') },
      { person: { ...person(), role: 'physician' as const } },
      { person: { ...person(), trust: 'B3' as const } },
      { notAfterMs: slot.notAfterMs + 1 },
      { shiftEndsAtMs: now + 99_999_999 },
      { pin: { ...pin, iterations: 2 } },
      { sealed: Buffer.from(slot.sealed, 'base64url').fill(0, 0, 1).toString('base64url') },
      { sealed: '' },
    ];
    for (const edit of edits)
      expect([edit, openSlot({ ...slot, ...edit }, 't1', factors, now)]).toEqual([
        edit,
        { ok: false, code: 'wrongFactor' },
      ]);
    expect(openSlot(slot, 't2', factors, now)).toEqual({ ok: false, code: 'wrongFactor' });
    // Moved and relabelled: the label is part of the seal.
    const moved = openSlot({ ...slot, terminalId: 't2' }, 't2', factors, now);
    expect(moved).toEqual({ ok: false, code: 'wrongFactor' });
  });

  it('ends with the lease, which is said before a factor is tried', () => {
    const wrongPin = { ...factors, stretchedPin: Buffer.alloc(32, 9) };
    expect(openSlot(slot, 't1', wrongPin, lease.notAfterMs)).toEqual({
      ok: false,
      code: 'leaseExpired',
    });
    expect(openSlot(slot, 't1', factors, lease.notAfterMs - 1).ok).toBe(true);
    expect(openSlot({ ...slot, leaseEpoch: 4 }, 't1', factors, now)).toEqual({
      ok: false,
      code: 'leaseExpired',
    });
  });

  it('with an edited expiry opens nothing, even when the lease was lengthened too', () => {
    const later = { ...lease, notAfterMs: now + 99_999_999 };
    expect(
      openSlot(
        { ...slot, notAfterMs: later.notAfterMs },
        't1',
        { ...factors, lease: later },
        now + 9_000_000,
      ),
    ).toEqual({ ok: false, code: 'wrongFactor' });
  });

  it('never holds a key in the clear', () => {
    const text = Buffer.from(slot.sealed, 'base64url');
    expect(text.includes(keys.cacheKey) || text.includes(keys.personKey)).toBe(false);
  });
});

describe('an escrow', () => {
  const escrow = makeEscrow(
    { terminalId: 't1', cacheId: 'c1', keyEpoch: 1, inboxPublicKey: 'abc' },
    keys.cacheKey,
    { escrowKey, deviceSecret },
  );
  it('opens with the server key on this machine alone', () => {
    expect(openEscrow(escrow, 't1', { escrowKey, deviceSecret })).toEqual(keys.cacheKey);
    expect(openEscrow(escrow, 't1', { escrowKey: randomSecret(), deviceSecret })).toBeNull();
    expect(openEscrow(escrow, 't1', { escrowKey, deviceSecret: randomSecret() })).toBeNull();
    expect(openEscrow(escrow, 't2', { escrowKey, deviceSecret })).toBeNull();
    const moved = { ...escrow, terminalId: 't2' };
    expect(openEscrow(moved, 't2', { escrowKey, deviceSecret })).toBeNull();
  });
  it('does not open when the inbox key was exchanged, so that changes cannot be led astray', () => {
    expect(
      openEscrow({ ...escrow, inboxPublicKey: 'abd' }, 't1', { escrowKey, deviceSecret }),
    ).toBeNull();
  });
});

describe('a grace slot', () => {
  const secrets = { graceSecret, badgeSecret, deviceSecret };
  const sessionKey = Buffer.from('der');
  const grace = makeGrace({ personId: 'n1', cacheId: 'c1' }, { keys, sessionKey }, secrets);
  it('resumes with the keys and the signing key, for this person and badge alone', () => {
    expect(openGrace(grace, secrets)).toEqual({ keys, sessionKey });
    expect(openGrace({ ...grace, personId: 'n2' }, secrets)).toBeNull();
    expect(openGrace({ ...grace, cacheId: 'c2' }, secrets)).toBeNull();
    for (const name of ['graceSecret', 'badgeSecret', 'deviceSecret'])
      expect(openGrace(grace, { ...secrets, [name]: randomSecret() })).toBeNull();
  });
});

describe('what is sealed to a person', () => {
  it('opens for that person alone, and only as what it is', () => {
    const sealed = sealForPerson(keys.personKey, 'n1', sealInfo.draft, 'half a note');
    expect(openForPerson(keys.personKey, 'n1', sealInfo.draft, sealed)).toBe('half a note');
    expect(openForPerson(keys.personKey, 'n2', sealInfo.draft, sealed)).toBeNull();
    expect(openForPerson(Buffer.alloc(32, 9), 'n1', sealInfo.draft, sealed)).toBeNull();
    expect(openForPerson(keys.personKey, 'n1', sealInfo.ownOperation, sealed)).toBeNull();
    expect(openForPerson(keys.personKey, 'n1', sealInfo.draft, 'junk!')).toBeNull();
  });
});

describe('the primitives', () => {
  it('stretch a PIN by Argon2id version 1.3, as the reference implementation does', async () => {
    // `printf password | argon2 somesalt -id -t 2 -k 65536 -p 1 -l 32`, from the reference implementation's own test vectors.
    const parameters = {
      salt: Buffer.from('somesalt').toString('base64url'),
      memoryKib: 65_536,
      iterations: 2,
      parallelism: 1,
    };
    expect((await stretchPin('password', parameters)).toString('hex')).toBe(
      '09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7',
    );
  });

  it('prove a PIN by HKDF as the contract says, and the proof is not the key', () => {
    const expected = Buffer.from(
      hkdfSync(
        'sha256',
        stretchedPin,
        Buffer.from(pin.salt, 'base64url'),
        'wardkey/pin-proof/v1',
        32,
      ),
    );
    expect(pinProof(stretchedPin, pin)).toBe(expected.toString('base64url'));
    // HKDF written out once by hand (RFC 5869).
    const prk = createHmac('sha256', Buffer.from(pin.salt, 'base64url'))
      .update(stretchedPin)
      .digest();
    const okm = createHmac('sha256', prk)
      .update('wardkey/pin-proof/v1')
      .update(Buffer.from([1]))
      .digest();
    expect(expected).toEqual(okm);
  });

  it('join parts so that no two lists are the same bytes', () => {
    const text = (value: string) => Buffer.from(value);
    expect(lengthPrefixed([text('ab'), text('c')])).not.toEqual(
      lengthPrefixed([text('a'), text('bc')]),
    );
    expect([...lengthPrefixed([text('ab'), text('')])]).toEqual([0, 0, 0, 2, 97, 98, 0, 0, 0, 0]);
  });

  it('refuse a seal in which any one bit was flipped', () => {
    const sealed = seal(keys.cacheKey, Buffer.from('secret'), [sealInfo.draft, 'n1']);
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const flipped = Buffer.from(sealed);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(unseal(keys.cacheKey, flipped, [sealInfo.draft, 'n1'])).toBeNull();
    }
    expect(unseal(keys.cacheKey, sealed.subarray(0, 20), [sealInfo.draft, 'n1'])).toBeNull();
  });

  it('open a sealed box for its recipient and purpose alone, in the layout of the contract', () => {
    const { publicKey, privateKey } = generateKeyPairSync('x25519');
    const der = publicKey.export({ type: 'spki', format: 'der' });
    const box = sealBox(der, Buffer.from('to you'), sealInfo.inboxBox);
    expect(box).toHaveLength(32 + 12 + 6 + 16);
    expect(unsealBox(privateKey, box, sealInfo.inboxBox)?.toString()).toBe('to you');
    expect(unsealBox(privateKey, box, sealInfo.operationBox)).toBeNull();
    expect(unsealBox(generateKeyPairSync('x25519').privateKey, box, sealInfo.inboxBox)).toBeNull();
    for (const at of [0, 31, 32, 44, 50, 65]) {
      const flipped = Buffer.from(box);
      flipped[at] = (flipped[at] ?? 0) ^ 1;
      expect(unsealBox(privateKey, flipped, sealInfo.inboxBox)).toBeNull();
    }
    // A point of small order has no secret to share.
    expect(
      unsealBox(privateKey, Buffer.concat([Buffer.alloc(32), box.subarray(32)]), sealInfo.inboxBox),
    ).toBeNull();
    expect(unsealBox(privateKey, Buffer.alloc(5), sealInfo.inboxBox)).toBeNull();
  });
});
