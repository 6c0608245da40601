import { createServer } from 'node:https';
import type { TlsOptions } from 'node:tls';
import fastify, { type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import { addAuthentication, type AuthenticationParts } from '../identity/authentication.ts';
import { addFrame } from './frame.ts';
import { addJsonBodies } from './jsonBody.ts';
import { addRateLimits } from './rateLimit.ts';

/** What the outer shell of the service is made of. */
export interface ServerParts extends AuthenticationParts {
  readonly tls: {
    readonly certificatePem: string;
    readonly keyPem: string;
    readonly authorityPem: string;
  };
  readonly log: FastifyBaseLogger;
}

const bodyLimitBytes = 8 * 1024 * 1024;

/** An HTTPS server that knows who calls before any route runs: TLS 1.3, client certificates, limits. It has no route yet. */
export function createHttpsServer(parts: ServerParts): FastifyInstance {
  const tls: TlsOptions = {
    cert: parts.tls.certificatePem,
    key: parts.tls.keyPem,
    ca: parts.tls.authorityPem,
    minVersion: 'TLSv1.3',
    requestCert: true,
    // Not refused in the handshake: `/enrol` has no certificate yet, and the others get a code that a terminal can show.
    rejectUnauthorized: false,
    handshakeTimeout: 10_000,
  };
  const server: FastifyInstance = fastify({
    serverFactory: (handler) => createServer(tls, handler),
    loggerInstance: parts.log,
    // Paths hold patient ids and searches names: requests are audited, not logged.
    disableRequestLogging: true,
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
