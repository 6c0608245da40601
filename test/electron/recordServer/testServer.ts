import { createServer, type ServerOptions } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Certified, TestAuthority } from './testAuthority.ts';

/** One request as a handler sees it. */
export interface Asked {
  readonly method: string;
  readonly url: URL;
  readonly body: unknown;
  readonly headers: IncomingMessage['headers'];
  readonly withCertificate: boolean;
  readonly response: ServerResponse;
}

/** Answers a request; undefined means that the handler writes the response itself. */
export type Handler = (asked: Asked) => Promise<Reply> | Reply;
type Reply = { readonly status: number; readonly body?: unknown } | undefined;

/** A real HTTPS server on loopback for tests. */
export interface TestServer {
  readonly url: string;
  readonly port: number;
  stop(): Promise<void>;
}

/** Starts a TLS 1.3 server that asks for client certificates and gives every request to `handler`. */
export async function startTestServer(
  authority: TestAuthority,
  handler: Handler,
  parts: {
    readonly port?: number;
    readonly certified?: Certified;
    readonly tls?: ServerOptions;
  } = {},
): Promise<TestServer> {
  const certified = parts.certified ?? (await authority.issue('server'));
  const sockets = new Set<Socket>();
  const server = createServer(
    {
      key: certified.privateKeyPem,
      cert: certified.certificatePem,
      ca: authority.authorityPem,
      requestCert: true,
      rejectUnauthorized: false,
      minVersion: 'TLSv1.3',
      ...parts.tls,
    },
    (request, response) => void serve(request, response, handler),
  );
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(parts.port ?? 0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `https://127.0.0.1:${port}`,
    port,
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function serve(request: IncomingMessage, response: ServerResponse, handler: Handler) {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString('utf8');
  const socket = request.socket as Socket & { authorized?: boolean };
  const reply = await handler({
    method: request.method ?? '',
    url: new URL(request.url ?? '/', 'https://test'),
    body: text === '' ? null : (JSON.parse(text) as unknown),
    headers: request.headers,
    withCertificate: socket.authorized === true,
    response,
  });
  if (reply === undefined) return;
  response.writeHead(reply.status, { 'content-type': 'application/json' });
  response.end(reply.body === undefined ? '' : JSON.stringify(reply.body));
}
