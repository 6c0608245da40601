import { randomBytes, randomUUID } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { enrolRequestSchema } from '#core/contracts/terminal.ts';
import { createFileDeviceSecret } from '#electron/identity/deviceSecret.ts';
import { enrolTerminal } from '#electron/identity/enrolment.ts';
import { openKeyFile } from '#electron/identity/keyFile.ts';
import { certificateEndsAtMs, readIdentity } from '#electron/identity/terminalIdentity.ts';
import { createLogger } from '#electron/log.ts';
import { openSpool } from '#electron/spool/openSpool.ts';
import { createTestAuthority } from '#test/electron/recordServer/testAuthority.ts';
import { startTestServer } from '#test/electron/recordServer/testServer.ts';
import { auditDraft, must } from '#test/electron/spool/spoolFixture.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'wardkey-identity-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('device secret in a file', () => {
  it('is made once, for its owner alone, and warned of once', () => {
    const lines: string[] = [];
    const logger = createLogger([(line) => lines.push(line)], () => 0);
    const path = join(folder, 'device.key');
    const port = createFileDeviceSecret(path, logger);
    expect(port.read()).toEqual({ ok: false, code: 'deviceSecretMissing' });
    const secret = must(port.create());
    expect(secret).toHaveLength(32);
    expect(must(port.create())).toEqual(secret);
    expect(must(port.read())).toEqual(secret);
    expect(statSync(path).mode & 0o777).toBe(0o400);
    expect(lines.filter((line) => line.includes('deviceSecretInFile'))).toHaveLength(1);
    expect(lines.join('')).not.toContain(secret.toString('hex'));
  });

  it.each([0o600, 0o440, 0o404, 0o500])('is refused with mode %o', (mode) => {
    const path = join(folder, 'device.key');
    const port = createFileDeviceSecret(
      path,
      createLogger([], () => 0),
    );
    must(port.create());
    chmodSync(path, mode);
    expect(port.read()).toEqual({ ok: false, code: 'deviceSecretExposed' });
    // Nor is it replaced: what was sealed under it would be lost.
    expect(port.create()).toEqual({ ok: false, code: 'deviceSecretExposed' });
  });

  it('is refused when it is not whole', () => {
    const path = join(folder, 'device.key');
    writeFileSync(path, 'short', { mode: 0o400 });
    const port = createFileDeviceSecret(
      path,
      createLogger([], () => 0),
    );
    expect(port.read()).toEqual({ ok: false, code: 'deviceSecretDamaged' });
  });
});

describe('key file', () => {
  const secret = randomBytes(32);
  const open = (terminalId = 't', key = secret) =>
    openKeyFile(join(folder, 'keys.json'), terminalId, key);
  const lease = { epoch: 3, secret: randomBytes(32).toString('base64url'), notAfterMs: 10_000 };

  it('keeps a lease until it ends or another epoch begins, and never bare', () => {
    open().keyFile.putLease(lease);
    expect(open().keyFile.lease(3, 9_999)).toEqual({ ok: true, value: lease });
    expect(open().keyFile.lease(3, 10_000)).toEqual({ ok: false, code: 'leaseExpired' });
    expect(open().keyFile.lease(4, 0)).toEqual({ ok: false, code: 'leaseMissing' });
    expect(readFileSync(join(folder, 'keys.json'), 'utf8')).not.toContain(lease.secret);
    const longer = { ...lease, notAfterMs: 20_000 };
    open().keyFile.putLease(longer);
    expect(must(open().keyFile.lease(3, 15_000)).notAfterMs).toBe(20_000);
    open().keyFile.putLease({ ...lease, epoch: 4, notAfterMs: 20_000 });
    expect(open().keyFile.lease(3, 15_000)).toEqual({ ok: false, code: 'leaseMissing' });
    expect(open().keyFile.lease(4, 15_000).ok).toBe(true);
  });

  it('a lease with its end moved, or on another machine, does not open', () => {
    open().keyFile.putLease(lease);
    expect(open('t', randomBytes(32)).keyFile.lease(3, 0)).toEqual({
      ok: false,
      code: 'leaseDamaged',
    });
    const path = join(folder, 'keys.json');
    writeFileSync(
      path,
      readFileSync(path, 'utf8').replace('"notAfterMs":10000', '"notAfterMs":99999'),
    );
    expect(open().keyFile.lease(3, 50_000)).toEqual({ ok: false, code: 'leaseDamaged' });
  });

  it('a damaged file, or one of another terminal, is set aside and starts empty', () => {
    open().keyFile.putLease(lease);
    expect(open('other').damaged).toBe(true);
    expect(existsSync(join(folder, 'keys.json.damaged'))).toBe(true);
    writeFileSync(join(folder, 'keys.json'), '{"version":1');
    const opened = open();
    expect(opened.damaged).toBe(true);
    expect(opened.keyFile.lease(3, 0).ok).toBe(false);
    expect(open().damaged).toBe(false);
  });

  const slot = (personId: string, sealed: string, leaseEpoch = 3) => ({
    version: 1 as const,
    terminalId: 't',
    cacheId: 'c',
    keyEpoch: 1,
    leaseEpoch,
    personId,
    notAfterMs: 1,
    pin: { salt: 'c2FsdA', memoryKib: 1, iterations: 1, parallelism: 1 },
    person: { personId, displayName: 'x', role: 'nurse' as const, trust: 'B0' as const },
    shiftEndsAtMs: 1,
    sealed,
  });

  it('keeps one slot a person, and forgets all with the cache', () => {
    const { keyFile } = open();
    keyFile.putSlot(slot('a', 'one'), 'old badge');
    keyFile.putSlot(slot('a', 'two'), 'badge a');
    keyFile.putSlot(slot('b', 'three'), 'badge b');
    expect(open().keyFile.slotOfBadge('badge a')?.sealed).toBe('two');
    expect(open().keyFile.slotOfBadge('old badge')).toBeNull();
    keyFile.dropSlot('a');
    expect(open().keyFile.slotOfBadge('badge a')).toBeNull();
    keyFile.putLease(lease);
    keyFile.dropCache();
    expect(open().keyFile.slotOfBadge('badge b')).toBeNull();
    expect(open().keyFile.lease(3, 0).ok).toBe(true);
    keyFile.dropAll();
    expect(open().keyFile.lease(3, 0)).toEqual({ ok: false, code: 'leaseMissing' });
  });

  it('lets go of a slot even when the disk does not, and writes nothing for whoever has none', () => {
    const { keyFile } = open();
    keyFile.putSlot(slot('a', 'one'), 'badge a');
    mkdirSync(join(folder, 'keys.json.new'));
    expect(() => keyFile.dropSlot('a')).toThrow();
    expect(keyFile.slotOfBadge('badge a')).toBeNull();
    keyFile.dropSlot('nobody');
    rmdirSync(join(folder, 'keys.json.new'));
    keyFile.putLease(lease);
    expect(open().keyFile.slotOfBadge('badge a')).toBeNull();
  });
});

