import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { TerminalEvent } from '#core/contracts/terminal.ts';
import { backOffMs } from '#electron/recordServer/backOff.ts';
import { openEventStream, type LinkState } from '#electron/recordServer/eventStream.ts';
import { createTransport, type Transport } from '#electron/recordServer/transport.ts';
import { createTestAuthority } from './testAuthority.ts';
import { startTestServer, type TestServer } from './testServer.ts';

let server: TestServer;
let transport: Transport;
let streams: ServerResponse[];
let states: LinkState[];
let events: TerminalEvent[];
let malformed: number;
let restart: () => Promise<void>;
let isRevoked: boolean;

beforeEach(async () => {
  const authority = await createTestAuthority();
  streams = [];
  states = [];
  events = [];
  malformed = 0;
  isRevoked = false;
  const start = (port?: number) =>
    startTestServer(
      authority,
      ({ response }) => {
        if (isRevoked) return { status: 403, body: { code: 'terminalRevoked' } };
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write(':\n\n');
        streams.push(response);
        return undefined;
      },
      port === undefined ? {} : { port },
    );
  server = await start();
  restart = async () => {
    server = await start(server.port);
  };
  transport = createTransport({
    serverUrl: server.url,
    authorityPem: authority.authorityPem,
    ...(await authority.issue('client')),
  });
});
afterEach(async () => {
  transport.close();
  await server.stop();
});

const open = (silenceMs: number) =>
  openEventStream(
    transport,
    {
      onEvent: (event) => events.push(event),
      onState: (state) => states.push(state),
      onMalformed: () => (malformed += 1),
    },
    { silenceMs, random: () => 0 },
  );

it('events arrive whole however they were cut, heartbeats are no events, nonsense is passed over', async () => {
  const stream = open(5_000);
  await vi.waitFor(() => expect(streams).toHaveLength(1));
  const response = streams[0]!;
  response.write('data: {"type":"chan');
  await new Promise((resolve) => setTimeout(resolve, 20));
  response.write('ged"}\n\n:\n\ndata: {"type":"surprise"}\n\n');
  response.write('data: {"type":"hello","serverTimeMs":5}\n\n');
  await vi.waitFor(() => expect(events).toHaveLength(2));
  expect(events).toEqual([{ type: 'changed' }, { type: 'hello', serverTimeMs: 5 }]);
  expect(malformed).toBe(1);
  stream.close();
});

it('a server that went away is found again', async () => {
  const stream = open(5_000);
  await vi.waitFor(() => expect(states).toEqual(['connecting', 'connected']));
  await server.stop();
  await vi.waitFor(() => expect(states).toContain('unreachable'));
  await restart();
  await vi.waitFor(() => expect(states.at(-1)).toBe('connected'), { timeout: 5_000 });
  stream.close();
});

it('a terminal that was shut out while it was away hears so at the door', async () => {
  isRevoked = true;
  const stream = open(5_000);
  await vi.waitFor(() => expect(events).toContainEqual({ type: 'terminalRevoked' }));
  expect(states).toEqual(['connecting', 'refused']);
  stream.close();
});

it('a line that has gone silent is dropped and opened again', async () => {
  const stream = open(150);
  await vi.waitFor(() => expect(streams.length).toBeGreaterThanOrEqual(2), { timeout: 5_000 });
  expect(states.slice(0, 3)).toEqual(['connecting', 'connected', 'unreachable']);
  stream.close();
});

it('a closed stream stays closed', async () => {
  const stream = open(5_000);
  await vi.waitFor(() => expect(streams).toHaveLength(1));
  stream.close();
  await new Promise((resolve) => setTimeout(resolve, 700));
  expect(streams).toHaveLength(1);
});

it('waits double from half a second to fifteen, never in step with the others', () => {
  expect([0, 1, 2, 9, 1_000].map((attempt) => backOffMs(attempt, 1))).toEqual([
    500, 1_000, 2_000, 15_000, 15_000,
  ]);
  expect(backOffMs(3, 0)).toBe(2_000);
});
