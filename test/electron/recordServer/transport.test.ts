import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as v from 'valibot';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createTransport, type Transport } from '#electron/recordServer/transport.ts';
import { createTestAuthority, type Certified, type TestAuthority } from './testAuthority.ts';
import { startTestServer, type Handler, type TestServer } from './testServer.ts';

let authority: TestAuthority;
let terminal: Certified;
const running: TestServer[] = [];
const opened: Transport[] = [];

beforeAll(async () => {
  authority = await createTestAuthority();
  terminal = await authority.issue('client');
});
afterEach(async () => {
  opened.splice(0).forEach((transport) => transport.close());
  await Promise.all(running.splice(0).map((server) => server.stop()));
});
afterAll(() => expect(running).toEqual([]));

async function start(handler: Handler, parts: Parameters<typeof startTestServer>[2] = {}) {
  const server = await startTestServer(authority, handler, parts);
  running.push(server);
  return server;
}
function connect(serverUrl: string, trusted = authority.authorityPem) {
  const transport = createTransport({ serverUrl, authorityPem: trusted, ...terminal });
  opened.push(transport);
  return transport;
}
const get = (transport: Transport, parts = {}) =>
  transport.call({ method: 'GET', path: '/x', schema: v.object({ fine: v.boolean() }), ...parts });
const fine: Handler = () => ({ status: 200, body: { fine: true } });

describe('who answers', () => {
  it('a server of the pinned authority is heard, and sees our certificate', async () => {
    let seen = false;
    const server = await start((asked) => {
      seen = asked.withCertificate;
      return { status: 200, body: { fine: true } };
    });
    expect(await get(connect(server.url))).toEqual({ ok: true, value: { fine: true } });
    expect(seen).toBe(true);
  });

  it('another authority, an ended certificate, another address and an old protocol are untrusted', async () => {
    const other = await createTestAuthority();
    const refused = { ok: false, code: 'untrusted' };
    const ours = await start(fine);
    expect(await get(connect(ours.url, other.authorityPem))).toEqual(refused);
    const ended = await start(fine, { certified: await authority.issue('server', -1_000) });
    expect(await get(connect(ended.url))).toEqual(refused);
    const elsewhere = await start(fine, {
      certified: await authority.issue('server', 60_000, '127.0.0.9'),
    });
    expect(await get(connect(elsewhere.url))).toEqual(refused);
    const old = await start(fine, { tls: { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' } });
    expect(await get(connect(old.url))).toEqual(refused);
  });

  it('a server without TLS is untrusted, and an address without TLS is not tried at all', async () => {
    const plain = createServer((_request, response) => response.end('{"fine":true}'));
    await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve));
    const { port } = plain.address() as AddressInfo;
    expect(await get(connect(`https://127.0.0.1:${port}`))).toEqual({
      ok: false,
      code: 'untrusted',
    });
    expect(() => connect(`http://127.0.0.1:${port}`)).toThrow();
    await new Promise((resolve) => plain.close(resolve));
  });

  it('nobody there is unreachable', async () => {
    const server = await start(fine);
    await running.splice(0)[0]?.stop();
    expect(await get(connect(server.url))).toEqual({ ok: false, code: 'unreachable' });
  });

  it('a terminal whose certificate the server turns away at the handshake is refused', async () => {
    const foreign = await createTestAuthority();
    const server = await start(fine, { tls: { rejectUnauthorized: true } });
    const transport = createTransport({
      serverUrl: server.url,
      authorityPem: authority.authorityPem,
      ...(await foreign.issue('client')),
    });
    opened.push(transport);
    const answer = await get(transport);
    expect(answer.ok).toBe(false);
    // Whether the alert or the closed socket is seen first is up to the network.
    if (!answer.ok) expect(['terminalRefused', 'unreachable']).toContain(answer.code);
  });
});

describe('what is answered', () => {
  it('each refusing status has its code', async () => {
    const server = await start((asked) => {
      const [, status, code] = asked.url.pathname.split('/');
      return { status: Number(status), body: { code } };
    });
    const transport = connect(server.url);
    const codeOf = async (path: string) => {
      const answer = await get(transport, { path });
      return answer.ok ? 'ok' : answer.code;
    };
    expect(await codeOf('/401/tokenRefused')).toBe('personRefused');
    expect(await codeOf('/401/sessionEnded')).toBe('personRefused');
    expect(await codeOf('/401/certificateExpired')).toBe('terminalRefused');
    expect(await codeOf('/403/terminalRevoked')).toBe('terminalRevoked');
    expect(await codeOf('/403/notYours')).toBe('denied');
    expect(await codeOf('/404/notFound')).toBe('notFound');
    expect(await codeOf('/410/gone')).toBe('gone');
    expect(await codeOf('/429/tooMany')).toBe('tooMany');
    expect(await codeOf('/500/internal')).toBe('serverFault');
    expect(await codeOf('/302/moved')).toBe('malformed');
  });

  it('a redirect is not followed', async () => {
    const asked: string[] = [];
    const server = await start((request) => {
      asked.push(request.url.pathname);
      request.response.writeHead(302, { location: '/elsewhere' }).end();
      return undefined;
    });
    expect((await get(connect(server.url))).ok).toBe(false);
    expect(asked).toEqual(['/x']);
  });

  it('a reply outside the contract, not JSON, or too large is malformed', async () => {
    const server = await start((asked) => {
      if (asked.url.pathname === '/text') {
        asked.response.end('<html>');
        return undefined;
      }
      return {
        status: 200,
        body: { fine: 'x'.repeat(Number(asked.url.searchParams.get('size'))) },
      };
    });
    const transport = connect(server.url);
    const malformed = { ok: false, code: 'malformed' };
    expect(await get(transport, { path: '/x?size=1' })).toEqual(malformed);
    expect(await get(transport, { path: '/text' })).toEqual(malformed);
    expect(
      await get(transport, { path: '/x?size=5000', schema: v.any(), maxReplyBytes: 1_000 }),
    ).toEqual(malformed);
  });

  it('a server that never finishes its answer is unreachable after the deadline', async () => {
    const server = await start((asked) => {
      asked.response.writeHead(200, { 'content-type': 'application/json' });
      asked.response.write('{"fine"');
      return undefined;
    });
    const began = performance.now();
    expect(await get(connect(server.url), { deadlineMs: 150 })).toEqual({
      ok: false,
      code: 'unreachable',
    });
    expect(performance.now() - began).toBeLessThan(2_000);
  });

  it('a kept connection that the server closed while idle is not taken for an outage', async () => {
    const server = await start(fine);
    const transport = connect(server.url);
    await get(transport);
    await running.splice(0)[0]?.stop();
    await start(fine, { port: server.port });
    expect(await get(transport)).toEqual({ ok: true, value: { fine: true } });
  });

  it('a call that broke off is sent again by itself only where twice does no harm', async () => {
    let calls = 0;
    const server = await start((asked) => {
      if (asked.method === 'GET') return fine(asked);
      calls += 1;
      // Seen, perhaps carried out, and the answer lost with the kept connection.
      asked.response.destroy();
      return undefined;
    });
    const transport = connect(server.url);
    const callsOf = async (parts: object): Promise<number> => {
      await get(transport);
      calls = 0;
      expect(await get(transport, parts)).toEqual({ ok: false, code: 'unreachable' });
      return calls;
    };
    expect(await callsOf({ method: 'POST' })).toBe(1);
    expect(await callsOf({ method: 'POST', mayRepeat: true })).toBe(2);
    expect(await callsOf({ method: 'PUT' })).toBe(2);
  });
});
