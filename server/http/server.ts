import { createServer } from 'node:https';
import { Server as TlsServer, type SecureContextOptions } from 'node:tls';
import fastify, { LogController, type FastifyInstance } from 'fastify';
import { addAuthentication, type AuthenticationParts } from '../identity/authentication.ts';
import { addFrame } from './frame.ts';
import { addJsonBodies } from './jsonBody.ts';
import { addRateLimits } from './rateLimit.ts';

/** The server's certificate and key, and the authority whose terminals it knows. */
export interface ServerTls {
  readonly certificatePem: string;
  readonly keyPem: string;
  readonly authorityPem: string;
}

/** What the outer shell of the service is made of. */
export interface ServerParts extends AuthenticationParts {
  readonly tls: ServerTls;
  /** Where log lines go, as JSON; the lines hold closed words, ids and times. */
  readonly log: { readonly level: 'info' | 'warn'; readonly stream: { write(line: string): void } };
}

const bodyLimitBytes = 8 * 1024 * 1024;

/** An HTTPS server that knows who calls before any route runs: TLS 1.3, client certificates, limits. It has no route yet. */
export function createHttpsServer(parts: ServerParts): FastifyInstance {
  const tls = {
    ...secureContext(parts.tls),
    requestCert: true,
    // Not refused in the handshake: `/enrol` has no certificate yet, and the others get a code that a terminal can show.
    rejectUnauthorized: false,
    handshakeTimeout: 10_000,
  };
  const server: FastifyInstance = fastify({
    serverFactory: (handler) => createServer(tls, handler),
    logger: { ...parts.log, base: null },
    // Paths hold patient ids and searches names: requests are audited, not logged.
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: bodyLimitBytes,
    connectionTimeout: 0,
    requestTimeout: 60_000,
    keepAliveTimeout: 75_000,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 256 },
  });
  server.server.headersTimeout = 20_000;
  server.server.maxRequestsPerSocket = 0;
  addFrame(server);
  addJsonBodies(server);
  addAuthentication(server, parts);
  addRateLimits(server, parts.clock, {
    terminal: { perSecond: 200, burst: 1_000 },
    stranger: { perSecond: 2, burst: 30 },
  });
  return server;
}

/** Serves new connections with another certificate; those that are open stay. */
export function renewServerCertificate(server: FastifyInstance, tls: ServerTls): void {
  if (server.server instanceof TlsServer) server.server.setSecureContext(secureContext(tls));
}

function secureContext(tls: ServerTls): SecureContextOptions {
  return {
    cert: tls.certificatePem,
    key: tls.keyPem,
    ca: tls.authorityPem,
    minVersion: 'TLSv1.3',
  };
}