describe('enrolment', () => {
  const deviceSecret = randomBytes(32);
  const enrolWith = async (
    changeReply: (reply: Record<string, unknown>) => unknown,
    pinned?: string,
  ) => {
    const authority = await createTestAuthority();
    const server = await startTestServer(authority, async ({ body }) => {
      const { csrPem, token } = v.parse(enrolRequestSchema, body);
      if (token !== 'once') return { status: 403, body: { code: 'tokenRefused' } };
      const reply = {
        terminalId: randomUUID(),
        terminalName: 'Ash 1',
        wardId: 'ward',
        wardName: 'Ash',
        place: 'Bay 1',
        certificatePem: await authority.sign(csrPem),
        authorityPem: authority.authorityPem,
        intakePublicKey: 'a2V5',
      };
      return { status: 200, body: changeReply(reply) };
    });
    const enrolmentFile = join(folder, 'enrol.json');
    writeFileSync(
      enrolmentFile,
      JSON.stringify({
        serverUrl: server.url,
        caPem: pinned ?? authority.authorityPem,
        token: 'once',
      }),
    );
    const result = await enrolTerminal({
      enrolmentFile,
      identityFile: join(folder, 'identity.json'),
      deviceSecret,
      spool,
    });
    await server.stop();
    return result;
  };
  const spool = {
    get path() {
      return join(folder, 'spool.db');
    },
    now: () => 42,
    newId: () => randomUUID(),
    onFault: () => undefined,
  };

  it('gives a terminal its identity, its spool and a certificate for its own key', async () => {
    const identity = must(await enrolWith((reply) => reply));
    expect(must(readIdentity(join(folder, 'identity.json'), deviceSecret))).toEqual(identity);
    expect(certificateEndsAtMs(identity)).toBeGreaterThan(Date.now());
    expect(existsSync(join(folder, 'enrol.json'))).toBe(false);
    const { terminalId } = identity;
    const opened = must(openSpool({ ...spool, terminalId, deviceSecret, create: false }));
    must(opened.append([auditDraft()]));
    opened.close();
    const onDisk = readFileSync(join(folder, 'identity.json'), 'utf8');
    expect(onDisk).not.toContain('PRIVATE KEY');
    expect(readIdentity(join(folder, 'identity.json'), randomBytes(32))).toEqual({
      ok: false,
      code: 'identityDamaged',
    });
    // Enrolled again, the old spool is kept beside the new one.
    must(await enrolWith((reply) => reply));
    expect(readdirSync(folder)).toContain('spool.db.before-42');
  });

  it('refuses a server of another authority, a swapped authority and a certificate for another key', async () => {
    const other = await createTestAuthority();
    const foreign = await other.issue('client');
    const untrusted = await enrolWith((reply) => reply, other.authorityPem);
    expect(untrusted).toEqual({ ok: false, code: 'untrusted' });
    const invalid = { ok: false, code: 'replyInvalid' };
    expect(await enrolWith((reply) => ({ ...reply, authorityPem: other.authorityPem }))).toEqual(
      invalid,
    );
    expect(
      await enrolWith((reply) => ({ ...reply, certificatePem: foreign.certificatePem })),
    ).toEqual(invalid);
    expect(existsSync(join(folder, 'identity.json'))).toBe(false);
    expect(readIdentity(join(folder, 'identity.json'), deviceSecret)).toEqual({
      ok: false,
      code: 'notEnrolled',
    });
  });

  it('refuses an enrolment file that is not one', async () => {
    const enrolmentFile = join(folder, 'enrol.json');
    for (const content of ['', '{}', '{"serverUrl":"http://x","caPem":"x","token":"t"}']) {
      writeFileSync(enrolmentFile, content);
      expect(
        await enrolTerminal({
          enrolmentFile,
          identityFile: join(folder, 'i'),
          deviceSecret,
          spool,
        }),
      ).toEqual({ ok: false, code: 'enrolmentFileInvalid' });
    }
  });
});
