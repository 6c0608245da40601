import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import * as v from 'valibot';
import { composeServer } from './compose.ts';
import { usualLeaseLifeMs } from './terminal/lease.ts';

const configSchema = v.strictObject({
  dataDirectory: v.string(),
  databaseUrl: v.optional(v.nullable(v.string()), null),
  databaseName: v.optional(v.string(), 'wardkey'),
  host: v.optional(v.string(), '127.0.0.1'),
  port: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(65_535)), 0),
  /** How long a terminal may serve without the server. */
  leaseMinutes: v.optional(
    v.pipe(v.number(), v.minValue(0.1), v.maxValue(24 * 60)),
    usualLeaseLifeMs / 60_000,
  ),
  certificateHosts: v.optional(v.array(v.string()), ['127.0.0.1', 'localhost']),
});

/** Runs the record server until it is told to stop. Prints one line when it listens; its log goes to stderr. */
async function main(): Promise<void> {
  const path = process.argv[2];
  if (path === undefined) throw new Error('usage: main <config.json>');
  const read = v.parse(configSchema, JSON.parse(readFileSync(path, 'utf8')));
  const { leaseMinutes, ...rest } = read;
  const config = {
    ...rest,
    leaseLifeMs: leaseMinutes * 60_000,
    dataDirectory: resolve(read.dataDirectory),
    databaseUrl: read.databaseUrl ?? process.env['DATABASE_URL'] ?? null,
  };
  const server = await composeServer(config, () => Date.now(), {
    level: 'info',
    stream: process.stderr,
  });
  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    server.stop().then(() => process.exit(0), fail);
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  const { url } = await server.start();
  process.stdout.write(`${JSON.stringify({ listening: url })}\n`);
}

function fail(error: unknown): void {
  const message = error instanceof Error ? error.message : 'unknown failure';
  process.stderr.write(`${JSON.stringify({ level: 60, event: 'serverFailed', message })}\n`);
  process.exit(1);
}

main().catch(fail);
