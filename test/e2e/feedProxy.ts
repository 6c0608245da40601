import { createServer, request as httpsRequest } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import * as v from 'valibot';
import { readIdentity } from '#electron/identity/terminalIdentity.ts';
import { openAuthority } from '#server/identity/authority.ts';
import type { World } from '../../build/world.mjs';

/** A page of the feed as it travels. */
export type Page = { changes: Record<string, unknown>[] } & Record<string, unknown>;

/** Stands between a terminal and its record server, with a certificate of the site's authority. */
export interface FeedProxy {
  readonly url: string;
  stop(): Promise<void>;
}

const pageSchema = v.looseObject({ changes: v.array(v.record(v.string(), v.unknown())) });

/** Passes everything on under the terminal's own certificate; `alter` may change pages of the feed. */
export async function startFeedProxy(
  world: World,
  alter: (page: Page) => Page,
  port = 0,
): Promise<FeedProxy> {
  const { dataDirectory } = v.parse(
    v.object({ dataDirectory: v.string() }),
    JSON.parse(readFileSync(world.files.serverConfig, 'utf8')),
  );
  const authority = await openAuthority(path.join(dataDirectory, 'keys'), Date.now());
  const { certificatePem, keyPem } = await authority.serverCertificate(['127.0.0.1'], Date.now());
  const sockets = new Set<Socket>();
  const server = createServer(
    { cert: certificatePem, key: keyPem, minVersion: 'TLSv1.3' },
    (incoming, response) => {
      pass(world, authority.authorityPem, incoming, response, alter);
    },
  );
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function pass(
  world: World,
  authorityPem: string,
  incoming: IncomingMessage,
  response: ServerResponse,
  alter: (page: Page) => Page,
): void {
  const { method, url = '/', headers } = incoming;
  const outgoing = httpsRequest(
    new URL(url, world.url),
    { method, headers, ca: authorityPem, ...credentialsOf(world) },
    (reply) => {
      const isFeed = url.startsWith('/sync/feed') && reply.statusCode === 200;
      if (isFeed) void answerAltered(reply, response, alter);
      else {
        response.writeHead(reply.statusCode ?? 502, reply.headers);
        reply.pipe(response);
      }
    },
  );
  outgoing.on('error', () => response.destroy());
  response.on('close', () => outgoing.destroy());
  incoming.pipe(outgoing);
}

async function answerAltered(
  reply: IncomingMessage,
  response: ServerResponse,
  alter: (page: Page) => Page,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of reply) chunks.push(chunk as Buffer);
  const page = v.parse(pageSchema, JSON.parse(Buffer.concat(chunks).toString('utf8')));
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify(alter(page)));
}

/** The terminal's own, once it is enrolled. */
function credentialsOf(world: World): { cert?: string; key?: string } {
  try {
    const secret = readFileSync(path.join(world.files.state, 'device.secret'));
    const identity = readIdentity(path.join(world.files.state, 'identity.json'), secret);
    if (!identity.ok) return {};
    return { cert: identity.value.certificatePem, key: identity.value.privateKeyPem };
  } catch {
    return {};
  }
}
