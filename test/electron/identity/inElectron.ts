import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import {
  certifiesKey,
  createSigningRequest,
  createTerminalKey,
} from '#electron/identity/signingRequest.ts';
import { createTransport } from '#electron/recordServer/transport.ts';
import { openSpool } from '#electron/spool/openSpool.ts';
import { createTestAuthority } from '#test/electron/recordServer/testAuthority.ts';
import { startTestServer } from '#test/electron/recordServer/testServer.ts';
import { auditDraft, must } from '#test/electron/spool/spoolFixture.ts';

/*
 * What a terminal's main process does with keys, TLS and the spool, to be run by Electron's own Node and TLS library:
 * prints what came of it as one line of JSON.
 */

const authority = await createTestAuthority();
const other = await createTestAuthority();
const privateKeyPem = createTerminalKey();
const certificatePem = await authority.sign(await createSigningRequest(privateKeyPem));

async function askOver(
  trusted: string,
  parts: Parameters<typeof startTestServer>[2] = {},
): Promise<string> {
  const answer = ({ withCertificate }: { readonly withCertificate: boolean }) => ({
    status: 200,
    body: { withCertificate },
  });
  const server = await startTestServer(authority, answer, parts);
  const transport = createTransport({
    serverUrl: server.url,
    authorityPem: trusted,
    certificatePem,
    privateKeyPem,
  });
  const schema = v.object({ withCertificate: v.boolean() });
  const reply = await transport.call({ method: 'GET', path: '/', schema });
  transport.close();
  await server.stop();
  if (!reply.ok) return reply.code;
  return reply.value.withCertificate ? 'heard' : 'heard without certificate';
}

function useSpool(): readonly [number, string] {
  const folder = mkdtempSync(join(tmpdir(), 'wardkey-electron-'));
  const options = {
    path: join(folder, 'spool.db'),
    terminalId: 'terminal-a',
    deviceSecret: randomBytes(32),
    now: () => Date.now(),
    newId: () => randomUUID(),
    onFault: () => undefined,
  };
  const first = must(openSpool({ ...options, create: true }));
  must(first.append([auditDraft(), auditDraft()]));
  first.close();
  const again = must(openSpool({ ...options, create: false }));
  const { sequence } = again.head();
  again.close();
  const stranger = openSpool({ ...options, deviceSecret: randomBytes(32), create: false });
  rmSync(folder, { recursive: true, force: true });
  return [sequence, stranger.ok ? 'opened' : stranger.code];
}

const ended = await authority.issue('server', -1_000);
const elsewhere = await authority.issue('server', 60_000, '127.0.0.9');
const facts = {
  electron: Object.hasOwn(process.versions, 'electron'),
  certifiesOwnKey: certifiesKey(certificatePem, privateKeyPem),
  certifiesOtherKey: certifiesKey(certificatePem, createTerminalKey()),
  ours: await askOver(authority.authorityPem),
  otherAuthority: await askOver(other.authorityPem),
  ended: await askOver(authority.authorityPem, { certified: ended }),
  elsewhere: await askOver(authority.authorityPem, { certified: elsewhere }),
  oldProtocol: await askOver(authority.authorityPem, {
    tls: { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' },
  }),
  spool: useSpool(),
};
process.stdout.write(`${JSON.stringify(facts)}\n`, () => process.exit(0));
