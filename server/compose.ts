import type { AddressInfo } from 'node:net';
import { wardsOfPerson } from './directory/staff.ts';
import { addFhirRoutes } from './fhir/routes.ts';
import { createHttpsServer, renewServerCertificate, type ServerParts } from './http/server.ts';
import { openServices, type Services, type ServicesConfig } from './services.ts';
import { listenForPokes } from './sync/pokes.ts';
import { addSyncRoutes } from './sync/routes.ts';
import { addEventRoute } from './terminal/events.ts';
import { openNotices } from './terminal/notices.ts';
import { addTerminalRoutes } from './terminal/routes.ts';
import { findSessionKey } from './terminal/sessions.ts';

/** How the service is reached, beside where it keeps its data. */
export interface ServerConfig extends ServicesConfig {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Names and addresses that the server's certificate is made out to. */
  readonly certificateHosts: readonly string[];
}

/** The record server: made once, started once, stopped once. */
export interface RecordServer {
  readonly services: Services;
  start(): Promise<{ readonly url: string }>;
  stop(): Promise<void>;
}

const heartbeatMs = 15_000;
/** Far below the certificate's 90 days: a server that is never restarted must not fall off its certificate. */
const certificateRenewalMs = 7 * 86_400_000;

/** Builds the record server: every part is made here and given what it needs. */
export async function composeServer(
  config: ServerConfig,
  clock: () => number,
  log: ServerParts['log'],
): Promise<RecordServer> {
  const lost = (part: string) => (error: Error) => {
    log.stream.write(
      `${JSON.stringify({ level: 40, event: 'connectionLost', part, name: error.name })}\n`,
    );
  };
  const services = await openServices(config, clock, lost('pool'));
  const { database, tokens, authority, store, intake } = services;
  const serverTls = async () => ({
    ...(await authority.serverCertificate(config.certificateHosts, clock())),
    authorityPem: authority.authorityPem,
  });
  const server = createHttpsServer({
    query: database.query,
    tokens,
    clock,
    log,
    tls: await serverTls(),
  });

  const pokes = await listenForPokes(database, lost('pokes'));
  let replayEvents = (): void => undefined;
  const notices = await openNotices(database, () => replayEvents());
  addTerminalRoutes(server, services);
  const events = addEventRoute(server, {
    query: database.query,
    notices,
    pokes,
    clock,
    heartbeatMs,
  });
  replayEvents = events.replay;

  const sessionKeys = (sessionId: string) => findSessionKey(database.query, sessionId);
  const personWards = (personId: string) => wardsOfPerson(database.query, personId, clock());
  addSyncRoutes(server, { store, intake, sessionKeys, personWards });
  addFhirRoutes(server, { store, personWards, nowMs: clock });

  const renewal = setInterval(() => {
    serverTls().then((tls) => renewServerCertificate(server, tls), lost('certificate'));
  }, certificateRenewalMs);
  renewal.unref();

  return {
    services,
    start: async () => {
      await server.listen({ host: config.host, port: config.port });
      const { port } = server.server.address() as AddressInfo;
      return { url: `https://${config.host}:${port}` };
    },
    stop: async () => {
      clearInterval(renewal);
      await server.close();
      await Promise.all([notices.stop(), pokes.close()]);
      await services.close();
    },
  };
}
